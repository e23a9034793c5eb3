#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Threads, subprocesses, sockets, asyncio, fork, signals, files."""
import asyncio
import concurrent.futures
import hashlib
import mmap
import multiprocessing
import os
import queue
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time


def threads():
    work, done = queue.Queue(), []
    lock = threading.Lock()

    def worker():
        while (item := work.get()) is not None:
            time.sleep(0.0005)
            with lock:
                done.append(hashlib.sha256(bytes(item)).hexdigest()[:4])

    team = [threading.Thread(target=worker) for _ in range(4)]
    for t in team:
        t.start()
    for i in range(100):
        work.put(i)
    for t in team:
        work.put(None)
    for t in team:
        t.join(10)
    print("threads", len(done), sorted(done)[:3])
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        print("pool", sum(pool.map(lambda n: n * n, range(200))))


def subprocesses():
    out = subprocess.run(["sort", "-r"], input="a\nb\n", text=True,
                         capture_output=True, timeout=20).stdout
    print("sort", out.split())
    print("shell", subprocess.call("exit 7", shell=True))
    long = subprocess.Popen(["sleep", "20"])
    try:
        long.wait(0.05)
    except subprocess.TimeoutExpired:
        long.terminate()
    print("terminated", long.wait())
    with multiprocessing.Pool(2) as pool:
        print("processes", pool.map(abs, range(-5, 0)))
    pid = os.fork()
    if pid == 0:
        os._exit(3)
    print("fork", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def sockets():
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        for _ in range(5):
            peer, _ = server.accept()
            with peer:
                while data := peer.recv(4096):
                    peer.sendall(data.upper())

    thread = threading.Thread(target=serve)
    thread.start()
    for i in range(5):
        with socket.create_connection(server.getsockname(), 10) as s:
            s.sendall(b"text %d" % i)
            print("tcp", s.recv(100))
    thread.join(10)
    server.close()
    a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    a.bind(("127.0.0.1", 0))
    a.sendto(b"datagram", a.getsockname())
    print("udp", a.recv(100))
    left, right = socket.socketpair()
    socket.send_fds(left, [b"x"], [0])
    _, fds, _, _ = socket.recv_fds(right, 10, 1)
    print("unix", len(fds))
    print("localhost", sorted({i[4][0] for i in socket.getaddrinfo(
        "127.0.0.1", 80, type=socket.SOCK_STREAM)}))


async def loop():
    async def echo(reader, writer):
        writer.write(await reader.readline())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"line\n")
    print("asyncio", await asyncio.wait_for(reader.readline(), 10))
    writer.close()
    server.close()
    child = await asyncio.create_subprocess_exec(
        "echo", "child", stdout=asyncio.subprocess.PIPE)
    print("asyncio", (await child.communicate())[0])


def memory():
    # More than any malloc threshold: sizes like these always take mremap.
    buffer = bytearray(40 << 20)
    buffer.extend(bytes(8 << 20))
    print("memory", len(buffer) >> 20)


def files():
    with tempfile.NamedTemporaryFile(dir=".") as f:
        f.write(b"x" * 10000)
        f.flush()
        with mmap.mmap(f.fileno(), 0) as m:
            print("mmap", m.find(b"y"), len(m))
    os.makedirs("p/q")
    print("walk", [d for d, _, _ in os.walk("p")])
    os.removedirs("p/q")


def signals():
    hits = []
    signal.signal(signal.SIGALRM, lambda *_: hits.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    time.sleep(0.1)
    print("alarm", len(hits))


for part in threads, subprocesses, sockets, memory, files, signals:
    part()
    sys.stdout.flush()
asyncio.run(loop())
print("done")
sys.exit(5)
