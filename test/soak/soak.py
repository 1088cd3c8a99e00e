#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A node under half of the load that it can take, for long, with a reader that now and then stops.

    soak.py NODE SECONDS

Lines are echoes, one in a hundred of them broken, on real pipes; each reply is compared byte for
byte. First the node is driven as fast as this program can, for a tenth of the time: half of that is
the rate. Prints resident memory at the beginning, at the end and its slope, descriptors and
threads. Exit status: 0 all replies right and nothing grew, 1 otherwise, 2 usage.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))
import generate

BLOCK = 1000  # requests that are written at once
BROKEN_EVERY = 100
SIZE = 160
MOST_GROWTH_KIB = 1024
PATIENCE_S = 60


class Wrong(Exception):
    pass


def is_broken(number):
    return number % BROKEN_EVERY == 7


def broken_before(number):
    """How many of the requests 2 … number - 1 are broken."""
    return (number - 1 - 7) // BROKEN_EVERY + 1


def block_of(first):
    """(requests, replies) of a block, as bytes; request `first` is answered with `msg_id` `first` - 1
    less the broken ones before it."""
    requests, replies = [], []
    next_id = first - 1 - broken_before(first)
    for number in range(first, first + BLOCK):
        if is_broken(number):
            requests.append(b'{"src":"c1","body":{"type":"echo","msg_id":%d,}}\n' % number)
            continue
        payload = generate.payload(number, SIZE)
        requests.append(generate.ECHO % (number, payload))
        replies.append(generate.ECHO_OK % (payload, number, next_id))
        next_id += 1
    return b"".join(requests), b"".join(replies)


class Figures:
    """What /proc says of a process."""

    def __init__(self, pid):
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            fields = dict(line.split(":", 1) for line in file)
        self.rss_kib = int(fields["VmRSS"].split()[0])
        self.threads = int(fields["Threads"])
        self.descriptors = len(os.listdir(f"/proc/{pid}/fd"))


class Soak:
    def __init__(self, node, profile):
        self.node = subprocess.Popen([node, f"--profile-out={profile}", "--log-level=error"],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
                                     stderr=subprocess.DEVNULL)
        self.first = 2           # of the next block
        self.expected = []       # replies that are to come, in order
        self.lock = threading.Condition()
        self.answered = 0        # blocks
        self.wrong = None
        self.pauses = 0
        self.paused_s = 0.0
        self.write(generate.INIT)
        if self.read(len(generate.INIT_OK)) != generate.INIT_OK:
            raise Wrong("init was not answered with init_ok")
        threading.Thread(target=self.check_all, daemon=True).start()

    def write(self, data):
        view = memoryview(data)
        while view:
            view = view[os.write(self.node.stdin.fileno(), view):]

    def read(self, size):
        data = bytearray()
        while len(data) < size:
            piece = os.read(self.node.stdout.fileno(), min(size - len(data), 1 << 16))
            if not piece:
                raise Wrong(f"the output ended after {bytes(data[-200:])!r}")
            data += piece
        return bytes(data)

    def check_all(self):
        """The reader's thread."""
        chance = random.Random(1)
        next_pause = time.monotonic() + chance.uniform(1, 4)
        try:
            while True:
                with self.lock:
                    self.lock.wait_for(lambda: self.expected)
                    wanted = self.expected.pop(0)
                if wanted is None:
                    return
                got = self.read(len(wanted))
                if got != wanted:
                    at = next(i for i, pair in enumerate(zip(got, wanted)) if pair[0] != pair[1])
                    raise Wrong(f"at {at}: {got[at - 80:at + 80]!r}, expected {wanted[at - 80:at + 80]!r}")
                with self.lock:
                    self.answered += 1
                    self.lock.notify_all()
                if time.monotonic() > next_pause:
                    pause_s = chance.uniform(0.2, 1.5)
                    time.sleep(pause_s)
                    self.pauses += 1
                    self.paused_s += pause_s
                    next_pause = time.monotonic() + chance.uniform(3, 10)
        except (Wrong, OSError) as wrong:
            with self.lock:
                self.wrong = wrong
                self.lock.notify_all()

    def send_block(self):
        requests, replies = block_of(self.first)
        self.first += BLOCK
        with self.lock:
            if self.wrong:
                raise self.wrong
            self.expected.append(replies)
            self.lock.notify_all()
        self.write(requests)

    def run_for(self, seconds, rate=None, each_second=lambda: None):
        """Sends at `rate` requests/s, or as fast as it goes; how many were sent a second."""
        start = time.monotonic()
        first, seen = self.first, 0
        while (now := time.monotonic()) < start + seconds:
            if now - start > seen:
                seen += 1
                each_second()
            ahead_s = (self.first - first) / rate - (now - start) if rate else 0
            if ahead_s > 0:
                time.sleep(min(ahead_s, 0.05))
            else:
                self.send_block()
        return (self.first - first) / (time.monotonic() - start)

    def finish(self):
        """All that is outstanding is answered, and the node ends well."""
        blocks = (self.first - 2) // BLOCK
        with self.lock:
            if not self.lock.wait_for(lambda: self.wrong or self.answered == blocks, PATIENCE_S):
                raise Wrong(f"{blocks - self.answered} blocks were never answered")
            if self.wrong:
                raise self.wrong
            self.expected.append(None)
            self.lock.notify_all()
        self.check_accounts()
        self.node.stdin.close()
        rest = self.node.stdout.read()
        if rest or self.node.wait(PATIENCE_S) != 0:
            raise Wrong(f"in the end it said {rest[:200]!r}, status {self.node.returncode}")


    def check_accounts(self):
        """Every line that was sent was answered, or is counted as the broken one that it was."""
        self.write(b'{"src":"c1","dest":"n1","body":{"type":"bench_stats","msg_id":1}}\n')
        text = bytearray()
        while not text.endswith(b"\n"):
            text += self.read(1)
        stats = json.loads(text)["body"]
        broken = broken_before(self.first)
        seen = (stats["total_messages"], stats["errors"]["malformed_lines"])
        sent = (self.first - 2 - broken + 1, broken)  # with init
        if seen != sent:
            raise Wrong(f"messages and malformed lines: {seen}, sent {sent}")


