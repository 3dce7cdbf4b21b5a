#include <functional>

#include <nlohmann/json.hpp>

#include "adapter/adapter.h"
#include "adapter/support.h"

namespace sotto::adapter {
namespace {

using Json = nlohmann::ordered_json;
using test::AdapterFiles;
using test::numbers;

// What a test changes before the folder is written.
struct PeftDraft {
  Json config = {{"peft_type", "LORA"},       {"r", 3},
                 {"lora_alpha", 6},           {"bias", "none"},
                 {"use_dora", false},         {"target_modules", {"q_proj"}},
                 {"modules_to_save", nullptr}};
  std::vector<std::pair<std::string, std::vector<std::uint64_t>>> tensors = {
      {"base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight", {3, 8}},
      {"base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight", {8, 3}}};
  float spoil = 0;  // is added to the first number
};

std::string safetensors(const PeftDraft& draft) {
  Json head;
  std::vector<float> values;
  for (const auto& [name, shape] : draft.tensors) {
    std::size_t n = 1;
    for (const std::uint64_t dim : shape) n *= dim;
    const std::size_t begin = values.size() * sizeof(float);
    for (const float value : numbers(n, static_cast<float>(values.size()))) values.push_back(value);
    head[name] = {{"dtype", "F32"}, {"shape", shape}, {"data_offsets", {begin, values.size() * sizeof(float)}}};
  }
  if (!values.empty()) values[0] += draft.spoil;
  const std::string text = head.is_null() ? "{}" : head.dump();
  const std::uint64_t length = text.size();
  std::string file(reinterpret_cast<const char*>(&length), sizeof length);
  return file + text + std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
}

class PeftAdapter : public AdapterFiles {
 protected:
  Result<Adapter> read(const std::function<void(PeftDraft&)>& edit) {
    PeftDraft draft;
    edit(draft);
    write_text("adapter_config.json", draft.config.dump());
    write_text("adapter_model.safetensors", safetensors(draft));
    return read_adapter(folder_, 1, *model_);
  }

