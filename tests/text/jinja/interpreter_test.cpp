#include "text/jinja/interpreter.h"

#include <malloc.h>
#include <atomic>
#include <cstdio>
#include <new>

#include <nlohmann/json.hpp>

#include "text/jinja/oracle.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SOTTO_COUNTS_ALLOCATIONS 0
#else
#define SOTTO_COUNTS_ALLOCATIONS 1
#endif

#if SOTTO_COUNTS_ALLOCATIONS
namespace {
std::atomic<std::size_t> g_live{0}, g_peak{0};
}  // namespace

void* operator new(std::size_t n) {
  void* p = std::malloc(n);
  if (p == nullptr) throw std::bad_alloc();
  const std::size_t live = g_live += malloc_usable_size(p);
  if (live > g_peak) g_peak = live;
  return p;
}
void operator delete(void* p) noexcept {
  if (p != nullptr) g_live -= malloc_usable_size(p);
  std::free(p);
}
void operator delete(void* p, std::size_t) noexcept { operator delete(p); }
#endif

namespace sotto::text::jinja {
namespace {

std::string repeated(const std::string& text, int n) {
  std::string out;
  for (int i = 0; i < n; ++i) out += text;
  return out;
}

double cpu_ms() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) * 1e-6;
}

std::string doubled_macros() {
  std::string source = "{% macro m0() %}xxxxxxxxxx{% endmacro %}";
  for (int i = 1; i < 60; ++i) {
    const std::string inner = "{{ m" + std::to_string(i - 1) + "() }}";
    source += "{% macro m" + std::to_string(i) + "() %}" + inner + inner + "{% endmacro %}";
  }
  return source + "{{ m59() }}";
}

std::string many_names(int n) {
  std::string source;
  for (int i = 0; i < n; ++i) source += "{%set a" + std::to_string(i) + "=1%}";
  return source + "{% for i in range(99999) %}{{ a" + std::to_string(n - 1) + " }}{% endfor %}";
}

// Templates that would take for ever, or all memory, if they were let.
std::vector<std::string> hostile_templates() {
  const std::string big = "{% set x='a'*1000000 %}{% set y=x[1:] %}{% for i in range(99999) %}";
  const std::string end = "{% endfor %}";
  const std::string grow = "{% set ns = namespace(x='abcdefgh', y=()) %}{% for i in range(99999) %}";
  return {
      "{% for i in range(10**9) %}x{% endfor %}",
      repeated("{% for i in range(99999) %}", 3) + repeated(end, 3),
      repeated("{% for i in range(99999) %}", 2) + "xxxxxxxxxxxxxxxx" + repeated(end, 2),
      repeated("{% for i in range(9) %}", 90) + "x" + repeated(end, 90),
      "{{ 'a' * 10**9 }}",
      "{{ [1] * 10**9 }}",
      "{{ (1,) * 10**30 }}",
      "{{ '%s' * 10**30 }}",
      grow + "{% set ns.x = ns.x ~ ns.x %}" + end,
      grow + "{% set ns.x = ns.x + ns.x %}" + end,
      grow + "{% set ns.x = [ns.x, ns.x] %}" + end + "{{ ns.x }}",
      grow + "{% set ns.y = (ns.y, ns.y) %}" + end,
      "{% set ns = namespace(x=[]) %}{% for i in range(50) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
      "{% set ns = namespace(x=[]) %}{% for i in range(50) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x|tojson "
      "}}",
      "{% set ns = namespace(x=(), y=()) %}{% for i in range(45) %}{% set ns.x = (ns.x, ns.x) %}{% set ns.y = (ns.y, "
      "ns.y) %}"
      "{% endfor %}{{ ns.x == ns.y }}",
      "{% set ns = namespace(x=()) %}{% for i in range(45) %}{% set ns.x = (ns.x, ns.x) %}{% endfor %}{{ {ns.x: 1} }}",
      "{% set ns = namespace() %}{% set ns.a = [ns] %}{{ ns }}",
      "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
      "{% macro m(n) %}{% if n %}{{ m(n-1) }}{{ m(n-1) }}{% endif %}{% endmacro %}{{ m(40) }}",
      doubled_macros(),
      "{% macro m() %}{{ caller() }}{{ caller() }}{% endmacro %}" + repeated("{% call m() %}", 40) + "x" +
          repeated("{% endcall %}", 40),
      "{% for x in [[1]] recursive %}{{ loop([[x]]) }}{% endfor %}",
      big + "{% set z = x[::-1] %}" + end,
      big + "{% if x == y %}{% endif %}{% if x.startswith(y) %}{% endif %}" + end,
      big + "{% if y ~ 'b' in x %}{% endif %}" + end,
      big + "{{ x.rfind('b' ~ y) }}" + end,
      big + "{{ x.count('b') }}" + end,
      big + "{% set z = x.split('a') %}" + end,
      big + "{% set z = x|list %}" + end,
      big + "{% set z = x.strip(y) %}" + end,
      big + "{% set z = x|upper %}" + end,
      big + "{{ x|wordcount }}" + end,
      big + "{% set z = x|title %}" + end,
      "{% set x='é'*400000 %}{% for i in range(99999) %}{% if x[399999] %}{% endif %}{{ x.find('z') }}" + end,
      "{{ 'a'|center(10**9) }}",
      "{{ 'a'.ljust(10**12) }}",
      "{{ 'a'.zfill(10**30) }}",
      "{{ 'a\\nb'|indent(10**9) }}",
      "{{ ('a\\n'*1000)|indent(100000) }}",
      "{{ '%1000000000d'|format(1) }}",
      "{{ '%*d' % (10**9, 1) }}",
      "{{ '%.1000000000f' % 1.5 }}",
      "{{ '{:1000000000}'.format(1) }}",
      "{{ '{:{}}'.format(1, 10**9) }}",
      "{{ '\\t'.expandtabs(10**9) }}",
      "{{ strftime_now('%1000000000d') }}",
      "{{ [1]|tojson(indent=10**9) }}",
      "{{ ('a'*100000)|replace('a', 'b'*100000) }}",
      "{{ ('a'*100000)|replace('', 'b'*1000) }}",
      "{{ range(99999)|join('x'*10000) }}",
      "{{ 2**(10**9) }}",
      "{{ 7**(7**7) }}",
      "{{ (-1)**10**30 == 1 and 'a' * 10**12 }}",
      "{{ 1.0000001**10**9 }}{{ 'a' * 10**12 }}",
      "{% set x=range(99999)|list %}{% for i in range(999) %}{% set y = x|sort(reverse=true) %}" + end,
      "{% set x=range(99999)|list %}{% for i in range(99999) %}{% if -1 in x %}{% endif %}" + end,
      "{{ range(99999)|map('string')|map('upper')|map('lower')|list|length }}",
      "{{ range(99999)|groupby('x')|list|length * 'a' * 10**12 }}",
      "{% set ns = namespace(x=range(9)) %}{% for i in range(9999) %}{% set ns.x = ns.x|map('abs') %}{% endfor %}{{ "
      "ns.x|list }}",
      "{{ [1]|batch(10**9, 0)|list }}",
      "{{ [1]|slice(10**9)|list }}",
      "{{ ([range(9999)|list]*99999)|sum(start=[]) }}",
      "{% set ns=namespace(d={}) %}{% for i in range(99999) %}{% set ns.d = dict(ns.d, **{'k' ~ i: i}) %}" + end,
      many_names(9000),
      "{{ ('é'*1000000)|urlencode }}{{ 'a' * 10**12 }}",
      "{{ ('é'*1000000)|tojson(ensure_ascii=true) }}{{ 'a' * 10**12 }}",
      "{% for i in range(99999) %}a{{ messages[0] }}" + end,
      "{% set x='\\n'*1000000 %}{{ x.splitlines()|length }}{{ 'a' * 10**12 }}",
      "{{ ('Σ'*500000)|lower }}{{ 'a' * 10**12 }}",
  };
}

