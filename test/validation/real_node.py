# SPDX-License-Identifier: MIT
"""The real node under load, and what it says of itself, second by second."""

import dataclasses
import json
import os
import subprocess
import tempfile
import time

import children

STAGES = ("parse", "dispatch", "serialize")
LEAST_RATE = 2000  # of any node here, on a machine that is not busy with other things
INIT = (b'{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1",'
        b'"node_ids":["n1"]}}\n')


@dataclasses.dataclass(frozen=True)
class Places:
    """Where the programs are, the examples' sources, and a folder for files."""
    node: str
    narrows: str
    examples: str  # programs
    mixes: str
    scratch: str

    def mix(self, name):
        return os.path.join(self.mixes, name + ".json")

    def example(self, name):
        return os.path.join(self.examples, name)


def slowed(places, **durations):
    """The node with so many microseconds more in each stage: slowed(places, parse=8)."""
    return [places.node, *(word for stage, us in durations.items()
                           for word in ("--slow", f"{stage}={us:g}us"))]


def state(second):
    return second["bottleneck"]["state"]


def answer(second, question):
    return second["bottleneck"][question]


def doubt(second):
    """Why a second's verdict does not count, or None."""
    if state(second) == "insufficient_data":
        return state(second)
    for name in ("time_accounting", "partition"):
        check = second["checks"][name]
        if not check["held"]:
            return f"{name} {check['value']:.3f}"
    return None


class Seconds:
    """The complete seconds that a node's --profile-out file shows while it runs."""

    def __init__(self, scratch):
        handle, self.path = tempfile.mkstemp(dir=scratch, suffix=".json")
        os.close(handle)
        self._written = None
        self._known = None
        self._all = []

    def look(self):
        try:
            status = os.stat(self.path)
            written = status.st_mtime_ns, status.st_ino
            if written == self._written or status.st_size == 0:
                return
            with open(self.path, encoding="utf-8") as file:
                last = json.load(file)["last"]
        except FileNotFoundError:
            return
        self._written = written
        # Shares do not change while the clock's calibration does, as times do.
        known = last["total_messages"], [(stage["utilization"], stage["blocked"], stage["idle"])
                                         for stage in last["stages"] if stage["kind"] == "service"]
        if last["elapsed_ms"] < 900 or known == self._known:
            return
        self._known = known
        self._all.append(last)

    def all(self):
        return list(self._all)

    def steady(self):
        """Without the first, in which the node was started."""
        return self._all[1:]


def bench(places, node, *options, seconds=None, timeout_s=60):
    """A run of `narrows bench`, its figures; `seconds` are watched meanwhile."""
    watched = [] if seconds is None else ["--profile-out", seconds.path]
    with tempfile.TemporaryFile(dir=places.scratch) as output, \
            tempfile.TemporaryFile(dir=places.scratch) as errors:
        process = children.start(
            [places.narrows, "bench", "--json", *map(str, options), "--", *node, *watched],
            stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        try:
            children.wait_while(process, timeout_s, seconds.look if seconds else lambda: None)
        finally:
            children.stop(process)
        for file in (output, errors):
            file.seek(0)
        if process.returncode not in (0, 1):  # 1: the generator was the limit
            said = errors.read().decode(errors="replace").strip().splitlines()[-1:]
            raise children.Failed(f"narrows bench ended with status {process.returncode}: "
                                  f"{said[0] if said else 'no word on stderr'}")
        return json.load(output)


def saturation_rate(places, node, *options):
    """Messages a second at full speed."""
    run = bench(places, node, "--max", "--duration", "2s", "--warmup", "1s", *options)
    if run["throughput_per_sec"] < LEAST_RATE:
        raise children.Failed(f"the node reaches {run['throughput_per_sec']:.0f}/s at full speed: "
                              "the machine is too busy, or the node is broken")
    return run["throughput_per_sec"]


def driven(places, node, rate, duration_s, *options):
    """The steady seconds of a node at a rate, and the run."""
    seconds = Seconds(places.scratch)
    run = bench(places, node, "--rate", f"{rate:.0f}", "--duration", f"{duration_s}s",
                "--warmup", "0s", *options, seconds=seconds, timeout_s=duration_s + 60)
    return seconds.steady(), run


class Input:
    """A file of init and echo lines of 96 bytes, to be grown; it stays in the page cache."""

    LINES = 8192

    def __init__(self, places):
        self.path = os.path.join(places.scratch, "echoes.jsonl")
        self._lines = 0
        self._block = b"".join(self._line(number) for number in range(self.LINES))
        with open(self.path, "wb") as file:
            file.write(INIT)

    @staticmethod
    def _line(number):
        head = b'{"src":"c1","dest":"n1","body":{"type":"echo","msg_id":%d,"echo":"' % (number + 2)
        return head + b"x" * (96 - len(head) - 4) + b'"}}\n'

    def grow(self, lines):
        with open(self.path, "ab") as file:
            while self._lines < lines:
                file.write(self._block)
                self._lines += self.LINES
            file.flush()
            os.fsync(file.fileno())  # or the disk would be busy while nodes run

    @property
    def lines(self):
        return self._lines


@dataclasses.dataclass(frozen=True)
class Fed:
    wall_s: float
    profile: dict  # the last one of its --profile-out file


def fed(places, given, node, cpus=None):
    """A node fed from a file at full speed, its output dropped; on some CPUs only if told so."""
    path = os.path.join(places.scratch, "fed.json")
    if os.path.exists(path):
        os.unlink(path)
    limit = {} if cpus is None else {"preexec_fn": lambda: os.sched_setaffinity(0, cpus)}
    with open(given.path, "rb") as lines:
        began = time.monotonic()
        process = children.start([*node, "--profile-out", path], stdin=lines,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **limit)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired as error:
            raise children.Failed("the node takes more than a minute for a file") from error
        finally:
            children.stop(process)
    wall_s = time.monotonic() - began
    if process.returncode != 0:
        raise children.Failed(f"the node ended with status {process.returncode}")
    with open(path, encoding="utf-8") as file:
        return Fed(wall_s, json.load(file))


def read_slowly(places, given, node, duration_s, bytes_per_s):
    """The seconds of a node whose reader takes so many bytes a second."""
    seconds = Seconds(places.scratch)
    chunk, chunks_per_s = 16384, bytes_per_s / 16384
    with open(given.path, "rb") as lines:
        process = children.start([*node, "--profile-out", seconds.path], stdin=lines,
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            began = time.monotonic()
            taken = 0
            while time.monotonic() - began < duration_s:
                while taken < (time.monotonic() - began) * chunks_per_s:
                    if not os.read(process.stdout.fileno(), chunk):
                        raise children.Failed("the node's output ended early")
                    taken += 1
                seconds.look()
                time.sleep(0.02)
        finally:
            process.stdout.close()
            children.stop(process)
    return seconds.steady()
