"""Builds what the test server serves: a small GGUF file, wheels that hold it, and hostile wheels.

Written with Python's own struct, hashlib and zipfile, so that the figures in fixture.json are independent of the
program under test.
"""
import hashlib
import json
import os
import random
import struct
import zipfile

MODEL_FILE = "tiny-model.Q4_1.gguf"


def gguf_string(text):
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def gguf_text(key, value):
    return gguf_string(key) + struct.pack("<I", 8) + gguf_string(value)


def gguf_u32(key, value):
    return gguf_string(key) + struct.pack("<II", 4, value)


def build_gguf(n_values, seed):
    """GGUF version 3 with one F32 tensor of n_values random bytes."""
    metadata = [
        gguf_text("general.architecture", "llama"),
        gguf_text("general.name", "Tiny Test Model"),
        gguf_text("general.license", "apache-2.0"),
        gguf_u32("general.file_type", 3),
        gguf_u32("llama.context_length", 2048),
        gguf_text("tokenizer.chat_template", "{{ messages }}" + "x" * 400),
    ]
    tensors = gguf_string("token_embd.weight") + struct.pack("<IQQIQ", 2, 64, n_values // 64, 0, 0)
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, len(metadata)) + b"".join(metadata) + tensors
    head += b"\0" * (-len(head) % 32)
    return head + random.Random(seed).randbytes(n_values * 4)


def write_wheel(root, package, version, members, compression=zipfile.ZIP_DEFLATED):
    name = package.replace("-", "_")
    folder = os.path.join(root, "packages", package)
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, f"{name}-{version}-py3-none-any.whl")
    with zipfile.ZipFile(path, "w", compression, compresslevel=1) as wheel:
        wheel.writestr(f"{name}/__init__.py", "raise SystemExit('this code must never run')\n")
        for member, data in members:
            wheel.writestr(member, data)
    return path


def patch(path, old, new, last=False):
    data = open(path, "rb").read()
    at = data.rfind(old) if last else data.find(old)
    assert at >= 0
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(new)


def patch_all(path, old, new):
    data = open(path, "rb").read()
    assert old in data
    open(path, "wb").write(data.replace(old, new))


def set_header_field(path, member, local_offset, central_offset, value):
    """Overwrites a field of `member` in its local header and in the central directory."""
    data = bytearray(open(path, "rb").read())
    name = member.encode()
    local, central = data.find(name) - 30, data.rfind(name) - 46
    assert data[local:local + 4] == b"PK\x03\x04" and data[central:central + 4] == b"PK\x01\x02"
    data[local + local_offset:local + local_offset + len(value)] = value
    data[central + central_offset:central + central_offset + len(value)] = value
    open(path, "wb").write(data)


def hostile_wheels(root, model):
    half = model[:100_000]
    write_wheel(root, "evil-bomb", "1.0", [("evil/model", b"\0" * (200 << 20))])
    write_wheel(root, "evil-traversal", "1.0", [("../../../evil/model", half)])
    write_wheel(root, "evil-method", "1.0", [("evil/model", half)], zipfile.ZIP_BZIP2)

    path = write_wheel(root, "evil-crc", "1.0", [("evil/model", half)], zipfile.ZIP_STORED)
    patch(path, half[50_000:50_008], b"\0" * 8)
    path = write_wheel(root, "evil-encrypted", "1.0", [("evil/model", half)])
    set_header_field(path, "evil/model", 6, 8, b"\x01\x00")
    # Says 1,000 bytes, holds 100,000.
    path = write_wheel(root, "evil-size", "1.0", [("evil/model", half)])
    set_header_field(path, "evil/model", 22, 24, struct.pack("<I", 1000))
    path = write_wheel(root, "evil-cut", "1.0", [("evil/model", half)])
    os.truncate(path, os.path.getsize(path) // 2)
    folder = os.path.dirname(write_wheel(root, "evil-text", "1.0", []))
    with open(os.path.join(folder, "evil_text-1.0-py3-none-any.whl"), "wb") as file:
        file.write(b"PK\x03\x04 and then nothing of the kind" * 100)


def build(root):
    model = build_gguf(512 * 1024, seed=1)
    os.makedirs(os.path.join(root, "files"), exist_ok=True)
    with open(os.path.join(root, "files", MODEL_FILE), "wb") as file:
        file.write(model)
    with open(os.path.join(root, "files", "not-a-model.gguf"), "wb") as file:
        file.write(b"GGUF" + struct.pack("<I", 3) + random.Random(2).randbytes(200_000))
    cut = len(model) // 3
    write_wheel(root, "tiny-model", "0.9", [("tiny_model/model.gguf", b"GGUF of an older version")])
    write_wheel(root, "tiny-model", "1.0", [("tiny_model/model.gguf", model)])
    write_wheel(root, "tiny-part1", "1.0", [("tiny_part1/data/model.part00", model[:cut])])
    write_wheel(root, "tiny-part2", "1.0", [("tiny_part2/data/model.part01", model[cut:])])
    hostile_wheels(root, model)
    facts = {
        "file": MODEL_FILE,
        "bytes": len(model),
        "sha256": hashlib.sha256(model).hexdigest(),
    }
    with open(os.path.join(root, "fixture.json"), "w") as file:
        json.dump(facts, file)
