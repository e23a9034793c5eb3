#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""web: serves a folder at the ports 8080 and, with TLS, 8443 of localhost, and
takes what is sent to it.

usage: web.py FOLDER CERTIFICATE KEY
"""
import functools
import http.server
import ssl
import sys
import threading


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def take(self):
        length = int(self.headers.get("Content-Length", 0))
        answer = b"%s %d\n" % (self.command.encode(),
                               len(self.rfile.read(length)))
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_PUT = do_POST = take


def serve(port, context=None):
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", port),
        functools.partial(Handler, directory=sys.argv[1]))
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever).start()


tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(sys.argv[2], sys.argv[3])
serve(8443, tls)
serve(8080)