def slope(values):
    """By least squares, a minute, of one value a second."""
    middle = (len(values) - 1) / 2
    around = sum((i - middle) ** 2 for i in range(len(values)))
    mean = statistics.fmean(values)
    return 60 * sum((i - middle) * (value - mean) for i, value in enumerate(values)) / around


def soak(node, seconds):
    with tempfile.TemporaryDirectory(prefix="narrows-soak-") as folder:
        run = Soak(node, os.path.join(folder, "profile.json"))
        try:
            capacity = run.run_for(max(seconds / 10, 2))
            samples = []
            rate = run.run_for(seconds, capacity / 2,
                               lambda: samples.append(Figures(run.node.pid)))
            run.finish()
        finally:
            run.node.kill()
            run.node.wait()
    first, last = samples[0], samples[-1]
    grown = statistics.median(s.rss_kib for s in samples[-5:]) - \
        statistics.median(s.rss_kib for s in samples[:5])
    print(f"{run.first - 2:,} requests, {rate:,.0f}/s of {capacity:,.0f}/s, {seconds:.0f} s; "
          f"{run.pauses} pauses of the reader, {run.paused_s:.0f} s")
    print(f"resident {first.rss_kib} KiB first, {last.rss_kib} KiB last, slope "
          f"{slope([s.rss_kib for s in samples]):+.1f} KiB a minute")
    print(f"descriptors {first.descriptors} and {last.descriptors}, "
          f"threads {first.threads} and {last.threads}")
    if grown > MOST_GROWTH_KIB:
        raise Wrong(f"resident memory grew by {grown:.0f} KiB")
    if (first.descriptors, first.threads) != (last.descriptors, last.threads):
        raise Wrong("descriptors or threads have changed")


def main():
    if len(sys.argv) != 3 or not sys.argv[2].isdigit() or int(sys.argv[2]) < 5:
        print("usage: soak.py NODE SECONDS (5 or more)", file=sys.stderr)
        return 2
    try:
        soak(os.path.abspath(sys.argv[1]), int(sys.argv[2]))
    except (Wrong, OSError) as wrong:
        print(f"wrong: {wrong}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
