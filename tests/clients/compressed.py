"""compressed.py CLIENT URL PROTOCOL ENCODING PORT: events of a compressed topic are there when they come."""

import signal
import subprocess
import sys
import threading
import time
import urllib.request

CLIENT, URL, PROTOCOL, ENCODING, PORT = sys.argv[1:]
IS_H2 = PROTOCOL == "h2"
EVENTS = 120


def post(text):
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}/pub", text.encode(), method="POST")
    urllib.request.urlopen(request).read()


def curl():
    # What curl cannot decode, it does not ask for.
    features = subprocess.run(["curl", "--version"], capture_output=True, text=True).stdout
    if {"gzip": "libz", "zstd": "zstd", "br": "brotli"}[ENCODING] not in features:
        print(f"curl cannot read {ENCODING}")
        sys.exit(0)
    version = "--http2-prior-knowledge" if IS_H2 else "--http1.1"
    command = ["curl", version, "-sN", "--compressed", "-H", f"Accept-Encoding: {ENCODING}", URL]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield from (line.rstrip("\n") for line in process.stdout)
    finally:
        process.kill()


def httpx():
    import httpx

    headers = {"Accept-Encoding": ENCODING}
    with (
        httpx.Client(http1=not IS_H2, http2=IS_H2, timeout=10) as client,
        client.stream("GET", URL, headers=headers) as response,
    ):
        assert response.http_version == ("HTTP/2" if IS_H2 else "HTTP/1.1")
        assert response.headers["content-encoding"] == ENCODING
        yield from response.iter_lines()


def give_up(*_):
    raise TimeoutError("nothing for a minute")


signal.signal(signal.SIGALRM, give_up)
signal.alarm(60)
lines = {"curl": curl, "httpx": httpx}[CLIENT]()
# Another, who has been there before: forms are shared, and this one joins in the midst of them.
other = subprocess.Popen(
    ["curl", "-sN", "-H", f"Accept-Encoding: {ENCODING}", URL], stdout=subprocess.DEVNULL
)
try:
    time.sleep(0.3)
    for n in range(7):
        post(f"before {n}")
    # Published until the first is seen, since it is not known when the subscription is there.
    started = threading.Event()

    def knock():
        while not started.wait(0.05):
            post("knock")

    threading.Thread(target=knock, daemon=True).start()
    next(line for line in lines if line == "data: knock")
    started.set()
    waits = []
    for n in range(EVENTS):
        start = time.monotonic()
        post(f"event {n}")
        line = next(line for line in lines if line.startswith("data: event"))
        assert line == f"data: event {n}", line
        waits.append(time.monotonic() - start)
    waits.sort()
    assert waits[EVENTS // 2] < 0.1, waits
    print(f"{CLIENT} {PROTOCOL} {ENCODING}: {EVENTS} events, median {waits[EVENTS // 2] * 1000:.1f} ms")
finally:
    other.kill()
