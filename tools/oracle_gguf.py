"""oracle_gguf.py dump FILE OUT: writes to OUT, as JSON, what the `gguf` package reads in a GGUF file.
oracle_gguf.py write FILE: lets the package write a file that has one key of every type and a few tensors.
oracle_gguf.py split FILE: lets it write seven tensors, "t0" to "t6" of 32 f32 each (the tensor's number), two a part.
oracle_gguf.py types OUT: writes the package's table of types to OUT, as JSON.
oracle_gguf.py file_types OUT: its numbers of whole files' quantizations and their names.
Knows nothing of Sotto's code."""
import hashlib
import json
import sys

import numpy as np
from gguf import GGUFReader, GGUFValueType, GGUFWriter
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType, LlamaFileType


def dump(path, out):
    reader = GGUFReader(path)
    keys = []
    for name, field in reader.fields.items():
        if name.startswith("GGUF."):
            continue
        keys.append({"key": name, "types": [t.name for t in field.types], "value": field.contents()})
    tensors = []
    for tensor in reader.tensors:
        tensors.append({
            "name": tensor.name,
            "type": tensor.tensor_type.name,
            "dims": [int(d) for d in tensor.shape],
            "sha256": hashlib.sha256(np.ascontiguousarray(tensor.data).tobytes()).hexdigest(),
        })
    with open(out, "w") as file:
        json.dump({"keys": keys, "tensors": tensors, "alignment": int(reader.alignment)}, file)


def write(path):
    writer = GGUFWriter(path, "llama")
    writer.add_uint8("t.u8", 200)
    writer.add_int8("t.i8", -100)
    writer.add_uint16("t.u16", 60000)
    writer.add_int16("t.i16", -30000)
    writer.add_uint32("t.u32", 4_000_000_000)
    writer.add_int32("t.i32", -2_000_000_000)
    writer.add_uint64("t.u64", 2**63 + 5)
    writer.add_int64("t.i64", -(2**62))
    writer.add_float32("t.f32", 0.1)
    writer.add_float64("t.f64", 0.1)
    writer.add_bool("t.bool", True)
    writer.add_string("t.string", "naïve ☕")
    writer.add_array("t.strings", ["", "a", "☕"])
    writer.add_array("t.ints", [1, -2, 3])
    writer.add_array("t.floats", [0.5, -1.5])
    writer.add_array("t.bools", [True, False])
    writer.add_key_value("t.bytes", [1, 2, 255], GGUFValueType.ARRAY, GGUFValueType.UINT8)
    writer.add_custom_alignment(64)
    writer.add_tensor("f32", np.arange(6, dtype=np.float32).reshape(2, 3))
    writer.add_tensor("f16", np.arange(5, dtype=np.float16))
    writer.add_tensor("q8_0", np.arange(68, dtype=np.uint8).reshape(2, 34), raw_dtype=GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def split(path):
    writer = GGUFWriter(path, "llama", split_max_tensors=2)
    writer.add_string("general.name", "in parts")
    for i in range(7):
        writer.add_tensor(f"t{i}", np.full(32, i, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def types(out):
    with open(out, "w") as file:
        json.dump({int(t): [t.name, *GGML_QUANT_SIZES[t]] for t in GGMLQuantizationType}, file)


def file_types(out):
    with open(out, "w") as file:
        json.dump({int(t): t.name.removeprefix("MOSTLY_").removeprefix("ALL_") for t in LlamaFileType}, file)


if sys.argv[1] == "dump":
    dump(sys.argv[2], sys.argv[3])
elif sys.argv[1] == "types":
    types(sys.argv[2])
elif sys.argv[1] == "split":
    split(sys.argv[2])
elif sys.argv[1] == "file_types":
    file_types(sys.argv[2])
else:
    write(sys.argv[2])
