// What each family's file defines, for registry.cpp: a function from metadata to a spec and, where the standard table
// of weights does not do, its own. Private to this folder.
#pragma once

#include "gguf/file.h"
#include "model/encoder_weights.h"
#include "model/spec.h"
#include "model/weights.h"
#include "sotto/result.h"

namespace sotto::model {

Result<DecoderSpec> read_llama_spec(const gguf::File& file);
Result<DecoderSpec> read_qwen2_spec(const gguf::File& file);
WeightTable qwen2_weight_table();
Result<DecoderSpec> read_qwen3_spec(const gguf::File& file);
WeightTable qwen3_weight_table();
Result<DecoderSpec> read_qwen3moe_spec(const gguf::File& file);
WeightTable qwen3moe_weight_table();
Result<DecoderSpec> read_gemma2_spec(const gguf::File& file);
WeightTable gemma2_weight_table();
Result<DecoderSpec> read_gemma3_spec(const gguf::File& file);
WeightTable gemma3_weight_table();
Result<DecoderSpec> read_gemma4_spec(const gguf::File& file);
WeightTable gemma4_weight_table();
Result<DecoderSpec> read_phi3_spec(const gguf::File& file);
WeightTable phi3_weight_table();
Result<DecoderSpec> read_olmo2_spec(const gguf::File& file);
WeightTable olmo2_weight_table();
Result<DecoderSpec> read_granite_spec(const gguf::File& file);
Result<DecoderSpec> read_smollm3_spec(const gguf::File& file);
Result<DecoderSpec> read_stablelm_spec(const gguf::File& file);
WeightTable stablelm_weight_table();
Result<DecoderSpec> read_ernie4_5_spec(const gguf::File& file);
Result<DecoderSpec> read_lfm2_spec(const gguf::File& file);
WeightTable lfm2_weight_table();
Result<DecoderSpec> read_qwen35_spec(const gguf::File& file);
WeightTable qwen35_weight_table();
Result<DecoderSpec> read_mistral3_spec(const gguf::File& file);
Result<EncoderSpec> read_bert_spec(const gguf::File& file);
EncoderWeightTable bert_weight_table();
Result<EncoderSpec> read_nomic_bert_spec(const gguf::File& file);
EncoderWeightTable nomic_bert_weight_table();
Result<EncoderSpec> read_gemma_embedding_spec(const gguf::File& file);
EncoderWeightTable gemma_embedding_weight_table();

}  // namespace sotto::model
