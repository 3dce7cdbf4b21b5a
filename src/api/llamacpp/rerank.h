// /rerank and /v1/rerank, as llama.cpp and Jina have them: documents in the order of their likeness to a question.
#pragma once

#include "api/call.h"
#include "api/service.h"

namespace sotto::api::llamacpp {

// A document's score is the cosine of its vector and the question's, from an encoder; models that read both together
// and score the pair are not run here.
Outcome rerank(Service& service, Call& call);

}  // namespace sotto::api::llamacpp
