#include "grammar/json_formats.h"

#include <string>
#include <utility>
#include <vector>

namespace sotto::grammar {
namespace {

const std::string kLeapYear = "(\\d\\d(0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)";
// RFC 3339, full-date; the year 0000, which many calendars lack, is left out.
const std::string kYear = "(0(00[1-9]|0[1-9]\\d|[1-9]\\d\\d)|[1-9]\\d{3})";
const std::string kDate = "(" + kYear +
                          "-((0[13578]|1[02])-(0[1-9]|[12]\\d|3[01])|(0[469]|11)-(0[1-9]|[12]\\d|30)|"
                          "02-(0[1-9]|1\\d|2[0-8]))|" +
                          kLeapYear + "-02-29)";
// Without leap seconds, which stand at the end of a day of UTC only.
const std::string kTime = "([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?(Z|[+-]([01]\\d|2[0-3]):[0-5]\\d)";
const std::string kUuid = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}";
const std::string kByte = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const std::string kIpv4 = kByte + "(\\." + kByte + "){3}";
// RFC 1123, without what looks like a name in Punycode. Four labels of these lengths have at most 253 characters.
const std::string kLetter = "[a-zA-Z0-9]", kInner = "[a-zA-Z0-9-]";
const std::string kLabel = kLetter + "(" + kLetter + "|" + kInner + kLetter + "|" + kInner + kInner + kLetter + "|" +
                           kInner + "(" + kLetter + kInner + "|-" + kLetter + ")" + kInner + "{0,57}" + kLetter + ")?";
const std::string kHostname = kLabel + "(\\." + kLabel + "){0,3}";
// RFC 5321, a dot-string before a domain.
const std::string kAtom = "[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]{1,20}";
const std::string kEmail = kAtom + "(\\." + kAtom + "){0,2}@" + kHostname;
// RFC 3986: a scheme, an authority or none, path, query and fragment.
const std::string kPathLetter = "([a-zA-Z0-9._~!$&'()*+,;=:@-]|%[0-9a-fA-F]{2})";
const std::string kHost = "([a-zA-Z0-9._~!$&'()*+,;=-]|%[0-9a-fA-F]{2})*";
const std::string kUri = "[a-zA-Z][a-zA-Z0-9+.-]*:(//(([a-zA-Z0-9._~!$&'()*+,;=:-]|%[0-9a-fA-F]{2})*@)?" + kHost +
                         "(:\\d*)?(/" + kPathLetter + "*)*|/?(" + kPathLetter + "+(/" + kPathLetter + "*)*)?)(\\?(" +
                         kPathLetter + "|[/?])*)?(#(" + kPathLetter + "|[/?])*)?";

// RFC 4291, 2.2: eight groups, or fewer around one ::, the last two also as an IPv4 address.
std::string ipv6() {
  const std::string group = "[0-9a-fA-F]{1,4}", last_two = "(" + group + ":" + group + "|" + kIpv4 + ")";
  const auto times = [](const std::string& what, int least, int most) {
    return "(" + what + "){" + std::to_string(least) + "," + std::to_string(most) + "}";
  };
  std::string all = times(group + ":", 6, 6) + last_two;
  for (int before = 0; before <= 7; ++before) {
    const std::string head = before == 0 ? "::" : group + times(":" + group, before - 1, before - 1) + "::";
    const int room = 7 - before;  // groups that may stand after it
    std::string tail = room == 0 ? "" : "(" + group + times(":" + group, 0, room - 1) + ")?";
    all += "|" + head + tail;
    if (room >= 2) all += "|" + head + times(group + ":", 0, room - 2) + kIpv4;
  }
  return "(" + all + ")";
}

}  // namespace

const char* find_format(std::string_view name) {
  const auto whole = [](const std::string& pattern) { return "^(" + pattern + ")$"; };
  static const std::vector<std::pair<std::string, std::string>> formats = {
      {"date", whole(kDate)},  {"time", whole(kTime)},   {"date-time", whole(kDate + "T" + kTime)},
      {"uuid", whole(kUuid)},  {"email", whole(kEmail)}, {"ipv4", whole(kIpv4)},
      {"ipv6", whole(ipv6())}, {"uri", whole(kUri)},     {"hostname", whole(kHostname)},
  };
  for (const auto& [known, pattern] : formats)
    if (known == name) return pattern.c_str();
  return nullptr;
}

}  // namespace sotto::grammar
