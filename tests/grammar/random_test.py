#!/usr/bin/env python3
"""Random schemas and values against PyPI jsonschema, with its format checker.

What a grammar matches is valid, and what is valid a grammar matches, in one of the orders of its members. Texts made by
walking through the masks at random are always valid JSON and valid under the schema. With formats only the first holds:
some valid writings are left out on purpose.
"""
import json
import sys

import jsonschema

from asking import Classifier, spellings
from schemas import Maker

N_EXACT, N_FORMATS, N_VALUES, N_WALKS = 500, 100, 16, 4


def check(classifier, maker, seed, counts):
    schema = maker.schema()
    values = [maker.near(schema, schema) if maker.maybe(0.8) else maker.value(2) for _ in range(N_VALUES)]
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
    writings = [spellings(value) for value in values]
    answer = classifier.schema(schema, walks=N_WALKS, seed=seed,
                               texts=[text for styles in writings for style in styles for text in style])
    if "refused" in answer:
        counts["refused"] += 1
        if "no text" in answer["refused"] and any(validator.is_valid(value) for value in values):
            return f"nothing is said to be valid: {json.dumps(schema)}"
        if answer["code"] not in (1, 4):
            return f"refused: {answer['refused']}: {json.dumps(schema)}"
        return None
    matches = iter(answer["matches"])
    for value, styles in zip(values, writings):
        valid = validator.is_valid(value)
        for style in styles:
            found = any([next(matches) for _ in style])
            if found != valid and (found or maker.exact):
                return f"{style[0]}: {'matched' if found else 'not matched'}, valid: {valid}: {json.dumps(schema)}"
        counts["valid" if valid else "invalid"] += 1
    for text in answer["walks"]:
        if text == "cut":  # a string that needs one letter before it may end can take long to draw
            counts["cut"] += 1
            continue
        try:
            problem = None if validator.is_valid(json.loads(text)) else "is not valid"
        except (json.JSONDecodeError, UnicodeError) as error:
            problem = str(error)
        if problem is not None:
            return f"a walk wrote {text!r}, which {problem}: {json.dumps(schema)}"
        counts["walks"] += 1
    return None


def main():
    classifier = Classifier()
    counts = {"refused": 0, "valid": 0, "invalid": 0, "walks": 0, "cut": 0}
    wrong = []
    for seed in range(N_EXACT + N_FORMATS):
        problem = check(classifier, Maker(seed, exact=seed < N_EXACT), seed, counts)
        if problem:
            wrong.append(f"seed {seed}: {problem}")
    print(f"random schemas: {N_EXACT + N_FORMATS}, {counts}")
    print("\n".join(wrong[:20]))
    n = N_EXACT + N_FORMATS
    enough = counts["refused"] < n // 5 and counts["valid"] > 2 * n and counts["invalid"] > 2 * n
    sys.exit(bool(wrong) or not enough or counts["cut"] > counts["walks"] // 50)


if __name__ == "__main__":
    main()
