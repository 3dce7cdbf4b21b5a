#!/usr/bin/env python3
"""What jinja2 makes of templates, set up as chat templates are rendered by transformers.

    oracle_jinja.py render CASES.json OUT.json      CASES: [{"template": …, "variables": {…}}, …]
    oracle_jinja.py published FOLDER OUT.json       every *.jinja in FOLDER with each of its conversations.json
    oracle_jinja.py random SEED COUNT OUT.json      templates made by a grammar

OUT is a list of {"name", "template", "variables", and "text" or "error"}. strftime_now() shows NOW.
"""
import copy
import datetime
import json
import pathlib
import random
import sys
import warnings

import jinja2
import jinja2.ext
import jinja2.sandbox

warnings.simplefilter("ignore")
NOW = datetime.datetime(2026, 7, 5, 9, 8, 7)


class Generation(jinja2.ext.Extension):
    """{% generation %}: a call block that passes its text through."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_pass"), [], [], body).set_lineno(line)

    def _pass(self, caller):
        return caller()


class Namespace(jinja2.utils.Namespace):
    """Refuses attributes that begin with an underscore."""

    def __init__(*args, **kwargs):
        self, args = args[0], args[1:]
        attributes = dict(*args, **kwargs)
        for name in attributes:
            Namespace._check(name)
        jinja2.utils.Namespace.__init__(self, attributes)

    def __setitem__(self, name, value):
        Namespace._check(name)
        jinja2.utils.Namespace.__setitem__(self, name, value)

    @staticmethod
    def _check(name):
        if isinstance(name, str) and name.startswith("_"):
            raise jinja2.exceptions.SecurityError(name)


class Dict:
    def __call__(self, *args, **kwargs):
        return dict(*args, **kwargs)

    def fromkeys(self, *args, **kwargs):
        return dict.fromkeys(*args, **kwargs)


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def environment():
    env = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols])
    env.filters["tojson"] = tojson
    env.globals.update(raise_exception=raise_exception, strftime_now=NOW.strftime, dict=Dict(), namespace=Namespace)
    return env


ENV = environment()


def render(case):
    try:
        text = ENV.from_string(case["template"]).render(**copy.deepcopy(case["variables"]))
        text.encode()
        return {**case, "text": text}
    except Exception as e:  # any failure counts: the other side must fail as well
        return {**case, "error": f"{type(e).__name__}: {e}"}


# --- a grammar of templates ---

VARIABLES = {
    "s": "Hello, World", "e": "", "u": "ßtraße Ωσς ǆ 日本 \U0001f600", "w": "  two\n\tlines \n", "q": "it's \"q\" <b>&",
    "csv": "a,b,,c", "n": 7, "m": -3, "z": 0, "big": 2**60, "f": 2.5, "g": -0.1, "h": 1e21, "t": True, "no": False,
    "nil": None, "xs": [3, 1, 2], "ys": ["b", "A", "c", "a"], "mix": [1, "x", None, 2.0, [1], {"k": 1}], "es": [],
    "d": {"a": 1, "b": [1, 2], "items": "shadow", "Z": None}, "ed": {}, "nested": {"x": {"y": {"z": "deep"}}},
    "users": [{"name": "Ann", "age": 31, "on": True}, {"name": "bob", "age": 7, "on": False},
              {"name": "Cy", "age": 31, "tags": ["p", "q"]}],
}
NAMES = list(VARIABLES) + ["missing", "a", "b", "x"]
ATTRIBUTES = ["name", "age", "items", "keys", "x", "y", "upper", "nope", "append", "on"]
METHODS = ["upper()", "lower()", "strip()", "title()", "split()", "split(',')", "split(' ', 1)", "rsplit(',', 1)",
           "replace('l', 'L')", "startswith('H')", "endswith(('d', 'x'))", "find('o')", "rfind('o')", "count('l')",
           "join(ys)", "items()", "keys()", "values()", "get('a')", "get('q', 5)", "index('o')", "format(1, a=2)",
           "center(20, '*')", "zfill(9)", "splitlines()", "partition(' ')", "isdigit()", "isupper()", "capitalize()",
           "swapcase()", "rstrip('d')", "lstrip('H')", "removeprefix('He')", "expandtabs(3)", "count(1)", "index(2)",
           "append(1)", "copy()", "casefold()", "ljust(15)", "rjust(15, '-')", "istitle()"]
FILTERS = ["upper", "lower", "trim", "length", "tojson", "join", "join('-')", "first", "last", "list", "sort", "unique|list",
           "reverse", "reverse|list", "default('D')", "default('D', true)", "string", "int", "float", "abs", "round",
           "round(1)", "round(1, 'floor')", "title", "capitalize", "replace('a', 'bb')", "indent", "indent(2, true)",
           "map('upper')|list", "map('string')|join(',')", "map(attribute='name')|list", "select|list", "select('string')|list",
           "reject('none')|list", "selectattr('on')|list", "selectattr('age', '>', 10)|map(attribute='name')|join",
           "rejectattr('on')|list|length", "items|list", "dictsort", "dictsort(reverse=true)", "sum", "min", "max",
           "batch(2)|list", "slice(2)|list", "tojson(indent=2)", "wordcount", "count", "e", "escape", "safe", "center(20)",
           "truncate(5)", "format(1)", "groupby('age')", "sort(attribute='age')|map(attribute='name')|list", "urlencode",
           "sort(reverse=true)", "map('int')|sum", "filesizeformat", "d", "attr('name')", "int(5)", "tojson(sort_keys=true)"]
TESTS = ["defined", "undefined", "none", "string", "number", "integer", "float", "boolean", "mapping", "iterable",
         "sequence", "true", "false", "odd", "even", "upper", "lower", "callable", "divisibleby 2", "eq 7", "in [7, 'x', none]",
         "sameas none", "gt 2", "lessthan 3", "equalto 'x'", "filter", "test", "escaped"]
BINARY = ["+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", ">", "<=", ">=", "in", "not in", "and", "or"]


class Grammar:
    def __init__(self, rng):
        self.rng = rng
        self.pool = []  # expressions that have a value: most of those made at random have none

    def fill_pool(self, count):
        while len(self.pool) < count:
            made = self.expression(self.rng.randint(1, 3))
            if "text" in render({"template": "{{ " + made + " }}", "variables": VARIABLES}):
                self.pool.append(made)

    def valid(self, depth):
        return self.pick(self.pool) if self.rng.random() < 0.9 else self.expression(depth)

    def pick(self, items):
        return items[self.rng.randrange(len(items))]

    def literal(self):
        return self.pick(["1", "0", "2", "-1", "3.5", "0.1", "1e3", "true", "false", "none", "'x'", "''", "'a b'", "\"it's\"",
                          "'\\n'", "'é'", "[]", "{}", "()", "(1,)", "[1, 2]", "'%s'", "'%d-%s'", "'{}'", "'{0}{a}'",
                          "{'a': 1}", "{1: 'n', 'b': s}", "[xs, ys]", "range(4)", "range(5, 0, -2)", "7", "10"])

    def expression(self, depth):
        if depth <= 0 or self.rng.random() < 0.15:
            return self.literal() if self.rng.random() < 0.4 else self.pick(NAMES)
        more = lambda: self.expression(depth - 1)
        forms = [
            lambda: f"{more()} {self.pick(BINARY)} {more()}",
            lambda: f"({more()} {self.pick(BINARY)} {more()})",
            lambda: f"{more()}|{self.pick(FILTERS)}",
            lambda: f"({more()})|{self.pick(FILTERS)}",
            lambda: f"{self.pick(NAMES)}.{self.pick(METHODS)}",
            lambda: f"({more()}).{self.pick(METHODS)}",
            lambda: f"{self.pick(NAMES)}.{self.pick(ATTRIBUTES)}",
            lambda: f"{self.pick(NAMES)}[{more()}]",
            # Slices of names only: jinja2 folds the slice of a constant that has none to nothing.
            lambda: f"{self.pick(NAMES)}[{self.bound()}:{self.bound()}]",
            lambda: f"{self.pick(NAMES)}[{self.bound()}:{self.bound()}:{self.bound()}]",
            lambda: f"({more()}) is {self.pick(['', 'not '])}{self.pick(TESTS)}",
            lambda: f"{more()} if {more()} else {more()}",
            lambda: f"({more()} if {more()})",
            lambda: f"not {more()}",
            lambda: f"-{more()}",
            lambda: f"[{more()}, {more()}]",
            lambda: "{" + f"'k': {more()}, {self.pick(['1', 's', 'n', 'none', 'true'])}: {more()}" + "}",
            lambda: f"({more()}, {more()})",
            lambda: f"{more()} {self.pick(['<', '<=', '==', '>'])} {more()} {self.pick(['<', '!=', 'in'])} {more()}",
            lambda: f"'{self.pick(['%s', '%5s|', '%-5s|', '%r', '%05d', '%x', '%.2f', '%%', '%s %s', '%e', '%g', '%c', '%+d'])}' % {more()}",
            lambda: f"'{self.pick(['{}', '{:>8}', '{:<8}|', '{:^9}', '{!r}', '{:.2f}', '{:05d}', '{:,}', '{0[0]}', '{a}', '{:x}', '{:+}'])}'.format({more()}, a={more()})",
            lambda: f"dict(a={more()})",
            lambda: f"{more()} ~ {more()}",
        ]
        return self.pick(forms)()

    def bound(self):
        return self.pick(["", "", "0", "1", "2", "-1", "-2", "n", "100", "none"])

    def tag(self, inside):
        return "{%" + self.pick(["", "", "-", "+"]) + f" {inside} " + self.pick(["", "", "-", "+"]) + "%}"

    def text(self):
        return self.pick(["", " ", "\n", "x", " y\n", "\n  ", "\t", "\n\n", "{ }", "{# c #}", "{#- c -#}\n", "{% raw %}{{ r }}{% endraw %}",
                          "  {%- raw -%}\n z {%- endraw +%}\n", "é"])

    def statement(self, depth):
        body = lambda: self.body(depth - 1)
        e = lambda: self.valid(2)
        target = self.pick(["a", "b", "x", "s", "n"])
        forms = [
            lambda: "{{" + self.pick(["", "-"]) + f" {self.valid(3)} " + self.pick(["", "-"]) + "}}",
            lambda: "{{" + f" {self.valid(4)} " + "}}",
            lambda: self.tag(f"set {target} = {e()}"),
            lambda: self.tag(f"set a, b = {self.pick(['(1, 2)', 'xs[:2]', e()])}"),
            lambda: self.tag(f"set {target}" + self.pick(["", "|upper", "|trim|length"])) + body() + self.tag("endset"),
            lambda: self.tag(f"if {e()}") + body() + self.tag(f"elif {e()}") + body() + self.tag("else") + body() + self.tag("endif"),
            lambda: self.tag(f"if {e()}") + body() + self.tag("endif"),
            lambda: self.tag(f"for {target} in {e()}") + body() + self.pick(["", "{{ loop.index }}{{ loop.last }}", "{{ loop.nextitem }}"])
            + self.tag("else") + body() + self.tag("endfor"),
            lambda: self.tag(f"for {target} in {self.pick(['xs', 'ys', 'users', 's', 'mix', 'd'])} if {e()}") + body()
            + self.pick(["{{ loop.index0 }}", "{{ loop.length }}", "{{ loop.revindex }}", "{{ loop.previtem }}", "{{ loop.cycle(1, 2) }}",
                         "{{ loop.changed(a) }}", ""])
            + self.tag(f"if {e()}") + self.tag(self.pick(["break", "continue"])) + self.tag("endif") + body() + self.tag("endfor"),
            lambda: self.tag("for a, b in " + self.pick(["d.items()", "d|dictsort", "users|map(attribute='name')|batch(2)", e()]))
            + body() + self.tag("endfor"),
            lambda: self.tag(f"with {target} = {e()}, b = {e()}") + body() + self.tag("endwith"),
            lambda: self.tag("filter " + self.pick(["upper", "trim", "replace('x', s)", "indent(2)", "length"])) + body() + self.tag("endfilter"),
            lambda: self.tag(f"macro mac({self.pick(['', 'a', 'a, b=2', 'a=n, b=a'])})") + body()
            + self.pick(["", "{{ varargs }}", "{{ kwargs }}", "{{ caller() }}"]) + self.tag("endmacro")
            + "{{ mac(" + self.pick(["", e(), f"{e()}, b={e()}", "1, 2, 3", "q=1"]) + ") }}",
            lambda: self.tag("macro cm(a)") + body() + "[{{ caller(" + self.pick(["", "a", "1"]) + ") }}]" + self.tag("endmacro")
            + self.tag(f"call{self.pick(['', '(x)', '(x=5)'])} cm({e()})") + body() + self.tag("endcall"),
            lambda: self.tag(f"set ns = namespace(v={e()})") + self.tag("for i in xs") + self.tag(f"set ns.v = {self.pick(['ns.v ~ i', e()])}")
            + self.tag("endfor") + "{{ ns.v }}",
            lambda: self.tag("generation") + body() + self.tag("endgeneration"),
            lambda: self.tag("print " + e()),
        ]
        return self.pick(forms)()

    def body(self, depth):
        if depth <= 0:
            return self.text() + "{{ " + self.valid(1) + " }}" + self.text()
        return "".join(self.text() + self.statement(depth) for _ in range(self.rng.randint(1, 2))) + self.text()


def random_cases(seed, count):
    grammar = Grammar(random.Random(seed))
    grammar.fill_pool(count // 2)
    done = []
    while len(done) < count:
        alone = grammar.rng.random() < 0.5  # an expression alone fails less often than a whole template
        template = "{{ " + grammar.valid(3) + " }}" if alone else grammar.body(grammar.rng.randint(1, 3))
        case = render({"name": f"random {seed}/{len(done)}", "template": template, "variables": VARIABLES})
        if " at 0x" in case.get("text", ""):  # an object's address
            continue
        done.append(case)
    return done


def published_cases(folder):
    folder = pathlib.Path(folder)
    conversations = json.loads((folder / "conversations.json").read_text())
    for path in sorted(folder.glob("*.jinja")):
        for name, variables in conversations.items():
            yield render({"name": f"{path.stem}, {name}", "template": path.read_text(), "variables": variables})


def main(mode, *rest):
    if mode == "render":
        done = [render(case) for case in json.loads(pathlib.Path(rest[0]).read_text())]
    elif mode == "published":
        done = list(published_cases(rest[0]))
    else:
        done = random_cases(int(rest[0]), int(rest[1]))
    pathlib.Path(rest[-1]).write_text(json.dumps(done))


if __name__ == "__main__":
    main(*sys.argv[1:])
