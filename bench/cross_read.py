#!/usr/bin/env python3
"""Files of llama.cpp's that Sotto reads, and files of Sotto's that llama.cpp reads.

    cross_read.py read       llama.cpp quantizes a small random model to every type it can write; Sotto opens each file,
                             and every value that it dequantizes is the `gguf` package's, or where that has none
                             llama.cpp's own, bit for bit
    cross_read.py by-peer    the tiny models of every family (tools/tiny_families.py), as `sotto import` and `sotto quantize`
                             write them, in llama.cpp beside Sotto; the greedy tokens that follow a prompt are compared

A line of JSON for each file and one for all. The peer's keys and values are float32, without flash attention.

Of float32 files both continue a prompt of 64 tokens by 64 (of 7 by 32 where llama.cpp has no window), and all must be the
same. Of quantized files both read the same text, and at each position where float32 arithmetic on the dequantized weights
(Sotto's --exact) prefers one token clearly (CLEAR standard deviations of the logits before the second), all must choose it.
"""
import argparse
import ctypes
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from gguf import GGUFReader, quants
from gguf.constants import GGMLQuantizationType

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests/published"), str(ROOT / "tests/families")]
import gguf_types  # noqa: E402
from machine import program  # noqa: E402

WIDE = dict(hidden_size=256, intermediate_size=512, num_attention_heads=4, num_key_value_heads=2, num_hidden_layers=4)
TYPES = {"Q8_0", "Q6_K", "Q5_K_M", "Q5_1", "Q4_K_M", "Q4_K_S", "IQ4_XS", "IQ4_NL", "Q4_0", "Q3_K_M"}
# What llama.cpp does otherwise than the model says; compared where it makes no difference, or not at all.
WITHOUT_WINDOW = {"mistral", "ministral", "phi3"}
NOT_THE_SAME = {"llama-dynamic": "scaling that grows with the text is not in it"}
CLEAR = 0.25
# A near tie of a router sends a token to other experts: then a logit is off by more than this share of their standard
# deviation, ten times what rounding does. Such positions are counted apart, and may be so many of 64.
REROUTED, MOST_REROUTED = 0.5, 4
BY_PEER = {"Q1_0": "dequantize_row_q1_0", "Q2_0": "dequantize_row_q2_0"}
CALLBACKS, SAID = [], []


def values_by_peer(tensor):
    """As llama.cpp's own library has them: of types whose values the package does not compute."""
    library = ctypes.CDLL(str(pathlib.Path(peer().__file__).parent / "lib/libggml-base.so"))
    data, values = np.ascontiguousarray(tensor.data), np.empty(int(tensor.n_elements), dtype=np.float32)
    convert = getattr(library, BY_PEER[tensor.tensor_type.name])
    convert(data.ctypes.data_as(ctypes.c_void_p), values.ctypes.data_as(ctypes.c_void_p), ctypes.c_int64(values.size))
    return values


def values_of_package(tensor):
    if tensor.tensor_type.name in BY_PEER:
        return values_by_peer(tensor)
    if tensor.tensor_type in (GGMLQuantizationType.F32, GGMLQuantizationType.F16):
        return np.asarray(tensor.data, dtype=np.float32).reshape(-1)
    return quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32, copy=False).reshape(-1)


def differing_tensors(path, values_of=values_of_package):
    """(names of tensors of which some value is another one in Sotto, {type: number of tensors})."""
    done = subprocess.run([program("sotto_dequantized"), path], capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode().strip())
    ours, at, differ, kinds = np.frombuffer(done.stdout, dtype=np.uint32), 0, [], {}
    for tensor in GGUFReader(path).tensors:
        theirs = values_of(tensor).view(np.uint32)
        mine = ours[at:at + theirs.size]
        at += theirs.size
        both_nan = np.isnan(mine.view(np.float32)) & np.isnan(theirs.view(np.float32))
        if mine.size != theirs.size or not ((mine == theirs) | both_nan).all():
            differ.append(tensor.name)
        kinds[tensor.tensor_type.name] = kinds.get(tensor.tensor_type.name, 0) + 1
    if at != ours.size:
        raise RuntimeError(f"{path}: {ours.size} values, expected {at}")
    return differ, kinds


def sotto(*arguments):
    done = subprocess.run([program("sotto"), *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"sotto {' '.join(map(str, arguments))}: {done.stderr.strip()}")


def logits_of_sotto(path, tokens, *flags):
    done = subprocess.run([program("sotto_logits"), path, "--chunk", str(len(tokens)), *flags], capture_output=True,
                          input=" ".join(map(str, tokens)).encode())
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode().strip())
    return np.frombuffer(done.stdout, dtype=np.float32).reshape(len(tokens), -1)


