#!/usr/bin/env python3
"""Holds the sources to their layers (docs/layers.txt).

    check_layers.py [--kernels ARCHIVE]

A file includes its own folder and lower ones; kernels include C headers and intrinsics only; a decoder family is named
in src/model/families alone. ARCHIVE is the library of the kernels: its objects for one instruction set must define no
weak symbol, since the linker could let code of another file call it on a processor that lacks the instructions. What the
optimiser inlined leaves no symbol, so that functions in the kernels' headers must be internal by their declaration.
"""
import argparse
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
SHARED_FUNCTION = re.compile(r"^(?:inline|constexpr|template)\b[^;=]*?\)[^;=]*?\{", re.M)
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)
KERNEL_HEADERS = {"cstdint", "cstddef", "cstring", "cstdlib", "math.h", "immintrin.h", "cpuid.h", "arm_neon.h",
                  "asm/hwcap.h", "sys/auxv.h"}
FAMILY = re.compile(r"llama|gemma|smollm|qwen|mistral|\bphi-?[0-9]|\bbert\b", re.I)
FAMILY_FREE = ("base", "gguf", "kernels", "quantize", "ops", "model", "engine")
FAMILY_EXEMPT = ("src/model/families/",)


def read_layers():
    lines = [line for line in (ROOT / "docs/layers.txt").read_text().splitlines()
             if line.strip() and not line.startswith("#")]
    return {folder: height for height, line in enumerate(lines) for folder in line.split()}


def sources(layers):
    """Pairs of layer (None for the public headers) and file."""
    for layer in layers:
        folder = ROOT / "src" / layer
        folder = folder if folder.exists() else ROOT / "apps" / layer
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".h", ".cpp", ".inc"):
                yield layer, path
    for path in sorted((ROOT / "include").rglob("*.h")):
        yield None, path


def wrong_include(layers, layer, bracket, target):
    """What is wrong with an include, or None."""
    folder = target.split("/")[0]
    if layer == "kernels" and bracket == "<":
        return None if target in KERNEL_HEADERS else "kernels include C headers and intrinsics only"
    if bracket == "<" or folder == "sotto":
        return "kernels do not know the public API" if layer == "kernels" else None
    if layer is None:
        return "public headers include public headers only"
    if folder == layer or "/" not in target:
        return None
    if folder not in layers:
        return f"no layer {folder} in docs/layers.txt"
    return None if layers[folder] < layers[layer] else f"{layer} must not know {folder}"


def check_sources(layers):
    wrong, n_files = [], 0
    for layer, path in sources(layers):
        name = str(path.relative_to(ROOT))
        text = path.read_text()
        n_files += 1
        for match in INCLUDE.finditer(text):
            if problem := wrong_include(layers, layer, match[1], match[2]):
                wrong.append(f"{name}:{text.count(chr(10), 0, match.start()) + 1}: includes {match[2]}: {problem}")
        if layer == "kernels" and path.suffix != ".cpp" and "namespace {" not in text:
            for match in SHARED_FUNCTION.finditer(text):
                line = text.count("\n", 0, match.start()) + 1
                wrong.append(f"{name}:{line}: a function that is neither static nor in an anonymous namespace")
        if layer in FAMILY_FREE and not name.startswith(FAMILY_EXEMPT):
            code = COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), text)
            for match in FAMILY.finditer(code):
                line = code.count("\n", 0, match.start()) + 1
                wrong.append(f"{name}:{line}: names {match[0]}: families stand in src/model/families")
    print(f"layers: {n_files} files")
    return wrong


def check_weak_symbols(archive):
    listing = subprocess.run(["nm", "-A", "--defined-only", archive], check=True, capture_output=True, text=True).stdout
    symbols = [line for line in listing.splitlines() if re.search(r":(avx|neon)\w*\.cpp\.o:", line)]
    print(f"kernels: {len(symbols)} symbols of one instruction set")
    if not symbols:
        return [f"{archive}: no object of an instruction set in it"]
    # The pointer to the compiler's own handler for exceptions is weak data in every object, and the same in all.
    return [f"{line}: a weak symbol" for line in symbols if re.search(r" [WVwvu] (?!DW\.ref\.)", line)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kernels")
    options = parser.parse_args()
    wrong = check_sources(read_layers())
    if options.kernels:
        wrong += check_weak_symbols(options.kernels)
    print("\n".join(wrong))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
