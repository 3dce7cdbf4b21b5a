#include "cli/entry_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "catalog/download/sources.h"
#include "cli/format.h"

namespace sotto::cli {

namespace {

using catalog::Entry;
using catalog::Fit;

std::string memory_of(const Entry& entry, int ctx_tokens) {
  return format_bytes(catalog::memory_needed(entry, std::min(entry.ctx_tokens, ctx_tokens)));
}

std::string speed(const Fit& fit) {
  return fmt::format("{:.{}f} tokens/s", fit.tokens_per_s, fit.tokens_per_s < 10 ? 1 : 0);
}

std::string memory_row(const Entry& entry) {
  std::string text = "about " + memory_of(entry, kShortCtx);
  if (entry.is_encoder()) return text;
  text += fmt::format(" with a context of {} tokens", std::min(entry.ctx_tokens, kShortCtx));
  return entry.ctx_tokens < kLongCtx ? text : text + fmt::format(", {} with {}", memory_of(entry, kLongCtx), kLongCtx);
}

std::string runs_row(const Entry& entry, const Fit& fit) {
  if (!entry.runs_here()) return "no: this version does not know the architecture yet";
  if (!fit.memory_ok) return "not now: it needs more memory than is available";
  if (!fit.disk_ok) return "yes, but the disk has no room for the file";
  return fit.tokens_per_s > 0 ? fmt::format("yes, at about {} (an estimate)", speed(fit)) : "yes";
}

}  // namespace

std::string context_text(const Entry& entry) {
  const int n = entry.ctx_tokens;
  return n % 1024 == 0 ? fmt::format("{}K", n / 1024) : fmt::format("{}", n);
}

std::string memory_text(const Entry& entry) {
  return memory_of(entry, kShortCtx) + ", " + (entry.ctx_tokens < kLongCtx ? "-" : memory_of(entry, kLongCtx));
}

std::string here_text(const Entry& entry, const Fit& fit) {
  if (!entry.runs_here()) return "cannot run yet";
  if (!fit.memory_ok) return "too large";
  if (!fit.disk_ok) return "disk too full";
  return entry.is_encoder() ? "embeddings" : "~" + speed(fit);
}

std::string entry_text(const Entry& entry, const Fit& fit) {
  std::vector<std::string> sources;
  for (const catalog::Source& source : entry.sources) sources.push_back(catalog::describe_source(source));
  return format_table({
      {"name:", entry.name},
      {"title:", entry.title},
      {"good for:", entry.good_for},
      {"languages:", entry.languages},
      {"size:", (entry.bytes_exact ? "" : "about ") + format_bytes(entry.bytes)},
      {"memory:", memory_row(entry)},
      {"architecture:", entry.architecture},
      {"parameters:", entry.parameters},
      {"quantization:", entry.quantization},
      {"context:", fmt::format("trained for {} tokens", entry.ctx_tokens)},
      {"chat:", entry.is_encoder() ? kEncoderText
                : entry.chat       ? "yes"
                                   : kContinuesText},
      {"licence:", entry.license},
      {"source:", fmt::format("{}", fmt::join(sources, ", or "))},
      {"runs here:", runs_row(entry, fit)},
  });
}

Json entry_json(const Entry& entry) {
  return {{"name", entry.name},
          {"aliases", entry.aliases},
          {"title", entry.title},
          {"good_for", entry.good_for},
          {"languages", entry.languages},
          {"architecture", entry.architecture},
          {"parameters", entry.parameters},
          {"quantization", entry.quantization},
          {"bytes", entry.bytes},
          {"license", entry.license},
          {"chat", entry.chat},
          {"encoder", entry.is_encoder()},
          {"thinks", entry.thinks},
          {"ctx_tokens", entry.ctx_tokens},
          {"runs_here", entry.runs_here()}};
}

Json entry_json(const Entry& entry, const Fit& fit) {
  Json object = entry_json(entry);
  object["memory_bytes_4k"] = catalog::memory_needed(entry, std::min(entry.ctx_tokens, kShortCtx));
  object["memory_bytes_32k"] = entry.ctx_tokens < kLongCtx ? Json() : Json(catalog::memory_needed(entry, kLongCtx));
  object["fits"] = fit.memory_ok && fit.disk_ok;
  object["tokens_per_s_estimate"] = fit.tokens_per_s;
  return object;
}

}  // namespace sotto::cli
