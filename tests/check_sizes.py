#!/usr/bin/env python3
"""How the sources read: sizes of files and functions, includes, test twins; each beside its mark. Exits with 1 over one.

Needs PyPI `lizard`, which reads functions. A twin of src/<folder>/<file>.cpp is tests/<folder>/<file>_test.cpp.
"""
import pathlib
import statistics
import sys

import lizard

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIMITS = {
    "lines of the median file": 150,
    "lines of the longest file": 500,
    "lines of the longest function": 60,
    "lines of 95 % of the functions": 45,
    "branches of a function": 15,
    "lines of the longest kernel": 120,
    "includes of the median file": 6,
    "lines of the longest public header": 250,
}


def short(path):
    return str(pathlib.Path(path).relative_to(ROOT))


def measure(files):
    """{mark's name: (value, where)}"""
    lines = {path: path.read_text().count("\n") for path in files}
    includes = [path.read_text().count("\n#include") for path in files]
    functions = [f for analysed in lizard.analyze_files([str(path) for path in files]) for f in analysed.function_list]
    kernels = [f for f in functions if "/kernels/" in f.filename]
    others = [f for f in functions if "/kernels/" not in f.filename]

    def longest(group):
        f = max(group, key=lambda f: f.end_line - f.start_line)
        return f.end_line - f.start_line + 1, f"{f.name} in {short(f.filename)}"

    branchy = max(others, key=lambda f: f.cyclomatic_complexity)
    lengths = sorted(f.end_line - f.start_line + 1 for f in others)
    big = max(lines, key=lines.get)
    header = max((path for path in files if "include" in path.parts), key=lines.get)
    return {
        "lines of the median file": (statistics.median(lines.values()), ""),
        "lines of the longest file": (lines[big], short(big)),
        "lines of the longest function": longest(others),
        "lines of 95 % of the functions": (lengths[len(lengths) * 95 // 100], ""),
        "branches of a function": (branchy.cyclomatic_complexity, f"{branchy.name} in {short(branchy.filename)}"),
        "lines of the longest kernel": longest(kernels),
        "includes of the median file": (statistics.median(includes), ""),
        "lines of the longest public header": (lines[header], short(header)),
    }


def twin_share():
    sources = [path.relative_to(ROOT / "src") for path in (ROOT / "src").rglob("*.cpp")]
    lone = [str(path) for path in sources if not (ROOT / "tests" / path.parent / f"{path.stem}_test.cpp").exists()]
    return 1 - len(lone) / len(sources), lone


def main():
    files = [path for folder in ("src", "apps", "include") for path in sorted((ROOT / folder).rglob("*"))
             if path.suffix in (".h", ".cpp", ".inc")]
    over = []
    for name, (value, where) in measure(files).items():
        print(f"{value:6g} of at most {LIMITS[name]:4}  {name}  {where}")
        if value > LIMITS[name]:
            over.append(name)
    share, lone = twin_share()
    print(f"{100 * share:5.0f} % of at least 80 %  sources with a test twin; without: {', '.join(sorted(lone)) or 'none'}")
    if share < 0.8:
        over.append("test twins")
    print(f"over: {', '.join(over)}" if over else "all within")
    sys.exit(bool(over))


if __name__ == "__main__":
    main()
