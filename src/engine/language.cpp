#include "engine/language.h"

#include <algorithm>

#include "model/vocab_reader.h"

namespace sotto::engine {
Result<Language> Language::read(const gguf::File& file, std::string_view given) {
  auto vocab = model::read_vocab(file);
  if (!vocab) return forward_error(vocab);
  auto tokenizer = text::Tokenizer::create(std::move(*vocab));
  if (!tokenizer) return forward_error(tokenizer);
  auto source = file.string("tokenizer.chat_template");
  if (!source) return forward_error(source);
  if (!given.empty()) *source = given;
  const std::string_view text = source->value_or("");
  std::optional<Result<text::ChatTemplate>> chat_template;
  if (*source) chat_template = text::ChatTemplate::parse(text);
  const bool parsed = chat_template && *chat_template;
  const ToolForm tools = parsed ? tool_form_of(text, **chat_template, (*tokenizer)->vocab()) : ToolForm();
  return Language(std::move(*tokenizer), std::move(chat_template), text::find_thought_marks(text), tools);
}

// Templates that spell BOS themselves and vocabularies that ask for it often come together: it
// stands there once.
void Language::begin(std::vector<Token>& tokens) const {
  const text::Vocab& vocab = tokenizer_->vocab();
  if (!vocab.add_bos || vocab.bos < 0 || (!tokens.empty() && tokens.front() == vocab.bos)) return;
  tokens.insert(tokens.begin(), vocab.bos);
}

std::vector<Token> Language::tokenize(std::string_view text, bool with_ends) const {
  std::vector<Token> tokens = tokenizer_->encode(text);
  if (!with_ends) return tokens;
  begin(tokens);
  const text::Vocab& vocab = tokenizer_->vocab();
  const text::TokenId end = vocab.eos >= 0 ? vocab.eos : vocab.sep;
  if (vocab.add_eos && end >= 0) tokens.push_back(end);
  return tokens;
}

Result<std::vector<text::Piece>> Language::render(const Request& request, std::string_view lead) const {
  if (request.messages.empty())
    return Unexpected(ErrorCode::kBadRequest, "the request has neither messages nor a prompt; give one of them");
  if (!template_)
    return Unexpected(ErrorCode::kUnsupported,
                      "the model has no chat template (tokenizer.chat_template): it continues text and does not "
                      "answer messages; give it a plain prompt (--raw)");
  if (!*template_) return Unexpected(template_->error());
  const auto render_with = [&](Place place) {
    return (*template_)->render(template_variables(request, tokenizer_->vocab(), tools_, place));
  };
  auto pieces = render_with(Place::kSystem);
  // Some templates know no system, either.
  const bool refused = !pieces && pieces.error().code == ErrorCode::kBadRequest;
  if (refused && offers_tools(request) && tools_.native == nullptr) pieces = render_with(Place::kUser);
  if (!pieces) return forward_error(pieces);
  if (!lead.empty()) pieces->push_back({std::string(lead), true});
  return pieces;
}

// The files, where there are some, as Qwen 2.5 Coder's makers trained it (2409.12186); without tokens for names they
// stand one after another. Each text is tokenized by itself, so that none can reach into a control token.
Result<std::vector<Token>> Language::encode_around_gap(const std::string& prefix, const Gap& gap) const {
  if (!fills_gaps())
    return Unexpected(ErrorCode::kUnsupported,
                      "the model's vocabulary has no tokens for a gap in a text (fill in the middle): it writes what "
                      "follows, not what stands between; use a model that was trained for it, or give no suffix");
  const text::GapTokens& mark = tokenizer_->vocab().gap;
  std::vector<Token> tokens;
  const auto add = [&](Token token, const std::string& text) {
    if (token >= 0) tokens.push_back(token);
    const std::vector<Token> more = tokenizer_->encode(text);
    tokens.insert(tokens.end(), more.begin(), more.end());
  };
  if (!gap.files.empty() && mark.repository >= 0) add(mark.repository, "project\n");
  for (const Gap::File& file : gap.files) {
    const char* end = file.text.ends_with('\n') ? "" : "\n";
    add(mark.file, file.name + "\n" + file.text + end);
  }
  if (!gap.files.empty() && mark.file >= 0) add(mark.file, "current\n");
  add(mark.prefix, prefix);
  add(mark.suffix, gap.suffix);
  add(mark.middle, gap.begun);
  return tokens;
}

bool Language::ends_within_thought(const std::vector<Token>& prompt) const {
  if (marks_ == nullptr) return false;
  std::string end;
  const std::size_t n = std::min<std::size_t>(prompt.size(), marks_->open.size() + 8);  // a mark, and blanks behind it
  for (std::size_t i = prompt.size() - n; i < prompt.size(); ++i) end += tokenizer_->decode(prompt[i], true);
  return text::ends_within_thought(end, *marks_);
}

Result<std::string> Language::prompt_text(const Request& request) const {
  if (request.raw || !request.prompt.empty()) return request.prompt;
  auto pieces = render(request, {});
  if (!pieces) return forward_error(pieces);
  std::string text;
  for (const text::Piece& piece : *pieces) text += piece.text;
  return text;
}

Result<std::vector<Token>> Language::prompt(const Request& request, std::string_view lead) const {
  Result<std::vector<Token>> tokens = std::vector<Token>();
  if (request.gap) {
    tokens = encode_around_gap(request.prompt, *request.gap);
  } else if (request.raw || !request.prompt.empty()) {
    tokens = tokenizer_->encode(request.prompt);
  } else {
    auto pieces = render(request, lead);
    if (!pieces) return forward_error(pieces);
    tokens = tokenizer_->encode(*pieces);
  }
  if (!tokens) return tokens;
  begin(*tokens);
  if (tokens->empty())
    return Unexpected(ErrorCode::kBadRequest,
                      "the prompt is empty, and the model has no token that begins a text; give it "
                      "a word to begin with");
  return tokens;
}

}  // namespace sotto::engine
