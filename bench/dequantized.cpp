// Writes every value of a GGUF file's tensors as f32 to standard output, tensor after tensor in the file's order, each
// row-major. What another program reads in the same file can be held to it, bit for bit.
//
//   sotto_dequantized FILE > values
#include <cstdio>
#include <string>
#include <vector>

#include "gguf/file.h"
#include "kernels/dequantize.h"

namespace {

int fail(const std::string& message) {
  std::fprintf(stderr, "sotto_dequantized: %s\n", message.c_str());
  return 1;
}

bool write_tensor(const sotto::gguf::Tensor& tensor) {
  const std::size_t row_bytes = tensor.data.size() / tensor.n_rows();
  std::vector<float> row(tensor.dims[0]);
  for (std::uint64_t i = 0; i < tensor.n_rows(); ++i) {
    sotto::kernels::dequantize_row(static_cast<std::uint32_t>(tensor.type), tensor.data.data() + i * row_bytes,
                                   row.data(), static_cast<std::int64_t>(row.size()));
    if (std::fwrite(row.data(), sizeof(float), row.size(), stdout) != row.size()) return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return fail("one argument: the path of a GGUF file");
  const auto file = sotto::gguf::File::open(argv[1]);
  if (!file) return fail(file.error().message);
  for (const auto& tensor : file->tensors()) {
    if (!write_tensor(tensor)) return fail("cannot write to standard output");
  }
  return std::fflush(stdout) == 0 ? 0 : fail("cannot write to standard output");
}