def peer():
    """llama.cpp's bindings, with what it says kept in SAID instead of printed."""
    import llama_cpp
    if not CALLBACKS:
        CALLBACKS.append(llama_cpp.llama_log_callback(lambda level, text, data: SAID.append(text.decode(errors="replace"))))
        llama_cpp.llama_log_set(CALLBACKS[0], None)
    return llama_cpp


def turning_speeds(path):
    """YaRN's bounds in the file, as the binding takes them: llama.cpp reads them itself in some architectures only."""
    fields = GGUFReader(path).fields
    return {name.rpartition(".")[2]: float(field.contents()) for name, field in fields.items() if "scaling.yarn_beta" in name}


def logits_of_peer(path, tokens):
    """Those after each token; nothing when llama.cpp does not open the file, and then what it says."""
    llama_cpp = peer()
    SAID.clear()
    try:
        model = llama_cpp.Llama(str(path), n_ctx=256, n_threads=2, logits_all=True, verbose=False, type_k=0, type_v=0,
                                **turning_speeds(path))
    except ValueError as failure:
        return None, next((line.strip() for line in SAID if "error" in line), str(failure))
    model.eval(list(map(int, tokens)))
    scores = np.array(model.scores[:len(tokens)], dtype=np.float32)
    model.close()
    return scores, ""


# Read.

def write_wide(folder, family="llama"):
    """A random model of float32 whose rows are whole blocks of every type."""
    import folders
    source = folder / family
    source.mkdir()
    folders.make(source, family, dtype="F32", **WIDE, **({"moe_intermediate_size": 256, "head_dim": 64} if "moe" in family else {}))
    folders.byte_level_tokenizer(source)
    sotto("import", source, "-o", folder / f"{family}.gguf", "--type", "f32")
    return folder / f"{family}.gguf"


def importance(path):
    """An importance matrix: how much each column of each matrix counts, which the smallest types ask for."""
    llama_cpp = peer()
    random, kept = np.random.default_rng(5), []
    matrices = [tensor for tensor in GGUFReader(path).tensors if len(tensor.shape) > 1]
    array = (llama_cpp.llama_model_imatrix_data * (len(matrices) + 1))()
    for i, tensor in enumerate(matrices):
        n_slices = int(tensor.shape[2]) if len(tensor.shape) > 2 else 1
        weights = np.ascontiguousarray(random.uniform(0.5, 2, int(tensor.shape[0]) * n_slices), dtype=np.float32)
        kept.append((tensor.name.encode(), weights))
        array[i].name, array[i].size = kept[-1][0], weights.size
        array[i].data = weights.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
    return array, kept


def quantize_with_peer(source, out, ftype, every=None):
    """Whether llama.cpp writes it. `every`: the type of the embedding and of the head."""
    llama_cpp = peer()
    options = llama_cpp.llama_model_quantize_default_params()
    options.nthread, options.ftype, options.allow_requantize = 2, ftype, True
    if every is not None:
        options.token_embedding_type = options.output_tensor_type = every
    options.imatrix, kept = importance(source)
    written = llama_cpp.llama_model_quantize(str(source).encode(), str(out).encode(), ctypes.byref(options)) == 0
    del kept
    return written


def files_of_peer(folder):
    """(what it is, path) of every file that the peer writes; all of its kinds of files, then all of its types."""
    llama_cpp = peer()
    dense, experts = write_wide(folder), write_wide(folder, "qwen3_moe")
    out = folder / "quantized.gguf"
    for name in sorted(dir(llama_cpp)):
        kind = name.removeprefix("LLAMA_FTYPE_")
        if kind == name or kind == "GUESSED":
            continue
        source = experts if "MOE" in kind else dense
        yield kind, out if quantize_with_peer(source, out, getattr(llama_cpp, name)) else None
    for name in sorted(dir(llama_cpp)):
        kind = name.removeprefix("GGML_TYPE_")
        if kind == name or kind in ("COUNT", "F64", "I8", "I16", "I32", "I64", "Q8_1", "Q8_K"):  # it writes none
            continue
        yield f"head and embedding in {kind}", (
            out if quantize_with_peer(dense, out, llama_cpp.LLAMA_FTYPE_MOSTLY_Q8_0, getattr(llama_cpp, name)) else None)


