#!/usr/bin/env python3
"""/v1/chat/socket as PyPI's `websockets` sees it, and as who breaks the protocol by hand."""
import asyncio
import base64
import json
import os
import pathlib
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

import websockets.asyncio.client
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from server_program import CHAT, ENDLESS, Server

N_IDLE = 200
MOST_BYTES = 16 << 20


def ask(text="Name a colour.", **more):
    return {"model": CHAT, "messages": [{"role": "user", "content": text}], "temperature": 0, "max_tokens": 8, **more}


def answer(client):
    """(text, the other messages) of one answer, up to its end."""
    text, others = "", []
    while True:
        message = json.loads(client.recv(60))
        if message.get("object") != "chat.completion.chunk":
            others.append(message)
        elif message["choices"]:
            text += message["choices"][0]["delta"].get("content", "")
        if message.get("object") == "done":
            return text, others


class Raw:
    """A connection that has asked for a socket and sends what it likes."""

    def __init__(self, server, fields="", version="13"):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(f"GET /v1/chat/socket HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUpgrade: websocket\r\n"
                            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: {version}\r\n{fields}\r\n".encode())
        self.head = b""
        while not self.head.endswith(b"\r\n\r\n"):
            self.head += self.socket.recv(1)

    def close_code(self):
        """What the server ends it with."""
        got = b""
        while part := self.socket.recv(4096):
            got += part
        assert got[0] == 0x88, got
        return int.from_bytes(got[2:4], "big")


class WebSocket(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--ctx", "512")
        cls.addClassCleanup(cls.server.remove)
        cls.address = cls.server.url.replace("http", "ws") + "/v1/chat/socket"

    def connect(self, **more):
        return connect(self.address, proxy=None, max_size=None, **more)

    def assert_closed_with(self, code, client):
        with self.assertRaises(ConnectionClosed) as raised:
            client.recv(20)
        self.assertEqual(raised.exception.rcvd.code, code, raised.exception)

    def test_answers_are_those_of_the_other_route(self):
        expected = self.server.json("POST", "/v1/chat/completions", ask())["choices"][0]["message"]["content"]
        with self.connect() as client:
            for _ in range(2):
                client.send(json.dumps(ask()))
                self.assertEqual(answer(client), (expected, [{"object": "done"}]))
            client.send(json.dumps(ask(stream_options={"include_usage": True}, odd=1)))
            text, others = answer(client)
            self.assertEqual((text, others), (expected, [{"object": "done", "ignored": "odd"}]))

    def test_fragments_and_pings(self):
        whole = json.dumps(ask("Grüße aus Köln"), ensure_ascii=False)
        with self.connect() as client:
            client.send(whole[at:at + 7] for at in range(0, len(whole), 7))
            self.assertTrue(client.ping().wait(20))
            text, others = answer(client)
            self.assertTrue(text)
            self.assertEqual(others, [{"object": "done"}])

    def test_errors_are_messages(self):
        with self.connect() as client:
            for wrong, code in (("{", "invalid_value"), ("[]", "invalid_value"), (json.dumps(ask(model="none")), "model_not_found"),
                                (json.dumps(ask(stream=False)), "invalid_value"), (b"bytes", "invalid_value")):
                client.send(wrong)
                _, others = answer(client)
                self.assertEqual(others[0]["error"]["code"], code, others)
            client.send(json.dumps(ask()))
            self.assertTrue(answer(client)[0])

    def test_cancel(self):
        with self.connect() as client:
            client.send(json.dumps(ask("Count from one to a thousand.", max_tokens=400, logit_bias=ENDLESS)))
            for _ in range(3):
                self.assertEqual(json.loads(client.recv(60))["object"], "chat.completion.chunk")
            begin = time.monotonic()
            client.send('{"cancel": true}')
            _, others = answer(client)
            self.assertTrue(others[-1].get("cancelled"), others)
            self.assertLess(time.monotonic() - begin, 5)
            client.send('{"cancel": true}')  # there is nothing to cancel
            client.send(json.dumps(ask()))
            text, others = answer(client)
            self.assertTrue(text)
            self.assertEqual(others, [{"object": "done"}])

    def test_who_leaves_ends_the_answer(self):
        ended = self.server.log_text().count("/v1/chat/socket: 499 ")
        with self.connect() as client:
            client.send(json.dumps(ask("Count from one to a thousand.", max_tokens=400, logit_bias=ENDLESS)))
            client.recv(60)
        deadline = time.monotonic() + 5
        while self.server.log_text().count("/v1/chat/socket: 499 ") == ended:
            self.assertLess(time.monotonic(), deadline, self.server.log_text())
            time.sleep(0.05)

    def test_too_large(self):
        with self.connect() as client:
            try:
                client.send("x" * (MOST_BYTES + 1))
            except ConnectionClosed:
                pass  # it was refused at its head
            self.assert_closed_with(1009, client)

    def test_text_that_is_none(self):
        with self.connect() as client:
            client.send(b"\xff\xfe", text=True)
            self.assert_closed_with(1007, client)

    def test_frames_that_are_not_allowed(self):
        for frame in (b"\x81\x05Hello", b"\xc1\x85aaaaHello", b"\x83\x80aaaa", b"\x80\x80aaaa", b"\x09\x80aaaa"):
            raw = Raw(self.server)
            self.assertTrue(raw.head.startswith(b"HTTP/1.1 101 "), raw.head)
            raw.socket.sendall(frame)
            self.assertEqual(raw.close_code(), 1002, frame)
            raw.socket.close()

    def test_the_doors(self):
        with self.assertRaises(InvalidStatus) as raised:
            self.connect(origin="http://evil.example")
        self.assertEqual(raised.exception.response.status_code, 403)
        with self.connect(origin=self.server.url):
            pass
        raw = Raw(self.server, version="8")
        raw.socket.close()
        self.assertTrue(raw.head.startswith(b"HTTP/1.1 426 "), raw.head)
        status, headers, text = self.server.call("GET", "/v1/chat/socket")
        self.assertEqual((status, headers["Sec-WebSocket-Version"]), (426, "13"))
        self.assertIn("WebSocket", json.loads(text)["error"]["message"])

    def status(self, name):
        text = pathlib.Path(f"/proc/{self.server.process.pid}/status").read_text()
        return int(text.split(f"{name}:")[1].split()[0])

    def test_many_idle_ones_take_no_thread(self):
        with self.connect() as client:
            client.send(json.dumps(ask()))
            answer(client)
        threads, memory_kib = self.status("Threads"), self.status("VmRSS")

        async def hold():
            opened = [websockets.asyncio.client.connect(self.address, proxy=None) for _ in range(N_IDLE)]
            clients = await asyncio.gather(*opened)
            pongs = [await client.ping() for client in clients]
            await asyncio.gather(*pongs)
            self.assertLessEqual(self.status("Threads"), threads + 4)
            self.assertLess(self.status("VmRSS") - memory_kib, 8 << 10)
            await clients[-1].send(json.dumps(ask()))
            while json.loads(await clients[-1].recv())["object"] != "done":
                pass
            await asyncio.gather(*[client.close() for client in clients])
            self.assertEqual({client.close_code for client in clients}, {1000})

        asyncio.run(hold())


class Endings(unittest.TestCase):
    def test_the_server_says_that_it_goes(self):
        server = Server("--ctx", "512")
        self.addCleanup(server.remove)
        address = server.url.replace("http", "ws") + "/v1/chat/socket"
        with connect(address, proxy=None) as idle, connect(address, proxy=None) as busy:
            busy.send(json.dumps(ask("Count.", max_tokens=60, logit_bias=ENDLESS)))
            busy.recv(60)
            ended = threading.Thread(target=server.stop)
            ended.start()
            with self.assertRaises(ConnectionClosed) as raised:
                idle.recv(20)
            self.assertEqual(raised.exception.rcvd.code, 1001)
            self.assertEqual(answer(busy)[1], [{"object": "done"}], "what runs is let end")
            with self.assertRaises(ConnectionClosed) as raised:
                busy.recv(20)
            self.assertEqual(raised.exception.rcvd.code, 1001)
            ended.join()
        self.assertEqual(server.process.returncode, 0, server.log_text())

    def test_tls(self):
        with tempfile.TemporaryDirectory() as folder:
            key, certificate = f"{folder}/key.pem", f"{folder}/cert.pem"
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
                            "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
            server = Server("--cert", certificate, "--key", key)
            self.addCleanup(server.remove)
            trust = ssl.create_default_context(cafile=certificate)
            with connect(server.url.replace("https", "wss") + "/v1/chat/socket", ssl=trust, proxy=None, max_size=None) as client:
                client.send(json.dumps(ask(), indent=1) + " " * 200_000)
                text, others = answer(client)
                self.assertTrue(text)
                self.assertEqual(others, [{"object": "done"}])


if __name__ == "__main__":
    unittest.main()
