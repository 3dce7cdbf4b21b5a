// What the tables of families.cpp cannot say: which layers have a window or no rotation, and scales that GGUF files
// leave to the reader. Each writes keys, and refuses values that the reader would not guess.
#pragma once

#include "published/family.h"

namespace sotto::published {

void write_windows(Fields& fields, const Sizes& sizes, gguf::Writer& writer);  // the same one in all layers, or in some
void write_mistral3(Fields& fields, const Sizes& sizes, gguf::Writer& writer);
void write_phi3(Fields& fields, const Sizes& sizes, gguf::Writer& writer);
void check_gemma2(Fields& fields, const Sizes& sizes, gguf::Writer& writer);
void check_gemma3(Fields& fields, const Sizes& sizes, gguf::Writer& writer);
void check_gemma_embedding(Fields& fields, const Sizes& sizes, gguf::Writer& writer);
void write_bert(Fields& fields, const Sizes& sizes, gguf::Writer& writer);
void check_stablelm(Fields& fields, const Sizes& sizes, gguf::Writer& writer);
void check_smollm3(Fields& fields, const Sizes& sizes, gguf::Writer& writer);

// Which layers layer_types says have a window; empty when it says nothing.
std::vector<std::uint8_t> windowed_layers(Fields& fields, const Sizes& sizes);

// In files of their own.
void size_gemma4_layers(Fields& fields, Sizes& sizes, std::vector<Sizes>& layers);
void write_gemma4(Fields& fields, const Sizes& sizes, gguf::Writer& writer);

}  // namespace sotto::published
