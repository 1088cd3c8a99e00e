# SPDX-License-Identifier: MIT
"""The rows that hold one node against a limit: memory, CPU when idle, allocations, system calls."""

import os
import subprocess
import time

import generate
import linear_time
import ratios
import runs
from intervals import Outcome, measured
from live_node import LiveNode

ECHO_BYTES = 96
REPEATS = 7  # the range of 7 holds the median in 98 % of cases


def idle_cpu(places):
    """CPU that all threads take while nothing comes for 10 s, in ms; several nodes at once."""
    nodes = [LiveNode([places.node]) for _ in range(REPEATS)]
    try:
        for node in nodes:
            node.exchange_echoes(2, 20000, ECHO_BYTES)
        time.sleep(2)  # what follows a burst, a last line of the log say, is not idling
        before = [node.cpu_ns() for node in nodes]
        if min(before) == 0:
            raise runs.Wrong("the scheduler's books (schedstat) say nothing")
        time.sleep(10)
        after = [node.cpu_ns() for node in nodes]
        for node in nodes:  # alive, and awake when something comes
            node.exchange_echoes(20002, 1, ECHO_BYTES)
            node.finish()
    finally:
        for node in nodes:
            node.close()
    return measured([(end - start) / 1e6 for start, end in zip(before, after)],
                    [f"{REPEATS} nodes at once"])


def peak_memory(places):
    """Peak resident memory over 1 M echoes from a file, in MB of 10^6 bytes."""
    side = ratios.node(places, 1_000_000)
    runs.verify(places, side)
    return measured([runs.timed(places, side)[0].rss_bytes / 1e6 for _ in range(REPEATS)])


def blocked_growth(places):
    """What a node grows by when nobody reads its stdout and 100 MB are offered, in MB."""
    echoes = b"".join(generate.chunks(generate.echo, 100_000_000 // ECHO_BYTES, ECHO_BYTES))
    grown, taken = [], []
    for _ in range(REPEATS):
        with LiveNode([places.node]) as node:
            before = node.memory_bytes("VmRSS")
            accepted = node.offer(echoes, patience_s=1)
            grown.append((node.memory_bytes("VmHWM") - before) / 1e6)
            taken.append(accepted / 1e6)
            # Whatever it took, it answers once somebody reads; a line cut off is completed first.
            count = -(-accepted // ECHO_BYTES)
            replies = node.exchange(echoes[accepted:count * ECHO_BYTES], count)
            expected = b"".join(generate.chunks(generate.echo_ok, count, ECHO_BYTES))
            if replies != expected:
                raise runs.Wrong(f"blocked, then read: the {count} replies are not as they must be")
            node.finish()
    return measured(grown, [f"it took {min(taken):.1f} to {max(taken):.1f} MB in"])


WARM_UP_LINES = 100_000
COUNTED_LINES = 1_000_000


def allocations_of(places, options):
    """Allocations of all threads while mixed lines are answered, after warm-up."""
    with counted(places, [places.node, *options]) as node:
        node.exchange_mixed(2, WARM_UP_LINES)
        before = node.allocations()
        node.exchange_mixed(2 + WARM_UP_LINES, COUNTED_LINES)
        after = node.allocations()
        node.finish()
    return after - before


def counted(places, command):
    """A node under the shim that counts; it must have counted something by its init_ok."""
    count_file = os.path.join(places.scratch, "allocations")
    with open(count_file, "wb") as file:
        file.write(bytes(8))
    node = LiveNode(command, count_file, places.shared_module("libcount_malloc.so"))
    if node.allocations() == 0:
        node.close()
        raise runs.Wrong("the counter of allocations does not count")
    return node


def allocations(places):
    with counted(places, [places.program("obvious_design")]) as other:
        before = other.allocations()
        other.exchange_echoes(2, 1000, ECHO_BYTES)
        seen = other.allocations() - before
        other.finish()
    if seen < 1000:
        raise runs.Wrong(f"the obvious design allocates for each message, but {seen} were counted")
    counts = [allocations_of(places, options) for options in ((), ratios.INLINE)]
    return Outcome(max(counts), min(counts), max(counts), 2,
                   notes=["pipeline {} and inline {}".format(*counts)])


def system_calls(places):
    """System calls of all threads, for 1 M echoes from a file, as strace counts them."""
    side = ratios.node(places, 1_000_000)
    return measured([traced_calls(places, side) for _ in range(REPEATS)])


def traced_calls(places, side):
    output = os.path.join(places.scratch, "output")
    table = os.path.join(places.scratch, "strace")
    with open(side.input.path, "rb") as given, open(output, "wb") as taken:
        done = subprocess.run(["strace", "-f", "-c", "-o", table, *side.command], stdin=given,
                              stdout=taken, stderr=subprocess.PIPE, timeout=runs.RUN_TIMEOUT_S,
                              check=False)
    if done.returncode != 0:
        raise runs.Wrong(f"strace: {done.stderr.decode(errors='replace').strip()}")
    side.check(side, output, "")
    with open(table, encoding="ascii") as file:
        total = next(line.split() for line in file if line.split()[-1:] == ["total"])
    return int(total[3])


def nasty_lines(places):
    """The most that a byte of any nasty line costs, as times a byte of a plain echo of 1 KiB."""
    (times, name), _ = linear_time.worst(places.node, places.program("timed"))
    return Outcome(times, times, times, 1, notes=[name])


def nasty_growth(places):
    """The most that nasty lines cost which are four times as long."""
    _, (times, name) = linear_time.worst(places.node, places.program("timed"))
    return Outcome(times, times, times, 1, notes=[name])


def start(places):
    """From starting a node to its init_ok, in ms."""
    return measured(ratios.drive(places, "startup", ["51"], ()))
