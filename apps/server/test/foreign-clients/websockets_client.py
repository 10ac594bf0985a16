"""python-websockets as Debian ships it: signs in by its first frame, hears, posts, leaves, and resumes."""

import asyncio
import json

import websockets

from parley import TIMEOUT_SECONDS, Stream, arguments, message, sign_in, tell, wait_for_go


async def receive(socket):
    return json.loads(await asyncio.wait_for(socket.recv(), TIMEOUT_SECONDS))


async def connect(url, token, stream):
    socket = await websockets.connect(url.replace("http", "ws", 1) + "/api/v1/ws")
    auth = {"token": token}
    if stream is not None:
        auth["after"] = stream.position
    await socket.send(json.dumps({"auth": auth}))
    hello = (await receive(socket))["hello"]
    assert hello["resumed"] == (stream is not None), hello
    return socket, stream or Stream(hello["position"])


async def until(socket, stream, count):
    """Takes events until there are so many messages; gives the answers that came between."""
    answers = []
    while len(stream.texts) < count:
        frame = await receive(socket)
        if "events" in frame:
            stream.take(frame["events"])
        elif "id" in frame:
            answers.append(frame)
    return answers


async def main():
    url, login, password, channel_id = arguments()
    token = sign_in(url, login, password)
    socket, stream = await connect(url, token, None)
    tell("connected")
    await until(socket, stream, 1)
    post = {"command": "message.post", "input": message(channel_id, "posted by a script")}
    await socket.send(json.dumps({"id": "mine", **post}))
    answers = await until(socket, stream, 2)
    if not answers:
        answers.append(await receive(socket))
    assert answers[0]["id"] == "mine" and answers[0]["ok"], answers
    await socket.close()
    tell("left")
    wait_for_go()
    socket, stream = await connect(url, token, stream)
    await until(socket, stream, 5)
    await socket.close()
    tell("done", texts=stream.texts)


asyncio.run(main())
