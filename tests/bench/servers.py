# SPDX-License-Identifier: MIT
"""Servers: one runs under the tool, what drives it outside and natively.

The load begins with the server's first second, so a first session's search for
its filter is in its figure.
"""
import os
import signal
import socket
import subprocess
import time

from common import LIMIT, free_port

NGINX_CONF = """%(user)s
worker_processes 1;
error_log logs/error.log;
pid server.pid;
events { worker_connections 128; }
http {
	access_log logs/access.log;
	client_body_temp_path tmp/body;
	proxy_temp_path tmp/proxy;
	fastcgi_temp_path tmp/fastcgi;
	uwsgi_temp_path tmp/uwsgi;
	scgi_temp_path tmp/scgi;
	sendfile on;
	keepalive_requests 1000000;
	server {
		listen 127.0.0.1:%(port)d;
		root www;
	}
}
"""


class Server:
    rate = True
    first_goal, later_goal = 0.9, 0.97

    def run(self, wrap, part=1):
        """Requests a second, of PART of the usual load."""
        with subprocess.Popen(wrap(self.command()), stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL) as server:
            try:
                self.wait(server)
                figure = self.load(part)
                self.end()
            except BaseException:
                server.terminate()
                raise
            if server.wait(timeout=LIMIT) != 0:
                raise RuntimeError("%s: status %d" % (self.name,
                                                      server.returncode))
        return figure

    def wait(self, server):
        """Until it answers."""
        begun = time.monotonic()
        while True:
            try:
                with self.connect() as link:
                    link.sendall(self.hello)
                    if link.recv(100):
                        return
            except OSError:
                pass
            if server.poll() is not None or time.monotonic() - begun > 30:
                raise RuntimeError("%s does not answer" % self.name)
            time.sleep(0.01)

    def end(self):
        """By its own id: strace does not pass SIGTERM on."""
        pid = int((self.dir / "server.pid").read_text(encoding="ascii"))
        os.kill(pid, signal.SIGTERM)


def output_of(command):
    return subprocess.run(command, check=True, text=True, timeout=LIMIT,
                          stdout=subprocess.PIPE).stdout


class Redis(Server):
    name = "redis-server under redis-benchmark, GET and SET"
    hello = b"PING\r\n"
    requests = 250000		# of each kind

    def __init__(self, place):
        self.dir = place.dir / "redis"
        self.dir.mkdir()

    def command(self):
        return ["redis-server", "--port", "0", "--save", "", "--appendonly",
                "no", "--dir", self.dir, "--pidfile", self.dir / "server.pid",
                "--unixsocket", self.dir / "socket"]

    def connect(self):
        link = socket.socket(socket.AF_UNIX)
        try:
            link.connect(str(self.dir / "socket"))
        except OSError:
            link.close()
            raise
        return link

    def load(self, part):
        out = output_of(["redis-benchmark", "-s", self.dir / "socket", "-c",
                         "20", "-t", "set,get", "--csv", "-n",
                         str(int(self.requests * part))])
        rates = [float(line.split(",")[1].strip('"'))
                 for line in out.splitlines()[1:]]
        return len(rates) / sum(1 / rate for rate in rates)


class Nginx(Server):
    name = "nginx under wrk"
    hello = b"HEAD / HTTP/1.0\r\n\r\n"
    seconds = 2

    def __init__(self, place):
        self.dir = place.dir / "nginx"
        for name in "www", "logs", "tmp":
            (self.dir / name).mkdir(parents=True)
        self.port = free_port()
        (self.dir / "www" / "index.html").write_text("x" * 612)
        # root's workers would become www-data, which takes capabilities
        user = "" if os.geteuid() else "user root;"
        (self.dir / "nginx.conf").write_text(NGINX_CONF % {
            "user": user, "port": self.port})

    def command(self):
        return ["/usr/sbin/nginx", "-p", self.dir, "-c", "nginx.conf", "-e",
                "logs/error.log", "-g", "daemon off;"]

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), 5)

    def load(self, part):
        out = output_of(["wrk", "-t1", "-c20", "-d%ds" % max(
            1, self.seconds * part), "http://127.0.0.1:%d/" % self.port])
        (self.dir / "logs" / "access.log").write_text("")
        return next(float(line.split()[1]) for line in out.splitlines()
                    if line.startswith("Requests/sec:"))