// Each ends in an error, within the steps and the bytes of the default budget; the time is shown, not judged, since the
// machine may be busy.
TEST(JinjaInterpreter, HostileTemplatesEndInTime) {
  const Json variables = Json::parse(R"({"messages": ["b"]})");
  const TemplateBudget budget;
  double slowest = 0;
  std::string slowest_source;
  std::size_t largest = 0;
  for (const std::string& source : hostile_templates()) {
    SCOPED_TRACE(source.substr(0, 200));
    const double begin = cpu_ms();
#if SOTTO_COUNTS_ALLOCATIONS
    const std::size_t before = g_live;
    g_peak = before;
#endif
    RenderStats stats;
    const auto pieces = render_pieces(source, variables, budget, &stats);
    EXPECT_FALSE(pieces);
#if SOTTO_COUNTS_ALLOCATIONS
    EXPECT_LE(g_peak - before, std::size_t{16} << 20);
    largest = std::max<std::size_t>(largest, g_peak - before);
#endif
    EXPECT_LE(stats.steps, budget.steps + 10'000);
    const double took = cpu_ms() - begin;
    if (took > slowest) slowest_source = source.substr(0, 120);
    slowest = std::max(slowest, took);
  }
  std::printf("%zu hostile templates: the slowest took %.1f ms, the largest %.1f MiB (%s)\n",
              hostile_templates().size(), slowest, static_cast<double>(largest) / (1 << 20), slowest_source.c_str());
}

TEST(JinjaInterpreter, FailuresNameTheirLine) {
  EXPECT_EQ(render("\n\n{{ missing.x }}"), "error: chat template, line 3: 'missing' is undefined");
  EXPECT_EQ(render("{{ {}.x.y }}"), "error: chat template, line 1: there is no attribute 'x'");
  EXPECT_EQ(render("{{ [].append(1) }}"), "error: chat template, line 1: access to attribute 'append' is unsafe");
  EXPECT_EQ(render("{% macro m() %}\n{{ 1 / 0 }}{% endmacro %}\n\n{{ m() }}"),
            "error: chat template, line 2: division by zero");
  EXPECT_EQ(render("{% if x %}\n{% elif\n1 + 'a' %}{% endif %}").find("error: chat template, line 3: "), 0u);
}

TEST(JinjaInterpreter, VariablesNestedTooDeepAreRefused) {
  Json deep = 1;
  for (int i = 0; i < 300; ++i) deep = Json::array({deep});
  const auto pieces = render_pieces("x", {{"messages", deep}});
  ASSERT_FALSE(pieces);
  EXPECT_EQ(pieces.error().code, ErrorCode::kBadRequest);
}

TEST(JinjaInterpreter, OnlyVariablesThatAreReadAreConverted) {
  Json variables = {{"messages", Json::array()}};
  for (int i = 0; i < 20'000; ++i) variables["messages"].push_back({{"role", "user"}, {"content", i}});
  RenderStats unread, read;
  ASSERT_TRUE(render_pieces("x", variables, {}, &unread));
  ASSERT_TRUE(render_pieces("{{ messages|length }}", variables, {}, &read));
  EXPECT_LT(unread.peak_bytes, 10'000u);
  EXPECT_GT(read.peak_bytes, 1'000'000u);
}

}  // namespace
}  // namespace sotto::text::jinja
