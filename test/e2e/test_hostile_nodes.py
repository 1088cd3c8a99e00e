# SPDX-License-Identifier: MIT
"""The investigator against nodes that lie, flood, hang, die and fork at random.

Whatever its node does, it ends within a bound of time, with a documented status and a clear line,
and leaves no process, no file and no changed terminal behind.

Usage: test_hostile_nodes.py NARROWS_NODE NARROWS FOLDER_OF_BAD_NODES
NARROWS_HOSTILE_RUNS=N    so many runs instead of 60
NARROWS_HOSTILE_SEED=N    of the first run; a failure names its own: with RUNS=1 it runs alone
"""
import fcntl
import os
import pty
import random
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import attack
import harness
import investigator as inv
from investigator import Folder, running
from messages import INIT, echo

RUNS = int(os.environ.get("NARROWS_HOSTILE_RUNS", "60"))
SEED = int(os.environ.get("NARROWS_HOSTILE_SEED", "1"))
BOUND_S = 90 * harness.TIME_SCALE  # longer than all patience of any command: a guard
LOAD = ("--duration=500ms", "--warmup=0s", "--patience=1s")
AT_ONCE = 4


class Terminal:
    """A terminal of our own, and all that was written to it."""

    def __init__(self):
        self.ours, self.theirs = pty.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(self.theirs)
        self.written = bytearray()
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        try:
            while True:
                self.written += os.read(self.ours, 1 << 16)
        except OSError:  # nobody has it open any more
            pass

    def close(self):
        after = termios.tcgetattr(self.theirs)
        os.close(self.theirs)
        self.reader.join()
        os.close(self.ours)
        return after


