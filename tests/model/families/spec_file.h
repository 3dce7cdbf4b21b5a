// A file that has a family's metadata and embeddings of some rows, for tests of what becomes of the metadata.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "gguf/writer.h"
#include "model/families/registry.h"
#include "support/python.h"

namespace sotto::model {

class SpecFile {
 public:
  // The required keys of `architecture`: 4 layers, 64 wide, 4 heads of 16.
  explicit SpecFile(std::string architecture, const char* epsilon = "attention.layer_norm_rms_epsilon")
      : architecture_(std::move(architecture)) {
    writer.set("general.architecture", std::string_view(architecture_));
    writer.set(key(epsilon), 1e-6f);
    for (const auto& [name, value] :
         {std::pair{"block_count", 4u}, std::pair{"embedding_length", 64u}, std::pair{"feed_forward_length", 96u},
          std::pair{"attention.head_count", 4u}, std::pair{"context_length", 128u}}) {
      writer.set(key(name), value);
    }
    tensor("token_embd.weight", 64, 8);
  }

  std::string key(std::string_view name) const { return architecture_ + "." + std::string(name); }
  template <class T>
  void set(std::string_view name, T value) {
    writer.set(key(name), value);
  }
  void set_list(std::string_view name, const std::vector<std::uint32_t>& values) {
    writer.set_array(key(name), std::span<const std::uint32_t>(values));
  }
  void tensor(const std::string& name, std::uint64_t cols, std::uint64_t rows) {
    const std::uint64_t dims[] = {cols, rows};
    writer.add_tensor(name, gguf::TensorType::kF32, dims);
    sizes_.push_back(cols * rows * sizeof(float));
  }

  const gguf::File& file() {
    const auto fill = [&](std::size_t index, const gguf::Writer::Sink& sink) {
      return sink(std::vector<std::byte>(sizes_[index]));
    };
    EXPECT_TRUE(writer.write(folder_->file("tiny.gguf"), fill));
    auto opened = gguf::File::open(folder_->file("tiny.gguf"));
    EXPECT_TRUE(opened) << opened.error().message;
    file_ = std::make_unique<gguf::File>(std::move(*opened));
    return *file_;
  }

  gguf::Writer writer;

 private:
  std::string architecture_;
  std::vector<std::size_t> sizes_;
  std::unique_ptr<support::ScratchFolder> folder_ = std::make_unique<support::ScratchFolder>();
  std::unique_ptr<gguf::File> file_;
};

// As the family of its architecture reads it.
inline Result<DecoderSpec> read_spec(const gguf::File& file) {
  const auto family = find_family(file);
  if (!family) return Unexpected(family.error());
  return (*family)->read_spec(file);
}

inline Result<EncoderSpec> read_encoder_spec(const gguf::File& file) {
  const auto family = find_encoder_family(file);
  if (!family) return Unexpected(family.error());
  return (*family)->read_spec(file);
}

// `read` refuses the file, and says `words`.
template <class Read>
void expect_spec_refused(SpecFile& file, Read&& read, std::initializer_list<const char*> words) {
  const auto spec = read(file.file());
  ASSERT_FALSE(spec);
  for (const char* word : words) EXPECT_NE(spec.error().message.find(word), std::string::npos) << spec.error().message;
}

}  // namespace sotto::model
