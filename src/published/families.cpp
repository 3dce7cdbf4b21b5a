// The families that are imported. Names and numbers are those of the published configurations and of GGUF files.
#include <algorithm>
#include <array>

#include "published/family.h"
#include "published/family_more.h"
#include "published/recurrent_families.h"

namespace sotto::published {
namespace {

using enum KeyRule::Kind;
constexpr bool kRequired = true, kOptional = true, kEncoder = true, kBothWays = true;
constexpr std::size_t kDense = 2;

constexpr KeyRule kRmsKeys[] = {{"rms_norm_eps", "attention.layer_norm_rms_epsilon", kReal, kRequired}};
constexpr KeyRule kScaledKeys[] = {
    {"rms_norm_eps", "attention.layer_norm_rms_epsilon", kReal, kRequired},
    {"embedding_multiplier", "embedding_scale", kReal, kRequired},
    {"residual_multiplier", "residual_scale", kReal, kRequired},
    {"attention_multiplier", "attention.scale", kReal, kRequired},
    {"logits_scaling", "logit_scale", kReal, kRequired},
};
constexpr KeyRule kLayerNormKeys[] = {
    {"layer_norm_eps", "attention.layer_norm_epsilon", kReal, kRequired},
    {"use_parallel_residual", "use_parallel_residual", kFlag, kRequired},
};
constexpr KeyRule kExpertKeys[] = {
    {"rms_norm_eps", "attention.layer_norm_rms_epsilon", kReal, kRequired},
    {"num_experts", "expert_count", kWhole, kRequired},
    {"num_experts_per_tok", "expert_used_count", kWhole, kRequired},
    {"moe_intermediate_size", "expert_feed_forward_length", kWhole, kRequired},
};
constexpr KeyRule kGemma2Keys[] = {
    {"rms_norm_eps", "attention.layer_norm_rms_epsilon", kReal, kRequired},
    {"attn_logit_softcapping", "attn_logit_softcapping", kReal, kRequired},
    {"final_logit_softcapping", "final_logit_softcapping", kReal, kRequired},
    {"sliding_window", "attention.sliding_window", kWhole, kRequired},
};
constexpr KeyRule kGemma3Keys[] = {
    {"rms_norm_eps", "attention.layer_norm_rms_epsilon", kReal, kRequired},
    {"final_logit_softcapping", "final_logit_softcapping", kReal},
    {"sliding_window", "attention.sliding_window", kWhole, kRequired},
};
constexpr KeyRule kWindowKeys[] = {
    {"rms_norm_eps", "attention.layer_norm_rms_epsilon", kReal, kRequired},
    {"sliding_window", "attention.sliding_window", kWhole, kRequired},
};
constexpr KeyRule kBertKeys[] = {{"layer_norm_eps", "attention.layer_norm_epsilon", kReal, kRequired}};

constexpr Silence kLlamaSilences[] = {{"rms_norm_eps", "1e-6"}, {"rope_theta", "10000"}};
constexpr Silence kMistralSilences[] = {
    {"rms_norm_eps", "1e-6"}, {"rope_theta", "10000"}, {"num_key_value_heads", "8"}, {"sliding_window", "4096"}};
constexpr Silence kMinistral3Silences[] = {
    {"rms_norm_eps", "1e-5"}, {"num_key_value_heads", "8"}, {"head_dim", "128"}, {"max_position_embeddings", "262144"}};
constexpr Silence kQwen2Silences[] = {{"rms_norm_eps", "1e-6"}, {"rope_theta", "10000"}, {"num_key_value_heads", "32"}};
constexpr Silence kQwen3Silences[] = {
    {"rms_norm_eps", "1e-6"}, {"rope_theta", "10000"}, {"num_key_value_heads", "32"}, {"head_dim", "128"}};
constexpr Silence kQwen3MoeSilences[] = {{"rms_norm_eps", "1e-6"},     {"rope_theta", "10000"},
                                         {"num_key_value_heads", "4"}, {"num_experts", "128"},
                                         {"num_experts_per_tok", "8"}, {"moe_intermediate_size", "768"},
                                         {"norm_topk_prob", "false"},  {"decoder_sparse_step", "1"}};
constexpr Silence kGemma3Silences[] = {
    {"rms_norm_eps", "1e-6"},     {"rope_theta", "1000000"},        {"rope_local_base_freq", "10000"},
    {"num_attention_heads", "8"}, {"num_key_value_heads", "4"},     {"head_dim", "256"},
    {"sliding_window", "4096"},   {"query_pre_attn_scalar", "256"}, {"max_position_embeddings", "131072"},
    {"vocab_size", "262208"}};
constexpr Silence kGemma2Silences[] = {{"rms_norm_eps", "1e-6"},         {"rope_theta", "10000"},
                                       {"num_key_value_heads", "4"},     {"head_dim", "256"},
                                       {"sliding_window", "4096"},       {"query_pre_attn_scalar", "256"},
                                       {"attn_logit_softcapping", "50"}, {"final_logit_softcapping", "30"}};
constexpr Silence kGemma4Silences[] = {
    {"rms_norm_eps", "1e-6"},
    {"num_attention_heads", "8"},
    {"num_key_value_heads", "4"},
    {"head_dim", "256"},
    {"sliding_window", "512"},
    {"hidden_size_per_layer_input", "256"},
    {"max_position_embeddings", "131072"},
    {"vocab_size", "262144"},
    {"rope_parameters", R"({"full_attention": {"rope_type": "proportional", "partial_rotary_factor": 0.25,
                                               "rope_theta": 1000000},
                            "sliding_attention": {"rope_type": "default", "rope_theta": 10000}})"}};
constexpr Silence kPhi3Silences[] = {{"rms_norm_eps", "1e-5"}, {"rope_theta", "10000"}};
constexpr Silence kSmollm3Silences[] = {
    {"rms_norm_eps", "1e-6"}, {"rope_theta", "2000000"}, {"num_key_value_heads", "4"}};
constexpr Silence kOlmo2Silences[] = {{"rms_norm_eps", "1e-5"}, {"rope_theta", "10000"}};
constexpr Silence kGraniteSilences[] = {{"rms_norm_eps", "1e-6"},      {"rope_theta", "10000"},
                                        {"embedding_multiplier", "1"}, {"residual_multiplier", "1"},
                                        {"attention_multiplier", "1"}, {"logits_scaling", "1"}};
constexpr Silence kStablelmSilences[] = {{"layer_norm_eps", "1e-5"},
                                         {"rope_theta", "10000"},
                                         {"partial_rotary_factor", "0.25"},
                                         {"num_key_value_heads", "32"},
                                         {"use_parallel_residual", "false"}};
constexpr Silence kErnieSilences[] = {
    {"rms_norm_eps", "1e-5"}, {"rope_theta", "500000"}, {"num_key_value_heads", "2"}, {"head_dim", "128"}};
constexpr Silence kBertSilences[] = {{"layer_norm_eps", "1e-12"}, {"type_vocab_size", "2"}};
constexpr Silence kNomicSilences[] = {{"layer_norm_eps", "1e-12"}, {"type_vocab_size", "2"}, {"rope_theta", "1000"}};

constexpr Demand kSiluDemands[] = {{"hidden_act", R"(["silu", "swish", null])"}};
constexpr Demand kUnbiasedDemands[] = {{"hidden_act", R"(["silu", "swish", null])"}, {"use_bias", "[false, null]"}};
constexpr Demand kWindowlessDemands[] = {{"hidden_act", R"(["silu", "swish", null])"},
                                         {"use_sliding_window", "[false, null]"}};
constexpr Demand kExpertDemands[] = {{"hidden_act", R"(["silu", "swish", null])"},
                                     {"use_sliding_window", "[false, null]"},
                                     {"norm_topk_prob", "[true]"},
                                     {"decoder_sparse_step", "[1]"},
                                     {"mlp_only_layers", "[[], null]"}};
constexpr Demand kGemma2Demands[] = {{"hidden_activation", R"(["gelu_pytorch_tanh", null])"},
                                     {"use_bidirectional_attention", "[false, null]"}};
constexpr Demand kGemma3Demands[] = {{"hidden_activation", R"(["gelu_pytorch_tanh", null])"},
                                     {"use_bidirectional_attention", "[false, null]"},
                                     {"attn_logit_softcapping", "[null]"}};
constexpr Demand kGemma4Demands[] = {{"hidden_activation", R"(["gelu_pytorch_tanh", null])"},
                                     {"attention_bias", "[false, null]"},
                                     {"use_bidirectional_attention", R"([null, false, "vision"])"}};
constexpr Demand kEmbeddingDemands[] = {{"hidden_activation", R"(["gelu_pytorch_tanh", null])"},
                                        {"use_bidirectional_attention", "[true]"},
                                        {"final_logit_softcapping", "[null]"},
                                        {"attn_logit_softcapping", "[null]"}};
constexpr Demand kNomicDemands[] = {{"hidden_act", R"(["silu", null])"},
                                    {"activation_function", R"(["swiglu", null])"},
                                    {"prenorm", "[false, null]"},
                                    {"causal", "[false, null]"},
                                    {"parallel_block", "[false, null]"},
                                    {"use_rms_norm", "[false, null]"},
                                    {"rotary_emb_fraction", "[1, 1.0, null]"},
                                    {"rotary_emb_interleaved", "[false, null]"},
                                    {"rotary_emb_scale_base", "[null]"},
                                    {"qkv_proj_bias", "[false, null]"},
                                    {"mlp_fc1_bias", "[false, null]"},
                                    {"mlp_fc2_bias", "[false, null]"},
                                    {"moe_every_n_layers", "[0, null]"}};
constexpr Demand kBertDemands[] = {{"hidden_act", R"(["gelu", null])"},
                                   {"position_embedding_type", R"(["absolute", null])"},
                                   {"is_decoder", "[false, null]"},
                                   {"add_cross_attention", "[false, null]"}};

// The tensors of a model's two ends, then those of one layer, by what they are for.
constexpr TensorRule kEnds[] = {
    {"embed_tokens.weight", "token_embd.weight", "vd"},
    {"norm.weight", "output_norm.weight", "d"},
    {"lm_head.weight", "output.weight", "vd", Change::kNone, kOptional},
};
constexpr TensorRule kBiasedEnds[] = {
    {"embed_tokens.weight", "token_embd.weight", "vd"},
    {"norm.weight", "output_norm.weight", "d"},
    {"norm.bias", "output_norm.bias", "d"},
    {"lm_head.weight", "output.weight", "vd", Change::kNone, kOptional},
};
constexpr TensorRule kShiftedEnds[] = {
    {"embed_tokens.weight", "token_embd.weight", "vd"},
    {"norm.weight", "output_norm.weight", "d", Change::kAddOne},
    {"lm_head.weight", "output.weight", "vd", Change::kNone, kOptional},
};

constexpr TensorRule kInputEnds[] = {
    {"embed_tokens_per_layer.weight", "per_layer_token_embd.weight", "vP"},
    {"per_layer_model_projection.weight", "per_layer_model_proj.weight", "Pd"},
    {"per_layer_projection_norm.weight", "per_layer_proj_norm.weight", "p"},
};
constexpr TensorRule kInputs[] = {
    {"layers.{}.per_layer_input_gate.weight", "blk.{}.inp_gate.weight", "pd"},
    {"layers.{}.per_layer_projection.weight", "blk.{}.proj.weight", "dp"},
    {"layers.{}.post_per_layer_input_norm.weight", "blk.{}.post_norm.weight", "x"},
    {"layers.{}.layer_scalar", "blk.{}.layer_output_scale.weight", "s"},
};

constexpr TensorRule kPreNorms[] = {
    {"layers.{}.input_layernorm.weight", "blk.{}.attn_norm.weight", "d"},
    {"layers.{}.post_attention_layernorm.weight", "blk.{}.ffn_norm.weight", "d"},
};
constexpr TensorRule kBiasedPreNorms[] = {
    {"layers.{}.input_layernorm.weight", "blk.{}.attn_norm.weight", "d"},
    {"layers.{}.input_layernorm.bias", "blk.{}.attn_norm.bias", "d"},
    {"layers.{}.post_attention_layernorm.weight", "blk.{}.ffn_norm.weight", "d"},
    {"layers.{}.post_attention_layernorm.bias", "blk.{}.ffn_norm.bias", "d"},
};
constexpr TensorRule kPostNorms[] = {
    {"layers.{}.post_attention_layernorm.weight", "blk.{}.post_attention_norm.weight", "d"},
    {"layers.{}.post_feedforward_layernorm.weight", "blk.{}.post_ffw_norm.weight", "d"},
};
constexpr TensorRule kShiftedNorms[] = {
    {"layers.{}.input_layernorm.weight", "blk.{}.attn_norm.weight", "d", Change::kAddOne},
    {"layers.{}.post_attention_layernorm.weight", "blk.{}.post_attention_norm.weight", "d", Change::kAddOne},
    {"layers.{}.pre_feedforward_layernorm.weight", "blk.{}.ffn_norm.weight", "d", Change::kAddOne},
    {"layers.{}.post_feedforward_layernorm.weight", "blk.{}.post_ffw_norm.weight", "d", Change::kAddOne},
};

constexpr TensorRule kNormsAround[] = {
    {"layers.{}.input_layernorm.weight", "blk.{}.attn_norm.weight", "d"},
    {"layers.{}.post_attention_layernorm.weight", "blk.{}.post_attention_norm.weight", "d"},
    {"layers.{}.pre_feedforward_layernorm.weight", "blk.{}.ffn_norm.weight", "d"},
    {"layers.{}.post_feedforward_layernorm.weight", "blk.{}.post_ffw_norm.weight", "d"},
};

constexpr TensorRule kAttention[] = {
    {"layers.{}.self_attn.q_proj.weight", "blk.{}.attn_q.weight", "qd"},
    {"layers.{}.self_attn.k_proj.weight", "blk.{}.attn_k.weight", "kd"},
    {"layers.{}.self_attn.v_proj.weight", "blk.{}.attn_v.weight", "kd"},
    {"layers.{}.self_attn.o_proj.weight", "blk.{}.attn_output.weight", "dq"},
};
// Keys and values that a layer may have from another, or in one.
constexpr TensorRule kSharingAttention[] = {
    {"layers.{}.self_attn.q_proj.weight", "blk.{}.attn_q.weight", "qd"},
    {"layers.{}.self_attn.k_proj.weight", "blk.{}.attn_k.weight", "kd"},
    {"layers.{}.self_attn.v_proj.weight", "blk.{}.attn_v.weight", "zd"},
    {"layers.{}.self_attn.o_proj.weight", "blk.{}.attn_output.weight", "dq"},
    {"layers.{}.self_attn.q_norm.weight", "blk.{}.attn_q_norm.weight", "h"},
    {"layers.{}.self_attn.k_norm.weight", "blk.{}.attn_k_norm.weight", "j"},
};
constexpr TensorRule kPairedAttention[] = {
    {"layers.{}.self_attn.q_proj.weight", "blk.{}.attn_q.weight", "qd", Change::kPairs},
    {"layers.{}.self_attn.k_proj.weight", "blk.{}.attn_k.weight", "kd", Change::kPairs},
    {"layers.{}.self_attn.v_proj.weight", "blk.{}.attn_v.weight", "kd"},
    {"layers.{}.self_attn.o_proj.weight", "blk.{}.attn_output.weight", "dq"},
};
constexpr TensorRule kFusedAttention[] = {
    {"layers.{}.self_attn.qkv_proj.weight", "blk.{}.attn_qkv.weight", "ad"},
    {"layers.{}.self_attn.o_proj.weight", "blk.{}.attn_output.weight", "dq"},
};
constexpr TensorRule kQkvBiases[] = {
    {"layers.{}.self_attn.q_proj.bias", "blk.{}.attn_q.bias", "q", Change::kNone, kOptional},
    {"layers.{}.self_attn.k_proj.bias", "blk.{}.attn_k.bias", "k", Change::kNone, kOptional},
    {"layers.{}.self_attn.v_proj.bias", "blk.{}.attn_v.bias", "k", Change::kNone, kOptional},
};
constexpr TensorRule kPairedBiases[] = {
    {"layers.{}.self_attn.q_proj.bias", "blk.{}.attn_q.bias", "q", Change::kPairs, kOptional},
    {"layers.{}.self_attn.k_proj.bias", "blk.{}.attn_k.bias", "k", Change::kPairs, kOptional},
    {"layers.{}.self_attn.v_proj.bias", "blk.{}.attn_v.bias", "k", Change::kNone, kOptional},
    {"layers.{}.self_attn.o_proj.bias", "blk.{}.attn_output.bias", "d", Change::kNone, kOptional},
    {"layers.{}.mlp.gate_proj.bias", "blk.{}.ffn_gate.bias", "f", Change::kNone, kOptional},
    {"layers.{}.mlp.up_proj.bias", "blk.{}.ffn_up.bias", "f", Change::kNone, kOptional},
    {"layers.{}.mlp.down_proj.bias", "blk.{}.ffn_down.bias", "d", Change::kNone, kOptional},
};
constexpr TensorRule kHeadNorms[] = {
    {"layers.{}.self_attn.q_norm.weight", "blk.{}.attn_q_norm.weight", "h"},
    {"layers.{}.self_attn.k_norm.weight", "blk.{}.attn_k_norm.weight", "h"},
};
constexpr TensorRule kShiftedHeadNorms[] = {
    {"layers.{}.self_attn.q_norm.weight", "blk.{}.attn_q_norm.weight", "h", Change::kAddOne},
    {"layers.{}.self_attn.k_norm.weight", "blk.{}.attn_k_norm.weight", "h", Change::kAddOne},
};
constexpr TensorRule kWideNorms[] = {
    {"layers.{}.self_attn.q_norm.weight", "blk.{}.attn_q_norm.weight", "q"},
    {"layers.{}.self_attn.k_norm.weight", "blk.{}.attn_k_norm.weight", "k"},
};

constexpr TensorRule kGatedFfn[] = {
    {"layers.{}.mlp.gate_proj.weight", "blk.{}.ffn_gate.weight", "fd"},
    {"layers.{}.mlp.up_proj.weight", "blk.{}.ffn_up.weight", "fd"},
    {"layers.{}.mlp.down_proj.weight", "blk.{}.ffn_down.weight", "df"},
};
constexpr TensorRule kFusedFfn[] = {
    {"layers.{}.mlp.gate_up_proj.weight", "blk.{}.ffn_up.weight", "gd"},
    {"layers.{}.mlp.down_proj.weight", "blk.{}.ffn_down.weight", "df"},
};
constexpr TensorRule kExperts[] = {
    {"layers.{}.mlp.gate.weight", "blk.{}.ffn_gate_inp.weight", "ed"},
    {"layers.{}.mlp.experts.{}.gate_proj.weight", "blk.{}.ffn_gate_exps.weight", "md", Change::kNone, false, 'e'},
    {"layers.{}.mlp.experts.{}.up_proj.weight", "blk.{}.ffn_up_exps.weight", "md", Change::kNone, false, 'e'},
    {"layers.{}.mlp.experts.{}.down_proj.weight", "blk.{}.ffn_down_exps.weight", "dm", Change::kNone, false, 'e'},
};

// As transformers keeps experts in memory, and some save them.
constexpr std::string_view kGateAndUp[] = {"layers.{}.mlp.experts.{}.gate_proj.weight",
                                           "layers.{}.mlp.experts.{}.up_proj.weight"};
constexpr std::string_view kDown[] = {"layers.{}.mlp.experts.{}.down_proj.weight"};
constexpr FusedRule kFusedExperts[] = {{"layers.{}.mlp.experts.gate_up_proj", kGateAndUp},
                                       {"layers.{}.mlp.experts.down_proj", kDown}};

constexpr TensorRule kEncoderEnds[] = {
    {"embeddings.word_embeddings.weight", "token_embd.weight", "vd"},
    {"embeddings.position_embeddings.weight", "position_embd.weight", "cd"},
    {"embeddings.token_type_embeddings.weight", "token_types.weight", "td"},
    {"embeddings.LayerNorm.weight", "token_embd_norm.weight", "d"},
    {"embeddings.LayerNorm.bias", "token_embd_norm.bias", "d"},
    // Of the first token, for classifiers: no embedding is made of it.
    {"pooler.dense.weight", "", "dd", Change::kNone, kOptional},
    {"pooler.dense.bias", "", "d", Change::kNone, kOptional},
};
constexpr TensorRule kEncoderAttention[] = {
    {"encoder.layer.{}.attention.self.query.weight", "blk.{}.attn_q.weight", "dd"},
    {"encoder.layer.{}.attention.self.query.bias", "blk.{}.attn_q.bias", "d"},
    {"encoder.layer.{}.attention.self.key.weight", "blk.{}.attn_k.weight", "dd"},
    {"encoder.layer.{}.attention.self.key.bias", "blk.{}.attn_k.bias", "d"},
    {"encoder.layer.{}.attention.self.value.weight", "blk.{}.attn_v.weight", "dd"},
    {"encoder.layer.{}.attention.self.value.bias", "blk.{}.attn_v.bias", "d"},
    {"encoder.layer.{}.attention.output.dense.weight", "blk.{}.attn_output.weight", "dd"},
    {"encoder.layer.{}.attention.output.dense.bias", "blk.{}.attn_output.bias", "d"},
    {"encoder.layer.{}.attention.output.LayerNorm.weight", "blk.{}.attn_output_norm.weight", "d"},
    {"encoder.layer.{}.attention.output.LayerNorm.bias", "blk.{}.attn_output_norm.bias", "d"},
};
constexpr TensorRule kEncoderFfn[] = {
    {"encoder.layer.{}.intermediate.dense.weight", "blk.{}.ffn_up.weight", "fd"},
    {"encoder.layer.{}.intermediate.dense.bias", "blk.{}.ffn_up.bias", "f"},
    {"encoder.layer.{}.output.dense.weight", "blk.{}.ffn_down.weight", "df"},
    {"encoder.layer.{}.output.dense.bias", "blk.{}.ffn_down.bias", "d"},
    {"encoder.layer.{}.output.LayerNorm.weight", "blk.{}.layer_output_norm.weight", "d"},
    {"encoder.layer.{}.output.LayerNorm.bias", "blk.{}.layer_output_norm.bias", "d"},
};

constexpr TensorRule kNomicEnds[] = {
    {"embeddings.word_embeddings.weight", "token_embd.weight", "vd"},
    {"embeddings.token_type_embeddings.weight", "token_types.weight", "td"},
    {"emb_ln.weight", "token_embd_norm.weight", "d"},
    {"emb_ln.bias", "token_embd_norm.bias", "d"},
    {"pooler.dense.weight", "", "dd", Change::kNone, kOptional},
    {"pooler.dense.bias", "", "d", Change::kNone, kOptional},
};
constexpr TensorRule kNomicLayers[] = {
    {"encoder.layers.{}.attn.Wqkv.weight", "blk.{}.attn_qkv.weight", "ad"},
    {"encoder.layers.{}.attn.out_proj.weight", "blk.{}.attn_output.weight", "dq"},
    {"encoder.layers.{}.norm1.weight", "blk.{}.attn_output_norm.weight", "d"},
    {"encoder.layers.{}.norm1.bias", "blk.{}.attn_output_norm.bias", "d"},
    {"encoder.layers.{}.mlp.fc11.weight", "blk.{}.ffn_up.weight", "fd"},
    {"encoder.layers.{}.mlp.fc12.weight", "blk.{}.ffn_gate.weight", "fd"},
    {"encoder.layers.{}.mlp.fc2.weight", "blk.{}.ffn_down.weight", "df"},
    {"encoder.layers.{}.norm2.weight", "blk.{}.layer_output_norm.weight", "d"},
    {"encoder.layers.{}.norm2.bias", "blk.{}.layer_output_norm.bias", "d"},
};

using Groups = std::span<const TensorRule>;
constexpr Groups kLlamaTensors[] = {kEnds, kPreNorms, kPairedAttention, kPairedBiases, kGatedFfn};
constexpr Groups kSmollm3Tensors[] = {kEnds, kPreNorms, kPairedAttention, kGatedFfn};
constexpr Groups kPlainTensors[] = {kEnds, kPreNorms, kAttention, kGatedFfn};
constexpr Groups kQwen2Tensors[] = {kEnds, kPreNorms, kAttention, kQkvBiases, kGatedFfn};
constexpr Groups kQwen3Tensors[] = {kEnds, kPreNorms, kAttention, kHeadNorms, kGatedFfn};
constexpr Groups kQwen3MoeTensors[] = {kEnds, kPreNorms, kAttention, kHeadNorms, kExperts};
constexpr Groups kGemma2Tensors[] = {kShiftedEnds, kShiftedNorms, kAttention, kGatedFfn};
constexpr Groups kGemma3Tensors[] = {kShiftedEnds, kShiftedNorms, kAttention, kShiftedHeadNorms, kGatedFfn};
constexpr Groups kGemma4Tensors[] = {kEnds, kInputEnds, kNormsAround, kSharingAttention, kGatedFfn, kInputs};
constexpr Groups kPhi3Tensors[] = {kEnds, kPreNorms, kFusedAttention, kFusedFfn};
constexpr Groups kOlmo2Tensors[] = {kEnds, kPostNorms, kAttention, kWideNorms, kGatedFfn};
constexpr Groups kStablelmTensors[] = {kBiasedEnds, kBiasedPreNorms, kAttention, kQkvBiases, kGatedFfn};
constexpr Groups kNomicTensors[] = {kNomicEnds, kNomicLayers};
constexpr Groups kBertTensors[] = {kEncoderEnds, kEncoderAttention, kEncoderFfn};

constexpr unsigned kCommonScalings = kLinear | kDynamic | kYarn;

constexpr std::span<const FusedRule> kUnfused;
constexpr Family kFamilies[] = {
    {"llama", "llama", kRmsKeys, kLlamaSilences, kSiluDemands, kLlamaTensors, kCommonScalings | kLlama3},
    {"mistral", "llama", kRmsKeys, kMistralSilences, kSiluDemands, kLlamaTensors, kCommonScalings, write_windows},
    {"ministral", "llama", kRmsKeys, kMistralSilences, kSiluDemands, kLlamaTensors, kCommonScalings, write_windows},
    {"ministral3", "mistral3", kRmsKeys, kMinistral3Silences, kSiluDemands, kLlamaTensors,
     kCommonScalings | kQueryGrowth, write_mistral3},
    {"qwen2", "qwen2", kRmsKeys, kQwen2Silences, kWindowlessDemands, kQwen2Tensors, kCommonScalings},
    {"qwen3", "qwen3", kRmsKeys, kQwen3Silences, kWindowlessDemands, kQwen3Tensors, kCommonScalings},
    {"qwen3_moe", "qwen3moe", kExpertKeys, kQwen3MoeSilences, kExpertDemands, kQwen3MoeTensors, kCommonScalings,
     nullptr, /*encoder=*/false, kFusedExperts},
    {"gemma3", "gemma3", kGemma3Keys, kGemma3Silences, kGemma3Demands, kGemma3Tensors, kLinear, check_gemma3},
    {"gemma3_text", "gemma3", kGemma3Keys, kGemma3Silences, kGemma3Demands, kGemma3Tensors, kLinear, check_gemma3},
    {"gemma2", "gemma2", kGemma2Keys, kGemma2Silences, kGemma2Demands, kGemma2Tensors, 0, check_gemma2},
    {"gemma4", "gemma4", kWindowKeys, kGemma4Silences, kGemma4Demands, kGemma4Tensors, kProportional, write_gemma4,
     !kEncoder, kUnfused, 0, !kBothWays, "gemma4", size_gemma4_layers},
    {"gemma4_text", "gemma4", kWindowKeys, kGemma4Silences, kGemma4Demands, kGemma4Tensors, kProportional, write_gemma4,
     !kEncoder, kUnfused, 0, !kBothWays, "gemma4", size_gemma4_layers},
    {"phi3", "phi3", kRmsKeys, kPhi3Silences, kSiluDemands, kPhi3Tensors, kLongRope, write_phi3},
    {"smollm3", "smollm3", kRmsKeys, kSmollm3Silences, kWindowlessDemands, kSmollm3Tensors, kCommonScalings,
     check_smollm3},
    {"olmo2", "olmo2", kRmsKeys, kOlmo2Silences, kSiluDemands, kOlmo2Tensors, kCommonScalings},
    {"granite", "granite", kScaledKeys, kGraniteSilences, kSiluDemands, kLlamaTensors, kCommonScalings | kLlama3},
    {"stablelm", "stablelm", kLayerNormKeys, kStablelmSilences, kSiluDemands, kStablelmTensors, kCommonScalings,
     check_stablelm},
    {"ernie4_5", "ernie4_5", kRmsKeys, kErnieSilences, kUnbiasedDemands, kPlainTensors, kCommonScalings},
    {"bert", "bert", kBertKeys, kBertSilences, kBertDemands, kBertTensors, kUnrotated, write_bert, kEncoder},
    {"nomic_bert", "nomic-bert", kBertKeys, kNomicSilences, kNomicDemands, kNomicTensors, 0, write_bert, kEncoder},
    {"gemma3_text", "gemma-embedding", kWindowKeys, kGemma3Silences, kEmbeddingDemands, kGemma3Tensors, 0,
     check_gemma_embedding, kEncoder, kUnfused, kDense, kBothWays},
};

std::array<std::span<const Family>, 2> all_families() { return {kFamilies, recurrent_families()}; }

}  // namespace

bool Family::pairs_rows() const {
  return std::ranges::any_of(tensors, [](std::span<const TensorRule> group) {
    return std::ranges::any_of(group, [](const TensorRule& rule) { return rule.change == Change::kPairs; });
  });
}

std::span<const Family> families() { return kFamilies; }

const Family* find_family(std::string_view model_type, bool bidirectional) {
  const Family* found = nullptr;
  for (const std::span<const Family> families : all_families()) {
    for (const Family& family : families) {
      if (family.model_type != model_type) continue;
      if (family.bidirectional == bidirectional) return &family;
      if (!family.bidirectional) found = &family;
    }
  }
  return found;
}

std::string family_names() {
  std::string names;
  for (const std::span<const Family> families : all_families()) {
    for (const Family& family : families) {
      if (family.bidirectional) continue;  // named already
      names += (names.empty() ? "" : ", ") + std::string(family.model_type);
    }
  }
  return names;
}

}  // namespace sotto::published
