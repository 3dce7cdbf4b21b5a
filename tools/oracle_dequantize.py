"""oracle_dequantize.py FOLDER: for each FOLDER/<TYPE>.blocks (bytes of a GGUF tensor of that type) writes
FOLDER/<TYPE>.f32, the values as the `gguf` package computes them. Knows nothing of Sotto's code."""
import pathlib
import sys

import numpy as np
from gguf.constants import GGMLQuantizationType
from gguf.quants import dequantize

for blocks in pathlib.Path(sys.argv[1]).glob("*.blocks"):
    data = np.fromfile(blocks, dtype=np.uint8)
    with np.errstate(all="ignore"):
        values = dequantize(data, GGMLQuantizationType[blocks.stem])
    values.astype(np.float32, copy=False).tofile(blocks.with_suffix(".f32"))
