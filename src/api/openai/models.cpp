#include "api/openai/models.h"

#include "api/embed_report.h"
#include "api/text_forms.h"

namespace sotto::api::openai {
namespace {

constexpr std::size_t kMostInputs = 2048;

Json entry_json(const std::string& name, std::int64_t created) {
  return {{"id", name}, {"object", "model"}, {"created", created}, {"owned_by", "library"}};
}

std::vector<std::string> read_inputs(Fields& fields) {
  const Json* input = fields.any("input");
  if (input == nullptr) fields.complain("input", "is missing");
  const bool tokens = input != nullptr && input->is_array() && !input->empty() && !input->front().is_string();
  if (!tokens) return fields.texts("input", kMostInputs);
  fields.complain("input", "texts are wanted, found lists of tokens");
  return {};
}

}  // namespace

Outcome list_models(Service& service, Call& call) {
  if (auto wrong = call.check()) return wrong;
  const auto models = service.store().list();
  if (!models) return failure_of(models.error());
  Json list = Json::array();
  for (const auto& model : *models) {
    if (model.problem.empty()) list.push_back(entry_json(model.name, model.modified_unix_s));
  }
  call.send({{"object", "list"}, {"data", std::move(list)}});
  return std::nullopt;
}

Outcome show_model(Service& service, Call& call) {
  const auto recipe = find_recipe(service.store(), call.request().params["id"]);
  if (!recipe) return model_not_found(recipe.error());
  const auto details = service.store().resolve(recipe->name);
  call.send(entry_json(recipe->name, details ? details->modified_unix_s : 0));
  return std::nullopt;
}

Outcome embeddings(Service& service, Call& call) {
  Fields& fields = call.fields();
  EmbedAsk ask;
  ask.model = fields.required_text("model");
  ask.texts = read_inputs(fields);
  ask.truncate = fields.flag("truncate").value_or(false);
  ask.keep_alive = read_keep_alive(fields, "keep_alive");
  const std::string format = fields.text("encoding_format").value_or("float");
  if (format != "float" && format != "base64")
    fields.complain("encoding_format", "float or base64 is wanted, found " + format);
  fields.refuse("dimensions", "a model's vectors have one length; leave it out");
  if (auto wrong = call.check()) return wrong;
  Embedded embedded;
  if (auto wrong = service.embed(ask, call.gone(), embedded)) return wrong;
  tell_truncated(call, embedded);
  Json list = Json::array();
  for (std::size_t i = 0; i < embedded.vectors.size(); ++i) {
    const auto& vector = embedded.vectors[i];
    list.push_back({{"object", "embedding"},
                    {"index", i},
                    {"embedding", format == "base64" ? Json(vector_base64(vector)) : vector_json(vector)}});
  }
  call.send({{"object", "list"},
             {"data", std::move(list)},
             {"model", ask.model},
             {"usage", {{"prompt_tokens", embedded.n_tokens}, {"total_tokens", embedded.n_tokens}}}});
  return std::nullopt;
}

}  // namespace sotto::api::openai
