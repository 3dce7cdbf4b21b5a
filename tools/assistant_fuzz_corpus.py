#!/usr/bin/env python3
"""Writes the corpora of tests/fuzz/assistant_fuzz.cpp and tests/fuzz/adapter_fuzz.cpp.

    tools/assistant_fuzz_corpus.py [FOLDER]       needs the Python packages gguf and numpy"""
import pathlib
import sys

import gguf
import numpy as np

ASSISTANTS = {
    "modelfile": b'FROM smollm2\nPARAMETER temperature 0.3\nPARAMETER stop "x"\nSYSTEM """\nYou are\n"Mario".\n"""\n'
                 b'MESSAGE user hi\nmessage assistant "hello"\nADAPTER ./a.gguf\nLICENSE MIT\nTEMPLATE {{ .Prompt }}\n',
    "modelfile-lines": b'# comment\r\nfrom a\r\nsystem "one\r\ntwo"\r\nRENDERER x\nPARAMETER mirostat 2\nLICENSE """a\n""""\n',
    "modelfile-open": b'FROM a\nSYSTEM """never',
    "toml": b'name = "a:b"\nbase = "smollm2"\nadapters = ["a=0.5", "b"]\ntools = ["t"]\ngreeting = "hi"\n'
            b'system = """\nline\n\\"\\"\\" \\u0041"""\ntemplate = \'{{ m }}\'\nraw = true\nlicense = ["a", "b"]\n'
            b'[parameters]\ntemperature = 0.25\ntop_k = 20\nstop = ["a", "\\n"]\nthink = false\n'
            b'[[messages]]\nrole = "user"\ncontent = "q"\n[[messages]]\nrole = "assistant"\ncontent = "a"\n',
    "toml-inline": b'base="b"\nparameters={seed=1,top_p=1e-5}\nmessages=[{role="system",content="x"}]\n',
    "toml-wrong": b'base = 1979-05-27\n[parameters.deep]\nx = nan\n',
    "toml-deep": b"base = " + b"[" * 300,
    "bad-utf8": b"FROM a\nSYSTEM \xff\xfe\n",
}


def adapter(path, tensors, architecture="llama", alpha=6.0, kind="lora"):
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_type("adapter")
    writer.add_string("adapter.type", kind)
    writer.add_float32("adapter.lora.alpha", alpha)
    for name, shape in tensors:
        writer.add_tensor(name, np.arange(np.prod(shape), dtype=np.float32).reshape(shape))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[1] / "tests/fuzz/corpus")
    for name in ("assistant", "adapter"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name, text in ASSISTANTS.items():
        (folder / "assistant" / name).write_bytes(text)
    q = [("blk.0.attn_q.weight.lora_a", (3, 8)), ("blk.0.attn_q.weight.lora_b", (8, 3))]
    v = [("blk.0.attn_v.weight.lora_a", (2, 8)), ("blk.0.attn_v.weight.lora_b", (4, 2))]
    to = folder / "adapter"
    adapter(to / "both", q + v)
    adapter(to / "half", q[:1] + v)
    adapter(to / "ranks", q[:1] + [("blk.0.attn_q.weight.lora_b", (8, 4))])
    adapter(to / "shape", q[:1] + [("blk.0.attn_q.weight.lora_b", (16, 3))])
    adapter(to / "nan", q, alpha=float("nan"))
    adapter(to / "other", q, architecture="qwen2")
    adapter(to / "embedding", [("token_embd.weight.lora_a", (8, 3)), ("token_embd.weight.lora_b", (20, 3))])
    adapter(to / "stack", [("blk.0.attn_q.weight.lora_a", (2, 3, 8)), ("blk.0.attn_q.weight.lora_b", (2, 8, 3))])


if __name__ == "__main__":
    main()