class HostileNodes(Folder):
    def test_at_random(self):
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for seed, problem in pool.map(self.one_run, range(SEED, SEED + RUNS)):
                with self.subTest(seed):
                    self.assertIsNone(problem)
        self.assertEqual(sorted(os.listdir(self.folder)), [])

    def node(self, seed, *options):
        path = os.path.join(os.path.dirname(inv.BADNODE), "hostile.py")
        return [sys.executable, "-B", path, f"{seed}", *options, f"of-{os.getpid()}-{seed}-"]

    def one_run(self, seed):
        """The seed, and what was wrong."""
        kinds = {self.bench: 6, self.cluster: 4, self.sweep: 1, self.compare: 1, self.replay: 2,
                 self.tap: 2, self.top: 1, self.top_in_a_terminal: 2}
        chosen = random.Random(seed).choices(list(kinds), list(kinds.values()))[0]
        problem = chosen(seed)
        try:
            harness.wait_until(lambda: not running(f"of-{os.getpid()}-{seed}-"), "no process left", 3)
        except AssertionError:
            problem = problem or f"left {running(f'of-{os.getpid()}-{seed}-')}"
        return seed, problem and f"{chosen.__name__}: {problem}"

    def run_of(self, *arguments, statuses=(0, 1, 3)):
        began = time.monotonic()
        narrows = subprocess.Popen([inv.NARROWS, *arguments], cwd=self.folder,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        try:
            stdout, stderr = narrows.communicate(timeout=BOUND_S)
        except subprocess.TimeoutExpired:
            narrows.kill()
            narrows.communicate()
            return f"not over after {time.monotonic() - began:.0f} s"
        if narrows.returncode not in statuses:
            return f"status {narrows.returncode}: {stderr[-300:]!r}"
        # The node's stderr is its own, and may end in mid-line.
        said = [b"narrows: " + line.rpartition(b"narrows: ")[2]
                for line in stderr.split(b"\n") if b"narrows: " in line]
        if narrows.returncode == 3 and not said:
            return f"no word of what went wrong: {stderr[-300:]!r}"
        unseen = attack.unseen_in(stdout + b"".join(said))
        return f"shows {unseen}" if unseen else None

    def bench(self, seed):
        pace = ["--max", "--rate=2000", "--concurrency=8"][seed % 3]
        return self.run_of("bench", pace, *LOAD, "--", *self.node(seed))

    def cluster(self, seed):
        faults = [(), ("--pause", "--fault-interval=50ms"), ("--partition=any",)][seed % 3]
        return self.run_of("cluster", "--workload=echo", "--nodes=3", "--duration=500ms",
                           "--timeout=300ms", "--recovery=0s", "--latency=5ms", *faults, "--",
                           *self.node(seed))

    def sweep(self, seed):
        return self.run_of("sweep", "--from=100", "--to=200", "--steps=2", *LOAD, "--",
                           *self.node(seed))

    def compare(self, seed):
        command = " ".join(self.node(seed))
        return self.run_of("compare", "--pairs=5", *LOAD, f"--a={command}", f"--b={command}")

    def top(self, seed):
        return self.run_of("top", "--rate=500", "--duration=1s", "--", *self.node(seed),
                           statuses=(0, 3))

    def replay(self, seed):
        return self.replay_to(self.node(seed), seed)

    def replay_to(self, node, name):
        recording = self.path(f"{name}.in"), self.path(f"{name}.out")
        numbers = range(2, 200)
        with open(recording[0], "wb") as file:
            file.write(INIT + b"".join(echo(number) for number in numbers))
        with open(recording[1], "wb") as file:
            for number in (1, *numbers):
                file.write(b'{"src":"n1","dest":"c%d","body":{"type":"ok","in_reply_to":%d}}\n'
                           % (number > 1, number))
        problem = self.run_of("replay", recording[0], f"--replies={recording[1]}", "--", *node)
        for path in recording:
            os.remove(path)
        return problem

    def tap(self, seed):
        """It lasts as long as its node does, which a driver ends by SIGKILL."""
        out = self.path(f"{seed}.tap")
        tap = subprocess.Popen([inv.NARROWS, "tap", f"--out={out}", "--",
                                *self.node(seed, "--alone")], cwd=self.folder,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
        sink = threading.Thread(target=lambda: [None for _ in iter(lambda: tap.stdout.read1(), b"")])
        sink.start()
        try:
            tap.stdin.write(INIT + b"".join(echo(number) for number in range(2, 100)))
            tap.stdin.close()
        except BrokenPipeError:
            pass
        try:
            tap.wait(3 * harness.TIME_SCALE)
        except subprocess.TimeoutExpired:
            tap.kill()
        tap.wait()
        sink.join()
        tap.stdout.close()
        with open(out, "rb") as file:
            whole = file.read().rpartition(b"\n")[0]
        os.remove(out)
        unseen = attack.unseen_in(whole)
        return f"records {unseen}" if unseen else None

    def top_in_a_terminal(self, seed):
        terminal = Terminal()
        environment = {**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8"}
        top = subprocess.Popen([inv.NARROWS, "top", "--rate=500", "--duration=1s", "--",
                                *self.node(seed)], cwd=self.folder, env=environment,
                               stdin=terminal.theirs, stdout=terminal.theirs,
                               stderr=terminal.theirs, start_new_session=True)
        try:
            status = top.wait(BOUND_S)
        except subprocess.TimeoutExpired:
            top.kill()
            status = top.wait()
        after = terminal.close()
        written = bytes(terminal.written)
        if status not in (0, 3):
            return f"status {status}: {written[-300:]!r}"
        if after != terminal.before:
            return "the terminal is not as it was"
        for on, off in ((b"\x1b[?1049h", b"\x1b[?1049l"), (b"\x1b[?25l", b"\x1b[?25h")):
            if written.rfind(on) > written.rfind(off):
                return f"{on!r} without {off!r}"
        return None if b"owned\x07" not in written else "the terminal was attacked"

    def test_replies_to_nobody_are_no_sign_of_life(self):
        floods = ("import sys\nfor line in sys.stdin: break\n"
                  "while True: print('{\"src\":\"n1\",\"dest\":\"c1\",\"body\":'"
                  "'{\"type\":\"ok\",\"in_reply_to\":99999}}')")
        node = [sys.executable, "-c", floods]
        for problem in (self.replay_to(node, "floods"),
                        self.run_of("bench", "--concurrency=1", *LOAD, "--", *node)):
            self.assertIsNone(problem)

    def test_a_node_that_runs_away(self):
        """A chain of processes, each of which is gone when it is found."""
        chain = ("import os, sys, time\nfor line in sys.stdin: break\n"
                 "end = time.monotonic() + 60\n"
                 "while time.monotonic() < end:\n"
                 "  if os.fork() != 0: os._exit(0)\n  os.setsid()\n")
        name = f"of-{os.getpid()}-chain-"
        problem = self.run_of("bench", "--max", *LOAD, "--", sys.executable, "-c", chain, name)
        self.assertIsNone(problem)
        self.assertEqual(running(name), [])


if __name__ == "__main__":
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    inv.main()
