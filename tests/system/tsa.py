#!/usr/bin/env python3
"""tsa.py TSA.CNF [MODE]: an RFC 3161 time stamp server on loopback, OpenSSL's `ts -reply` behind HTTP. Its address is the
first line. MODE: "busy" answers 503, "hang" nothing, "reject" with a refusal, "other" stamps another digest, "once" is busy
the first time, "drip" gives a byte now and then, "nonce" answers another question, "nononce" none, "bare" leaves its
certificate out, "moved" and "moving" send elsewhere (302, 307), "huge" talks for ever, "page" is no such server."""
import http.server
import subprocess
import sys
import tempfile
import time

MODE = sys.argv[2] if len(sys.argv) > 2 else ""
ASKED = []


class Tsa(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        query = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if MODE == "hang":
            time.sleep(600)
        if MODE == "busy" or (MODE == "once" and not ASKED):
            ASKED.append(1)
            return self.answer(503, b"busy")
        if MODE in ("moved", "moving") and self.path != "/there":
            self.send_response(302 if MODE == "moved" else 307)
            self.send_header("Location", "/there")
            self.send_header("Content-Length", "0")
            return self.end_headers()
        if MODE == "page":
            return self.answer(200, b"<html>A page for people</html>")
        if MODE == "huge":
            self.send_response(200)
            self.end_headers()
            while True:
                self.wfile.write(bytes(65536))
        if MODE == "drip":
            self.send_response(200)
            self.end_headers()
            while True:
                self.wfile.write(b"0")
                self.wfile.flush()
                time.sleep(1)
        if MODE == "reject":
            text = b"out of stamps for now"
            free = bytes([0x30, len(text) + 2, 0x0C, len(text)]) + text
            status = bytes([2, 1, 2]) + free
            status = bytes([0x30, len(status)]) + status
            return self.answer(200, bytes([0x30, len(status)]) + status)
        with tempfile.NamedTemporaryFile() as q:
            if MODE == "other":  # the digest is the last 32 bytes of a run that begins with its tag and length
                at = query.index(b"\x04\x20") + 2
                query = query[:at] + bytes(32) + query[at + 32:]
            if MODE == "nonce":  # eight bytes, before the wish for certificates
                at = query.index(b"\x02\x08", query.index(b"\x04\x20") + 34) + 2
                query = query[:at] + bytes([query[at] ^ 1]) + query[at + 1:]
            if MODE == "nononce":  # and a SEQUENCE that is ten bytes shorter
                at = query.index(b"\x02\x08", query.index(b"\x04\x20") + 34)
                query = query[:1] + bytes([query[1] - 10]) + query[2:at] + query[at + 10:]
            if MODE == "bare":  # without the wish
                query = query[:1] + bytes([query[1] - 3]) + query[2:-3]
            q.write(query)
            q.flush()
            r = subprocess.run(["openssl", "ts", "-reply", "-config", sys.argv[1], "-section", "tsa1", "-queryfile", q.name],
                               capture_output=True)
        return self.answer(200 if r.returncode == 0 else 400, r.stdout)

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):  # who is sent elsewhere still wants to ask
        self.answer(405, b"ask by POST")

    def log_message(self, *a):
        pass


s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Tsa)
s.daemon_threads = True
print(f"http://127.0.0.1:{s.server_port}/", flush=True)
s.serve_forever()
