// The links of a PEP 503 page. Not an HTML parser: it reads <a href=…> and nothing else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sotto::catalog {

// The href of every anchor, in order, with character references decoded. Any bytes are fine; what
// is no anchor is skipped. Linear in the page's length.
std::vector<std::string> links_in_html(std::string_view page);

}  // namespace sotto::catalog
