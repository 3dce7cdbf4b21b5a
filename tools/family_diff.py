#!/usr/bin/env python3
"""Holds docs/adding-a-family.md to its word: what its diff adds is one source file, one line of the registry and one line of
the tests' models, besides a declaration and rows of tables; and it is all that its family needs.

A copy of the tree without what the diff adds builds, and refuses to import the family's tiny model; with it, tests/families
finds the model exact. The last line says so as JSON."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = "docs/adding-a-family.md"
REGISTRY, MODELS = "src/model/families/registry.cpp", "tools/tiny_families.py"
sys.path.insert(0, str(ROOT / "tests/families"))
import families_test  # noqa: E402
import oracle  # noqa: E402


def read_diff():
    """({path: what is added to it}, the paths that are new)."""
    added, new = {}, set()
    before = ""
    for line in re.search(r"^```diff\n(.*?)^```", (ROOT / PAGE).read_text(), re.M | re.S)[1].splitlines():
        if line.startswith("--- "):
            before = line.removeprefix("--- ")
        elif line.startswith("+++ b/"):
            path = line.removeprefix("+++ b/")
            added[path] = []
            new |= {path} if before == "/dev/null" else set()
        elif line.startswith("+"):
            added[path].append(line[1:])
    return added, new


def take_away(folder, added, new):
    for path, lines in added.items():
        if path in new:
            (folder / path).unlink()
            continue
        there = (folder / path).read_text().splitlines()
        for line in lines:
            there.remove(line)
        (folder / path).write_text("\n".join(there) + "\n")


def build(folder):
    environment = os.environ | {"CCACHE_BASEDIR": str(folder)}
    for command in (["cmake", "--preset", "release", "-DSOTTO_TESTS=ON"],
                    ["ninja", "-C", "build/release", "sotto", "sotto_logits"]):
        subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)


def refuses(folder, model):
    done = subprocess.run([folder / "build/release/apps/cli/sotto", "import", model, "-o", folder / "refused.gguf"],
                          capture_output=True, text=True)
    return done.returncode != 0 and "model_type" in done.stderr


def is_exact(folder, family):
    environment = os.environ | {"SOTTO_BUILD": str(folder / "build/release")}
    return subprocess.run([sys.executable, ROOT / "tests/families/families_test.py", f"FamiliesTest.test_{family}"],
                          env=environment).returncode == 0


def main():
    added, new = read_diff()
    family = pathlib.Path(*new).stem
    model = oracle.kept("tiny-families", families_test.MAKER, families_test.fill) / family
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch) / "sotto"
        subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
        take_away(folder, added, new)
        build(folder)
        refused = refuses(folder, model)
        subprocess.run(["git", "checkout", "--quiet", "."], cwd=folder, check=True)
        build(folder)
        exact = is_exact(folder, family)
    found = {"family": family, "files": len(new), "registry_lines": len(added[REGISTRY]), "tests": len(added[MODELS]),
             "other_lines": sum(len(lines) for path, lines in added.items() if path not in {*new, REGISTRY, MODELS}),
             "refused_without": refused, "exact_with": exact}
    found["as_said"] = [*list(found.values())[1:4], refused, exact] == [1, 1, 1, True, True]
    print(json.dumps(found))
    sys.exit(not found["as_said"])


if __name__ == "__main__":
    main()
