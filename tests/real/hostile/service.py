# SPDX-License-Identifier: MIT
"""A service on 127.0.0.1:8081 with a worker process for each request: /sum/N
adds up, /try/CALL makes a call and says what came of it, /end ends it."""
import ctypes
import errno
import http.server
import os
import socketserver
import sys

CALLS = {"mount": 165, "reboot": 169, "swapoff": 168, "getppid": 110}
libc = ctypes.CDLL(None, use_errno=True)


def attempt(name):
    result = libc.syscall(CALLS[name], 0, 0, 0, 0, 0)
    code = ctypes.get_errno()
    return "%s: %s" % (name, errno.errorcode[code] if result < 0 else "made")


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        what, _, value = self.path[1:].partition("/")
        if what == "end":
            os.kill(os.getppid(), 15)
        text = str(sum(range(int(value)))) if what == "sum" else \
            attempt(value) if what == "try" else what
        self.send_response(200)
        self.end_headers()
        self.wfile.write((text + "\n").encode())

    def log_message(self, *_):
        pass


class Server(socketserver.ForkingMixIn, http.server.HTTPServer):
    pass


server = Server(("127.0.0.1", 8081), Handler)
sys.stdout.write("ready\n")
sys.stdout.flush()
server.serve_forever()
