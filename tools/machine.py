"""What a figure was measured on: the machine, the versions, the commit, the date."""
import datetime
import importlib.metadata
import json
import os
import pathlib
import platform
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = pathlib.Path(os.environ.get("SOTTO_TEST_DATA") or pathlib.Path.home() / ".cache/sotto-test")
MODELS = {
    "smollm2": DATA / "SmolLM2-135M-Instruct.Q4_1.gguf",
    "gemma3:270m": DATA / "gemma-3-270m-Q4_K_M.gguf",
}
# Random weights in the shape of a model: what tools/random_model.cpp is asked for.
SHAPES = {f"{name}-{quantization.lower()}": (shape, quantization)
          for name, shape in (("1b", "llama3.2-1b"), ("gemma3-1b", "gemma3-1b"), ("phi3-mini", "phi3-mini"),
                              ("8b", "llama3.1-8b"))
          for quantization in ("Q4_0", "Q4_K_M")}
UNQUANTIZED = "1b-f16"  # for quantizers to work on
SHAPES[UNQUANTIZED] = ("llama3.2-1b", "F16")
# What is measured unless a model is asked for by name: the others take gigabytes and many minutes.
USUAL = (*MODELS, "1b-q4_0", "1b-q4_k_m")


def shape_file(name):
    """Written once, seconds for a gigabyte, and kept with the test data."""
    path = DATA / f"random-{'-'.join(SHAPES[name])}.gguf"
    if not path.exists():
        subprocess.run([program("sotto_random_model"), *SHAPES[name], str(path)], check=True)
    return path


def model_file(name):
    return MODELS[name] if name in MODELS else shape_file(name)


def program(name):
    """A program of the optimised build; $SOTTO_BUILD names another build's folder."""
    build = pathlib.Path(os.environ.get("SOTTO_BUILD") or ROOT / "build/release")
    folder = "apps/cli" if name == "sotto" else "bench"
    path = build / folder / name
    if not path.exists():
        raise SystemExit(f"{path} is missing: cmake --preset release && ninja -C build/release {name}")
    return str(path)


def _first(command):
    try:
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT).stdout.strip().splitlines()[0]
    except (OSError, IndexError):
        return "unknown"


def _cpu_field(name):
    for line in open("/proc/cpuinfo"):
        if line.lower().startswith(name):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def machine():
    flags = _cpu_field("flags").split()
    levels = [level for level in ("avx2", "avx_vnni", "avx512_vnni", "avx512_bf16", "amx_int8") if level in flags]
    return {
        "cpu": _cpu_field("model name"),
        "cores": len(os.sched_getaffinity(0)),
        "instructions": " ".join(levels),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "kernel": platform.release(),
    }


def versions(*packages):
    found = {"sotto": _first(["git", "describe", "--always", "--dirty"]), "compiler": _first(["c++", "--version"])}
    for package in packages:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "missing"
    return found


def about(*packages):
    return {"date": datetime.date.today().isoformat(), "machine": machine(), "versions": versions(*packages)}


def about_in_words(facts):
    """One sentence for a document."""
    m = facts["machine"]
    peers = ", ".join(f"{name} {version}" for name, version in facts["versions"].items())
    return (f"Measured on {facts['date']}: {m['cpu']}, {m['cores']} cores ({m['instructions']}), {m['memory_gib']} GiB, "
            f"Linux {m['kernel']}; {peers}.")


def processor(facts):
    """The kind of processor a row or result was measured on. Figures of two kinds stand side by side."""
    return f"{facts['machine']['cpu']} ({facts['machine']['instructions']})"


def read_results(name):
    path = ROOT / f"bench/results/{name}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def update_results(name, rows, keys, *packages):
    """One line of JSON a row, each with what it was measured on. Rows of the same kind of processor that agree in `keys`
    with a new one make room for it; the others keep their own date and machine. Returns all rows."""
    facts = about(*packages)
    new = [{**row, **facts} for row in rows]

    def key(row):
        return processor(row), *(row.get(name) for name in keys)

    replaced = {key(row) for row in new}
    every = [row for row in read_results(name) if key(row) not in replaced] + new
    (ROOT / "bench/results").mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row) + "\n" for row in every)
    (ROOT / f"bench/results/{name}.jsonl").write_text(text)
    return every


class Notes:
    """Numbers what rows were measured on, so that a table can point to it."""

    def __init__(self):
        self.words = []

    def mark(self, facts):
        words = about_in_words(facts)
        if words not in self.words:
            self.words.append(words)
        return f"[{self.words.index(words) + 1}]"

    def text(self):
        return "\n\n".join(f"[{n + 1}] {words}" for n, words in enumerate(self.words))


def fill_section(document, text):
    """Puts figures between a document's two marks; what stands around them is written by hand."""
    path = ROOT / document
    before, rest = path.read_text().split("<!-- figures -->\n", 1)
    after = rest.split("<!-- end of figures -->\n", 1)[1]
    path.write_text(f"{before}<!-- figures -->\n{text}\n<!-- end of figures -->\n{after}")
