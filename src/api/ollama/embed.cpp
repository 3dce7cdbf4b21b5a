#include "api/ollama/embed.h"

#include "api/embed_report.h"
#include "api/ollama/shapes.h"
#include "api/text_forms.h"

namespace sotto::api::ollama {
namespace {

constexpr std::size_t kMostTexts = 4096;

// Reads what both have; `input`: the name of the texts.
Outcome read_and_embed(Service& service, Call& call, const char* input, Embedded& embedded) {
  Fields& fields = call.fields();
  EmbedAsk ask;
  ask.model = read_model(fields);
  ask.texts = fields.texts(input, kMostTexts);
  ask.truncate = fields.flag("truncate").value_or(false);
  ask.keep_alive = read_keep_alive(fields, "keep_alive");
  fields.refuse("dimensions", "a model's vectors have one length; leave it out");
  if (const Json* options = fields.object("options")) {
    for (const auto& [name, value] : options->items()) call.ignore("options." + name);
  }
  if (auto wrong = call.check()) return wrong;
  return service.embed(ask, call.gone(), embedded);
}

}  // namespace

Outcome embed(Service& service, Call& call) {
  Embedded embedded;
  if (auto wrong = read_and_embed(service, call, "input", embedded)) return wrong;
  tell_truncated(call, embedded);
  Json vectors = Json::array();
  for (const auto& vector : embedded.vectors) vectors.push_back(vector_json(vector));
  call.send({{"model", embedded.model},
             {"embeddings", std::move(vectors)},
             {"total_duration", nanoseconds(embedded.total_ms)},
             {"load_duration", nanoseconds(embedded.load_ms)},
             {"prompt_eval_count", embedded.n_tokens}});
  return std::nullopt;
}

Outcome embeddings(Service& service, Call& call) {
  Embedded embedded;
  if (auto wrong = read_and_embed(service, call, "prompt", embedded)) return wrong;
  tell_truncated(call, embedded);
  call.send({{"embedding", embedded.vectors.empty() ? Json::array() : vector_json(embedded.vectors.front())}});
  return std::nullopt;
}

}  // namespace sotto::api::ollama
