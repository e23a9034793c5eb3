#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A BitTorrent tracker for tests (BEP 3, compact peers of BEP 23).

usage: tracker.py ADDRESS PORT

Answers /announce with every other peer that has announced the same torrent, or
with none if the caller has the file whole: it is called, and never calls, so that
who connects to whom does not depend on chance. And /peers with their number. Keeps all in memory, and ends when killed.
"""
import socket
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

swarms = {}		# info_hash -> {(address, port), ...}


def announce(query, address):
    def value(key):
        return query[key][0]

    swarm = swarms.setdefault(value("info_hash"), set())
    me = (address, int(value("port")))
    others = b"" if value("left") == "0" else b"".join(socket.inet_aton(a) + p.to_bytes(2, "big")
                      for a, p in sorted(swarm - {me}))
    if query.get("event") == ["stopped"]:
        swarm.discard(me)
    else:
        swarm.add(me)
    return b"d8:intervali60e5:peers%d:%be" % (len(others), others)


class Tracker(BaseHTTPRequestHandler):
    def do_GET(self):
        url = urlsplit(self.path)
        if url.path == "/announce":
            query = parse_qs(url.query, encoding="latin-1")
            body = announce(query, self.client_address[0])
        else:
            body = b"%d\n" % sum(map(len, swarms.values()))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


HTTPServer((sys.argv[1], int(sys.argv[2])), Tracker).serve_forever()