def read():
    gguf_types.teach_package()
    known, wrong, n_files, refused = {}, 0, 0, []
    with tempfile.TemporaryDirectory() as scratch:
        for kind, path in files_of_peer(pathlib.Path(scratch)):
            if path is None:
                print(json.dumps({"file": kind, "written": False}), flush=True)
                continue
            try:
                differ, kinds = differing_tensors(path)
                finite = bool(np.isfinite(logits_of_sotto(path, [5, 6, 7])).all())
            except (RuntimeError, ValueError) as why:
                refused.append(kind)
                print(json.dumps({"file": kind, "refused": str(why).replace(str(path), kind)[:300]}), flush=True)
                continue
            for name, n in kinds.items():
                known[name] = known.get(name, 0) + n
            n_files += 1
            wrong += len(differ) + (not finite)
            print(json.dumps({"file": kind, "types": kinds, "differ": differ, "runs": finite}), flush=True)
    print(json.dumps({"files": n_files, "types": len(known), "tensors": sum(known.values()), "differ": wrong,
                      "of types": sorted(known), "refused": refused}))
    return wrong != 0


# By the peer.

def same_greedy(folder, path, family):
    """Compares what follows the prompt in a float32 file; gives a row."""
    n, n_more = (7, 32) if family in WITHOUT_WINDOW else (64, 64)
    text = np.fromfile(folder / f"prompt-{n}.i32", dtype=np.int32).tolist()
    expected = np.fromfile(folder / "greedy.i32", dtype=np.int32)[:n_more].tolist() if n == 64 else []
    while len(expected) < n_more:  # Sotto's own continuation, a token at a time
        expected.append(int(logits_of_sotto(path, text + expected, "--exact")[-1].argmax()))
    read_text = text + expected[:-1]
    ours = logits_of_sotto(path, read_text, "--exact")
    theirs, why = logits_of_peer(path, read_text)
    row = {"family": family, "type": "F32", "prompt_tokens": n, "tokens": n_more}
    if theirs is None:
        return row | {"unknown_to_peer": why}
    difference = np.abs(theirs - ours).max() / ours.std()
    same = all(logits[n - 1:].argmax(1).tolist() == expected for logits in (ours, theirs))
    return row | {"same": same, "greatest_difference": float(f"{difference:.2g}")}


def clear_choices(path, family, kind, text):
    """Compares the choices at each position of a quantized file; gives a row."""
    exact, ours = logits_of_sotto(path, text, "--exact"), logits_of_sotto(path, text)
    theirs, why = logits_of_peer(path, text)
    row = {"family": family, "type": kind, "positions": len(text)}
    if theirs is None:
        return row | {"unknown_to_peer": why}
    best = np.sort(exact, axis=1)
    clear = best[:, -1] - best[:, -2] > CLEAR * exact.std()
    if "moe" in family:
        rerouted = np.maximum(*(np.abs(logits - exact).max(1) for logits in (ours, theirs))) > REROUTED * exact.std()
        row["rerouted"], clear = int(rerouted.sum()), clear & ~rerouted
    chosen = [logits.argmax(1) for logits in (exact, ours, theirs)]
    same = row.get("rerouted", 0) <= MOST_REROUTED and bool(((chosen[0] == chosen[1]) & (chosen[0] == chosen[2]))[clear].all())
    return row | {"same": same, "clear": int(clear.sum()), "equal": int((chosen[1] == chosen[2]).sum())}


def by_peer():
    import families_test
    import oracle
    rows = []

    def note(row):
        rows.append(row)
        print(json.dumps(row), flush=True)

    with tempfile.TemporaryDirectory() as scratch:
        out, small = pathlib.Path(scratch, "imported.gguf"), pathlib.Path(scratch, "quantized.gguf")
        for folder in sorted(oracle.kept("tiny-families", families_test.MAKER, families_test.fill).iterdir()):
            sotto("import", folder, "--force", "-o", out, "--name", "tiny")  # llama.cpp asks more tokens of names with "phi3"
            if folder.name in NOT_THE_SAME:
                note({"family": folder.name, "type": "F32", "not_compared": NOT_THE_SAME[folder.name]})
                continue
            note(same_greedy(folder, out, folder.name))
            text = np.fromfile(folder / "prompt-64.i32", dtype=np.int32).tolist()
            for kind in sorted(TYPES):
                sotto("quantize", out, small, "--type", kind, "--no-eval")
                note(clear_choices(small, folder.name, kind, text[:40] if folder.name in WITHOUT_WINDOW else text))
                small.unlink()
            out.unlink()
    compared = [row for row in rows if "same" in row]
    print(json.dumps({"files": len(compared), "same": sum(row["same"] for row in compared),
                      "families": len({row["family"] for row in compared}),
                      "not_compared": sorted({row["family"] for row in rows if "same" not in row}),
                      "all_same": all(row["same"] for row in compared)}))
    return not all(row["same"] for row in compared)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["read", "by-peer"])
    return {"read": read, "by-peer": by_peer}[parser.parse_args().part]()


if __name__ == "__main__":
    sys.exit(main())
