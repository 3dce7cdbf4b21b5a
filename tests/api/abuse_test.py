#!/usr/bin/env python3
"""Bodies that no client sends: each gets a 4xx in the API's own shape, and the server goes on."""
import json
import unittest

from server_program import CHAT, Server

DEEP = b"[" * 100_000 + b"]" * 100_000
PATHS = ["/api/generate", "/api/chat", "/api/embed", "/api/show", "/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/embeddings",
         "/completion", "/infill", "/apply-template", "/v1/rerank"]
CHATS = {"/api/chat": {"model": CHAT, "messages": [{"role": "user", "content": "hi"}]},
         "/v1/chat/completions": {"model": CHAT, "messages": [{"role": "user", "content": "hi"}]}}


def with_field(body, field, raw):
    """`body` as JSON with `field`, whose value is the raw bytes."""
    return json.dumps(body).encode()[:-1] + b', "' + field.encode() + b'": ' + raw + b"}"


class Abuse(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.remove)

    def assert_refused(self, method, path, body, what=""):
        status, _, text = self.server.call(method, path, body)
        self.assertIn(status, range(400, 500), f"{method} {path} {what}: {status} {text[:200]}")
        error = json.loads(text)["error"]
        message = error["message"] if isinstance(error, dict) else error
        self.assertTrue(message and isinstance(message, str), text)

    def tearDown(self):
        self.assertIsNone(self.server.process.poll(), self.server.log_text())
        self.assertEqual(self.server.call("GET", "/api/version")[0], 200)

    def test_bodies_that_are_no_json(self):
        bodies = {"deep lists": DEEP, "deep objects": b'{"a":' * 100_000, "nothing closed": b"{" * 10, "a list": b"[]",
                  "text": b"hello", "not a number": b'{"model": NaN}', "too large": b'{"model": 1e999}',
                  "bad UTF-8": b'{"model": "\xff\xfe"}', "a surrogate in UTF-8": b'{"model": "\xed\xa0\x80"}',
                  "half a pair": b'{"model": "\\ud800"}', "two bodies": b"{}{}", "a control character": b'{"model": "\x01"}',
                  "many members": b"{" + b",".join(b'"%d":0' % n for n in range(5000)) + b"}"}
        for path in PATHS:
            for what, body in bodies.items():
                with self.subTest(path=path, body=what):
                    self.assert_refused("POST", path, body, what)

    def test_numbers_beyond_reason(self):
        for path, body in CHATS.items():
            for field, raw in (("n", b"2147483648"), ("n", b"-1"), ("max_tokens", b"1e300"), ("max_tokens", b"0.5"),
                               ("temperature", b"1e308"), ("temperature", b"-1"), ("seed", b"1e30"), ("top_p", b"2"),
                               ("logit_bias", b'{"99999999999": 1}'), ("logit_bias", b'{"999999": 1}'), ("stop", b"[1]")):
                inner = with_field({}, field, raw).replace(b"{, ", b"{")
                options = {"n": None, "max_tokens": "num_predict", "logit_bias": None}.get(field, field)
                if path == "/api/chat":
                    if options is None:
                        continue
                    inner = with_field({}, options, raw).replace(b"{, ", b"{")
                    request = with_field(body, "options", inner)
                else:
                    request = with_field(body, field, raw)
                with self.subTest(path=path, field=field, raw=raw):
                    self.assert_refused("POST", path, request, request)
            with self.subTest(path=path, field="num_ctx"):
                huge = with_field(body, "options", b'{"num_ctx": 2147483647}') if path == "/api/chat" else with_field(body, "num_ctx", b"2147483647")
                self.assert_refused("POST", path, huge)

    def test_wrong_types_are_named(self):
        for raw in (b"3", b"true", b"[]", b"{}"):
            status, _, text = self.server.call("POST", "/api/chat", with_field({}, "model", raw).replace(b"{, ", b"{"))
            self.assertEqual(status, 400)
            self.assertIn("model", json.loads(text)["error"])
        status, _, text = self.server.call("POST", "/api/chat", with_field(CHATS["/api/chat"], "options", b'{"temperature": "x"}'))
        self.assertEqual(status, 400)
        self.assertIn("options.temperature: a number is wanted, found a string", json.loads(text)["error"])

    def test_names_that_lead_elsewhere(self):
        for name in ("../../etc/passwd", "/etc/passwd", "..", "", "a/../b", "a\0b", "x" * 5000, ".blobs", "sha256:x/../.."):
            for path, key in (("/api/show", "model"), ("/api/chat", "model"), ("/api/generate", "model"), ("/api/pull", "model"),
                              ("/v1/chat/completions", "model"), ("/v1/completions", "model")):
                with self.subTest(path=path, name=name[:40]):
                    self.assert_refused("POST", path, {key: name, "messages": [{"role": "user", "content": "x"}], "prompt": "x"})
            self.assert_refused("DELETE", "/api/delete", {"model": name})
            self.assert_refused("POST", "/api/copy", {"source": CHAT, "destination": name})
            self.assert_refused("POST", "/api/create", {"model": name, "from": CHAT, "stream": False})
        for digest in ("sha256:..%2F..%2Fetc%2Fpasswd", "sha256:" + "A" * 64, "..", "sha256:" + "a" * 63):
            self.assertIn(self.server.call("HEAD", f"/api/blobs/{digest}")[0], range(400, 500))
            self.assertIn(self.server.call("POST", f"/api/blobs/{digest}", b"x")[0], range(400, 500))

    def test_paths_and_methods_that_are_none(self):
        for method, path, expected in (("GET", "/api/nothing", 404), ("GET", "/v1/nothing", 404), ("GET", "/api/chat", 405),
                                       ("PUT", "/v1/models", 405)):
            self.assertEqual(self.server.call(method, path)[0], expected, (method, path))


if __name__ == "__main__":
    unittest.main()
