#!/usr/bin/env python3
"""Whether answers of SmolLM2 under random schemas are valid, by PyPI jsonschema with its format checker.

    bench/structured.py [--count 500]

Schemas are those of tests/grammar/schemas.py, with bounds to the length of strings and lists: a model of this size fills what has
none until it is cut. One under which nothing is valid, or which Sotto refuses, is left out and another taken. An answer counts as
valid when it ended by itself and is valid: one that was cut is not. Prints one line of JSON. Exits with 1 when an answer is not
valid.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/grammar"))
from schemas import Maker  # noqa: E402

MODELS = pathlib.Path(os.environ.get("SOTTO_TEST_DATA", pathlib.Path.home() / ".cache/sotto-test"))
MODEL = MODELS / "SmolLM2-135M-Instruct.Q4_1.gguf"
PROGRAM = os.environ.get("SOTTO_STRUCTURED", ROOT / "build/release/bench/sotto_structured")
PROMPT = "Write an example of JSON data for this JSON Schema. Be brief.\n\n"


def problem_of(schema, answer):
    if answer["finish"] != 0:
        return "was cut"
    try:
        value = json.loads(answer["text"])
    except json.JSONDecodeError as error:
        return f"is no JSON: {error}"
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema, format_checker=checker).iter_errors(value))
    return None if error is None else f"is not valid: {error.message}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=500)
    options = parser.parse_args()
    program = subprocess.Popen([str(PROGRAM), str(MODEL)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    valid = answered = refused = seed = tokens = 0
    decode_ms = 0.0
    while answered < options.count:
        seed += 1
        schema = Maker(100_000 + seed, exact=False, bounded=True).schema()
        request = {"prompt": PROMPT + json.dumps(schema), "schema": json.dumps(schema), "seed": seed, "temperature": 0.7,
                   "max_tokens": 1000}
        program.stdin.write(json.dumps(request) + "\n")
        program.stdin.flush()
        answer = json.loads(program.stdout.readline())
        if answer.get("error", "").startswith("schema"):
            refused += 1
            continue
        answered += 1
        problem = answer.get("error") or problem_of(schema, answer)
        if problem is None:
            valid += 1
            tokens += answer["tokens"]
            decode_ms += answer["decode_ms"]
        else:
            print(f"seed {seed}: {answer.get('text')!r} {problem}: {json.dumps(schema)}", file=sys.stderr)
    print(json.dumps({"kind": "structured", "model": "smollm2", "refused": refused, "tokens": tokens,
                      "tokens_per_s": round(tokens / decode_ms * 1000, 1), "answers": answered, "valid": valid}))
    sys.exit(valid != answered)


if __name__ == "__main__":
    main()
