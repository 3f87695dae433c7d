"""The log of src/lib.rs, as sse-starlette serves it on uvicorn."""

import asyncio
import logging
import os
import time

import uvicorn
from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.routing import Route

START = int(os.environ["START"]) / 1000


def text(n):
    lines = [
        f""" {n} "two" 'one' \\ &amp;""",
        f"\nid: {n}\n: no comment",
        f'\t{{"n":{n}}} ä 😀 \u2028\x85\v\0.',
    ]
    return "\n".join(lines[: n % 3 + 1])


async def log(last):
    yield {"retry": 100}
    n = last
    while True:
        n += 1
        wait = START + 0.005 * n - time.time()
        if wait > 0:
            await asyncio.sleep(wait)
        event = {"id": str(n), "data": text(n)}
        yield {**event, "event": "odd"} if n % 2 else event


async def events(request):
    return EventSourceResponse(log(int(request.headers.get("last-event-id", 0))))


# It would tell of each write to a client that is gone.
logging.getLogger("asyncio").setLevel(logging.ERROR)
app = Starlette(routes=[Route("/events", events)])
uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
