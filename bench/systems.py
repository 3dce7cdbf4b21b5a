"""Who takes part in a benchmark: Sotto, its peers and the ceilings, each a process that answers lines with JSON."""
import importlib.util
import json
import pathlib
import subprocess
import sys
import typing

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
from machine import ROOT, program  # noqa: E402

THREADS = 2
SOTTO = "sotto"


class Peer(typing.NamedTuple):
    """A script here that answers sotto_speed's lines; `ways` are the words by which its options are asked for."""
    package: str  # on PyPI
    module: str
    script: str
    ways: dict
    always: bool = True  # otherwise only with --peers all


PEERS = {
    "llama.cpp": Peer("llama-cpp-python", "llama_cpp", "peer_llama_cpp.py",
                      {"llama.cpp": "", "llama.cpp, flash attention": "flash"}),
    "ik_llama.cpp": Peer("ik-llama-cpp-python", "ik_llama_cpp", "peer_ik_llama.py",
                         {"ik_llama.cpp": "", "ik_llama.cpp, flash attention": "flash"}, False),
    "OpenVINO GenAI": Peer("openvino-genai", "openvino_genai", "peer_openvino.py", {"OpenVINO GenAI": ""}, False),
}
PACKAGES = [peer.package for peer in PEERS.values()]


def program_of(system):
    """The peer that a system is a way of."""
    return next((name for name, peer in PEERS.items() if system in peer.ways), system)


class Server:
    """A program that answers each line with a line of JSON, after a first one that describes it."""

    def __init__(self, *command):
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.facts = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{' '.join(self.process.args[:2])} ended with exit code {self.process.wait()}")
        return json.loads(line)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.answer()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Field:
    """The systems that measure one model in turns, for a `with`. ctx_tokens: what peers make room for; 0: no peers."""

    def __init__(self, model, ctx_tokens, all_peers):
        self.model = model
        self.servers = {SOTTO: Server(program("sotto_speed"), model, THREADS)}
        self.ways = {SOTTO: (SOTTO, "")}
        for name, peer in PEERS.items():
            if ctx_tokens > 0 and (peer.always or all_peers):
                self.add(name, peer, ctx_tokens)
        self.ceilings = Server(program("sotto_ceilings"), THREADS)

    def add(self, name, peer, ctx_tokens):
        if importlib.util.find_spec(peer.module) is None:
            command = "make bench" if peer.always else "make bench PEERS=all"
            print(f"bench: {peer.package} is not installed: measured without {name}; {command} installs it",
                  file=sys.stderr)
            return
        try:
            self.servers[name] = Server(sys.executable, ROOT / "bench" / peer.script, self.model, THREADS, ctx_tokens)
        except RuntimeError as reason:
            print(f"bench: {name} cannot take part on {self.model}: {reason}", file=sys.stderr)
            return
        self.ways.update({system: (name, word) for system, word in peer.ways.items()})

    @property
    def sotto(self):
        return self.servers[SOTTO]

    def measure(self, system, run):
        name, word = self.ways[system]
        return self.servers[name].ask(f"{run.n_prompt} {run.n_gen} 0 {word}".rstrip())

    def ceiling(self):
        """What the machine can do now; the buffer is as large as the weights that a token reads."""
        facts = self.sotto.facts
        return self.ceilings.ask(str(facts["block_bytes"] + facts["head_bytes"]))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for server in (*self.servers.values(), self.ceilings):
            server.close()
