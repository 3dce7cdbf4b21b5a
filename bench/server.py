#!/usr/bin/env python3
"""`sotto serve` with many at once, beside llama.cpp's Python server where it can do the same.

    server.py [--rounds N] [--tokens N]

Rows, a line of JSON each:
    streamsN     tokens a second of N answers at the same time, from the first request to the last token, and decode_…: while all
                 are being written; over_one: these over those of one answer in the same round; peer_ratio: the former over
                 the peer's
    short        milliseconds to the first token of a short question while a prompt of LONG tokens is read; the worst round
    prefix       how many times sooner the first token of a second question comes when both begin with the same SHARED tokens:
                 `ended`, after the first one's answer; `running`, during it; the worst round
Answers are sampled, so that nothing can be guessed ahead, and never end by themselves."""
import argparse
import json
import random
import socket
import statistics
import subprocess
import sys
import threading
import time

from systems import ROOT

sys.path.insert(0, str(ROOT / "tests/api"))
from server_program import CHAT, CHAT_MODEL, ENDLESS, Server  # noqa: E402

THREADS, STREAMS, LONG, SHARED = 2, (1, 4, 16), 4000, 2000
WORDS = (ROOT / "bench/texts/prose.txt").read_text().split()


class Answer(threading.Thread):
    """One streamed answer, read on a thread of its own. `tokens`: when how many came."""

    def __init__(self, port, prompt, n_tokens, seed=0):
        super().__init__()
        self.port, self.begun, self.tokens, self.failure = port, None, [], None
        self.body = {"model": CHAT, "prompt": prompt, "max_tokens": n_tokens, "stream": True, "temperature": 1.0, "seed": seed,
                     "logit_bias": ENDLESS}
        self.said = threading.Event()
        self.start()

    def run(self):
        try:
            self.read()
        except (OSError, RuntimeError) as failure:
            self.failure = failure
        self.said.set()

    # By hand: http.client takes longer for a token than the server does.
    def read(self):
        body = json.dumps(self.body).encode()
        with socket.create_connection(("127.0.0.1", self.port), timeout=600) as connection:
            self.begun = time.perf_counter()
            connection.sendall(b"POST /v1/completions HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
                               b"Connection: close\r\nContent-Length: %d\r\n\r\n" % (self.port, len(body)) + body)
            status, said = b"", b""
            while b"[DONE]" not in said:
                part = connection.recv(65536)
                status = (status + part)[:12]
                if not part or status != b"HTTP/1.1 200"[: len(status)]:
                    raise RuntimeError((said + part).decode() or "it gave no answer")
                said = said[-6:] + part  # what is between two parts is seen, and nothing twice
                if n_tokens := said.count(b"data: {"):
                    self.tokens.append((time.perf_counter(), n_tokens))
                    self.said.set()

    def wait_for_first(self):
        """Milliseconds from the request to its first token."""
        self.said.wait()
        self.check()
        return 1000 * (self.first() - self.begun)

    def first(self):
        return self.tokens[0][0]

    def end(self):
        return self.tokens[-1][0]

    def check(self):
        if self.failure:
            raise RuntimeError(f"the server on port {self.port}: {self.failure}")

    def wait(self):
        self.join()
        self.check()
        return self


def text(n_tokens, seed):
    """About n_tokens of prose that no other seed begins with."""
    some = random.Random(seed)
    return " ".join(some.choice(WORDS) for _ in range(int(n_tokens / 1.35)))


def answers_of(port, n_streams, n_tokens, seed):
    answers = [Answer(port, f"Story {seed}-{i}: once upon a time there was", n_tokens, seed + i) for i in range(n_streams)]
    return [answer.wait() for answer in answers]


def throughput(answers):
    """Tokens a second, from the first request to the last token."""
    n_tokens = sum(n for answer in answers for _, n in answer.tokens)
    return n_tokens / (max(a.end() for a in answers) - min(a.begun for a in answers))


def decode_throughput(answers):
    """Tokens a second while all of them are being written: prompts are read before that."""
    begin, end = max(a.first() for a in answers), min(a.end() for a in answers)
    return sum(n for answer in answers for at, n in answer.tokens if begin < at <= end) / (end - begin)


def short_beside_long(port, seed):
    long = Answer(port, text(LONG, seed), 1)
    time.sleep(0.3)
    short = Answer(port, f"{seed}. Hello, who", 4).wait_for_first()
    if long.tokens:
        raise RuntimeError("the long prompt was read before the short one came")
    long.wait()
    return short


def sooner(port, seed, running):
    """How many times sooner the second of two that begin alike begins to answer."""
    shared = text(SHARED, seed)
    first = Answer(port, shared + " So the first asked", 400 if running else 4)
    before = first.wait_for_first()
    if not running:
        first.wait()
    after = Answer(port, shared + " But the second said", 4).wait_for_first()
    if running and not first.is_alive():
        raise RuntimeError("the first answer ended before the second began")
    first.wait()
    return before / after


class Peer:
    def __init__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "llama_cpp.server", "--model", CHAT_MODEL, "--port", str(self.port), "--n_ctx", "2048",
             "--n_threads", str(THREADS)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except ConnectionRefusedError:
                time.sleep(0.1)
        raise RuntimeError("llama.cpp's server did not start")

    def remove(self):
        self.process.terminate()
        self.process.wait()


def measure_streams(ours, theirs, n_rounds, n_tokens):
    found = {n: [] for n in STREAMS}  # rounds of (our answers, the peer's)
    for port in (ours.port, theirs.port):
        answers_of(port, 1, 8, 1)
    for r in range(n_rounds):
        for n in STREAMS:
            found[n].append([answers_of(port, n, n_tokens, 1000 * r + 100) for port in (ours.port, theirs.port)])
    alone = [decode_throughput(own) for own, _ in found[1]]
    for n in STREAMS:
        writing = [decode_throughput(own) for own, _ in found[n]]
        whole = [(throughput(own), throughput(peer)) for own, peer in found[n]]
        yield {"work": f"streams{n}", "tokens_per_s": [own for own, _ in whole], "decode_tokens_per_s": writing,
               "over_one": statistics.median(many / one for many, one in zip(writing, alone)),
               "peer_tokens_per_s": [peer for _, peer in whole],
               "peer_ratio": statistics.median(own / peer for own, peer in whole)}


def measure_waiting(ours, n_rounds):
    waits = [short_beside_long(ours.port, 10 + r) for r in range(n_rounds)]
    yield {"work": "short", "long_tokens": LONG, "first_token_ms": waits, "worst_ms": max(waits)}
    for name, running in (("ended", False), ("running", True)):
        ratios = [sooner(ours.port, 100 + 10 * r + running, running) for r in range(n_rounds)]
        yield {"work": f"prefix-{name}", "shared_tokens": SHARED, "times_sooner": ratios, "worst_ratio": min(ratios)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tokens", type=int, default=128, help="of each answer")
    options = parser.parse_args()
    ours, theirs = Server("--parallel", max(STREAMS), "--ctx", 8192, "--threads", THREADS), Peer()
    try:
        for row in (*measure_streams(ours, theirs, options.rounds, options.tokens), *measure_waiting(ours, options.rounds)):
            print(json.dumps({"kind": "server", "model": "smollm2", **row}), flush=True)
    finally:
        ours.remove()
        theirs.remove()


if __name__ == "__main__":
    main()
