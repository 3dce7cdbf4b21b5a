// Ollama's Modelfile: an instruction a line, in upper or lower case; a value may stand between quotes, and between
// three of them over several lines.
#include <algorithm>
#include <iterator>
#include <map>

#include <fmt/format.h>

#include "catalog/assistants/assistant.h"
#include "catalog/names.h"

namespace sotto::catalog {
namespace {

constexpr std::string_view kAllowed = "FROM, PARAMETER, SYSTEM, MESSAGE, ADAPTER, LICENSE and TEMPLATE";

// What Ollama sets for machines and samplers that Sotto does not have: nothing that is written depends on them, or
// nothing here could.
constexpr std::string_view kLeftOut[] = {"mirostat",         "mirostat_eta",
                                         "mirostat_tau",     "tfs_z",
                                         "num_keep",         "num_gpu",
                                         "main_gpu",         "num_batch",
                                         "num_gqa",          "use_mmap",
                                         "use_mlock",        "low_vram",
                                         "f16_kv",           "numa",
                                         "vocab_only",       "logits_all",
                                         "penalize_newline", "rope_frequency_base",
                                         "embedding_only",   "rope_frequency_scale"};

std::string_view trim_blanks(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// Splits off what stands before the first blank.
std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  const std::string_view word = text.substr(0, end);
  text = trim_blanks(text.substr(end));
  return word;
}

class ModelfileReader {
 public:
  ModelfileReader(std::string_view text, const std::string& file) : rest_(text), file_(file) {}

  Result<ParsedAssistant> read();

 private:
  std::string_view next_line();
  Result<void> take(std::string_view instruction, std::string_view rest);
  Result<std::string> value(std::string_view rest);
  Result<std::string> quoted_value(std::string_view rest, std::string_view quote);
  Result<void> set_once(std::string& target, std::string_view instruction, std::string_view rest);
  Result<void> add_parameter(std::string_view rest);
  Result<void> add_message(std::string_view rest);
  Result<void> take_template(std::string_view rest);
  Unexpected error(std::string_view what) const { return assistant_error(file_, line_, what); }
  void note(std::string_view what) { parsed_.notes.push_back(fmt::format("{}:{}: {}", file_, line_, what)); }

