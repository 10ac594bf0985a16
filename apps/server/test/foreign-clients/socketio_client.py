"""python-socketio 5 as Debian ships it: signs in, hears, posts, leaves, and resumes by position."""

import os
import queue
import traceback

import socketio

from parley import TIMEOUT_SECONDS, Stream, arguments, message, sign_in, tell, wait_for_go


def connect(url, token, stream):
    frames = queue.Queue()
    client = socketio.Client(reconnection=False)
    client.on("hello", lambda hello: frames.put(("hello", hello)))
    client.on("events", lambda batch: frames.put(("events", batch)))
    auth = {"token": token}
    if stream is not None:
        auth["after"] = stream.position
    client.connect(url, auth=auth, transports=["websocket"], wait_timeout=TIMEOUT_SECONDS)
    name, hello = frames.get(timeout=TIMEOUT_SECONDS)
    assert name == "hello", name
    assert hello["resumed"] == (stream is not None), hello
    return client, frames, stream or Stream(hello["position"])


def until(frames, stream, count):
    while len(stream.texts) < count:
        name, batch = frames.get(timeout=TIMEOUT_SECONDS)
        assert name == "events", name
        stream.take(batch)


def main():
    url, login, password, channel_id = arguments()
    token = sign_in(url, login, password)
    client, frames, stream = connect(url, token, None)
    tell("connected")
    until(frames, stream, 1)
    answer = client.call(
        "command", ("message.post", message(channel_id, "posted by a script")), timeout=TIMEOUT_SECONDS
    )
    assert answer["ok"], answer
    until(frames, stream, 2)
    wrong = client.call("command", ("message.post", {}), timeout=TIMEOUT_SECONDS)
    assert not wrong["ok"] and wrong["error"]["code"] == "invalid_input", wrong
    client.disconnect()
    tell("left")
    wait_for_go()
    client, frames, stream = connect(url, token, stream)
    until(frames, stream, 5)
    client.disconnect()
    tell("done", texts=stream.texts)


try:
    main()
except BaseException:
    # Not by itself: the threads of the client would keep the process.
    traceback.print_exc()
    os._exit(1)
