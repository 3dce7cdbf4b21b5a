"""A model that fills gaps, as far as its vocabulary says: SmolLM2 with three of its spare control tokens named for it."""
import contextlib
import io
import logging

from gguf import GGUFReader, GGUFValueType, GGUFWriter
from gguf.scripts.gguf_new_metadata import MetadataDetails, copy_with_new_metadata

# The number of the token, in SmolLM2's vocabulary: <issue_start>, <issue_comment>, <issue_closed>, <repo_name>, <file_sep>.
TOKENS = {"fim_pre": 8, "fim_suf": 9, "fim_mid": 10, "fim_rep": 3, "fim_sep": 5}


def write_coder(source, target):
    """Writes `target`, a copy of the GGUF file `source` with the numbers of those tokens."""
    logging.disable(logging.INFO)
    reader = GGUFReader(source)
    writer = GGUFWriter(target, arch="llama")
    alignment = reader.get_field("general.alignment")
    if alignment is not None:
        writer.data_alignment = alignment.parts[-1][0]
    new = {f"tokenizer.ggml.{name}_token_id": MetadataDetails(GGUFValueType.UINT32, token) for name, token in TOKENS.items()}
    with contextlib.redirect_stderr(io.StringIO()):  # a bar of progress
        copy_with_new_metadata(reader, writer, new, [])
    logging.disable(logging.NOTSET)
