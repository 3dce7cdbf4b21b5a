"""oracle_dequantize.py FOLDER: for each FOLDER/<TYPE>.blocks (bytes of a GGUF tensor of that type) writes
FOLDER/<TYPE>.f32, the values as gguf_types.py has them. Knows nothing of Sotto's code."""
import pathlib
import sys

import numpy as np

import gguf_types

gguf_types.teach_package()
for blocks in pathlib.Path(sys.argv[1]).glob("*.blocks"):
    data = np.fromfile(blocks, dtype=np.uint8)
    with np.errstate(all="ignore"):
        values = gguf_types.dequantize(data, gguf_types.kind_named(blocks.stem))
    values.tofile(blocks.with_suffix(".f32"))
