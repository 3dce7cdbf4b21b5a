#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

TEST(JinjaAccess, AttributesAndItems) {
  expect_snippets_as_jinja({
      "{{ d.a }}",
      R"j({{ d["a"] }})j",
      "{{ d.items is callable }}",
      "{{ d['items'] }}",
      "{{ d.nope }}",
      "{{ d.nope is defined }}",
      "{{ d.nope.more }}",
      "{{ d[0] }}",
      "{{ d[none] }}",
      "{{ xs[0] }}",
      "{{ xs[-1] }}",
      "{{ xs[5] }}",
      "{{ xs[5] is defined }}",
      "{{ xs.0 }}",
      "{{ xs[true] }}",
      R"j({{ xs["0"] }})j",
      "{{ xs[1.0] }}",
      "{{ xs[none] }}",
      "{{ s[0] }}",
      "{{ s[-1] }}",
      "{{ s[99] }}",
      "{{ u[7] }}",
      "{{ u[-2] }}",
      "{{ s.upper() }}",
      "{{ s['upper']() }}",
      "{{ n.x }}",
      "{{ none.x }}",
      "{{ missing.x }}",
      R"j({{ missing["x"] }})j",
      "{{ users[0].name }}",
      "{{ users[0]['name'] }}",
      "{{ users.0.name }}",
      "{{ nested.x.y[0].z }}",
      "{{ nested.x.q.z }}",
      "{{ range(10)[3] }}",
      "{{ range(10)[-1] }}",
      "{{ range(3)[9] }}",
      "{{ (1, 2)[0, 1] }}",
      "{{ d[[1]] }}",
      "{{ d[(1,)] }}",
      "{{ xs[[0]] }}",
      "{{ xs['append'] is defined }}",
      "{{ xs.append is defined }}",
      "{{ xs.append }}",
      "{{ d.update is defined }}",
      "{{ s._x }}",
      "{{ s.__class__ }}",
      "{{ xs.append(1) }}",
      R"j({{ d.pop("a") }})j",
      "{{ ns.x }}",
  });
}

TEST(JinjaAccess, Slices) {
  expect_snippets_as_jinja({
      "{{ xs[1:] }}",           "{{ xs[:1] }}",          "{{ xs[:] }}",      "{{ xs[::-1] }}",
      "{{ xs[::2] }}",          "{{ xs[-2:] }}",         "{{ xs[5:] }}",     "{{ xs[:-5] }}",
      "{{ xs[2:0:-1] }}",       "{{ xs[none:none] }}",   "{{ s[1:4] }}",     "{{ s[::-1] }}",
      "{{ s[-5:] }}",           "{{ s[::3] }}",          "{{ s[10:2:-3] }}", "{{ u[2:9] }}",
      "{{ u[::-1] }}",          "{{ u[-3:-1] }}",        "{{ u[::2] }}",     "{{ (1, 2, 3)[1:] }}",
      "{{ range(10)[2:8:2] }}", "{{ range(10)[::-1] }}", "{{ xs[::0] }}",    R"j({{ xs["a":] }})j",
      "{{ xs[1.5:] }}",         "{{ d[1:] }}",           "{{ n[1:] }}",      "{{ missing[1:] }}",
      "{{ xs[true:] }}",        "{{ es[0:] }}",          "{{ e[1:] }}",      "{{ s[2:][1:] }}",
  });
}

}  // namespace
}  // namespace sotto::text::jinja
