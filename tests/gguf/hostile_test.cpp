// Files that are cut, damaged or made to hurt: each opens or ends in an error that names the file,
// within a second of processor time and 64 MiB plus twice the metadata, and nothing is read outside
// the bytes given.
#include <gtest/gtest.h>
#include <malloc.h>

#include <atomic>
#include <cstring>
#include <ctime>
#include <memory>
#include <new>
#include <random>

#include "gguf/bytes.h"
#include "gguf/file.h"
#include "gguf/report.h"
#include "support/models.h"

namespace {

// Bytes on the heap now and at most since the last reset; counts every new and delete of this
// program.
std::atomic<std::size_t> g_heap_bytes{0}, g_heap_peak{0};

void* counted(std::size_t size) {
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) return nullptr;
  const std::size_t now = g_heap_bytes += malloc_usable_size(memory);
  for (std::size_t peak = g_heap_peak; now > peak && !g_heap_peak.compare_exchange_weak(peak, now);) {}
  return memory;
}

}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
  if (void* memory = counted(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  if (memory != nullptr) g_heap_bytes -= malloc_usable_size(memory);
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }

namespace sotto::gguf {
namespace {

constexpr std::size_t kMiB = 1u << 20;
bool is_short() { return std::getenv("SOTTO_SHORT") != nullptr; }

// Uses everything that a file offers, so that a view outside the file is noticed by the sanitizer.
std::uint64_t read_all(const File& file) {
  std::uint64_t sum = 0;
  for (const auto& [key, value] : file.metadata()) {
    sum += key.size() + value.index();
    if (const auto texts = file.strings(key); texts && *texts) {
      for (const auto text : **texts) sum += text.empty() ? 0 : static_cast<unsigned char>(text.back());
    }
    if (const auto numbers = file.integers(key); numbers && *numbers) sum += (*numbers)->size();
    if (const auto numbers = file.floats(key); numbers && *numbers) sum += (*numbers)->size();
  }
  for (std::size_t i = 0; i < file.metadata().size(); ++i) sum += file.stored(i).size();
  for (const Tensor& tensor : file.tensors()) {
    sum += file.tensor(tensor.name) == &tensor ? tensor.n_values() + tensor.n_rows() : 0;
    if (!tensor.data.empty()) sum += std::to_integer<unsigned>(tensor.data.front() | tensor.data.back());
  }
  return sum;
}

// Opens a copy that ends where the heap block ends. True when it opened; an error must name the
// file.
bool opens(std::string_view bytes) {
  const auto copy = std::make_unique<std::byte[]>(bytes.size());
  std::copy_n(reinterpret_cast<const std::byte*>(bytes.data()), bytes.size(), copy.get());
  const auto file = File::parse({copy.get(), bytes.size()}, "hostile.gguf");
  if (file) return read_all(*file) != ~0ull;
  EXPECT_EQ(file.error().message.find("hostile.gguf: "), 0u) << file.error().message;
  EXPECT_LT(file.error().message.size(), 700u);
  return false;
}

TEST(Hostile, EveryCutOfASmallFileIsAnError) {
  const std::string whole = sample_file().data();
  ASSERT_TRUE(opens(whole));
  for (std::size_t n = 0; n < whole.size(); ++n) EXPECT_FALSE(opens(std::string_view(whole).substr(0, n))) << n;
}

TEST(Hostile, CutsOfRealModelsAreErrors) {
  for (const char* name : {support::kSmolLm2, support::kGemma3}) {
    const std::string path = support::model_path(name);
    if (path.empty()) GTEST_SKIP() << name << " was not fetched";
    const auto mapping = base::MappedFile::open(path);
    ASSERT_TRUE(mapping.has_value());
    const std::string_view whole(reinterpret_cast<const char*>(mapping->bytes().data()), mapping->bytes().size());
    for (std::size_t n = 0; n < 3'000; ++n) EXPECT_FALSE(opens(whole.substr(0, n))) << n;
    std::mt19937_64 random(31);
    for (int i = 0; i < (is_short() ? 20 : 200); ++i) {
      const std::size_t n = random() % 7'000'000;
      EXPECT_FALSE(opens(whole.substr(0, n))) << n;
    }
    // Among the data, and at the last byte: too large to copy.
    for (const std::size_t n : {whole.size() / 2, whole.size() - 1}) {
      EXPECT_FALSE(File::parse(mapping->bytes().first(n), "cut.gguf").has_value()) << n;
    }
  }
}

template <class T>
void put_everywhere(const std::string& whole, T value) {
  for (std::size_t at = 0; at + sizeof value <= whole.size(); ++at) {
    std::string damaged = whole;
    std::memcpy(damaged.data() + at, &value, sizeof value);
    opens(damaged);
  }
}

TEST(Hostile, EveryFieldTakesEveryHostileNumber) {
  const std::string whole = sample_file().data();
  for (const std::uint64_t value : {0ull, 1ull, 13ull, 1ull << 31, 1ull << 32, 1ull << 40, 1ull << 61, 1ull << 62,
                                    (1ull << 63) - 1, 1ull << 63, ~0ull - 31, ~0ull}) {
    put_everywhere(whole, value);
    put_everywhere(whole, static_cast<std::uint32_t>(value));
  }
  for (int byte = 0; byte < 256; ++byte) put_everywhere(whole, static_cast<std::uint8_t>(byte));
}

TEST(Hostile, RandomDamage) {
  const std::string whole = sample_file().data();
  std::mt19937 random(32);
  int opened = 0;
  const int n = is_short() ? 20'000 : 200'000;
  for (int i = 0; i < n; ++i) {
    std::string damaged = whole;
    for (auto edits = 1 + random() % 8; edits > 0; --edits) {
      const std::size_t at = random() % damaged.size();
      switch (random() % 4) {
        case 0: damaged[at] = static_cast<char>(random()); break;
        case 1: damaged[at] = static_cast<char>(damaged[at] ^ 1 << random() % 8); break;
        case 2: damaged.erase(at, 1 + random() % 9); break;
        default: damaged.insert(at, whole, random() % whole.size(), 1 + random() % 9); break;
      }
      if (damaged.empty()) damaged.push_back('G');
    }
    opened += opens(damaged);
  }
  // Damage to names, values and tensor data leaves a readable file; all else is refused.
  EXPECT_GT(opened, n / 1'000);
  EXPECT_LT(opened, n / 2);
}

struct Cost {
  double seconds;          // of the processor
  std::size_t heap_bytes;  // at most, beyond what was there before
};

Cost cost_of(std::span<const std::byte> bytes, bool expected_to_open) {
  const auto seconds = [] {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
  };
  const std::size_t heap_before = g_heap_bytes;
  g_heap_peak = heap_before;
  const double begin = seconds();
  const auto file = File::parse(bytes, "hostile.gguf");
  const Cost cost{seconds() - begin, g_heap_peak - heap_before};
  EXPECT_EQ(file.has_value(), expected_to_open) << (file ? "" : file.error().message);
  return cost;
}

void print(const std::string& what, std::size_t n_bytes, const Cost& cost) {
  std::printf("%-32s %4zu MiB file: %7.1f ms, %6.2f MiB\n", what.c_str(), n_bytes / kMiB, cost.seconds * 1e3,
              static_cast<double>(cost.heap_bytes) / kMiB);
}

// The bytes of the file itself are mapped, which is the first of the two times its metadata.
void expect_cheap(const std::string& what, const Bytes& bytes, bool expected_to_open = false) {
  const Cost cost = cost_of(bytes.span(), expected_to_open);
  print(what, bytes.size(), cost);
  EXPECT_LT(cost.heap_bytes, 64 * kMiB + bytes.size()) << what;
  EXPECT_LT(cost.seconds, is_short() ? 10.0 : 1.0) << what;  // SOTTO_SHORT: under sanitizers
}

TEST(Hostile, CountsThatLieAllocateNothing) {
  for (const std::uint64_t count : {65'536ull, 65'537ull, 1ull << 31, 1ull << 40, 1ull << 63, ~0ull}) {
    const std::string number = std::to_string(count);
    Bytes keys, tensors, elements, length;
    keys.header(0, count).zeros(kMiB);
    expect_cheap(number + " keys", keys);
    tensors.header(count, 0).zeros(kMiB);
    expect_cheap(number + " tensors", tensors);
    elements.header(0, 1).text("k").u32(9).u32(10).u64(count).zeros(1'000);
    expect_cheap(number + " elements", elements);
    length.header(0, 1).text("k").u32(8).u64(count).zeros(1'000);
    expect_cheap("string of " + number, length);
  }
}

TEST(Hostile, RealModelsOpenInMilliseconds) {
  for (const char* name : {support::kSmolLm2, support::kGemma3}) {
    const std::string path = support::model_path(name);
    if (path.empty()) GTEST_SKIP() << name << " was not fetched";
    const auto mapping = base::MappedFile::open(path);
    ASSERT_TRUE(mapping.has_value());
    const Cost cost = cost_of(mapping->bytes(), true);
    print(name, mapping->bytes().size(), cost);
    EXPECT_LT(cost.heap_bytes, kMiB);
    EXPECT_LT(cost.seconds, is_short() ? 1.0 : 0.05);
  }
}

// The worst that fits the metadata that is read at all.
TEST(Hostile, TheWorstFilesStayCheap) {
  const std::uint64_t most = is_short() ? 16 * kMiB : kMaxHeaderBytes;
  {
    Bytes empty_strings;
    const std::uint64_t count = most / 8 - 16;
    empty_strings.header(0, 1).text("k").u32(9).u32(8).u64(count).zeros(count * 8);
    expect_cheap("empty strings", empty_strings, true);
    empty_strings.zeros(300 * kMiB / (is_short() ? 8 : 1));
    empty_strings.data().replace(41, 8, std::string("\x00\x00\x00\x01\x00\x00\x00\x00", 8));  // 2^24
    expect_cheap("past the limit on metadata", empty_strings);
  }
  {
    // Names that differ only at the end make sorting them as slow as it gets.
    constexpr std::size_t kKeys = 65'536;
    const std::string prefix(most / kKeys - 32, 'k');
    Bytes long_names;
    long_names.header(0, kKeys);
    for (std::uint32_t i = 0; i < kKeys; ++i)
      long_names.key_u32(prefix + std::to_string(100'000 + i * 40'503 % kKeys), i);
    expect_cheap("65,536 long names", long_names, true);
  }
}

TEST(Hostile, TheLargestTablesStayCheap) {
  Bytes tensors, keys;
  tensors.header(65'536, 0);
  for (std::uint64_t i = 0; i < 65'536; ++i) tensors.tensor(std::to_string(i), {1}, 0, i * 32);
  tensors.align().zeros(65'536 * 32);
  expect_cheap("65,536 tensors", tensors, true);
  keys.header(0, 65'536);
  for (std::uint32_t i = 0; i < 65'536; ++i) keys.text(std::to_string(i)).u32(0).u8(1);
  expect_cheap("65,536 short keys", keys, true);
}

}  // namespace
}  // namespace sotto::gguf
