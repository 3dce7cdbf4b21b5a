"""gguf_fuzz_corpus.py FOLDER: writes the seeds of the GGUF fuzz target: small files that the `gguf` package made, and
some with one field changed. The seeds in tests/fuzz/corpus/gguf_fuzz were made by it."""
import pathlib
import struct
import sys

import numpy as np
from gguf import GGUFValueType, GGUFWriter
from gguf.constants import GGMLQuantizationType

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def scalars(path):
    writer = GGUFWriter(path, "llama")
    for kind, value in [("uint8", 200), ("int8", -100), ("uint16", 60000), ("int16", -30000), ("uint32", 4_000_000_000),
                        ("int32", -5), ("uint64", 2**63), ("int64", -5), ("float32", 0.5), ("float64", 0.25),
                        ("bool", True), ("string", "text")]:
        getattr(writer, "add_" + kind)("k." + kind, value)
    finish(writer)


def arrays(path):
    writer = GGUFWriter(path, "llama")
    writer.add_array("k.strings", ["", "a", "bc"])
    writer.add_array("k.ints", [1, -2])
    writer.add_array("k.floats", [0.5])
    writer.add_array("k.bools", [True, False])
    for kind in (GGUFValueType.UINT8, GGUFValueType.INT16, GGUFValueType.UINT64, GGUFValueType.FLOAT64):
        writer.add_key_value("k." + kind.name, [1, 2, 3], GGUFValueType.ARRAY, kind)
    finish(writer)


def tensors(path, alignment=32):
    writer = GGUFWriter(path, "llama")
    if alignment != 32:
        writer.add_custom_alignment(alignment)
    writer.add_tensor("f32", np.ones((2, 3), dtype=np.float32))
    writer.add_tensor("f16", np.ones((1, 2, 1, 2), dtype=np.float16))
    for name, n_bytes in [("Q4_0", 18), ("Q8_0", 34), ("Q4_K", 144), ("Q6_K", 210), ("IQ1_M", 56), ("TQ1_0", 54),
                          ("MXFP4", 17), ("NVFP4", 36)]:
        writer.add_tensor(name, np.zeros((1, n_bytes), dtype=np.uint8), raw_dtype=GGMLQuantizationType[name])
    finish(writer)


scalars(folder / "scalars.gguf")
arrays(folder / "arrays.gguf")
tensors(folder / "tensors.gguf")
tensors(folder / "aligned_64.gguf", 64)
whole = (folder / "tensors.gguf").read_bytes()
(folder / "version_2.gguf").write_bytes(whole[:4] + struct.pack("<I", 2) + whole[8:])
(folder / "version_1.gguf").write_bytes(whole[:4] + struct.pack("<I", 1) + whole[8:])
(folder / "big_endian.gguf").write_bytes(whole[:4] + struct.pack(">I", 3) + whole[8:])
(folder / "cut.gguf").write_bytes(whole[:150])
(folder / "empty.gguf").write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 0))
(folder / "nested.gguf").write_bytes(
    b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"k" + struct.pack("<IIQIQI", 9, 9, 1, 4, 1, 7))
