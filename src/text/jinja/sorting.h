// The filters that put things in order.
#pragma once

#include "text/jinja/interpreter.h"

namespace sotto::text::jinja {

// The value as sorting sees it: text in lower case unless case counts.
Value sort_key(Interpreter& in, const Value& value, bool case_sensitive);

Value filter_sort(Interpreter& in, const Value& self, const Values& args);
Value filter_dictsort(Interpreter& in, const Value& self, const Values& args);
Value filter_min(Interpreter& in, const Value& self, const Values& args);
Value filter_max(Interpreter& in, const Value& self, const Values& args);
Value filter_groupby(Interpreter& in, const Value& self, const Values& args);

}  // namespace sotto::text::jinja
