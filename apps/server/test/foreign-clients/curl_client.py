"""curl on the address of server-sent events: signs in over HTTP, hears, leaves, and resumes by the last id."""

import json
import subprocess

from parley import TIMEOUT_SECONDS, arguments, call, message, sign_in, tell, wait_for_go


class Curl:
    def __init__(self, url, token, last_id):
        command = ["curl", "-sSfN", "--max-time", str(TIMEOUT_SECONDS)]
        command += ["-H", "Authorization: Bearer " + token]
        if last_id is not None:
            command += ["-H", "Last-Event-ID: " + last_id]
        self.process = subprocess.Popen(
            command + [url + "/api/v1/events?types=message.posted"], stdout=subprocess.PIPE, text=True
        )
        self.last_id = last_id

    def block(self):
        """The fields of the next block; empty for a comment."""
        fields = {}
        for line in self.process.stdout:
            if line == "\n":
                return fields
            name, _, value = line.rstrip("\n").partition(": ")
            if name:
                fields[name] = value
        raise SystemExit("the stream has ended")

    def texts(self, count):
        texts = []
        while len(texts) < count:
            fields = self.block()
            if "data" not in fields:
                continue
            self.last_id = fields["id"]
            texts.append(json.loads(fields["data"])["data"]["message"]["text"])
        return texts

    def leave(self):
        self.process.kill()
        self.process.wait()


def main():
    url, login, password, channel_id = arguments()
    token = sign_in(url, login, password)
    curl = Curl(url, token, None)
    curl.block()
    tell("connected")
    texts = curl.texts(1)
    # A stream only reads; posting is a request of its own.
    call(url, token, "message.post", message(channel_id, "posted by a script"))
    texts += curl.texts(1)
    curl.leave()
    tell("left")
    wait_for_go()
    curl = Curl(url, token, curl.last_id)
    texts += curl.texts(3)
    curl.leave()
    tell("done", texts=texts)


main()
