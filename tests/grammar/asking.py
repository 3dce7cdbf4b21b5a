"""Asks grammar_classify (classify.cpp), and the ways in which a value can be written."""
import itertools
import json
import os
import subprocess


class Classifier:
    def __init__(self):
        self.program = subprocess.Popen([os.environ["SOTTO_CLASSIFY"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def ask(self, **request):
        self.program.stdin.write(json.dumps(request) + "\n")
        self.program.stdin.flush()
        line = self.program.stdout.readline()
        if not line:
            raise RuntimeError(f"grammar_classify ended at {json.dumps(request)[:500]}")
        return json.loads(line)

    def schema(self, schema, **request):
        return self.ask(schema=json.dumps(schema), **request)


def canonical(value):
    """Whole numbers without a fraction: the one way in which grammars write them."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e16:
        return int(value)
    if isinstance(value, list):
        return [canonical(item) for item in value]
    if isinstance(value, dict):
        return {name: canonical(item) for name, item in value.items()}
    return value


def orders(value, most=200):
    """The value with the members of its objects in every order, but for those of large ones."""
    if isinstance(value, list):
        return [list(items) for items in itertools.islice(itertools.product(*map(orders, value)), most)]
    if isinstance(value, dict):
        found = []
        names = itertools.permutations(value) if len(value) <= 5 else [tuple(value)]
        for order in itertools.islice(names, most):
            for items in itertools.islice(itertools.product(*(orders(value[name]) for name in order)), most):
                found.append(dict(zip(order, items)))
        return found[:most]
    return [value]


STYLES = ({"separators": (",", ":")}, {"separators": (", ", ": ")}, {"indent": 2})


def spellings(value):
    """For each style of blanks, the value in every order."""
    return [[json.dumps(order, ensure_ascii=False, **style) for order in orders(canonical(value))] for style in STYLES]


def is_text(value):
    """Whether UTF-8 can hold it: no half of a surrogate pair."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
