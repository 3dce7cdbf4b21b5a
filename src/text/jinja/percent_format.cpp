#include <cmath>

#include <fmt/format.h>

#include "text/jinja/chars.h"
#include "text/jinja/format_spec.h"
#include "text/jinja/formatting.h"
#include "text/jinja/operations.h"

namespace sotto::text::jinja {
namespace {

// Interprets one format string, conversion after conversion.
class PercentFormatter {
 public:
  PercentFormatter(Interpreter& in, const Str& format, const Value& values, TextBuilder& out)
      : in_(in), format_(format), text_(format.bytes()), values_(values), out_(out) {
    const bool subscriptable =
        values.is(Kind::kDict) || values.is(Kind::kList) || values.is(Kind::kRange) || values.undefined();
    mapping_ = subscriptable;
    n_values_ = values.is(Kind::kTuple) ? values.items().size() : 1;
  }

  void run() {
    std::size_t at = 0;
    while (at < text_.size() && in_.step()) {
      const std::size_t percent = std::min(text_.find('%', at), text_.size());
      out_.append(format_, at, percent);
      at = percent;
      if (at < text_.size()) at = convert(at + 1);
    }
    if (in_.ok() && !mapping_ && taken_ < n_values_) {
      in_.type_error("not all arguments converted during string formatting");
    }
  }

 private:
  // The next value, or the one that (key) named.
  Value take() {
    if (!keyed_.missing()) return std::move(keyed_);
    if (taken_ >= n_values_) return in_.type_error("not enough arguments for format string");
    ++taken_;
    return values_.is(Kind::kTuple) ? values_.items()[taken_ - 1] : values_;
  }

  std::size_t convert(std::size_t at) {
    FormatSpec spec;
    keyed_ = Value();
    at = read_key(at);
    at = read_flags(at, spec);
    at = read_width(at, spec);
    at = read_precision(at, spec);
    if (at < text_.size() && std::string_view("hlL").find(text_[at]) != std::string_view::npos) ++at;
    if (!in_.ok()) return text_.size();
    if (at >= text_.size()) {
      in_.type_error("incomplete format");
      return at;
    }
    spec.type = text_[at];
    if (spec.type == '%') {
      out_.append(format_, at, at + 1);
    } else {
      write(spec, take());
    }
    return in_.ok() ? at + 1 : text_.size();
  }

  std::size_t read_key(std::size_t at) {
    if (at >= text_.size() || text_[at] != '(') return at;
    if (!mapping_) in_.type_error("format requires a mapping");
    int open = 1;
    std::size_t end = at + 1;
    for (; end < text_.size() && open > 0; ++end) open += text_[end] == '(' ? 1 : text_[end] == ')' ? -1 : 0;
    if (open > 0) in_.type_error("incomplete format key");
    if (!in_.ok()) return text_.size();
    const Value key = substring(in_, format_, at + 1, end - 1);
    const Value* found = values_.is(Kind::kDict) ? values_.dict().find(key) : nullptr;
    if (found) {
      keyed_ = *found;
    } else {
      in_.type_error(fmt::format("no value for the format key '{}'", key.bytes()));
    }
    return end;
  }

  std::size_t read_flags(std::size_t at, FormatSpec& spec) {
    for (; at < text_.size(); ++at) {
      switch (text_[at]) {
        case '-': spec.align = '<'; break;
        case '+': spec.sign = '+'; break;
        case ' ': spec.sign = spec.sign == '+' ? '+' : ' '; break;
        case '#': spec.alternate = true; break;
        case '0': spec.zero = true; break;
        default: return at;
      }
    }
    return at;
  }

  // A number, or '*' for the next value.
  std::size_t read_number(std::size_t at, std::size_t& out, bool& negative) {
    negative = false;
    if (at < text_.size() && text_[at] == '*') {
      const Value value = take();
      Int n = 0;
      if (!in_.ok() || !to_index(in_, value, n)) return text_.size();
      negative = n < 0;
      const std::string digits = int_text(negative ? -n : n);
      std::size_t ignored = 0;
      read_count(in_, digits, ignored, out);
      return at + 1;
    }
    read_count(in_, text_, at, out);
    return at;
  }

