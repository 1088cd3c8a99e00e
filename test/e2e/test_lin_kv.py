# SPDX-License-Identifier: MIT
"""Three nodes that serve lin-kv, real processes, with this test as the network between them.

Usage: test_lin_kv.py [NODE] [FOLDER]

FOLDER has what Maelstrom's clients asked, lin-kv/NODE.in.jsonl; without it requests are drawn.
"""
import glob
import json
import os
import random
import signal
import sys
import time

import harness

FOLDER = None  # set below
NAMES = ["n0", "n1", "n2"]
MEMBERS = {  # beside type, in_reply_to and msg_id; closed, as Maelstrom checks them
    "init_ok": set(),
    "read_ok": {"value"},
    "write_ok": set(),
    "cas_ok": set(),
    "error": {"code", "text"},
}


class Register:
    """What an answer has to be, for one request after the other."""

    def __init__(self):
        self.values = {}

    def answer(self, body):
        kind, key = body["type"], json.dumps(body["key"])
        if kind == "write":
            self.values[key] = body["value"]
            return {"type": "write_ok"}
        if key not in self.values:
            return {"type": "error", "code": 20}
        if kind == "read":
            return {"type": "read_ok", "value": self.values[key]}
        if self.values[key] != body["from"]:
            return {"type": "error", "code": 22}
        self.values[key] = body["to"]
        return {"type": "cas_ok"}


def drawn_requests(count, seed=1):
    draw = random.Random(seed)
    for _ in range(count):
        key, value, other = draw.randrange(3), draw.randrange(3), draw.randrange(3)
        yield draw.choice(NAMES), draw.choice([
            {"type": "read", "key": key}, {"type": "write", "key": key, "value": value},
            {"type": "cas", "key": key, "from": value, "to": other}])


def recorded_requests():
    """As Maelstrom's clients made them, but that one node after the other is asked."""
    for path in sorted(glob.glob(os.path.join(FOLDER, "lin-kv*", "*.in.jsonl"))):
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                message = json.loads(line)
                body = message["body"]
                if message["src"].startswith("c") and body["type"] != "init":
                    yield message["dest"], body


class LinKv(harness.NodeCase):
    def setUp(self):
        self.nodes = {name: self.start("--workload", "lin-kv") for name in NAMES}
        self.asked = 0
        self.last_leader = None
        for name in NAMES:
            self.assertEqual(
                self.ask(name, {"type": "init", "node_id": name, "node_ids": NAMES})["type"],
                "init_ok")

    def carry(self):
        """Brings what nodes have written to where it goes; the messages to clients."""
        to_clients = []
        for node in self.nodes.values():
            lines = node.take(node.out.lines_left) if node.out.lines_left else []
            for line in lines:
                message = json.loads(line)
                if message["body"]["type"] == "append_entries":
                    self.last_leader = message["src"]
                if message["dest"] in self.nodes:
                    self.nodes[message["dest"]].write(line + b"\n")
                else:
                    to_clients.append(message)
        return to_clients

    def ask(self, name, body):
        """The answer's body, whose members are those that Maelstrom takes."""
        self.asked += 1
        request = {"src": "c1", "dest": name, "body": {**body, "msg_id": self.asked}}
        self.nodes[name].write(json.dumps(request).encode() + b"\n")
        deadline = time.monotonic() + harness.PATIENCE_S
        while time.monotonic() < deadline:
            for message in self.carry():
                self.assertEqual((message["src"], message["dest"]), (name, "c1"))
                answer = message["body"]
                self.assertEqual(answer["in_reply_to"], self.asked)
                self.assertEqual(set(answer),
                                 {"type", "in_reply_to", "msg_id"} | MEMBERS[answer["type"]])
                return answer
            time.sleep(0.0005)
        raise AssertionError(f"no answer of {name} to {body}")

    def check(self, requests):
        """Each answer is that of a register; how many there were of each kind."""
        register, kinds = Register(), {}
        for name, body in requests:
            body = {key: value for key, value in body.items() if key != "msg_id"}
            answer = self.ask(name, body)
            expected = register.answer(body)
            self.assertEqual({key: answer.get(key) for key in expected}, expected, body)
            kind = answer["type"] + str(answer.get("code", ""))
            kinds[kind] = kinds.get(kind, 0) + 1
        self.assertEqual(set(kinds), {"read_ok", "write_ok", "cas_ok", "error20", "error22"})
        return kinds

    def test_one_request_after_the_other_is_answered_as_by_one_register(self):
        self.check(recorded_requests() if FOLDER else drawn_requests(300))

    def test_a_leader_that_stops_is_replaced_and_comes_back(self):
        self.assertEqual(self.ask("n0", {"type": "write", "key": 1, "value": 1})["type"],
                         "write_ok")
        stopped = self.last_leader
        self.nodes[stopped].signal(signal.SIGSTOP)
        others = [name for name in NAMES if name != stopped]
        for turn, name in enumerate(2 * others):
            answer = self.ask(name, {"type": "cas", "key": 1, "from": 1 + turn, "to": 2 + turn})
            while answer["type"] == "error" and answer["code"] == 11:  # it surely did not happen
                answer = self.ask(name, {"type": "cas", "key": 1, "from": 1 + turn,
                                         "to": 2 + turn})
            self.assertEqual(answer["type"], "cas_ok", answer)
        self.assertNotEqual(self.last_leader, stopped)
        self.nodes[stopped].signal(signal.SIGCONT)
        answer = self.ask(stopped, {"type": "read", "key": 1})
        self.assertEqual((answer["type"], answer.get("value")), ("read_ok", 5))


if __name__ == "__main__":
    folders = [argument for argument in sys.argv[1:] if os.path.isdir(argument)]
    if folders:
        FOLDER = folders[0]
        sys.argv.remove(FOLDER)
    harness.main()
