# SPDX-License-Identifier: MIT
"""Threads, subprocesses, sockets, an event loop, memory maps and a pool: what
Python programs do to the kernel. The argument chooses."""
import asyncio
import mmap
import multiprocessing
import os
import selectors
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading


def threads():
    lock = threading.Lock()
    total = []

    def work(n):
        with lock:
            total.append((os.getppid(), n)[1])

    many = [threading.Thread(target=work, args=(n,)) for n in range(40)]
    for one in many:
        one.start()
    for one in many:
        one.join()
    assert sorted(total) == list(range(40))


def processes():
    for n in range(5):
        assert subprocess.run(["/bin/echo", str(n)], check=True,
                              capture_output=True).stdout == b"%d\n" % n
    with subprocess.Popen(["/bin/sleep", "100"]) as sleeper:
        sleeper.send_signal(signal.SIGTERM)
    assert os.system("exit 3") >> 8 == 3
    with multiprocessing.Pool(2) as pool:
        assert pool.map(abs, [-1, -2, 3]) == [1, 2, 3]


def sockets():
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        for _ in range(3):
            peer = server.accept()[0]
            peer.sendall(peer.recv(100))
            peer.close()

    thread = threading.Thread(target=serve)
    thread.start()
    for _ in range(3):
        client = socket.create_connection(server.getsockname())
        client.sendall(b"hello")
        assert client.recv(100) == b"hello"
        client.close()
    thread.join()
    a, b = socket.socketpair()
    poll = selectors.DefaultSelector()
    poll.register(b, selectors.EVENT_READ)
    a.sendmsg([b"x"])
    assert poll.select() and b.recvmsg(1)[0] == b"x"


def loop():
    async def child():
        process = await asyncio.create_subprocess_exec(
            "cat", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return (await process.communicate(b"hello"))[0]

    async def main():
        got = await asyncio.gather(child(), child(), asyncio.sleep(0.01))
        assert got[:2] == [b"hello", b"hello"]

    asyncio.run(main())


def files():
    with tempfile.TemporaryDirectory() as folder:
        base = sqlite3.connect(folder + "/db")
        base.execute("create table t(a)")
        base.executemany("insert into t values(?)", [(n,) for n in range(99)])
        base.commit()
        base.close()
        with open(folder + "/map", "w+b") as file:
            file.truncate(8192)
            with mmap.mmap(file.fileno(), 8192) as area:
                area[0:5] = b"hello"
                area.flush()
        os.symlink("map", folder + "/link")
        assert os.readlink(folder + "/link") == "map"
        os.setxattr(folder + "/map", "user.test", b"1") \
            if os.getuid() == 0 else None
        for _ in os.scandir(folder):
            pass


globals()[sys.argv[1]]()
