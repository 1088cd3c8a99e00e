# SPDX-License-Identifier: MIT
"""Causes whose answer is known, planted from outside of what the node measures itself by."""

import collections
import os

import children
import real_node
from real_node import answer, state
from tally import Tally

MOST = 0.9  # of a run's seconds have to say what is expected
MOST_LINES = 24_000_000  # 2.3 GB


def most(section, what, expected, seconds, named, keep):
    """Checks what nine tenths of a run's seconds say."""
    found = collections.Counter(named(second) for second in seconds)
    for second in seconds:
        if named(second) != expected:
            keep(what, second)
    said = ", ".join(f"{name} {count}" for name, count in found.most_common())
    section.check(what, f"{expected}, in nine tenths of the seconds", said or "no second",
                  seconds and found[expected] >= MOST * len(seconds))


def examples(section, places, quick, keep):
    """The work lies in the requests or in the handler."""
    for what, mix, node, expected in (
            ("nested payloads of 2.9 KB", "nested", places.node, "parse"),
            ("a handler that computes", "primes", places.example("primes"), "dispatch"),
            ("a small request, a large reply", "readings", places.example("readings"),
             "serialize")):
        options = ("--mix", places.mix(mix))
        limit = real_node.saturation_rate(places, [node], *options)
        seconds, _run = real_node.driven(places, [node], limit / 2, 5.5 if quick else 8.5, *options)
        most(section, f"{what}, {limit / 2:,.0f}/s: throughput's answer", expected, seconds,
             lambda second: answer(second, "throughput"), keep)


def little_load(section, places, quick, keep):
    for name, node in (("the node", [places.node]),
                       ("stages of 6, 7 and 8 µs",
                        real_node.slowed(places, parse=6, dispatch=7, serialize=8))):
        rate = real_node.saturation_rate(places, node) / 10
        seconds, _run = real_node.driven(places, node, rate, 5.5 if quick else 6.5)
        most(section, f"{name} at a tenth of its rate, {rate:,.0f}/s: state", "input_limited",
             seconds, state, keep)


def slow_reader(section, places, given, quick, keep):
    """The stages wait for the reader most of the time, which is no work of theirs."""
    given.grow(1 << 20)
    duration_s, bytes_per_s = 5.5 if quick else 6.5, 4e6
    node = real_node.slowed(places, parse=1)
    seconds = real_node.read_slowly(places, given, node, duration_s, bytes_per_s)
    what = "1 µs in parse, a reader that takes 4 MB/s"
    most(section, f"{what}: state", "output_blocked", seconds, state, keep)
    most(section, f"{what}: throughput's answer", "parse", seconds,
         lambda second: answer(second, "throughput"), keep)
    node = real_node.slowed(places, dispatch=5)  # 30,000/s of 190,000
    seconds = real_node.read_slowly(places, given, node, duration_s, bytes_per_s)
    most(section, "5 µs in dispatch, the same reader: headroom", "over a half", seconds,
         lambda second: "over a half" if (answer(second, "headroom") or 0) > 0.5 else "less", keep)


def few_messages(section, places):
    run = real_node.bench(places, [places.node], "--max", "--messages", 200, "--warmup", "0s")
    found = run["bench_stats"]["bottleneck"]["state"]
    section.check("200 messages: state", "insufficient_data", found, found == "insufficient_data")


def rare_delay(section, places, quick, keep):
    """Five milliseconds now and then cost little and are all that the tail is made of."""
    node = [*real_node.slowed(places, parse=30), "--slow", "dispatch=5ms@1/400"]
    rate = real_node.saturation_rate(places, node) / 4
    seconds, _run = real_node.driven(places, node, rate, 5.5 if quick else 12.5)
    what = f"30 µs in parse, 5 ms in dispatch for one in 400, {rate:,.0f}/s"
    for question, expected in (("throughput", "parse"), ("tail", "dispatch")):
        most(section, f"{what}: {question}'s answer", expected, seconds,
             lambda second, question=question: answer(second, question), keep)


def at_full_speed(places, given, cpus=None):
    """The last second of a node that takes a file as fast as it can. The file grows until that
    takes longer than a second."""
    while True:
        run = real_node.fed(places, given, [places.node], cpus)
        if run.profile["last"]["elapsed_ms"] > 0:
            return run.profile["last"]
        if given.lines >= MOST_LINES:
            raise children.Failed(f"{given.lines:,} lines are done in {run.wall_s:.1f} s")
        given.grow(min(int(given.lines * max(1.1, 1.5 / run.wall_s)), MOST_LINES))


def full_speed(section, places, given, quick, keep):
    """Lines from a file, replies to /dev/null: nothing waits for anything but the node itself."""
    given.grow(1 << 22)
    one_cpu = {max(os.sched_getaffinity(0))}
    for what, cpus, runs, good, must, share in (
            ("the node at full speed, from a file: state", None, 3 if quick else 20,
             lambda found: found != "cpu_limited", "not cpu_limited, in 95 % of the runs", 0.95),
            ("the same on one CPU", one_cpu, 3 if quick else 5,
             lambda found: found == "cpu_limited", "cpu_limited, in nine tenths of the runs", MOST)):
        tally, found = Tally(), collections.Counter()
        for _ in range(runs):
            last = at_full_speed(places, given, cpus)
            found[state(last)] += 1
            tally.add(good(state(last)))
            if not good(state(last)):
                keep(what, last)
        said = ", ".join(f"{name} {count}" for name, count in found.most_common())
        section.check(what, must, said, tally.reaches(share))


def parts(places, quick, keep):
    """[(name, function of the section)], each of which can fail by itself."""
    given = real_node.Input(places)
    return [
        ("examples", lambda section: examples(section, places, quick, keep)),
        ("full speed", lambda section: full_speed(section, places, given, quick, keep)),
        ("slow reader", lambda section: slow_reader(section, places, given, quick, keep)),
        ("little load", lambda section: little_load(section, places, quick, keep)),
        ("few messages", lambda section: few_messages(section, places)),
        ("rare delay", lambda section: rare_delay(section, places, quick, keep)),
    ]