  std::string_view rest_;
  const std::string& file_;
  int line_ = 0;                     // of the instruction
  int last_line_ = 0;                // that was read
  std::map<std::string, int> seen_;  // the line of an instruction that stands once
  ParsedAssistant parsed_;
};

std::string_view ModelfileReader::next_line() {
  const std::size_t end = std::min(rest_.find('\n'), rest_.size());
  const std::string_view line = rest_.substr(0, end);
  rest_.remove_prefix(std::min(end + 1, rest_.size()));
  ++last_line_;
  return line;
}

// The value that begins with `rest`, with the lines that belong to it.
Result<std::string> ModelfileReader::value(std::string_view rest) {
  for (const std::string_view quote : {std::string_view("\"\"\""), std::string_view("\"")}) {
    if (rest.starts_with(quote)) return quoted_value(rest.substr(quote.size()), quote);
  }
  return std::string(rest);
}

// A single quote within the text is no end: that is one behind which the line ends.
Result<std::string> ModelfileReader::quoted_value(std::string_view rest, std::string_view quote) {
  std::string text;
  for (std::string_view line = rest;;) {
    const std::string_view shown = trim_blanks(line);
    if (quote.size() == 3) {
      if (const std::size_t end = line.find(quote); end != std::string_view::npos) {
        text += line.substr(0, end);
        if (trim_blanks(line.substr(end + quote.size())).empty()) return text;
        return assistant_error(file_, last_line_, "text behind the closing \"\"\"; it ends the value, and the line");
      }
    } else if (shown.ends_with(quote)) {
      return text + std::string(line.substr(0, line.rfind(quote)));
    }
    if (rest_.empty()) return error(fmt::format("the quote {} is opened and never closed", quote));
    text += line;
    if (text.ends_with('\r')) text.pop_back();
    text += '\n';
    line = next_line();
  }
}

Result<void> ModelfileReader::set_once(std::string& target, std::string_view instruction, std::string_view rest) {
  const auto [first, fresh] = seen_.emplace(instruction, line_);
  if (!fresh) return error(fmt::format("{} stands in line {} already; keep one of them", instruction, first->second));
  auto text = value(rest);
  if (!text) return forward_error(text);
  if (text->empty()) return error(fmt::format("{} has no value", instruction));
  target = std::move(*text);
  return {};
}

Result<void> ModelfileReader::add_parameter(std::string_view rest) {
  const std::string name = to_lower(take_word(rest));
  auto text = value(rest);
  if (!text) return forward_error(text);
  if (name.empty() || text->empty()) return error("expected a name and a value, as in: PARAMETER temperature 0.3");
  if (std::find(std::begin(kLeftOut), std::end(kLeftOut), name) != std::end(kLeftOut)) {
    note(fmt::format("the parameter {} is left out: sotto has nothing that it sets", name));
  } else {
    parsed_.assistant.parameters.push_back({name, std::move(*text), line_});
  }
  return {};
}

Result<void> ModelfileReader::add_message(std::string_view rest) {
  const std::string role = to_lower(take_word(rest));
  if (role != "system" && role != "user" && role != "assistant")
    return error(fmt::format("found the role \"{}\", expected system, user or assistant", role));
  auto text = value(rest);
  if (!text) return forward_error(text);
  if (text->empty()) return error("the message is empty; expected text behind the role");
  parsed_.assistant.messages.push_back({role, std::move(*text)});
  return {};
}

// Go templates are another language than that of models. The one that adds nothing can be said.
Result<void> ModelfileReader::take_template(std::string_view rest) {
  std::string source;
  if (auto set = set_once(source, "TEMPLATE", rest); !set) return set;
  std::string bare;
  std::copy_if(source.begin(), source.end(), std::back_inserter(bare), [](char c) { return c > ' '; });
  if (bare == "{{.Prompt}}") {
    parsed_.assistant.raw = true;
  } else {
    note("TEMPLATE is left out: it is a Go template, and the chat template of the model's own is used");
  }
  return {};
}

Result<void> ModelfileReader::take(std::string_view instruction, std::string_view rest) {
  Assistant& assistant = parsed_.assistant;
  if (instruction == "FROM") return set_once(assistant.base, instruction, rest);
  if (instruction == "SYSTEM") return set_once(assistant.system, instruction, rest);
  if (instruction == "TEMPLATE") return take_template(rest);
  if (instruction == "PARAMETER") return add_parameter(rest);
  if (instruction == "MESSAGE") return add_message(rest);
  const bool adapter = instruction == "ADAPTER";
  if (!adapter && instruction != "LICENSE") {
    if (instruction != "RENDERER" && instruction != "PARSER" && instruction != "REQUIRES")
      return error(fmt::format("found the instruction \"{}\", expected one of {}", instruction, kAllowed));
    note(fmt::format("{} is left out: it speaks of Ollama's own parts", instruction));
    auto ignored = value(rest);
    return ignored ? Result<void>() : forward_error(ignored);
  }
  auto text = value(rest);
  if (!text) return forward_error(text);
  if (text->empty()) return error(fmt::format("{} has no value", instruction));
  (adapter ? assistant.adapters : assistant.licenses).push_back(std::move(*text));
  return {};
}

Result<ParsedAssistant> ModelfileReader::read() {
  while (!rest_.empty()) {
    std::string_view line = trim_blanks(next_line());
    if (line.empty() || line.front() == '#') continue;
    line_ = last_line_;
    std::string instruction(take_word(line).substr(0, 40));
    for (char& c : instruction) {
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    if (auto taken = take(instruction, line); !taken) return forward_error(taken);
  }
  if (auto settled = settle_assistant(parsed_.assistant, file_); !settled) return forward_error(settled);
  return std::move(parsed_);
}

}  // namespace

Result<ParsedAssistant> parse_modelfile(std::string_view text, const std::string& file) {
  return ModelfileReader(text, file).read();
}

}  // namespace sotto::catalog
