#include "api/ollama/context.h"

#include <algorithm>

namespace sotto::api::ollama {
namespace {

// The first number, which no vocabulary has; the second is the length in bytes; then three bytes a number.
constexpr std::int64_t kMark = 0x534f54;
constexpr std::size_t kBytesANumber = 3;

Unexpected strange() {
  return Unexpected(ErrorCode::kBadRequest,
                    "context: a list of numbers that this server gave is wanted; those of other servers, which are "
                    "tokens, cannot be taken up");
}

std::string bytes_of(const Json& numbers, std::size_t n_bytes) {
  std::string bytes;
  for (std::size_t i = 2; i < numbers.size(); ++i) {
    if (!numbers[i].is_number_unsigned()) return "";
    auto number = numbers[i].get<std::uint64_t>();
    for (std::size_t j = 0; j < kBytesANumber && bytes.size() < n_bytes; ++j, number >>= 8)
      bytes += static_cast<char>(number & 0xff);
  }
  return bytes;
}

}  // namespace

Json pack_context(const std::vector<Message>& messages) {
  Json said = Json::array();
  for (const Message& message : messages) said.push_back({static_cast<int>(message.role), message.content});
  const std::string bytes = dump({{"said", said}});
  Json numbers = {kMark, bytes.size()};
  for (std::size_t i = 0; i < bytes.size(); i += kBytesANumber) {
    std::uint32_t number = 0;
    for (std::size_t j = std::min(bytes.size(), i + kBytesANumber); j > i; --j)
      number = number << 8 | static_cast<unsigned char>(bytes[j - 1]);
    numbers.push_back(number);
  }
  return numbers;
}

Result<std::vector<Message>> unpack_context(const Json& numbers) {
  std::vector<Message> messages;
  if (numbers.empty()) return messages;
  if (numbers.size() < 2 || numbers[0] != kMark || !numbers[1].is_number_unsigned()) return strange();
  const auto n_bytes = numbers[1].get<std::uint64_t>();
  if (n_bytes > kBytesANumber * numbers.size()) return strange();
  const auto body = parse_body(bytes_of(numbers, n_bytes));
  if (!body || !body->contains("said") || !(*body)["said"].is_array()) return strange();
  for (const Json& item : (*body)["said"]) {
    if (!item.is_array() || item.size() != 2 || !item[0].is_number_unsigned() || !item[1].is_string()) return strange();
    const auto role = item[0].get<std::uint64_t>();
    if (role > static_cast<std::uint64_t>(Role::kTool)) return strange();
    messages.push_back({static_cast<Role>(role), item[1].get<std::string>()});
  }
  return messages;
}

}  // namespace sotto::api::ollama
