# SPDX-License-Identifier: MIT
"""The rows that compare two sides: each is checked first, then run in turn with the other."""

import errno
import os
import subprocess

import runs
from intervals import MIN_PAIRS, measured, paired

INLINE = ("--threads=inline",)
COST_HALF_WIDTH = 0.015  # a cost of some per cent needs a narrower interval than a ratio


def node(places, count, size=96, options=(), bare=False, pipes=False):
    if bare and (places.bare is None or not os.access(places.bare, os.X_OK)):
        raise FileNotFoundError(errno.ENOENT, "not built", places.bare or "narrows-node-bare")
    return runs.Side((places.bare if bare else places.node, *options),
                     runs.write_input(places, count, size), runs.check_replies, pipes)


def parse_floor(places, count, size=96, pipes=False):
    command = (places.program("parse_floor"), *(["--copy"] if pipes else []))
    return runs.Side(command, runs.write_input(places, count, size), runs.check_floor, pipes)


def io_floor(places, count):
    return runs.Side((places.program("io_floor"),), runs.write_input(places, count),
                     runs.check_io_floor)


def obvious(places, count):
    return runs.Side((places.program("obvious_design"),), runs.write_input(places, count),
                     runs.check_replies)


def compare_rates(places, first, second, **options):
    """Messages/s of `first` divided by messages/s of `second`."""
    for side in (first, second):
        runs.verify(places, side)
        runs.timed(places, side)
    outcome, first_rate, second_rate = paired(lambda: runs.rate(places, first),
                                              lambda: runs.rate(places, second), **options)
    outcome.notes.append(f"{first_rate / 1e6:.2f} and {second_rate / 1e6:.2f} M/s")
    return outcome


def compare_costs(places, built_in, compiled_out):
    """What stamps and histograms add to the time a message takes, in per cent."""
    outcome = compare_rates(places, compiled_out, built_in, half_width=COST_HALF_WIDTH)
    for name in ("median", "low", "high"):
        setattr(outcome, name, (getattr(outcome, name) - 1) * 100)
    return outcome


def drive(places, driver, arguments, options):
    """The figures that a driver of one node prints; it checks the replies itself."""
    command = [places.program(driver), *arguments, "--", places.node, *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=runs.RUN_TIMEOUT_S,
                          check=False)
    if done.returncode != 0:
        raise runs.Wrong(f"{driver}: {done.stderr.strip()}")
    return [float(figure) for figure in done.stdout.split()]


def ping_pong(places):
    """The median round trip with one message outstanding, pipeline divided by inline."""
    rounds = ["10000"]
    outcome, pipeline_us, inline_us = paired(
        lambda: drive(places, "pingpong", rounds, ())[0],
        lambda: drive(places, "pingpong", rounds, INLINE)[0])
    outcome.notes.append(f"p50 {pipeline_us:.1f} and {inline_us:.1f} µs")
    return outcome


def coroutine(places):
    """What a coroutine adds that does not wait, ns a message."""
    def added():
        return float(subprocess.run([places.program("coroutine_cost")], capture_output=True, text=True,
                                    timeout=runs.RUN_TIMEOUT_S, check=True).stdout)

    return measured([added() for _ in range(MIN_PAIRS)])


def simulation(places):
    """Events of a simulated network, a second of wall time."""
    def rate():
        return float(subprocess.run([places.program("simulate")], capture_output=True, text=True,
                                    timeout=runs.RUN_TIMEOUT_S, check=True).stdout)

    return measured([rate() for _ in range(MIN_PAIRS)])


def steady_cpu(places):
    """CPU time at 10,000 messages/s, pipeline divided by inline."""
    def cpu_us(options):
        cpu_ns, messages = drive(places, "open_loop", ["10000", "2"], options)
        return cpu_ns / messages / 1000

    outcome, pipeline_us, inline_us = paired(lambda: cpu_us(()), lambda: cpu_us(INLINE))
    outcome.notes.append(f"{pipeline_us:.1f} and {inline_us:.1f} µs a message")
    return outcome
