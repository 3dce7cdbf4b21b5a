#!/usr/bin/env python3
"""The JSON Schema Test Suite (suite/NOTICE): what a schema calls valid, its grammar matches, and nothing else.

A value is matched when one of the orders of its members is, since grammars write members in the order of the schema.
Each value is written compactly, with blanks and on lines, which must not matter. Which schemas are refused, and which
values are seen differently and why, stands in suite/reviewed.toml, which must list them all and no others.
"""
import json
import pathlib
import sys
import tomllib

from asking import Classifier, is_text, spellings

SUITE = pathlib.Path(__file__).resolve().parent / "suite"


def found_by(classifier, schema, tests):
    """None when the schema is refused (and why), or for each test, in each style, whether the grammar matches."""
    writings = [spellings(test["data"]) for test in tests]
    answer = classifier.schema(schema, texts=[text for styles in writings for style in styles for text in style])
    if "refused" in answer:
        return None, answer["refused"]
    matches = iter(answer["matches"])
    return [[any([next(matches) for _ in style]) for style in styles] for styles in writings], None


def main():
    classifier = Classifier()
    reviewed = tomllib.loads((SUITE / "reviewed.toml").read_text())
    refused, differs, n_agree, wrong = {}, {}, 0, []
    for path in sorted(SUITE.rglob("*.json")):
        for case in json.loads(path.read_text()):
            name = f"{path.stem}: {case['description']}"
            tests = [test for test in case["tests"] if is_text(test["data"])]
            results, problem = found_by(classifier, case["schema"], tests)
            if results is None:
                refused[name] = problem
                continue
            for test, found in zip(tests, results):
                if len(set(found)) != 1:
                    wrong.append(f"{name}: {test['description']}: blanks matter: {found}")
                elif found[0] != test["valid"]:
                    differs[f"{name}: {test['description']}"] = "matched" if found[0] else "not matched"
                else:
                    n_agree += 1
    for kind, found in (("refused", refused), ("differs", differs)):
        known = {name for group in reviewed[kind].values() for name in group}
        wrong += [f"{kind}, not reviewed: \"{name}\",  # {why}" for name, why in found.items() if name not in known]
        wrong += [f"reviewed as {kind}, but is not: {name}" for name in sorted(known - set(found))]
    print(f"suite: {n_agree} values as the suite says, {len(differs)} reviewed differences, {len(refused)} schemas refused")
    print("\n".join(wrong))
    sys.exit(bool(wrong) or n_agree < 600)


if __name__ == "__main__":
    main()