  void refuse(const std::function<void(PeftDraft&)>& edit, ErrorCode code, const std::string& part) {
    const auto adapter = read(edit);
    ASSERT_FALSE(adapter) << part;
    EXPECT_EQ(adapter.error().code, code) << adapter.error().message;
    EXPECT_NE(adapter.error().message.find(part), std::string::npos) << adapter.error().message;
    EXPECT_TRUE(adapter.error().message.starts_with(folder_)) << adapter.error().message;
  }
  void refuse_field(const char* field, const Json& value) {
    refuse([&](PeftDraft& draft) { draft.config[field] = value; }, ErrorCode::kUnsupported, field);
  }
};

// Rows of a head of 4: the file's pairs (0, 2), (1, 3) become neighbours.
TEST_F(PeftAdapter, ReordersTheRowsOfQueries) {
  const auto adapter = read([](PeftDraft&) {});
  ASSERT_TRUE(adapter) << adapter.error().message;
  ASSERT_EQ(adapter->changes.size(), 1u);
  const Change& change = adapter->changes[0];
  EXPECT_EQ(change.tensor, "blk.0.attn_q.weight");
  EXPECT_FLOAT_EQ(change.scale, 2);
  EXPECT_EQ(change.down, numbers(24, 0));
  const std::vector<float> up = numbers(24, 24);
  const int from[] = {0, 2, 1, 3, 4, 6, 5, 7};
  for (std::size_t row = 0; row < 8; ++row) {
    for (std::size_t i = 0; i < 3; ++i)
      EXPECT_EQ(change.up[row * 3 + i], up[static_cast<std::size_t>(from[row]) * 3 + i]) << row;
  }
}

TEST_F(PeftAdapter, LeavesTheRowsOfValues) {
  const auto adapter = read([](PeftDraft& draft) {
    draft.tensors = {{"base_model.model.model.layers.0.self_attn.v_proj.lora_A.weight", {3, 8}},
                     {"base_model.model.model.layers.0.self_attn.v_proj.lora_B.weight", {4, 3}}};
  });
  ASSERT_TRUE(adapter) << adapter.error().message;
  EXPECT_EQ(adapter->changes[0].tensor, "blk.0.attn_v.weight");
  EXPECT_EQ(adapter->changes[0].up, numbers(12, 24));
}

TEST_F(PeftAdapter, ScalesAsTheConfigurationSays) {
  const auto scale = [&](const char* field, const Json& value) {
    const auto adapter = read([&](PeftDraft& draft) { draft.config[field] = value; });
    EXPECT_TRUE(adapter) << adapter.error().message;
    return adapter ? adapter->changes[0].scale : 0;
  };
  EXPECT_FLOAT_EQ(scale("use_rslora", true), static_cast<float>(6 / std::sqrt(3.0)));
  EXPECT_FLOAT_EQ(scale("alpha_pattern", {{"q_proj", 9}}), 3);
  EXPECT_FLOAT_EQ(scale("alpha_pattern", {{"layers.0.self_attn.q_proj", 1.5}}), 0.5f);
  EXPECT_FLOAT_EQ(scale("alpha_pattern", {{"^model.layers.0.self_attn.q_proj", 12}}), 4);
  EXPECT_FLOAT_EQ(scale("alpha_pattern", {{"proj", 9}, {"k_proj", 5}}), 2);  // not behind a dot; another module
}

TEST_F(PeftAdapter, TakesARankOfItsOwnForAModule) {
  const auto adapter = read([](PeftDraft& draft) {
    draft.config["r"] = 8;
    draft.config["rank_pattern"] = {{"q_proj", 3}};
  });
  ASSERT_TRUE(adapter) << adapter.error().message;
  EXPECT_FLOAT_EQ(adapter->changes[0].scale, 2);
}

TEST_F(PeftAdapter, RefusesPatternsItCannotBeSureOf) {
  refuse_field("alpha_pattern", {{".*q_proj", 9}});
  refuse([](PeftDraft& draft) { draft.config["alpha_pattern"] = {{"q_proj", 9}, {"self_attn.q_proj", 5}}; },
         ErrorCode::kUnsupported, "two patterns");
}

TEST_F(PeftAdapter, RefusesWhatChangesTheModelInOtherWays) {
  refuse_field("peft_type", "LOHA");
  refuse_field("use_dora", true);
  refuse_field("modules_to_save", {"lm_head"});
  refuse_field("fan_in_fan_out", true);
  refuse_field("lora_bias", true);
  refuse_field("bias", "all");
  refuse_field("layer_replication", Json::array({Json::array({0, 4})}));
  refuse_field("trainable_token_indices", {5, 6});
  refuse_field("target_parameters", {"experts.gate_up_proj"});
  refuse_field("alora_invocation_tokens", {1});
  refuse_field("init_lora_weights", "pissa_niter_16");
  refuse_field("init_lora_weights", "loftq");
  refuse_field("something_new", {{"a", 1}});
}

TEST_F(PeftAdapter, PassesOverWhatIsUnset) {
  const auto adapter = read([](PeftDraft& draft) {
    for (const char* field : {"use_dora", "something_new", "lora_bias"}) draft.config[field] = false;
    for (const char* field : {"target_parameters", "another"}) draft.config[field] = nullptr;
    draft.config["init_lora_weights"] = "gaussian";
    draft.config["alpha_pattern"] = Json::object();
  });
  EXPECT_TRUE(adapter) << adapter.error().message;
}

TEST_F(PeftAdapter, RefusesDamagedConfigurations) {
  refuse([](PeftDraft& draft) { draft.config["r"] = 0; }, ErrorCode::kBadFile, "r");
  refuse([](PeftDraft& draft) { draft.config["r"] = 1e9; }, ErrorCode::kBadFile, "r");
  refuse([](PeftDraft& draft) { draft.config.erase("lora_alpha"); }, ErrorCode::kBadFile, "lora_alpha");
  refuse([](PeftDraft& draft) { draft.config["lora_alpha"] = "NaN"; }, ErrorCode::kBadFile, "lora_alpha");
  refuse([](PeftDraft& draft) { draft.config["rank_pattern"] = {{"q_proj", -1}}; }, ErrorCode::kBadFile,
         "rank_pattern");
}

TEST_F(PeftAdapter, RefusesTensorsThatDoNotFit) {
  refuse([](PeftDraft& draft) { draft.tensors.pop_back(); }, ErrorCode::kBadFile, "only lora_A is there");
  refuse([](PeftDraft& draft) { draft.config["r"] = 4; }, ErrorCode::kBadFile, "expected [4, columns]");
  refuse([](PeftDraft& draft) { draft.tensors[1].second = {9, 3}; }, ErrorCode::kBadFile, "9 rows");
  refuse([](PeftDraft& draft) { draft.tensors[1].second = {24}; }, ErrorCode::kBadFile, "lora_B [24]");
  refuse([](PeftDraft& draft) { draft.tensors.clear(); }, ErrorCode::kBadFile, "no tensors");
  refuse([](PeftDraft& draft) { draft.spoil = NAN; }, ErrorCode::kBadFile, "NaN or infinite");
  refuse(
      [](PeftDraft& draft) {
        for (auto& [name, shape] : draft.tensors) name.replace(name.find("layers.0"), 8, "layers.7");
      },
      ErrorCode::kUnsupported, "has no tensor \"blk.7.attn_q.weight\"");
  refuse(
      [](PeftDraft& draft) {
        for (auto& [name, shape] : draft.tensors) name.replace(name.find("q_proj"), 6, "qkv_proj");
      },
      ErrorCode::kUnsupported, "no module of that name is known");
  refuse([](PeftDraft& draft) { draft.tensors.push_back({"base_model.model.lm_head.weight", {8, 8}}); },
         ErrorCode::kUnsupported, "would be lost");
}

TEST_F(PeftAdapter, RefusesPicklesAndFoldersThatAreNone) {
  EXPECT_EQ(read_adapter(folder_, 1, *model_).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(read([](PeftDraft&) {}));
  std::filesystem::remove(file("adapter_model.safetensors"));
  write_text("adapter_model.bin", "x");
  EXPECT_EQ(read_adapter(folder_, 1, *model_).error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace sotto::adapter
