"""stop.py EXAMPLE: it is asked to stop while streams are open, and does so in time."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

BINARY = f"target/debug/{sys.argv[1]}"
STREAMS = 20
REQUEST = b"GET /events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"


@contextmanager
def running():
    server = subprocess.Popen(
        [BINARY], env={**os.environ, "PORT": "0"}, stdout=subprocess.PIPE, text=True
    )
    try:
        yield server, int(server.stdout.readline().rsplit(":", 1)[1])
    finally:
        server.kill()


def connect(port):
    stream = socket.create_connection(("127.0.0.1", port), timeout=10)
    stream.sendall(REQUEST)
    return stream


def open_stream(port):
    """One that has its first events."""
    stream = connect(port)
    read = b""
    while b"event: " not in read:
        part = stream.recv(65536)
        assert part, read
        read += part
    return stream


def rest(stream):
    read = b""
    while part := stream.recv(65536):
        read += part
    return read


def last_retry(read):
    """The milliseconds in the last block."""
    # Chunked over HTTP/1.1: between the blocks are lengths.
    at = read.rindex(b"retry: ")
    assert read.endswith(b"\r\n0\r\n\r\n"), read[-80:]
    return int(read[at + 7 :].split(b"\n", 1)[0])


def stops(kind):
    with running() as (server, port):
        streams = [open_stream(port) for _ in range(STREAMS)]
        unread = open_stream(port)
        began = time.monotonic()
        server.send_signal(kind)
        ends = [last_retry(rest(stream)) for stream in streams]
        assert all(1000 <= retry <= 5000 for retry in ends), ends
        assert len(set(ends)) > 1, ends
        assert server.wait(timeout=10) == 0, server.returncode
        took = time.monotonic() - began
        assert took < 8, took
        unread.close()


def refused(port):
    """What is answered at last to who comes while it stops: it takes note of the signal soon."""
    while True:
        # actix-web keeps such a connection for the next request, if it may.
        late = socket.create_connection(("127.0.0.1", port), timeout=10)
        late.sendall(REQUEST.replace(b"Host", b"Connection: close\r\nHost"))
        late.settimeout(0.2)
        try:
            answer = rest(late)
        except TimeoutError:
            answer = b"event: "
        if b"event: " not in answer:
            return answer
        late.close()


def refuses():
    """Who comes while it stops is sent away, and comes back."""
    with running() as (server, port):
        streams = [open_stream(port) for _ in range(STREAMS)]
        server.send_signal(signal.SIGTERM)
        answer = refused(port)
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n"), answer
        assert 1000 <= last_retry(answer) <= 5000, answer
        assert b"event: " not in answer, answer
        # Who asks twice does not want to wait.
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=2) == 0, server.returncode
        for stream in streams:
            stream.close()


stops(signal.SIGTERM)
stops(signal.SIGINT)
refuses()
