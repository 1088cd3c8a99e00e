# SPDX-License-Identifier: MIT
"""Sends what Maelstrom's clients sent to nodes, WORKLOAD/NODE.in.jsonl, to a node that serves that
workload, plays lin-kv for it, and holds each reply against the members that Maelstrom accepts.

Usage: test_wire_workloads.py [NODE] FOLDER
"""
import glob
import json
import os
import sys

import harness

FOLDER = None  # set below
SERVED = {"kafka": "kafka", "txn-list-append": "txn-list-append",  # by folder
          "txn-rw-register": "txn-rw-register", "txn-rw-register-hat": "txn-rw-register"}
MEMBERS = {  # beside type, in_reply_to and msg_id; closed, as Maelstrom checks them
    "init_ok": set(),
    "txn_ok": {"txn"},
    "send_ok": {"offset"},
    "poll_ok": {"msgs"},
    "commit_offsets_ok": set(),
    "list_committed_offsets_ok": {"offsets"},
}


class LinKv:
    """The service's answers."""

    def __init__(self):
        self.values = {}

    def answer(self, body):
        key = json.dumps(body["key"])
        if body["type"] == "write":
            self.values[key] = body["value"]
            return {"type": "write_ok"}
        if key not in self.values and not (body["type"] == "cas"
                                           and body.get("create_if_not_exists")):
            return {"type": "error", "code": 20, "text": "key does not exist"}
        if body["type"] == "read":
            return {"type": "read_ok", "value": self.values[key]}
        if key in self.values and self.values[key] != body["from"]:
            return {"type": "error", "code": 22, "text": "the value is another"}
        self.values[key] = body["to"]
        return {"type": "cas_ok"}


class Clients(harness.NodeCase):
    def replies(self, workload, requests):
        """Each request's reply body; what goes to other nodes is lost."""
        node = self.start("--workload", workload)
        lin_kv, replies = LinKv(), []
        for request in requests:
            node.write(json.dumps(request).encode() + b"\n")
            while True:
                message = json.loads(node.take()[0])
                body = message["body"]
                if message["dest"] == "lin-kv":
                    answer = {**lin_kv.answer(body), "in_reply_to": body["msg_id"]}
                    node.write(json.dumps({"src": "lin-kv", "dest": message["src"],
                                           "body": answer}).encode() + b"\n")
                elif message["dest"] == request["src"]:
                    replies.append(message)
                    break
                else:
                    self.assertIn(message["dest"], requests[0]["body"]["node_ids"])
        return replies

    def check_reply(self, request, reply):
        asked, told = request["body"], reply["body"]
        self.assertEqual((reply["src"], reply["dest"]), (request["dest"], request["src"]))
        self.assertEqual((told["type"], told["in_reply_to"]),
                         (asked["type"] + "_ok", asked["msg_id"]))
        self.assertEqual(set(told), {"type", "in_reply_to", "msg_id"} | MEMBERS[told["type"]])
        if "txn" in told:
            self.assertEqual([operation[:2] for operation in told["txn"]],
                             [operation[:2] for operation in asked["txn"]])
        for key, pairs in told.get("msgs", {}).items():
            self.assertEqual([offset for offset, message in pairs],
                             list(range(asked["offsets"][key], asked["offsets"][key] + len(pairs))))

    def test_every_request_of_a_client_gets_a_reply_that_maelstrom_accepts(self):
        kinds = set()
        for folder, workload in SERVED.items():
            paths = sorted(glob.glob(os.path.join(FOLDER, folder, "*.in.jsonl")))
            self.assertGreater(len(paths), 0, folder)
            for path in paths:
                with self.subTest(os.path.relpath(path, FOLDER)):
                    with open(path, encoding="utf-8") as lines:
                        requests = [json.loads(line) for line in lines]
                    requests = [of for of in requests if of["src"].startswith("c")]
                    for request, reply in zip(requests, self.replies(workload, requests),
                                              strict=True):
                        self.check_reply(request, reply)
                        kinds.add(reply["body"]["type"])
        self.assertEqual(kinds, set(MEMBERS))


if __name__ == "__main__":
    folders = [argument for argument in sys.argv[1:] if os.path.isdir(argument)]
    if len(folders) != 1:
        sys.exit("usage: test_wire_workloads.py [NODE] FOLDER")
    FOLDER = folders[0]
    sys.argv.remove(FOLDER)
    harness.main()
