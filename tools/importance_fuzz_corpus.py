#!/usr/bin/env python3
"""Writes the seeds of tests/fuzz/importance_fuzz.cpp into tests/fuzz/corpus/importance, with the `gguf` package."""
import pathlib

import numpy as np
from gguf import GGUFWriter

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests/fuzz/corpus/importance"


def write(name, tensors, kind="imatrix"):
    writer = GGUFWriter(FOLDER / name, "", use_temp_file=False)
    writer.add_type(kind)
    writer.add_uint32("imatrix.chunk_count", 1)
    for tensor, values in tensors.items():
        writer.add_tensor(tensor, np.asarray(values))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def entry(sums, counts, name="a"):
    return {f"{name}.in_sum2": np.array(sums, np.float32), f"{name}.counts": np.array(counts, np.float32)}


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    write("dense", entry([[1, 2, 0, 4]], [[3]]))
    write("experts", entry([[1, 2], [0, 0], [3, 4]], [[1], [0], [2]]))
    write("two", {**entry([[1, 2]], [[3]]), **entry([[4]], [[5]], "b")})
    write("large", entry([[3e38, 3e38]], [[1]]))
    write("nan", entry([[1, np.nan]], [[1]]))
    write("negative", entry([[1, 2]], [[-1]]))
    write("no_counts", {"a.in_sum2": np.ones((1, 2), np.float32)})
    write("other_counts", entry([[1, 2], [3, 4]], [[1]]))
    write("half", {"a.in_sum2": np.ones((1, 2), np.float16), "a.counts": np.ones((1, 1), np.float32)})
    write("model", entry([[1, 2]], [[3]]), "model")
    write("empty", {})


if __name__ == "__main__":
    main()
