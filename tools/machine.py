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
SHAPES = {
    "1B shape, Q4_0": ("llama3.2-1b", "Q4_0"),
    "1B shape, Q4_K_M": ("llama3.2-1b", "Q4_K_M"),
}


def shape_file(name):
    """Written once, seconds for a gigabyte, and kept with the test data."""
    path = DATA / f"random-{'-'.join(SHAPES[name])}.gguf"
    if not path.exists():
        subprocess.run([program("sotto_random_model"), *SHAPES[name], str(path)], check=True)
    return path


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


def write_results(name, rows, *packages):
    """One line of JSON a row, each with what it was measured on."""
    facts = about(*packages)
    (ROOT / "bench/results").mkdir(exist_ok=True)
    with open(ROOT / f"bench/results/{name}.jsonl", "w") as out:
        for row in rows:
            out.write(json.dumps({**row, **facts}) + "\n")


def fill_section(document, text, *packages):
    """Puts figures between a document's two marks; what stands around them is written by hand."""
    path = ROOT / document
    before, rest = path.read_text().split("<!-- figures -->\n", 1)
    after = rest.split("<!-- end of figures -->\n", 1)[1]
    path.write_text(f"{before}<!-- figures -->\n{about_in_words(about(*packages))}\n\n{text}\n"
                    f"<!-- end of figures -->\n{after}")
