#!/usr/bin/env python3
"""Random GBNF grammars against a plain backtracking recogniser: which texts match, which grammars begin with themselves,
and which match nothing."""
import itertools
import random
import sys

from asking import Classifier

ALPHABET = "abé\n"
CLASSES = {"[a-b]": "ab", "[^a]": "bé\n", "[é]": "é", ".": ALPHABET, "[\\n\\u0061]": "\na", "[^\\xe9]": "ab\n"}


class Grammar:
    """rules: name: expression, a tuple of its kind and its parts."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.names = ["root", "r1", "r-2", "r3"][:self.random.randint(1, 4)]
        self.rules = {name: self.choice(2) for name in self.names}

    def choice(self, depth):
        return ("choice", [self.sequence(depth) for _ in range(self.random.randint(1, 3))])

    def sequence(self, depth):
        return ("sequence", [self.element(depth) for _ in range(self.random.randint(0, 3))])

    def element(self, depth):
        kind = self.random.random()
        if kind < 0.35:
            part = ("text", "".join(self.random.choice(ALPHABET) for _ in range(self.random.randint(1, 2))))
        elif kind < 0.55:
            part = ("class", self.random.choice(list(CLASSES)))
        elif kind < 0.75 or depth == 0:
            # Guarded more often than not: else nearly all begin with themselves.
            rule = ("rule", self.random.choice(self.names))
            part = ("sequence", [("text", self.random.choice("ab")), rule]) if self.random.random() < 0.7 else rule
        else:
            part = self.choice(depth - 1)
        if self.random.random() < 0.35:
            least, most = self.random.choice([(0, None), (1, None), (0, 1), (2, 2), (1, 3), (2, None)])
            part = ("repeat", part, least, most)
        return part

    def text(self):
        rules = list(self.rules.items())
        lines = [f"{name} ::= {self.write(body, top=True)}" for name, body in rules]
        return "# made at random\n" + "\n".join(lines) + "\n"

    def write(self, part, top=False):
        kind = part[0]
        if kind == "text":
            return '"' + part[1].replace("\n", "\\n") + '"'
        if kind in ("class", "rule"):
            return part[1]
        if kind == "sequence":
            return "(" + " ".join(map(self.write, part[1])) + ")" if part[1] else '""'
        if kind == "choice":
            inner = self.random.choice([" | ", "\n  | ", " |\n  "]).join(
                " ".join(map(self.write, sequence[1])) or '""' for sequence in part[1])
            return inner if top else "(" + inner + ")"
        least, most = part[2], part[3]
        short = {(0, None): "*", (1, None): "+", (0, 1): "?", (2, 2): "{2}"}
        return self.write(part[1]) + short.get((least, most), f"{{{least},{'' if most is None else most}}}")

    def ends(self, part, text, at):
        """Where a match that begins at `at` can end."""
        kind = part[0]
        if kind == "text":
            return {at + len(part[1])} if text.startswith(part[1], at) else set()
        if kind == "class":
            return {at + 1} if at < len(text) and text[at] in CLASSES[part[1]] else set()
        if kind == "rule":
            key = (part[1], at)
            if key not in self.memory:
                self.memory[key] = self.ends(self.rules[part[1]], text, at)
            return self.memory[key]
        if kind == "choice":
            return set().union(*(self.ends(option, text, at) for option in part[1]))
        if kind == "sequence":
            places = {at}
            for element in part[1]:
                places = set().union(*(self.ends(element, text, place) for place in places))
            return places
        return self.repeated(part, text, at)

    def repeated(self, part, text, at):
        _, inner, least, most = part
        found, places, seen = set(), {at}, set()
        for n in itertools.count():
            if n >= least:
                found |= places
                places = places - seen
                seen |= places
            if not places or n == most:
                return found
            places = set().union(*(self.ends(inner, text, place) for place in places))

    def matches(self, text):
        self.memory = {}
        return len(text) in self.ends(self.rules["root"], text, 0)

    def fixpoint(self, holds):
        """The rules for which holds(part, rules so far) is true in the end."""
        known = set()
        while True:
            new = {name for name, body in self.rules.items() if holds(body, known)}
            if new == known:
                return known
            known = new

    def is_empty(self, part, empty):
        kind = part[0]
        if kind == "rule":
            return part[1] in empty
        if kind in ("choice", "sequence"):
            return (any if kind == "choice" else all)(self.is_empty(inner, empty) for inner in part[1])
        return kind == "repeat" and (part[2] == 0 or self.is_empty(part[1], empty))

    def ends_ever(self, part, ending):
        kind = part[0]
        if kind == "rule":
            return part[1] in ending
        if kind in ("choice", "sequence"):
            return (any if kind == "choice" else all)(self.ends_ever(inner, ending) for inner in part[1])
        return kind != "repeat" or part[2] == 0 or self.ends_ever(part[1], ending)

    def first_rules(self, part, empty):
        kind = part[0]
        if kind == "rule":
            return {part[1]}
        if kind == "choice":
            return set().union(*(self.first_rules(inner, empty) for inner in part[1]))
        if kind == "sequence":
            found = set()
            for inner in part[1]:
                found |= self.first_rules(inner, empty)
                if not self.is_empty(inner, empty):
                    break
            return found
        return self.first_rules(part[1], empty) if kind == "repeat" else set()

    def begins_with_itself(self):
        empty = self.fixpoint(self.is_empty)
        firsts = {name: self.first_rules(body, empty) for name, body in self.rules.items()}
        for name in self.names:
            reached, open_rules = set(), [name]
            while open_rules:
                new = firsts[open_rules.pop()] - reached
                reached |= new
                open_rules += new
            if name in reached:
                return True
        return False

    def never_ends(self):
        return "root" not in self.fixpoint(self.ends_ever)


def check(classifier, seed, counts):
    grammar = Grammar(seed)
    texts = [""] + ["".join(letters) for n in (1, 2) for letters in itertools.product(ALPHABET, repeat=n)]
    chance = random.Random(seed)
    texts += ["".join(chance.choice(ALPHABET) for _ in range(chance.randint(3, 9))) for _ in range(40)]
    answer = classifier.ask(gbnf=grammar.text(), texts=texts, walks=5, seed=seed, most_tokens=4)
    refused = answer.get("refused", "")
    for problem, expected in (("begins with itself", grammar.begins_with_itself()),
                              ("no text can match", not grammar.begins_with_itself() and grammar.never_ends())):
        if (problem in refused) != expected:
            return f"{problem}: expected {expected}, found {refused!r}"
        if expected:
            counts[problem] += 1
            return None
    if refused:
        return f"refused: {refused}"
    for text, found in zip(texts, answer["matches"]):
        if found is None:
            counts["cut"] += 1
            continue
        if found != grammar.matches(text):
            return f"{text!r}: found {found}"
        counts["matches" if found else "no matches"] += 1
    for text in answer["walks"]:
        # Some grammars grow faster than they end, or can be read in ever more ways: that is said, and bounded.
        if text == "cut" or "in too many ways" in text:
            counts["cut"] += 1
            continue
        counts["walks"] += 1
        if text.startswith("error") or (set(text) <= set(ALPHABET) and len(text) < 60 and not grammar.matches(text)):
            return f"a walk wrote {text!r}"
    return None


def main():
    sys.setrecursionlimit(10_000)
    classifier = Classifier()
    counts = dict.fromkeys(["begins with itself", "no text can match", "matches", "no matches", "walks", "cut"], 0)
    wrong = []
    for seed in range(600):
        problem = check(classifier, seed, counts)
        if problem:
            wrong.append(f"seed {seed}: {problem}\n{Grammar(seed).text()}")
    print(f"random grammars: {counts}")
    print("\n".join(wrong[:5]))
    sys.exit(bool(wrong) or min(counts.values()) < 20 or counts["cut"] > counts["walks"] // 5)


if __name__ == "__main__":
    main()
