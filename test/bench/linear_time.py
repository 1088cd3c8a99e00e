#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What nasty lines cost, against plain echoes and against their own size: CPU time, inline.

    linear_time.py NARROWS-NODE TIMED          the tables
    linear_time.py --instructions NARROWS-NODE as a test: growth alone, in instructions (valgrind)

A byte of a long line may cost ten times what one of a plain echo of 1 KiB does, and four times the
size five times as much; a small line ten times a plain one of 96 bytes. Each time is the least of
several runs over the same input. Exit status: 0 all within, 1 something beyond, 77 no valgrind.
"""

import functools
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

import generate
import nasty

MOST_TIMES_PLAIN = 10
MOST_GROWTH = 5
SIZES = [1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20]
INPUT_BYTES = 32 << 20
SMALL_LINES = 100_000
RUNS = 3
MORE_RUNS = 9  # of what seems to be beyond


class Meter:
    """CPU time of a node over lines, in ns, less what it takes to start and end."""

    def __init__(self, node, timed, folder):
        self.command = [timed, os.path.join(folder, "input"), "/dev/null", "--", node,
                        "--threads=inline", "--log-level=error"]
        self.path = self.command[1]
        self.empty_ns = 0
        self.empty_ns = self.cpu_ns([], runs=9)

    def cpu_ns(self, lines, runs=RUNS):
        with open(self.path, "wb") as file:
            file.write(generate.INIT)
            file.writelines(lines)
        return min(self.run() for _ in range(runs)) - self.empty_ns

    def run(self):
        done = subprocess.run(self.command, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(self.command)}: {done.stderr.strip()[-500:]}")
        return int(done.stdout.split()[1])

    def ns_a_byte(self, make, size, runs=RUNS):
        count = max(INPUT_BYTES // size, 2)
        lines = [make(number, size) for number in range(2, 2 + count)]
        return self.cpu_ns(lines, runs) / sum(map(len, lines))

    def ns_a_line(self, make, runs=RUNS):
        return self.cpu_ns([make(number) for number in range(2, 2 + SMALL_LINES)], runs) / SMALL_LINES


def growth(costs):
    """The most that four times the size costs, from what a byte costs at each size."""
    return max(4 * larger / smaller for smaller, larger in zip(costs, costs[1:]))


def long_lines(meter):
    """Yields a name, ns a byte at each size, how many times plain echoes that is at most, growth."""
    plain = statistics.median(meter.ns_a_byte(nasty.LONG["plain echo"], SIZES[0]) for _ in range(5))
    for name, make in nasty.LONG.items():
        costs = [meter.ns_a_byte(make, size) for size in SIZES]
        if max(costs) > MOST_TIMES_PLAIN * plain or growth(costs) > MOST_GROWTH:
            again = [meter.ns_a_byte(make, size, MORE_RUNS) for size in SIZES]
            costs = [min(both) for both in zip(costs, again)]
        yield name, costs, max(costs) / plain, growth(costs)


def small_lines(meter):
    """Yields a name, ns a line, and how many times a plain one of 96 bytes that is."""
    plain = meter.ns_a_line(nasty.SMALL["plain echo of 96 bytes"])
    for name, make in nasty.SMALL.items():
        cost = meter.ns_a_line(make)
        if cost > MOST_TIMES_PLAIN * plain:
            cost = min(cost, meter.ns_a_line(make, MORE_RUNS))
        yield name, cost, cost / plain


@functools.cache
def worst(node, timed):
    """(times plain, of which lines), (growth, of which lines) over all shapes; measured once."""
    with tempfile.TemporaryDirectory(prefix="narrows-linear-") as folder:
        meter = Meter(node, timed, folder)
        rows = list(long_lines(meter))
        times = [(row[2], row[0]) for row in rows]
        times += [(row[2], row[0]) for row in small_lines(meter)]
        return max(times), max((row[3], row[0]) for row in rows)


def instructions(node, lines, folder):
    path = os.path.join(folder, "input")
    with open(path, "wb") as file:
        file.write(generate.INIT)
        file.writelines(lines)
    with open(path, "rb") as given:
        done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", node,
                               "--threads=inline", "--log-level=error"], stdin=given,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=300,
                              check=False)
    counted = re.search(rb"refs: *([0-9,]+)", done.stderr)
    if done.returncode != 0 or not counted:
        raise SystemExit(done.stderr.decode(errors="replace")[-1000:])
    return int(counted[1].replace(b",", b""))


def test_growth(node):
    """What a byte costs in lines of 2 KiB and of 32 KiB: fourfold twice."""
    beyond = []
    with tempfile.TemporaryDirectory(prefix="narrows-linear-") as folder:
        at_rest = instructions(node, [], folder)
        for name, make in nasty.LONG.items():
            costs = []
            for size in (2 << 10, 32 << 10):
                lines = [make(number, size) for number in range(2, 2 + (128 << 10) // size)]
                costs.append((instructions(node, lines, folder) - at_rest) / sum(map(len, lines)))
            grown = 4 * (costs[1] / costs[0]) ** 0.5
            print(f"{name:<34}{costs[0]:8.2f}{costs[1]:8.2f} instructions a byte{grown:8.1f}",
                  flush=True)
            if grown > MOST_GROWTH:
                beyond.append(name)
    return beyond


def size_name(size):
    return f"{size >> 10} KiB" if size < 1 << 20 else f"{size >> 20} MiB"


def print_tables(meter):
    """Prints both tables; the names of what is beyond its limit."""
    beyond = []
    print(f"{'ns a byte, lines of':<34}" + "".join(f"{size_name(size):>9}" for size in SIZES) +
          f"{'× plain':>9}{'4 × size':>10}")
    for name, costs, times, grown in long_lines(meter):
        print(f"{name:<34}" + "".join(f"{cost:9.3f}" for cost in costs) + f"{times:9.1f}{grown:10.1f}",
              flush=True)
        if times > MOST_TIMES_PLAIN or grown > MOST_GROWTH:
            beyond.append(name)
    print(f"\n{'small lines':<34}{'ns':>9}{'× plain':>9}")
    for name, cost, times in small_lines(meter):
        print(f"{name:<34}{cost:9.1f}{times:9.1f}", flush=True)
        if times > MOST_TIMES_PLAIN:
            beyond.append(name)
    return beyond


def main():
    if sys.argv[1:2] == ["--instructions"] and len(sys.argv) == 3:
        if shutil.which("valgrind") is None:
            sys.exit(77)
        beyond = test_growth(os.path.abspath(sys.argv[2]))
    elif len(sys.argv) == 3:
        with tempfile.TemporaryDirectory(prefix="narrows-linear-") as folder:
            beyond = print_tables(Meter(*map(os.path.abspath, sys.argv[1:]), folder))
    else:
        sys.exit("usage: linear_time.py NARROWS-NODE TIMED, or --instructions NARROWS-NODE")
    print(f"\nbeyond its limit: {', '.join(beyond) or 'nothing'}")
    return 1 if beyond else 0


if __name__ == "__main__":
    sys.exit(main())
