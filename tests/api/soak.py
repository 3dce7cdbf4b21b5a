#!/usr/bin/env python3
"""Mixed load on a server for a while: its memory must not grow, no descriptor stay open, and nothing be answered with 5xx but
"busy, come again".

    soak.py [--seconds N] [--seed N] [--no-memory]

Eight clients at once do one thing after another, drawn by the seed: chats of every API, streamed and not, with schemas, of
several contexts; embeddings; lists; clients that leave in the middle; bodies that are none. Memory is compared with its value after
a minute, or a third of the time where that is less: at most 2 % more. --no-memory: only printed, for sanitizers keep what was
freed. The last line is JSON."""
import argparse
import http.client
import json
import os
import pathlib
import random
import socket
import sys
import threading
import time

from server_program import CHAT, Server

CLIENTS = 8
WORDS = (pathlib.Path(__file__).resolve().parents[2] / "bench/texts/prose.txt").read_text().split()
SCHEMA = {"type": "object", "properties": {"name": {"type": "string", "maxLength": 20}, "age": {"type": "integer"}},
          "required": ["name", "age"], "additionalProperties": False}


def words(some, most):
    return " ".join(some.choice(WORDS) for _ in range(some.randint(1, most)))


def messages(some):
    return [{"role": "user", "content": words(some, 200)}]


def ollama_chat(some):
    return "/api/chat", {"model": CHAT, "messages": messages(some), "stream": some.random() < 0.5,
                         "options": {"num_predict": some.randint(1, 40), "num_ctx": some.choice([1024, 2048, 4096])}}


def ollama_schema(some):
    return "/api/generate", {"model": CHAT, "prompt": words(some, 30), "format": SCHEMA, "stream": some.random() < 0.5,
                             "options": {"num_predict": 80}}


def openai_chat(some):
    return "/v1/chat/completions", {"model": CHAT, "messages": messages(some), "stream": some.random() < 0.5,
                                    "max_tokens": some.randint(1, 40), "n": some.choice([1, 1, 2])}


def anthropic(some):
    return "/v1/messages", {"model": CHAT, "messages": messages(some), "stream": some.random() < 0.5,
                            "max_tokens": some.randint(1, 40)}


def completion(some):
    return "/completion", {"prompt": words(some, 100), "n_predict": some.randint(0, 30), "stream": some.random() < 0.5}


def embedding(some):
    return "/api/embed", {"model": "minilm", "input": [words(some, 20) for _ in range(some.randint(1, 8))]}


def nonsense(some):
    return some.choice(["/api/chat", "/v1/messages", "/v1/nowhere"]), some.choice([{}, {"model": "none"}, {"model": 3}])


KINDS = [ollama_chat, ollama_schema, openai_chat, anthropic, completion, embedding, nonsense]


class Client(threading.Thread):
    def __init__(self, server, seed, until):
        super().__init__()
        self.server, self.some, self.until = server, random.Random(seed), until
        self.counts, self.wrong = {}, []
        self.start()

    def run(self):
        while time.monotonic() < self.until and not self.wrong:
            try:
                self.leave() if self.some.random() < 0.1 else self.ask()
            except (OSError, http.client.HTTPException) as failure:
                self.wrong.append(repr(failure))

    def ask(self):
        path, body = self.some.choice(KINDS)(self.some)
        status, _, text = self.server.call("POST", path, body, timeout=600)
        self.counts[status] = self.counts.get(status, 0) + 1
        if status >= 500 and status != 503 or status < 400 and '"error"' in text:
            self.wrong.append(f"{path}: {status} {text[:300]}")

    def leave(self):
        """Goes while the answer is on its way, or before."""
        body = json.dumps(ollama_chat(self.some)[1] | {"stream": True}).encode()
        head = f"POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", self.server.port)) as connection:
            sent = head.encode() + body
            connection.sendall(sent[:self.some.randint(1, len(sent))] if self.some.random() < 0.3 else sent)
            time.sleep(self.some.random() / 2)
        self.counts["left"] = self.counts.get("left", 0) + 1


def resident_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the server has ended")


def open_descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def settle(pid, most):
    """Descriptors, once connections that have ended are closed."""
    for _ in range(100):
        if open_descriptors(pid) <= most:
            break
        time.sleep(0.1)
    return open_descriptors(pid)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1800)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-memory", action="store_true")
    options = parser.parse_args()
    server = Server(encoder=True)
    pid = server.process.pid
    for kind in (ollama_chat, embedding):  # both models are loaded, so that their files count among what is open
        server.call("POST", *kind(random.Random(1)), timeout=600)
    opened = settle(pid, 0)
    begun = time.monotonic()
    clients = [Client(server, options.seed * 1000 + i, begun + options.seconds) for i in range(CLIENTS)]
    time.sleep(min(60, options.seconds / 3))
    early = resident_mib(pid)
    for client in clients:
        client.join()
    late, still_open = resident_mib(pid), settle(pid, opened)
    counts = {}
    for client in clients:
        for name, n in client.counts.items():
            counts[str(name)] = counts.get(str(name), 0) + n
    wrong = [problem for client in clients for problem in client.wrong]
    ended = server.stop(600)
    wrong += [] if ended == 0 else [f"the server ended with {ended}: {server.log_text()[-2000:]}"]
    wrong += [] if still_open <= opened else [f"{still_open - opened} descriptors stay open"]
    wrong += [] if options.no_memory or late <= 1.02 * early else [f"memory grew from {early:.1f} to {late:.1f} MiB"]
    server.remove()
    print("\n".join(wrong), file=sys.stderr)
    print(json.dumps({"seconds": options.seconds, "answers": counts, "early_mib": round(early, 1), "late_mib": round(late, 1),
                      "growth": round(late / early - 1, 4), "descriptors": still_open - opened, "sound": not wrong}))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
