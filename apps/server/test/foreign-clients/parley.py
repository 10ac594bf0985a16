"""What the scripts beside this file share: sign-in over HTTP, and lines of JSON to whoever started them."""

import json
import sys
import urllib.request
import uuid

TIMEOUT_SECONDS = 30


def arguments():
    """The server's address, the name of a person, their password, and a conversation that they are in."""
    url, login, password, channel_id = sys.argv[1:5]
    return url, login, password, channel_id


def call(url, token, command, body):
    headers = {"Content-Type": "application/json"}
    if token is not None:
        headers["Authorization"] = "Bearer " + token
    request = urllib.request.Request(
        url + "/api/v1/" + command, json.dumps(body).encode(), headers, method="POST"
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
        return json.load(response)


def sign_in(url, login, password):
    device = {"name": "Python", "platform": "python"}
    session = call(
        url, None, "session.create", {"login": login, "password": password, "device": device}
    )
    return session["accessToken"]


def message(channel_id, text):
    return {"channelId": channel_id, "nonce": str(uuid.uuid4()), "text": text}


def tell(what, **facts):
    """One line for the test, which waits for it."""
    print(json.dumps({"what": what, **facts}), flush=True)


def wait_for_go():
    """Until the test has done its part and writes a line."""
    sys.stdin.readline()


class Stream:
    """What a connection told of: texts of messages, and how far it has come."""

    def __init__(self, position):
        self.position = position
        self.texts = []

    def take(self, batch):
        if batch["after"] != self.position:
            raise SystemExit("a gap: %r after %r" % (batch["after"], self.position))
        self.position = batch["position"]
        for event in batch["events"]:
            if event["type"] == "message.posted":
                self.texts.append(event["data"]["message"]["text"])
