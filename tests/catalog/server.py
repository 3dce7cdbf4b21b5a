"""A package index and file server on 127.0.0.1 that misbehaves on request.

    python3 server.py FOLDER

Fills FOLDER (fixture.py), prints its ports (http, https with FOLDER/certificate.pem and key.pem), and serves until its
standard input closes. Addresses:
    /OPTIONS/files/NAME        FOLDER/files/NAME
    /OPTIONS/packages/P/NAME   FOLDER/packages/P/NAME
    /OPTIONS/simple/P/         the index's page of package P; its links keep OPTIONS
OPTIONS are separated by commas; "plain" is none. Every request is two lines of FOLDER/requests.log, one when it begins
and one when it ends: path, first byte sent, bytes sent.
"""
import hashlib
import http.server
import json
import os
import ssl
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fixture

ROOT = sys.argv[1]
CHUNK = 16 * 1024
seen = {}
lock = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        _, self.options_text, self.rest = self.path.split("/", 2)
        self.options = dict((o.partition("=")[0], o.partition("=")[2]) for o in self.options_text.split(","))
        with lock:
            self.visit = seen[self.path] = seen.get(self.path, 0) + 1
        self.sent = 0
        self.start = 0
        self.log_line("begin")
        try:
            self.answer()
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True
        self.log_line("end")

    def log_line(self, event):
        with lock, open(os.path.join(ROOT, "requests.log"), "a") as log:
            log.write(f"{event} {self.path} {self.start} {self.sent}\n")

    def answer(self):
        if "redirect" in self.options and int(self.options["redirect"]) > 0:
            return self.redirect(int(self.options["redirect"]) - 1)
        if "to" in self.options:
            return self.reply(302, b"", {"Location": self.options["to"].replace("|", "/")})
        if "status" in self.options and self.visit <= int(self.options.get("times", 1000)):
            return self.reply(int(self.options["status"]), b"no", {"Content-Type": "text/plain"})
        if "html" in self.options:
            return self.reply(200, b"<html>Please log in</html>" * 10, {"Content-Type": "text/html; charset=utf-8"})
        if self.rest.startswith("simple/"):
            return self.index_page(self.rest.split("/")[1])
        path = os.path.join(ROOT, self.rest.split("?")[0])
        if not os.path.isfile(path):
            return self.reply(404, b"not here", {"Content-Type": "text/plain"})
        self.send_file(open(path, "rb").read())

    def redirect(self, left):
        options = self.options_text.replace(f"redirect={left + 1}", f"redirect={left}")
        headers = {"Location": f"/{options}/{self.rest}"}
        if "linked" in self.options:
            headers["X-Linked-ETag"] = f'"{self.options["linked"]}"'
        self.reply(302, b"elsewhere", headers)

    def reply(self, status, body, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def index_page(self, package):
        folder = os.path.join(ROOT, "packages", package)
        if not os.path.isdir(folder):
            return self.reply(404, b"no such package", {"Content-Type": "text/plain"})
        files = []
        for name in sorted(os.listdir(folder)):
            data = open(os.path.join(folder, name), "rb").read()
            digest = "0" * 64 if "badhash" in self.options else hashlib.sha256(data).hexdigest()
            files.append((name, f"../../packages/{package}/{name}", digest, len(data)))
        if "json" in self.headers.get("Accept", "") and "htmlindex" not in self.options:
            page = {"meta": {"api-version": "1.1"}, "name": package, "files": [
                {"filename": n, "url": u, "size": s, "hashes": {} if "nohash" in self.options else {"sha256": d}}
                for n, u, d, s in files]}
            return self.reply(200, json.dumps(page).encode(), {"Content-Type": "application/vnd.pypi.simple.v1+json"})
        links = "".join(f'<a class="x>y" href="{u}#sha256={d}" data-requires-python="&gt;=3.9">{n}</a><br/>\n'
                        for n, u, d, _ in files)
        self.reply(200, f"<!DOCTYPE html><html><body><h1>Links</h1>\n{links}</body></html>".encode(),
                   {"Content-Type": "text/html; charset=UTF-8"})

    def send_file(self, data):
        if "garbage" in self.options:
            data = data[:8] + bytes(len(data) - 8)
        if "other" in self.options:
            data = b"This is another file altogether. " * (len(data) // 33)
        total = len(data)
        wanted = self.headers.get("Range")
        etag = f'"{self.options.get("etag", "v1")}"'
        if "changes" in self.options:
            etag = f'"v{self.visit}"'
        fits = self.headers.get("If-Range") in (None, etag)
        status = 200
        if wanted and fits and "norange" not in self.options:
            self.start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if self.start >= total:
                return self.reply(416, b"", {"Content-Range": f"bytes */{total}"})
            status = 206
        body = data[self.start:]
        self.send_response(status)
        if status == 206:
            first = self.start + 1 if "wrongrange" in self.options else self.start
            self.send_header("Content-Range", f"bytes {first}-{total - 1}/{total}")
        if "noetag" not in self.options:
            self.send_header("ETag", etag)
        self.send_header("Content-Type", "application/octet-stream")
        if "nolength" in self.options:
            self.close_connection = True
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.send_body(body)

    def wait_for_client_to_leave(self):
        self.connection.settimeout(20)
        try:
            self.connection.recv(1)
        except OSError:
            pass

    def send_body(self, body):
        limit = len(body)
        for option in ("cut", "stall"):
            if option in self.options and self.visit <= int(self.options.get("times", 1000)):
                limit = min(limit, int(self.options[option]))
        pause = CHUNK / float(self.options["rate"]) if "rate" in self.options else 0
        while self.sent < limit:
            piece = body[self.sent:min(limit, self.sent + CHUNK)]
            self.wfile.write(piece)
            self.sent += len(piece)
            time.sleep(pause)
        if limit < len(body):
            if "stall" in self.options:
                self.wait_for_client_to_leave()
            self.close_connection = True
            self.connection.close()


fixture.build(ROOT)
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
# The same over TLS, with a certificate that nobody has signed but itself.
secure = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
secure.daemon_threads = True
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(os.path.join(ROOT, "certificate.pem"), os.path.join(ROOT, "key.pem"))
secure.socket = context.wrap_socket(secure.socket, server_side=True, do_handshake_on_connect=False)
threading.Thread(target=secure.serve_forever, daemon=True).start()
# In one write, whatever Python's buffering: the test reads once.
os.write(1, f"{server.server_address[1]} {secure.server_address[1]}\n".encode())
sys.stdin.read()
