# SPDX-License-Identifier: MIT
"""Five nodes of docs/TUTORIAL.md in a network that is cut in two, and loses a third besides: once it
is whole again, every node has every message. Usage: run_tutorial_network.py PROGRAM...
"""
import json
import os
import random
import select
import subprocess
import sys
import time

NEIGHBOURS = {"n0": ["n1", "n2"], "n1": ["n0", "n3", "n4"], "n2": ["n0"], "n3": ["n1"], "n4": ["n1"]}
FIRST_SIDE = ("n0", "n2")
MESSAGES = 60
CUT_S = 2
PATIENCE_S = 60  # to agree, then


class Network:
    """The nodes, and what their clients were answered."""

    def __init__(self, program):
        self.random = random.Random(1)
        self.nodes = {name: subprocess.Popen([program], stdin=subprocess.PIPE,
                                             stdout=subprocess.PIPE, bufsize=0)
                      for name in NEIGHBOURS}
        self.names = {node.stdout: name for name, node in self.nodes.items()}
        self.rest = {name: b"" for name in self.nodes}
        self.answers = {}  # by msg_id
        self.asked = 0
        self.lost = 0
        self.is_cut = True
        for name in self.nodes:
            self.ask(name, type="init", node_id=name, node_ids=list(self.nodes))
            self.ask(name, type="topology", topology=NEIGHBOURS)

    def ask(self, name, **body):
        self.asked += 1
        message = {"src": "c1", "dest": name, "body": {**body, "msg_id": self.asked}}
        self.nodes[name].stdin.write(json.dumps(message).encode() + b"\n")
        return self.asked

    def run(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            for stdout in select.select(list(self.names), [], [], left)[0]:
                name = self.names[stdout]
                *lines, self.rest[name] = (
                    self.rest[name] + os.read(stdout.fileno(), 65536)).split(b"\n")
                for line in lines:
                    self.carry(line)

    def carry(self, line):
        message = json.loads(line)
        src, dest, body = message["src"], message["dest"], message["body"]
        if dest == "c1":
            self.answers[body["in_reply_to"]] = body
        elif self.is_cut and ((src in FIRST_SIDE) != (dest in FIRST_SIDE)
                              or self.random.random() < 1 / 3):
            self.lost += 1
        else:
            self.nodes[dest].stdin.write(line + b"\n")

    def read(self):
        """What each node knows."""
        asked = [self.ask(name, type="read") for name in self.nodes]
        end = time.monotonic() + PATIENCE_S
        while not all(each in self.answers for each in asked) and time.monotonic() < end:
            self.run(0.1)
        return [sorted(self.answers[each]["messages"]) for each in asked]

    def end(self):
        for node in self.nodes.values():
            node.stdin.close()
        return [node.wait(PATIENCE_S) for node in self.nodes.values()]


def check(program):
    network = Network(program)
    names = list(NEIGHBOURS)
    for message in range(MESSAGES):
        network.ask(names[message % len(names)], type="broadcast", message=message)
        network.run(CUT_S / MESSAGES)
    everything = [list(range(MESSAGES))] * len(names)
    if network.read() == everything or network.lost == 0:
        sys.exit(f"{program}: nothing was cut off")
    network.is_cut = False
    end = time.monotonic() + PATIENCE_S
    while (known := network.read()) != everything:
        if time.monotonic() > end:
            sys.exit(f"{program}: not all know all: {[len(each) for each in known]}")
        network.run(0.2)
    statuses = network.end()
    if any(statuses):
        sys.exit(f"{program}: exit statuses {statuses}")


for each in sys.argv[1:]:
    check(each)
