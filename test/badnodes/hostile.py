#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A node that lies, floods, hangs, dies or forks, as its seed has it.

Usage: hostile.py SEED [--alone]     --alone: it does not fork
"""
import json
import os
import random
import resource
import signal
import sys
import time

import badnode

CHUNK = 1 << 16
LONG_S = 600
GARBAGE = "\x1b[31m\x1b]0;owned\x07\x9b\u202e</script>=1+1`touch owned`\x00\r"


def write(data, descriptor=1):
    """All of it, whoever reads; ends with its reader."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view):]


class Hostile:
    def __init__(self, seed, forks):
        self.random = random.Random(seed)
        self.forks = forks
        self.share = self.random.choice([0, 0.001, 0.05, 0.5])  # of messages that are attacked

    def lines(self, message):
        """Lines that a node may not write, or that mean nothing."""
        number = self.random.choice([-1, 5, 1 << 40, 1 << 70, 10 ** 400])
        yield badnode.reply_to(message, in_reply_to=number)
        yield badnode.reply_to(message, type=GARBAGE)
        yield badnode.reply_to(message, echo=GARBAGE * self.random.randrange(2000))
        yield badnode.reply_to(message, type="error", code=number, text=GARBAGE)
        yield badnode.reply_to({**message, "src": self.random.choice(["n2", "c77", GARBAGE, ""])})
        yield "\n"
        yield GARBAGE + "\n"
        yield "[" * self.random.choice([10, 1000, 100_000]) + "\n"
        yield '{"src":"n1","dest":"c1","body":{"in_reply_to":1e99,"type":""}}\n'
        yield self.random.randbytes(self.random.randrange(5000)).decode("latin-1") + "\n"

    def line(self, message):
        return self.random.choice(list(self.lines(message))).encode("utf-8", "replace")

    # What it does to a message.

    def lies(self, message):
        write(self.line(message))

    def answers_twice(self, message):
        write(2 * badnode.reply_to(message).encode())

    def floods(self, message):
        data = self.line(message) * self.random.choice([1, 100])
        until = time.monotonic() + self.random.choice([0.1, 1, LONG_S])
        while time.monotonic() < until:
            write(data)

    def floods_stderr(self, _):
        for _ in range(self.random.choice([10, 200])):
            write(GARBAGE.encode() * 500 + self.random.choice([b"", b"\n"]), 2)

    def never_ends_a_line(self, _):
        for _ in range(self.random.choice([10, 200, 2000])):
            write(b"x" * CHUNK)

    def leaves_half_a_line(self, message):
        write(badnode.reply_to(message).encode()[:30])

    def drips(self, message):
        for byte in badnode.reply_to(message).encode()[:100]:
            write(bytes([byte]))
            time.sleep(0.02)

    def keeps_silent(self, _):
        pass

    def pauses(self, _):
        time.sleep(self.random.choice([0.1, 1.5, LONG_S]))

    def exits(self, _):
        os._exit(self.random.choice([0, 1, 3, 77, 255]))

    def dies(self, _):
        os.kill(os.getpid(), self.random.choice(
            [signal.SIGSEGV, signal.SIGKILL, signal.SIGTERM, signal.SIGABRT, signal.SIGPIPE,
             signal.SIGINT, signal.SIGHUP]))

    def stops(self, _):
        os.kill(os.getpid(), signal.SIGSTOP)

    def closes(self, _):
        for descriptor in self.random.choice([[0], [1], [0, 1], [0, 1, 2]]):
            os.close(descriptor)
        time.sleep(self.random.choice([0.1, LONG_S]))
        os._exit(0)

    def ignores_signals(self, _):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_IGN)

    def multiplies(self, message):
        """Children that hold its stdout, or write to it, from sessions of their own."""
        for _ in range(self.random.choice([1, 5])):
            if os.fork() == 0:
                self.live_as_child(message)
        if self.random.random() < 0.5:
            os._exit(0)

    def live_as_child(self, message):
        if self.random.random() < 0.7:
            os.setsid()
        self.ignores_signals(message)
        kind = self.random.choice(["sleeps", "floods", "runs away"])
        if kind == "floods":
            data = self.line(message)
            for _ in range(10_000):
                write(data)
        for _ in range(200 if kind == "runs away" else 0):  # each of them gone when it is found
            if os.fork() != 0:
                os._exit(0)
        time.sleep(LONG_S)
        os._exit(0)

    def attacks(self):
        alone = [self.lies, self.answers_twice, self.floods, self.floods_stderr,
                 self.never_ends_a_line, self.leaves_half_a_line, self.drips, self.keeps_silent,
                 self.pauses, self.exits, self.dies, self.stops, self.closes, self.ignores_signals]
        return alone + [self.multiplies] * (3 if self.forks else 0)

    def take(self, line):
        message = json.loads(line)
        kind = message["body"]["type"]
        if self.random.random() < (self.share if kind != "init" else 0.1):
            self.random.choice(self.attacks())(message)
        elif kind == "bench_stats":
            write(badnode.reply_to(message, **badnode.FIGURES).encode())
        else:
            write(badnode.reply_to(message).encode())


def main(seed, *options):
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    node = Hostile(seed, "--alone" not in options)
    line = '{"src":"c0","dest":"n1","body":{"type":"echo","msg_id":1}}'
    try:
        for line in sys.stdin:
            node.take(line)
        node.random.choice([lambda _: None] * 20 + node.attacks())(json.loads(line))
    except (BrokenPipeError, OSError):
        os._exit(9)


if __name__ == "__main__":
    main(*sys.argv[1:])
