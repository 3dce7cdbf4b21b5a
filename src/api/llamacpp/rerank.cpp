#include "api/llamacpp/rerank.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace sotto::api::llamacpp {
namespace {

constexpr std::size_t kMostDocuments = 2048;

// The encoder that is named, or loaded, or that there is.
std::string choose_encoder(Service& service, Fields& fields) {
  std::string named = fields.text("model").value_or("");
  if (!named.empty()) return named;
  for (const LoadedModel& model : service.models().list())
    if (model.encoder) return model.name;
  const auto models = service.store().list();
  for (std::size_t i = 0; models && i < models->size(); ++i) {
    const std::string& name = (*models)[i].name;
    if (const auto details = service.store().show(name); details && details->encoder) return name;
  }
  fields.complain("model", "is missing: the name of an encoder, of which none is here");
  return "";
}

// Strings, or objects with "text".
std::vector<std::string> read_documents(Fields& fields) {
  std::vector<std::string> documents;
  const Json* list = fields.list("documents");
  if (list == nullptr || list->empty()) fields.complain("documents", "at least one is wanted");
  if (list == nullptr) return documents;
  if (list->size() > kMostDocuments)
    fields.complain("documents", fmt::format("at most {} are taken, found {}", kMostDocuments, list->size()));
  for (std::size_t i = 0; i < list->size(); ++i) {
    const Json& item = (*list)[i];
    const Json& text = item.is_object() && item.contains("text") ? item["text"] : item;
    if (text.is_string()) documents.push_back(text.get<std::string>());
    else
      fields.complain(fmt::format("documents[{}]", i),
                      fmt::format("a string, or an object with text, is wanted, found {}", kind_of(item)));
  }
  return documents;
}

// texts: the question, then the documents.
void tell_cut(Call& call, const std::vector<std::size_t>& texts) {
  std::string all;
  for (const std::size_t i : texts)
    all += fmt::format("{}{}", all.empty() ? "" : ", ", i == 0 ? "query" : std::to_string(i - 1));
  if (!all.empty()) call.header("X-Sotto-Truncated", all);
}

// Of vectors of length 1.
double cosine(const std::vector<float>& a, const std::vector<float>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

}  // namespace

Outcome rerank(Service& service, Call& call) {
  Fields& fields = call.fields();
  EmbedAsk ask;
  ask.model = choose_encoder(service, fields);
  ask.texts = {fields.required_text("query")};
  const std::vector<std::string> documents = read_documents(fields);
  ask.texts.insert(ask.texts.end(), documents.begin(), documents.end());
  ask.truncate = fields.flag("truncate").value_or(false);
  ask.keep_alive = read_keep_alive(fields, "keep_alive");
  const auto most = static_cast<std::int64_t>(documents.size());
  const std::int64_t top_n = fields.whole("top_n", 0, std::int64_t{1} << 31).value_or(most);
  const bool with_texts = fields.flag("return_documents").value_or(false);
  if (auto wrong = call.check()) return wrong;
  Embedded embedded;
  if (auto wrong = service.embed(ask, call.gone(), embedded)) return wrong;
  tell_cut(call, embedded.truncated);
  std::vector<double> scores;
  for (std::size_t i = 1; i < embedded.vectors.size(); ++i)
    scores.push_back(cosine(embedded.vectors[0], embedded.vectors[i]));
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater(), [&](std::size_t i) { return scores[i]; });
  order.resize(static_cast<std::size_t>(std::min(top_n, most)));
  Json results = Json::array();
  for (const std::size_t i : order) {
    results.push_back({{"index", i}, {"relevance_score", scores[i]}});
    if (with_texts) results.back()["document"] = {{"text", documents[i]}};
  }
  call.send({{"model", ask.model},
             {"object", "list"},
             {"usage", {{"prompt_tokens", embedded.n_tokens}, {"total_tokens", embedded.n_tokens}}},
             {"results", std::move(results)}});
  return std::nullopt;
}

}  // namespace sotto::api::llamacpp
