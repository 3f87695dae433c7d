"""client.py URL: Python's httpx-sse reads, and goes on after the last id."""

import json
import os
import signal
import sys

import httpx
from httpx_sse import connect_sse

URL = sys.argv[1]
OWN = f"httpx-sse {os.getpid()}"


def events(client, **headers):
    with connect_sse(client, "GET", f"{URL}/events", headers=headers) as source:
        yield from source.iter_sse()


def post(client, text):
    return client.post(f"{URL}/wall", content=text).raise_for_status().text


def own_posts(stream):
    for event in stream:
        if event.event == "post" and OWN in event.data:
            yield event.id, json.loads(event.data)["text"]


def until(stream, name):
    next(event for event in stream if event.event == name)


# Machine events never stop, so a post that never comes would be waited for without end.
signal.alarm(20)
with httpx.Client(timeout=10) as client:
    stream = events(client)
    until(stream, "machine")
    until(stream, "machine")
    first = post(client, f"{OWN} one")
    assert next(own_posts(stream)) == (first, f"{OWN} one")
    stream.close()

    second = post(client, f"{OWN} two")
    stream = events(client, **{"Last-Event-ID": first})
    assert next(own_posts(stream)) == (second, f"{OWN} two")
    stream.close()
