# SPDX-License-Identifier: MIT
"""Replays what Maelstrom sent to nodes: WORKLOAD/NODE.in.jsonl, and .out.jsonl beside it.

Usage: test_wire.py [NODE] FOLDER
"""
import glob
import json
import os
import sys

import harness

FOLDER = None  # set below
# Folders of workloads that a node serves by itself: others would be asked, but who answers clients
# does not wait for them.
SERVED = ["broadcast", "g-counter", "g-set", "pn-counter", "unique-ids"]
REPLY_MEMBERS = {  # beside type, in_reply_to and msg_id; closed, as Maelstrom checks them
    "init_ok": set(),
    "echo_ok": {"echo"},
    "error": {"code", "text"},
}


def read_lines(path):
    with open(path, "rb") as file:
        return file.read()


def is_answered(body):
    return "msg_id" in body and body.get("in_reply_to") is None


class Replay(harness.NodeCase):
    def replay(self, path):
        """(requests that expect an answer, replies) of a run on the transcript."""
        data = read_lines(path)
        stdout, stderr, status = harness.run(data)
        self.assertEqual(status, 0, stderr)
        messages = [json.loads(line) for line in data.splitlines()]
        self.assertTrue(stdout.endswith(b"\n"))
        replies = [json.loads(line) for line in stdout.splitlines()]
        return [of for of in messages if is_answered(of["body"])], replies

    def assert_acceptable(self, request, reply, node_id):
        """What Maelstrom would accept as an answer to the request."""
        self.assertEqual(set(reply), {"src", "dest", "body"})
        self.assertEqual((reply["src"], reply["dest"]), (node_id, request["src"]))
        body = reply["body"]
        self.assertEqual(body["in_reply_to"], request["body"]["msg_id"])
        self.assertEqual(set(body), {"type", "in_reply_to", "msg_id"} | REPLY_MEMBERS[body["type"]])

    def test_echo_is_answered_as_it_was_recorded(self):
        requests, replies = self.replay(os.path.join(FOLDER, "echo", "n0.in.jsonl"))
        recorded = [json.loads(line) for line in read_lines(
            os.path.join(FOLDER, "echo", "n0.out.jsonl")).splitlines()]
        self.assertGreater(len(recorded), 1)
        for request, reply in zip(requests, replies, strict=True):
            self.assert_acceptable(request, reply, "n0")
        self.assertEqual([reply["body"].pop("msg_id") for reply in replies],
                         list(range(len(replies))))
        for reply in recorded:
            reply["body"].pop("msg_id")
        self.assertEqual(replies, recorded)

    def test_each_workload_answers_clients_with_the_members_that_maelstrom_took(self):
        for workload in SERVED:
            paths = sorted(glob.glob(os.path.join(FOLDER, workload, "*.in.jsonl")))
            self.assertTrue(paths, workload)
            for path in paths:
                with self.subTest(os.path.relpath(path, FOLDER)):
                    self.assert_served(workload, path)

    def assert_served(self, workload, path):
        requests = [json.loads(line) for line in read_lines(path).splitlines()]
        requests = [request for request in requests if request["src"].startswith("c")]
        recorded = read_lines(path.replace(".in.jsonl", ".out.jsonl")).splitlines()
        accepted = {}  # by type of reply
        for reply in map(json.loads, recorded):
            if reply["dest"].startswith("c"):
                body = reply["body"]
                accepted.setdefault(body["type"], set(body) | {"msg_id"})
        data = "".join(json.dumps(request) + "\n" for request in requests).encode()
        stdout, stderr, status = harness.run(data, [f"--workload={workload}"])
        self.assertEqual(status, 0, stderr)
        replies = {}  # by who was answered what
        for reply in map(json.loads, stdout.splitlines()):
            if reply["dest"].startswith("c"):
                key = (reply["dest"], reply["body"]["in_reply_to"])
                self.assertNotIn(key, replies)
                replies[key] = reply["body"]
        self.assertGreater(len(requests), 10)
        for request in requests:
            kind = request["body"]["type"] + "_ok"
            reply = replies.pop((request["src"], request["body"]["msg_id"]))
            self.assertEqual(reply["type"], kind)
            self.assertEqual(set(reply), accepted[kind])
        self.assertEqual(replies, {})

    def test_every_workloads_requests_get_a_well_formed_reply_each(self):
        paths = sorted(glob.glob(os.path.join(FOLDER, "*", "*.in.jsonl")))
        self.assertGreater(len(paths), 1, FOLDER)
        for path in paths:
            with self.subTest(os.path.relpath(path, FOLDER)):
                node_id = os.path.basename(path).split(".")[0]
                requests, replies = self.replay(path)
                initialised = False
                for request, reply in zip(requests, replies, strict=True):
                    self.assert_acceptable(request, reply, node_id)
                    body, kind = reply["body"], request["body"]["type"]
                    initialised = initialised or kind == "init"
                    if kind in ("init", "echo") and initialised:
                        self.assertEqual(body["type"], kind + "_ok")
                    else:
                        self.assertEqual((body["type"], body["code"]),
                                         ("error", 10 if initialised else 11))


if __name__ == "__main__":
    folders = [argument for argument in sys.argv[1:] if os.path.isdir(argument)]
    if len(folders) != 1:
        sys.exit("usage: test_wire.py [NODE] FOLDER")
    FOLDER = folders[0]
    sys.argv.remove(FOLDER)
    harness.main()
