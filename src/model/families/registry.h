// The families that Sotto knows: how each one's metadata becomes a DecoderSpec, or an EncoderSpec. A new family is one
// file beside this and one line in registry.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gguf/file.h"
#include "model/encoder_weights.h"
#include "model/spec.h"
#include "model/weights.h"
#include "sotto/result.h"

namespace sotto::model {

struct Family {
  std::string_view architecture;  // general.architecture
  Result<DecoderSpec> (*read_spec)(const gguf::File& file);
  WeightTable (*weight_table)();
};

struct EncoderFamily {
  std::string_view architecture;
  Result<EncoderSpec> (*read_spec)(const gguf::File& file);
  EncoderWeightTable (*weight_table)();
};

// Errors: kUnsupported, naming the architecture found and the ones known; or that it is one of the other kind.
Result<const Family*> find_family(const gguf::File& file);
Result<const EncoderFamily*> find_encoder_family(const gguf::File& file);

// Whether the file's architecture is one of these: for embeddings, and not for answers.
bool is_encoder(const gguf::File& file);

// In the families' files.
Result<DecoderSpec> read_llama_spec(const gguf::File& file);
Result<DecoderSpec> read_qwen2_spec(const gguf::File& file);
Result<DecoderSpec> read_qwen3_spec(const gguf::File& file);
Result<DecoderSpec> read_qwen3moe_spec(const gguf::File& file);
Result<DecoderSpec> read_gemma2_spec(const gguf::File& file);
Result<DecoderSpec> read_gemma3_spec(const gguf::File& file);
Result<DecoderSpec> read_gemma4_spec(const gguf::File& file);
Result<DecoderSpec> read_phi3_spec(const gguf::File& file);
Result<DecoderSpec> read_olmo2_spec(const gguf::File& file);
Result<DecoderSpec> read_granite_spec(const gguf::File& file);
Result<DecoderSpec> read_smollm3_spec(const gguf::File& file);
Result<DecoderSpec> read_stablelm_spec(const gguf::File& file);
Result<DecoderSpec> read_ernie4_5_spec(const gguf::File& file);
Result<DecoderSpec> read_lfm2_spec(const gguf::File& file);
Result<DecoderSpec> read_qwen35_spec(const gguf::File& file);
Result<DecoderSpec> read_mistral3_spec(const gguf::File& file);
Result<EncoderSpec> read_bert_spec(const gguf::File& file);
Result<EncoderSpec> read_nomic_bert_spec(const gguf::File& file);
Result<EncoderSpec> read_gemma_embedding_spec(const gguf::File& file);
EncoderWeightTable bert_weight_table();
EncoderWeightTable nomic_bert_weight_table();
EncoderWeightTable gemma_embedding_weight_table();
WeightTable qwen2_weight_table();
WeightTable qwen3_weight_table();
WeightTable qwen3moe_weight_table();
WeightTable gemma2_weight_table();
WeightTable gemma3_weight_table();
WeightTable gemma4_weight_table();
WeightTable phi3_weight_table();
WeightTable olmo2_weight_table();
WeightTable stablelm_weight_table();
WeightTable lfm2_weight_table();
WeightTable qwen35_weight_table();

}  // namespace sotto::model
