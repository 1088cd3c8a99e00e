#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A node of echo, broadcast and kafka that is right but for one thing.

Usage: clusternode.py KIND [TEXT], where TEXT is a JSON string
"""
import json
import os
import signal
import sys
import time

KIND = sys.argv[1]
TEXT = json.loads(sys.argv[2]) if len(sys.argv) > 2 else ""
EVER = 600


class Node:
    def __init__(self):
        self.name = None
        self.names = []
        self.asked = 0

    def say(self, text):
        sys.stdout.write(text)
        sys.stdout.flush()

    def send(self, dest, src=None, **body):
        message = {"src": src or self.name, "dest": dest, "body": body}
        self.say(json.dumps(message, ensure_ascii=False) + "\n")

    def is_first(self):
        return self.names and self.name == self.names[0]

    def take(self, message):
        body = message["body"]
        kind, client = body["type"], message["src"]
        answer = {"type": kind + "_ok", "in_reply_to": body.get("msg_id")}
        if kind == "init":
            self.name, self.names = body["node_id"], body["node_ids"]
            if KIND == "deaf":
                time.sleep(EVER)
            if KIND == "refuses":
                answer = {**answer, "type": "error", "code": 13, "text": TEXT}
        elif kind == "echo":
            self.asked += 1
            answer["echo"] = body["echo"]
            if self.asked > 2 and KIND in EVIL:
                return EVIL[KIND](self, client, answer)
        elif kind == "poll":
            answer["msgs"] = {log: [[offset, 1]] for log, offset in body["offsets"].items()}
        elif kind == "bench_stats":
            answer[TEXT] = {TEXT: TEXT}
        elif kind != "topology" and "msg_id" not in body:
            return None
        return self.send(client, **answer)

    # What it does instead of an answer.

    def steal(self, client, answer):
        """Answers what others were asked."""
        if not self.is_first():
            return self.send(client, **answer)
        number = answer["in_reply_to"]
        for other in range(number - 5, number + 5):
            self.send("c3", **{**answer, "in_reply_to": other})
        return self.send(client, **answer)

    def twice(self, client, answer):
        self.send(client, **answer)
        self.send(client, **answer)

    def lie(self, client, answer):
        self.send(client, src=self.names[1] if self.is_first() else self.names[0], **answer)

    def to_nobody(self, client, answer):
        self.send(TEXT, **answer)
        self.send(client, **answer)

    def wrong_type(self, client, answer):
        self.send(client, **{**answer, "type": TEXT + "x" * 1_000_000})

    def code(self, client, answer):
        self.send(client, type="error", code=json.loads(TEXT), text=TEXT,
                  in_reply_to=answer["in_reply_to"])

    def members(self, client, answer):
        self.send(client, **{**answer, TEXT + '"\\\n': TEXT})

    def carriage_return(self, client, answer):
        message = {"src": self.name, "dest": client, "body": {**answer, "more": [1, 2]}}
        self.say(json.dumps(message, separators=(",\r", ":\r")) + "\n")

    def deep(self, client, answer):
        self.say(json.dumps({"src": self.name, "dest": client, "body": {**answer, "echo": "X"}})
                 .replace('"X"', "[" * 4000 + "]" * 4000) + "\n")

    def no_object(self, client, _answer):
        self.say('{"src":"%s","dest":"%s","body":[1]}\n' % (self.name, client))

    def nuls(self, _client, _answer):
        self.say("\0" * 100 + "\n")

    def half(self, _client, _answer):
        self.say('{"src":"n0",')
        os._exit(0)

    def long_line(self, _client, _answer):
        while True:
            self.say("x" * (1 << 20))

    def tell(self, client, answer):
        """Names of messages that attack, to another node."""
        for number in range(5):
            self.send(self.names[-1], type=f"{TEXT}{number}")
        self.send(client, **answer)

    def flood(self, _client, _answer):
        """Another that does not read."""
        if not self.is_first():
            time.sleep(EVER)
        while True:
            self.send(self.names[-1], type="flood", more="x" * (1 << 20))

    def leave_a_child(self, _client, _answer):
        """Which has its output, so that this does not end."""
        if os.fork() == 0:
            time.sleep(EVER)
        os._exit(7)

    def close_output(self, _client, _answer):
        sys.stdout.flush()
        os.close(1)
        time.sleep(EVER)

    def close_input(self, _client, _answer):
        os.close(0)
        time.sleep(EVER)

    def stop(self, _client, _answer):
        os.kill(os.getpid(), signal.SIGSTOP)


EVIL = {name.replace("_", "-"): value for name, value in vars(Node).items()
        if callable(value) and name not in ("__init__", "say", "send", "is_first", "take")}


def main():
    sys.stdout.reconfigure(encoding="utf-8", errors="surrogatepass", newline="\n")
    if KIND == "stubborn":
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
    node = Node()
    try:
        for line in sys.stdin:
            node.take(json.loads(line))
    except BrokenPipeError:
        os._exit(9)
    if KIND == "stubborn":
        time.sleep(EVER)


if __name__ == "__main__":
    main()
