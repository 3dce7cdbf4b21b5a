#!/usr/bin/env python3
"""What clients do to a server that they hate: requests that two readers could take for different ones, heads and bodies
without end, a thousand connections that say nothing, and leaving in the middle. Over plain sockets and over TLS.

$SOTTO_HTTP_SERVER is the program of echo_server.cpp. Each case ends with an answer of 4xx or a closed connection, the server
stays fast for others, and its memory stays small.
"""
import os
import pathlib
import re
import resource
import select
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
import warnings

PROGRAM = os.environ["SOTTO_HTTP_SERVER"]
HEAD = b"Host: localhost\r\n"
PATIENCE = 20
# A thousand connections need as many descriptors; the usual soft limit is 1,024.
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, max(4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))


class Server:
    def __init__(self, **options):
        words = [word for name, value in options.items() for word in ("--" + name.replace("_", "-"), str(value))]
        self.process = subprocess.Popen([PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.port = int(self.process.stdout.readline())

    def stop(self):
        """What it says at its end."""
        self.process.send_signal(signal.SIGTERM)
        text, _ = self.process.communicate(timeout=PATIENCE)
        return text

    def resident_mib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def ask(self, request):
        """All that comes until the server ends the connection (which it is asked to)."""
        with self.connect() as link:
            try:
                link.sendall(request)
            except (BrokenPipeError, ConnectionResetError):
                pass
            return read_all(link)

    def get(self, path):
        return self.ask(b"GET " + path.encode() + b" HTTP/1.1\r\n" + HEAD + b"Connection: close\r\n\r\n")

    def counts(self):
        """How many handlers saw their client go, and how many run."""
        return tuple(int(word) for word in self.get("/counts").split(b"\r\n\r\n", 1)[1].split())


def read_all(link):
    got = b""
    try:
        while part := link.recv(65536):
            got += part
    except (ConnectionResetError, socket.timeout):
        pass
    return got


def status(answer):
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


def statuses(answer):
    """Of all answers in a row; no body here looks like one."""
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


def wait_until(condition, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


class Smuggling(unittest.TestCase):
    """One request of ours, or none: what stands in its body must never be answered as a second one."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server(timeout_ms=2000)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    HIDDEN = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"

    def refused(self, request, *expected):
        got = statuses(self.server.ask(request + self.HIDDEN))
        self.assertEqual(len(got), 1, (request, got))
        self.assertIn(got[0], expected or (400,), request)

    def test_lengths_and_codings(self):
        for fields in (b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                       b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                       b"Content-Length: 0\r\nContent-Length: 43\r\n",
                       b"Content-Length: 43\r\ncontent-length: 43\r\n",
                       b"Content-Length: 0, 43\r\n", b"Content-Length: +5\r\n", b"Content-Length: -1\r\n",
                       b"Content-Length: 0x5\r\n", b"Content-Length: 5 5\r\n", b"Content-Length:\r\n",
                       b"Content-Length: " + b"9" * 30 + b"\r\n", b"Content-Length: 18446744073709551617\r\n",
                       b"Content-Length : 5\r\n", b" Content-Length: 5\r\n", b"Content-Length: 5\r\n 0\r\n",
                       b"Transfer-Encoding: identity\r\n", b"Transfer-Encoding: gzip, chunked\r\n",
                       b"Transfer-Encoding: chunked, chunked\r\n", b"Transfer-Encoding: xchunked\r\n",
                       b"Transfer-Encoding:\x0bchunked\r\n", b"Transfer-Encoding: chunked\x00\r\n",
                       b"Transfer-Encoding\x00: chunked\r\n", b"Transfer-Encoding: \"chunked\"\r\n",
                       b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
                       b"X: y\rTransfer-Encoding: chunked\r\n", b"X: y\nTransfer-Encoding: chunked\r\n",
                       b"X: y\r\n\tTransfer-Encoding: chunked\r\n", b"Host: other.example\r\n"):
            self.refused(b"POST /echo HTTP/1.1\r\n" + HEAD + fields + b"\r\n")
        self.refused(b"POST /echo HTTP/1.0\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n")

    def test_chunks(self):
        start = b"POST /echo HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
        for chunk in (b"zz\r\n", b"-5\r\n", b"+5\r\n", b"0x5\r\nhello\r\n", b"5\nhello\r\n", b"5\r\nhello0\r\n\r\n",
                      b"5\r\nhello\n0\r\n\r\n", b"5 \rhello", b";\r\n", b"\r\n", b"1\x00\r\na\r\n"):
            self.refused(start + chunk, 400)
        for chunk in (b"ffffffffffffffff\r\n", b"fffffffff\r\n", b"100001\r\n"):
            self.refused(start + chunk, 413)
        self.refused(start + b"10000000000000000\r\n", 400, 413)

    def test_request_lines(self):
        for line in (b"GET /health HTTP/1.1\n", b"GET /health\r\n", b"GET  /health HTTP/1.1\r\n", b"GET /health HTTP/1.1 \r\n",
                     b"GET /health HTTP/0.9\r\n", b"GET /health HTTP/2.0\r\n", b"GET /he alth HTTP/1.1\r\n",
                     b"GET /health\x00 HTTP/1.1\r\n", b"GET\t/health HTTP/1.1\r\n", b"\x16\x03\x01\x00\xa5\x01\x00\r\n",
                     b"GET /\xff HTTP/1.1\r\n", b"GET health HTTP/1.1\r\n", b"GET /%zz HTTP/1.1\r\n", b"GET /%00 HTTP/1.1\r\n",
                     b"GET http://evil.example/health HTTP/1.1\r\n", b"{\"a\": 1}\r\n"):
            got = statuses(self.server.ask(line + HEAD + b"Connection: close\r\n\r\n"))
            self.assertEqual(got, [400], line)

    def test_nothing_smuggled_through_fields_behind_the_body(self):
        request = (b"POST /echo HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n"
                   b"Content-Length: 1000\r\nHost: evil.example\r\n\r\n")
        self.assertIn(statuses(self.server.ask(request + self.HIDDEN + b"X")), ([400], [200, 200], [200, 200, 408]))

    def test_what_is_right_is_served(self):
        two = (b"POST /echo HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\n\r\n" +
               b"GET /health HTTP/1.1\r\n" + HEAD + b"Connection: close\r\n\r\n")
        answer = self.server.ask(two)
        self.assertEqual(statuses(answer), [200, 200])
        self.assertIn(b"\r\n\r\nhelloHTTP/1.1", answer)


class Floods(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.assertEqual(status(self.server.get("/health")), 200)
        self.memory_mib = self.server.resident_mib()
        self.addCleanup(self.server.stop)

    def grown_mib(self):
        return self.server.resident_mib() - self.memory_mib

    def test_heads(self):
        many = b"GET /health HTTP/1.1\r\n" + HEAD + b"A: b\r\n" * 100_000 + b"\r\n"
        self.assertIn(status(self.server.ask(many)), (0, 431))
        self.assertEqual(status(self.server.ask(b"GET /health HTTP/1.1\r\n" + HEAD + b"A: b\r\n" * 101 + b"\r\n")), 431)
        self.assertIn(status(self.server.ask(b"GET /health HTTP/1.1\r\nA: " + b"b" * 10_000_000)), (0, 431))
        self.assertIn(status(self.server.ask(b"GET /" + b"b" * 100_000 + b" HTTP/1.1\r\n" + HEAD + b"\r\n")), (0, 431))
        self.assertIn(status(self.server.ask(b"G" * 100_000)), (0, 431))
        self.assertLess(self.grown_mib(), 16)

    def send_gibibyte(self, head):
        """The status of the answer, and how much was taken before it came."""
        block = b"x" * (1 << 20)
        with self.server.connect() as link:
            link.sendall(head)
            sent, answer = 0, b""
            link.settimeout(0.05)
            while sent < 1024 and not answer:
                try:
                    link.sendall(block)
                    sent += 1
                except socket.timeout:
                    pass
                except OSError:
                    break
                if select.select([link], [], [], 0)[0]:
                    try:
                        answer = link.recv(1000)
                    except OSError:
                        break
            return status(answer), sent

    def test_bodies(self):
        got, sent = self.send_gibibyte(b"POST /echo HTTP/1.1\r\n" + HEAD + b"Content-Length: 1073741824\r\n\r\n")
        self.assertIn(got, (0, 413))
        self.assertLess(sent, 100, "MiB taken of a body that is refused by its length")
        got, sent = self.send_gibibyte(b"POST /echo HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n40000000\r\n")
        self.assertIn(got, (0, 413))
        self.assertLess(sent, 100)
        self.assertLess(self.grown_mib(), 32)

    def test_many_bodies_at_once(self):
        """Each within its limit, together far above: the rest is turned away."""
        links = []
        for _ in range(200):
            link = self.server.connect()
            link.sendall(b"POST /echo HTTP/1.1\r\n" + HEAD + b"Content-Length: 1048576\r\n\r\n" + b"x" * 1_000_000)
            links.append(link)
        self.assertTrue(wait_until(lambda: any(select.select([link], [], [], 0)[0] for link in links)))
        time.sleep(0.5)
        self.assertLess(self.grown_mib(), 64)
        for link in links:
            link.close()
        self.assertEqual(status(self.server.get("/health")), 200)

    def test_a_large_upload_needs_little_memory(self):
        size = 200 << 20
        with self.server.connect() as link:
            link.sendall(b"POST /upload HTTP/1.1\r\n" + HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % size)
            block = b"x" * (1 << 20)
            for _ in range(200):
                link.sendall(block)
            answer = read_all(link)
        self.assertEqual(status(answer), 200)
        self.assertTrue(answer.endswith(b"\r\n\r\n%d" % size))
        self.assertLess(self.grown_mib(), 16)


class Crowds(unittest.TestCase):
    """A thousand connections that are idle, slow with their head, slow with their body, or slow to read."""

    def latencies_ms(self, server, count=100):
        found = []
        for _ in range(count):
            begin = time.monotonic()
            self.assertEqual(status(server.get("/health")), 200)
            found.append((time.monotonic() - begin) * 1000)
        return sorted(found)

    def test_a_thousand_slow_connections(self):
        server = Server()
        self.addCleanup(server.stop)
        server.get("/health")
        idle_mib, idle_descriptors = server.resident_mib(), server.descriptors()
        begun = (b"", b"GET /health HTTP/1.1\r\nHost: lo", b"POST /echo HTTP/1.1\r\n" + HEAD + b"Content-Length: 9999\r\n\r\nabc",
                 b"GET /health HTTP/1.1\r\n" + HEAD + b"\r\n")
        links = [server.connect() for _ in range(1000)]
        for i, link in enumerate(links):
            link.sendall(begun[i % len(begun)])
        stop = threading.Event()

        def dribble():
            while not stop.is_set():
                for i, link in enumerate(links):
                    if i % len(begun) == 1:
                        link.send(b"c")
                    if i % len(begun) == 2:
                        link.send(b"d")
                stop.wait(0.5)

        thread = threading.Thread(target=dribble)
        thread.start()
        try:
            latencies = self.latencies_ms(server)
            grown = server.resident_mib() - idle_mib
            print(f"1,000 slow connections: /health in {latencies[50]:.1f} ms, p99 {latencies[98]:.1f} ms; "
                  f"{grown:.1f} MiB more")
            self.assertLess(latencies[98], 100)
            self.assertLess(grown, 64)
        finally:
            stop.set()
            thread.join()
        for link in links:
            link.close()
        self.assertTrue(wait_until(lambda: server.descriptors() <= idle_descriptors + 2), "descriptors leak")

    def test_slow_ones_are_cut(self):
        server = Server(timeout_ms=300)
        self.addCleanup(server.stop)
        links = {name: server.connect() for name in ("silent", "head", "body", "reader")}
        links["head"].sendall(b"GET /health HTTP/1.1\r\n")
        links["body"].sendall(b"POST /echo HTTP/1.1\r\n" + HEAD + b"Content-Length: 100\r\n\r\n")
        links["reader"].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        links["reader"].sendall(b"GET /stream?bytes=100000 HTTP/1.1\r\n" + HEAD + b"\r\n")
        for i in range(20):  # one byte at a time does not count as progress
            for name, byte in (("head", b"x"), ("body", b"x")):
                try:
                    links[name].send(byte)
                except OSError:
                    pass
            time.sleep(0.05)
        self.assertEqual(status(read_all(links["head"])), 408)
        self.assertEqual(status(read_all(links["body"])), 408)
        self.assertEqual(read_all(links["silent"]), b"")
        self.assertTrue(wait_until(lambda: server.counts()[0] == 1), "the one that does not read")
        for link in links.values():
            link.close()


class Leaving(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.stop)

    def leave(self, request, read, reset):
        link = self.server.connect()
        if reset:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        link.sendall(request)
        got = b""
        while len(got) < read:
            got += link.recv(read - len(got))
        link.close()

    def test_at_every_point_of_a_stream(self):
        request = b"GET /stream?bytes=50 HTTP/1.1\r\n" + HEAD + b"\r\n"
        points = list(range(0, 400, 7)) + [1000, 5000]
        for i, read in enumerate(points):
            self.leave(request, read, reset=bool(i % 2))
        self.assertTrue(wait_until(lambda: self.server.counts() == (len(points), 0)), self.server.counts())

    def test_at_every_point_of_a_request(self):
        request = b"POST /echo HTTP/1.1\r\n" + HEAD + b"Content-Length: 5\r\n\r\nhello"
        for end in range(len(request) + 1):
            self.leave(request[:end], 0, reset=bool(end % 2))
        self.assertEqual(status(self.server.get("/health")), 200)

    def test_while_a_handler_works(self):
        for reset in (False, True):
            self.leave(b"GET /wait HTTP/1.1\r\n" + HEAD + b"\r\n", 0, reset)
        self.leave(b"POST /upload HTTP/1.1\r\n" + HEAD + b"Content-Length: 100\r\n\r\nabc", 0, False)
        self.assertTrue(wait_until(lambda: self.server.counts() == (3, 0)), self.server.counts())

    def test_nothing_leaks(self):
        self.server.get("/health")
        before = self.server.descriptors()
        for _ in range(300):
            self.leave(b"GET /stream HTTP/1.1\r\n" + HEAD + b"\r\n", 10, False)
        self.assertTrue(wait_until(lambda: self.server.counts()[1] == 0))
        self.assertTrue(wait_until(lambda: self.server.descriptors() <= before + 2), self.server.descriptors())


class Ending(unittest.TestCase):
    def test_a_stream_ends_before_the_server_does(self):
        server = Server()
        link = server.connect()
        link.sendall(b"GET /stream?n=500 HTTP/1.1\r\n" + HEAD + b"\r\n")
        link.recv(10)
        server.process.send_signal(signal.SIGTERM)
        self.assertTrue(read_all(link).endswith(b"0\r\n\r\n"))
        self.assertIn("drained all", server.process.communicate(timeout=PATIENCE)[0])
        link.close()

    def test_one_without_end_is_cut(self):
        server = Server()
        link = server.connect()
        link.sendall(b"GET /stream HTTP/1.1\r\n" + HEAD + b"\r\n")
        link.recv(10)
        begin = time.monotonic()
        self.assertIn("drained in part", server.stop())
        self.assertLess(time.monotonic() - begin, 10)
        link.close()


class Tls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.certificate, cls.key = (os.path.join(cls.folder.name, name) for name in ("cert.pem", "key.pem"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", cls.key, "-out", cls.certificate,
                        "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
                       check=True, capture_output=True)
        cls.context = ssl.create_default_context(cafile=cls.certificate)
        cls.server = Server(certificate=cls.certificate, key=cls.key)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.folder.cleanup()

    def connect(self, context=None):
        return (context or self.context).wrap_socket(self.server.connect(), server_hostname="localhost")

    def ask(self, request):
        with self.connect() as link:
            link.sendall(request)
            return read_all(link)

    def test_requests_bodies_and_streams(self):
        close = HEAD + b"Connection: close\r\n"
        self.assertEqual(status(self.ask(b"GET /health HTTP/1.1\r\n" + close + b"\r\n")), 200)
        body = os.urandom(900_000)
        answer = self.ask(b"POST /echo HTTP/1.1\r\n" + close + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.assertTrue(answer.endswith(body))
        answer = self.ask(b"GET /stream?n=20&bytes=30000 HTTP/1.1\r\n" + close + b"\r\n")
        self.assertEqual(answer.count(b"x" * 30000), 20)
        self.assertTrue(answer.endswith(b"0\r\n\r\n"))

    def test_its_origin_is_https(self):
        for scheme, expected in (("https", 200), ("http", 403)):
            origin = f"Origin: {scheme}://localhost:{self.server.port}\r\nHost: localhost:{self.server.port}\r\n"
            answer = self.ask(b"GET /health HTTP/1.1\r\n" + origin.encode() + b"Connection: close\r\n\r\n")
            self.assertEqual(status(answer), expected)

    def test_old_protocols_are_refused(self):
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # which is the point
            old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        with self.assertRaises(OSError):
            self.connect(old)

    def test_http_1_1_is_chosen(self):
        context = ssl.create_default_context(cafile=self.certificate)
        context.set_alpn_protocols(["h2", "http/1.1"])
        with self.connect(context) as link:
            self.assertEqual(link.selected_alpn_protocol(), "http/1.1")

    def test_nonsense_and_leaving(self):
        self.assertNotEqual(status(self.server.get("/health")), 200)
        self.server.connect().close()
        for _ in range(20):
            link = self.connect()
            link.sendall(b"GET /stream HTTP/1.1\r\n" + HEAD + b"\r\n")
            link.recv(10)
            link.close()
        self.assertEqual(status(self.ask(b"GET /health HTTP/1.1\r\n" + HEAD + b"Connection: close\r\n\r\n")), 200)

    def test_a_thousand_silent_ones_need_little(self):
        self.ask(b"GET /health HTTP/1.1\r\n" + HEAD + b"Connection: close\r\n\r\n")
        before = self.server.resident_mib()
        links = [self.server.connect() for _ in range(1000)]
        self.assertEqual(status(self.ask(b"GET /health HTTP/1.1\r\n" + HEAD + b"Connection: close\r\n\r\n")), 200)
        grown = self.server.resident_mib() - before
        print(f"1,000 silent connections to a TLS port: {grown:.1f} MiB more")
        self.assertLess(grown, 64)
        for link in links:
            link.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
