"""llm.py URL: OpenAI's SDK takes every byte, and a completion is read on where it was left."""

import asyncio
import json
import os
import signal
import sys
from itertools import islice

import httpx
import openai
from httpx_sse import EventSource, connect_sse

URL = f"{sys.argv[1]}/v1"
# What is not as the SDK's types say is an error, and what is refused is not tried again.
OPTIONS = dict(base_url=URL, api_key="none", max_retries=0, _strict_response_validation=True)
# Of a seed that has much to say.
LONG = dict(
    model="markov-demo", seed=3, messages=[{"role": "user", "content": "Tell me of the river"}]
)
ASKED = dict(**LONG, max_tokens=80)

client = openai.OpenAI(**OPTIONS)
create = client.chat.completions.create


def refused(error, asked, param=None):
    try:
        create(**{**ASKED, **asked})
    except error as refusal:
        assert refusal.type and refusal.body["message"] and refusal.param == param, refusal.body
        return refusal
    raise AssertionError(f"not refused: {str(asked)[:100]}")


def content(chunk):
    return chunk["choices"][0]["delta"].get("content", "")


def text(events):
    """The text of events, as many as there are."""
    return "".join(content(json.loads(data)) for _, data in events if data != "[DONE]")


def read(source):
    """The events of a response, each as its id and its data."""
    for event in source.iter_sse():
        assert event.event == "message"
        yield event.id, event.data


def attach(id, last=None):
    """All events of a completion after this one, or none if the answer is that there are none."""
    headers = {"Last-Event-ID": last} if last else {}
    with connect_sse(http, "GET", f"{URL}/chat/completions/{id}", headers=headers) as source:
        if source.response.status_code == 204:
            return None
        return list(read(source))


def read_whole():
    whole = create(**ASKED)
    choice = whole.choices[0]
    assert whole.id.startswith("chatcmpl-") and choice.finish_reason == "length"
    assert (whole.usage.prompt_tokens, whole.usage.completion_tokens) == (5, 80)
    return choice.message.content, whole.usage


def read_stream(whole, usage):
    *chunks, last = create(**ASKED, stream=True, stream_options={"include_usage": True})
    assert chunks[0].choices[0].delta.role == "assistant"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == whole
    assert [chunk.choices[0].finish_reason for chunk in chunks[-2:]] == [None, "length"]
    assert len({(chunk.id, chunk.created, chunk.model) for chunk in [*chunks, last]}) == 1
    assert not last.choices and last.usage == usage


def be_refused():
    refused(openai.BadRequestError, dict(messages=[]), "messages")
    refused(openai.BadRequestError, dict(messages="Hi"))
    refused(openai.BadRequestError, dict(max_tokens=501, stream=True), "max_tokens")
    refused(openai.BadRequestError, dict(max_completion_tokens=0), "max_completion_tokens")
    refused(openai.NotFoundError, dict(model="gpt-5"), "model")
    # Longer than what the sockets hold, so that it is refused while it is still sent.
    long = [{"role": "user", "content": "long " * 1_000_000}]
    assert refused(openai.APIStatusError, dict(messages=long)).status_code == 413
    for path in ["chat/completions/chatcmpl-0", "models"]:
        try:
            client.get(f"/{path}", cast_to=object)
            raise AssertionError(f"found: {path}")
        except openai.NotFoundError as refusal:
            assert refusal.body["message"]
    answer = http.post(f"{URL}/chat/completions", content="{")
    assert answer.status_code == 400 and answer.json()["error"]["type"] == "invalid_request_error"


def leave_and_come_back(whole, seen):
    """Leaves after so many events, with the id of the last."""
    with client.chat.completions.with_streaming_response.create(**ASKED, stream=True) as response:
        # The SDK keeps ids to itself, but gives the response from which they can be read.
        events = list(islice(read(EventSource(response.http_response)), seen))
    id = json.loads(events[0][1])["id"]
    assert response.headers["content-location"] == f"/v1/chat/completions/{id}"

    last, _ = events[-1]
    rest = attach(id, last)
    assert text(events) + text(rest) == whole and rest[-1][1] == "[DONE]"
    assert attach(id) == [*events, *rest]
    # All is there now: after any of them comes the rest, and nothing after the last.
    for at, (last, _) in enumerate(rest):
        assert attach(id, last) == (rest[at + 1 :] or None)


def leave_and_begin_again(whole, seen):
    """Leaves after so many chunks, of which only the text is known."""
    with create(**ASKED, stream=True) as stream:
        chunks = list(islice(stream, seen))
    begin = "".join(chunk.choices[0].delta.content for chunk in chunks)
    assert begin and whole.startswith(begin)
    assert text(attach(chunks[0].id)) == whole

    # The SDK itself reads on as well, if it is told where.
    again = client.get(
        f"/chat/completions/{chunks[0].id}",
        cast_to=openai.types.chat.ChatCompletionChunk,
        stream=True,
        stream_cls=openai.Stream[openai.types.chat.ChatCompletionChunk],
    )
    assert "".join(chunk.choices[0].delta.content or "" for chunk in again) == whole


async def be_many(whole):
    """As many at once as there may be, and one more."""
    async with openai.AsyncOpenAI(**OPTIONS) as client:
        create = client.chat.completions.create
        streams = await asyncio.gather(*(create(**LONG, stream=True) for _ in range(32)))
        try:
            await create(**ASKED)
            raise AssertionError("not refused")
        except openai.RateLimitError as refusal:
            assert int(refusal.response.headers["retry-after"]) > 0
            assert refusal.code == "rate_limit_exceeded"

        async def read(stream):
            choices = [chunk.choices[0] async for chunk in stream]
            assert choices[-1].finish_reason == "stop"
            return "".join(choice.delta.content or "" for choice in choices)

        texts = set(await asyncio.gather(*map(read, streams)))
        assert len(texts) == 1 and texts.pop().startswith(whole)


def stop(whole):
    """What was begun is finished, nothing new is begun."""
    with create(**ASKED, stream=True) as stream:
        chunks = [next(stream)]
        os.kill(int(sys.argv[2]), signal.SIGTERM)
        chunks += islice(stream, 1)
        try:
            create(**ASKED)
            raise AssertionError("not refused")
        except openai.InternalServerError as refusal:
            assert refusal.status_code == 503
            assert int(refusal.response.headers["retry-after"]) > 0
        chunks += stream
    # The last has the usage only, or nothing.
    choices = [choice for chunk in chunks for choice in chunk.choices]
    assert "".join(choice.delta.content or "" for choice in choices) == whole


signal.alarm(60)
with httpx.Client(timeout=10) as http:
    whole, usage = read_whole()
    read_stream(whole, usage)
    be_refused()
    for seen in [1, 2, 40, 81]:
        leave_and_come_back(whole, seen)
    leave_and_begin_again(whole, 30)
    asyncio.run(be_many(whole))
    stop(whole)