  std::size_t read_width(std::size_t at, FormatSpec& spec) {
    bool negative = false;
    at = read_number(at, spec.width, negative);
    if (negative) spec.align = '<';
    return at;
  }

  std::size_t read_precision(std::size_t at, FormatSpec& spec) {
    if (at >= text_.size() || text_[at] != '.') return at;
    std::size_t precision = 0;
    bool negative = false;
    at = read_number(at + 1, precision, negative);
    spec.precision = negative ? 0 : static_cast<int>(precision);
    return at;
  }

  void write(FormatSpec spec, const Value& value) {
    if (!in_.ok()) return;
    const auto among = [&](std::string_view types) { return types.find(spec.type) != std::string_view::npos; };
    if (among("sra")) return write_text(spec, value);
    if (among("diu")) return write_decimal(spec, value);
    if (among("eEfFgG")) return write_float(spec, value);
    if (spec.type == 'c') return append_character(in_, value, spec, out_);
    const bool in_base = among("oxX");
    if (in_base && value.is_integral()) return append_integer(in_, value.integer(), spec, out_);
    in_.type_error(in_base ? fmt::format("%{} format: an integer is required, not {}", spec.type, type_name(value))
                           : fmt::format("unsupported format character '{}'", spec.type));
  }

  void write_text(const FormatSpec& spec, const Value& value) {
    TextBuilder builder(in_.heap());
    if (spec.type == 's') {
      print_value(in_, value, builder);
    } else {
      print_repr(in_, value, builder);
    }
    Ref<Str> text = builder.finish();
    if (spec.precision >= 0) {
      builder.append(*text, 0, text->byte_offset(static_cast<std::size_t>(spec.precision)));
      text = builder.finish();
    }
    append_padded(in_, *text, 0, spec, '>', out_);
  }

  void write_decimal(FormatSpec spec, const Value& value) {
    spec.type = 'd';
    if (value.is_integral()) return append_integer(in_, value.integer(), spec, out_);
    const double real = value.is(Kind::kFloat) ? value.real() : NAN;
    if (!(std::fabs(real) < 1e38)) {
      in_.type_error(fmt::format("%d format: a real number is required, not {}", type_name(value)));
      return;
    }
    append_integer(in_, static_cast<Int>(real), spec, out_);
  }

  void write_float(const FormatSpec& spec, const Value& value) {
    if (!value.is_number()) {
      in_.type_error(fmt::format("a real number is required, not {}", type_name(value)));
    } else if (spec.precision > static_cast<int>(kMaxPrecision)) {
      in_.fail(ErrorCode::kBudget, "a format's precision passes 1000 digits");
    } else {
      append_float(in_, value.real(), spec, out_);
    }
  }

  Interpreter& in_;
  const Str& format_;
  const std::string_view text_;
  const Value& values_;
  TextBuilder& out_;
  bool mapping_;
  std::size_t n_values_, taken_ = 0;
  Value keyed_;
};

}  // namespace

Value percent_format(Interpreter& in, const Value& format, const Value& values) {
  TextBuilder out(in.heap());
  PercentFormatter(in, format.str(), values, out).run();
  return in.ok() ? Value::of(out.finish()) : Value();
}

void append_escaped(const Str& text, TextBuilder& out) {
  static constexpr std::string_view kSpecial = "&<>'\"";
  static constexpr std::string_view kEntities[] = {"&amp;", "&lt;", "&gt;", "&#39;", "&#34;"};
  append_mapped(text, out, [&](const Char& c, std::string& piece) {
    const auto i = c.code < 0x80 ? kSpecial.find(static_cast<char>(c.code)) : std::string_view::npos;
    piece += i == std::string_view::npos ? c.bytes : kEntities[i];
  });
}

}  // namespace sotto::text::jinja
