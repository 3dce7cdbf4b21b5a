// Every hostile case: an error that names file, field, what was found and what was expected, and says what to do; no
// crash, no file left, bounded time and memory. With SOTTO_PROGRAM the program itself imports each as well.
#include "published/hostile.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <set>
#include <sstream>

#include "gguf/file.h"
#include "gguf/writer.h"
#include "published/configuration.h"
#include "published/folder.h"
#include "published/plan.h"
#include "published/vocabulary.h"

namespace sotto::published::test {
namespace {

constexpr long kMostKilobytes = 1 << 20;
constexpr std::size_t kMostBytes = 2000;  // of a message

std::vector<HostileCase> all_cases() {
  std::vector<HostileCase> all = hostile_configurations();
  for (const auto& some :
       {hostile_weights(), hostile_places(), hostile_tokenizers(), hostile_vocabularies(), hostile_sentencepieces()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

// The error that a parser of folders gives by itself; empty when it gives none.
std::string said_by_parser(Parser parser, const std::string& folder) {
  if (parser == Parser::kWeights) {
    const auto weights = WeightFiles::open(folder);
    return weights ? "" : weights.error().message;
  }
  gguf::Writer writer;
  const auto configuration = read_configuration(folder, writer);
  if (!configuration) return configuration.error().message;
  if (parser == Parser::kPlan) {
    const auto weights = WeightFiles::open(folder);
    if (!weights) return weights.error().message;
    const auto plan = make_plan(*configuration, *weights, WeightType::kAsPublished, folder);
    return plan ? "" : plan.error().message;
  }
  std::vector<std::string> notes;
  const auto written = write_vocabulary(folder, configuration->object, configuration->sizes.vocab, {}, writer, notes);
  return written ? "" : written.error().message;
}

bool says_what_to_do(const std::string& message) {
  const char* advice[] = {"fetch it again", "fetch them again", "fetch both again",     "fetch it into",
                          "fetch the ",     "Fetch the one",    "look for a GGUF file", "merge it",
                          "sotto import",   "sotto merge",      "ask for the model",    "rename "};
  return std::ranges::any_of(advice, [&](const char* words) { return message.find(words) != std::string::npos; });
}

bool is_one_printable_line(const std::string& text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c >= ' ' && c != 127; });
}

void expect_clear(const std::string& message, const HostileCase& hostile, const std::string& folder) {
  EXPECT_NE(message.find(folder), std::string::npos) << "names no file: " << message;
  for (const std::string& part : hostile.said) {
    EXPECT_NE(message.find(part), std::string::npos) << "does not say \"" << part << "\": " << message;
  }
  EXPECT_TRUE(says_what_to_do(message)) << message;
  EXPECT_TRUE(is_one_printable_line(message)) << message;
  EXPECT_LE(message.size(), kMostBytes);
}

long peak_kilobytes() {
  struct rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

// `sotto import` of the folder: its exit code, and what it says on standard error.
std::pair<int, std::string> run_program(const char* program, const std::string& folder, const std::string& out) {
  const std::string said = folder + ".said";
  const std::string command =
      std::string(program) + " import '" + folder + "' -o '" + out + "' >/dev/null 2>'" + said + "'";
  const int status = std::system(command.c_str());
  std::ostringstream text;
  text << std::ifstream(said).rdbuf();
  std::remove(said.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text.str()};
}

Result<void> import_of(const HostileCase& hostile, const std::string& path, const std::string& out) {
  if (hostile.parser == Parser::kFile) {
    const auto file = gguf::File::open(path);
    return file ? Result<void>() : Unexpected(file.error());
  }
  const auto converted = convert_folder(path, out, {});
  return converted ? Result<void>() : Unexpected(converted.error());
}

struct Slowest {
  double seconds = 0;  // of processor time
  std::string name;
};

void run_case(const HostileCase& hostile, Slowest& slowest) {
  SCOPED_TRACE(hostile.name);
  const HostileFolder folder;
  hostile.damage(folder);
  const std::string out = folder.path() + ".gguf";
  const std::clock_t begin = std::clock();
  const std::string path = hostile.file.empty() ? folder.path() : folder.file(hostile.file);
  const auto converted = import_of(hostile, path, out);
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  if (seconds > slowest.seconds) slowest = {seconds, hostile.name};
  ASSERT_FALSE(converted) << "was imported";
  const ErrorCode code = converted.error().code;
  EXPECT_TRUE(code == ErrorCode::kBadFile || code == ErrorCode::kUnsupported || code == ErrorCode::kNotFound ||
              code == ErrorCode::kIo);
  expect_clear(converted.error().message, hostile, folder.path());
  if (hostile.parser != Parser::kFile) EXPECT_EQ(said_by_parser(hostile.parser, path), converted.error().message);
  EXPECT_FALSE(std::ifstream(out).good()) << "a file is left";
  if (const char* program = std::getenv("SOTTO_PROGRAM")) {
    const auto [exit_code, said] = run_program(program, path, out);
    EXPECT_TRUE(exit_code == 1 || exit_code == 3 || exit_code == 5) << exit_code;
    EXPECT_EQ(said, "sotto: " + converted.error().message + "\n");
  }
}

TEST(HostileFolders, TheSoundOneIsImported) {
  const HostileFolder folder;
  const std::string out = folder.path() + ".gguf";
  const auto converted = convert_folder(folder.path(), out, {});
  std::remove(out.c_str());
  ASSERT_TRUE(converted) << converted.error().message;
  EXPECT_TRUE(converted->notes.empty()) << converted->notes.front();
}

TEST(HostileFolders, EachEndsInAClearError) {
  const auto cases = all_cases();
  std::set<std::string> names;
  std::size_t n_clear = 0;
  Slowest slowest;
  const long before = peak_kilobytes();
  for (const HostileCase& hostile : cases) {
    EXPECT_TRUE(names.insert(hostile.name).second) << hostile.name << " stands twice";
    const auto* result = testing::UnitTest::GetInstance()->current_test_info()->result();
    const int failed = result->total_part_count();
    run_case(hostile, slowest);
    n_clear += result->total_part_count() == failed;
  }
  EXPECT_LT(peak_kilobytes() - before, kMostKilobytes);
  std::printf(
      "{\"hostile_cases\": %zu, \"clear_errors\": %zu, \"peak_mib\": %ld, \"slowest_s\": %.2f, \"slowest\": \"%s\"}\n",
      cases.size(), n_clear, (peak_kilobytes() - before) >> 10, slowest.seconds, slowest.name.c_str());
  EXPECT_GE(cases.size(), 60u);
}

}  // namespace
}  // namespace sotto::published::test
