# SPDX-License-Identifier: MIT
"""The flip on the real node: a stage becomes the answer when a known delay makes it the slowest.

The stages are busy for 30, 40 and 50 µs a message longer. Stage X has the 30: from d* = 20 µs more on
it is the slowest. Three busy stages and a load do not fit two CPUs, so this is at half of what the
node can do; virtual_node does the same nearer to the limit.
"""

import real_node
from real_node import STAGES
from tally import Tally

FLIP_US = 20  # d*
BASES = {"parse": (30, 50, 40), "dispatch": (40, 30, 50), "serialize": (50, 40, 30)}
FACTORS = (0.5, 1.5)
ENOUGH = 120
MOST_EXCLUDED = 0.10


def services(stage, factor):
    """Microseconds of each stage when X is `stage`."""
    durations = dict(zip(STAGES, BASES[stage]))
    durations[stage] += factor * FLIP_US
    return durations


def is_right(second, question, stage, factor):
    return (real_node.answer(second, question) == stage) == (factor > 1)


def run(section, places, quick, keep):
    section.say(
        "On the real node, stages slowed by `--slow` to 30, 40 and 50 µs; stage X has the 30, so it "
        "becomes the slowest from d* = 20 µs more on. With half of that the throughput's answer must "
        "not be X, with one and a half times that it must be. Verdicts of one second each, at half "
        "of the rate that the node reaches at full speed. Excluded are those without an answer, and "
        "those whose figures the node itself doubts (time_accounting, partition). Where stages had "
        "to share a CPU (cpu_limited) the node still names one, and that counts.")
    rows, total, latency, doubts = [], Tally(), Tally(), Tally()
    for stage in STAGES:
        for factor in FACTORS:
            node = real_node.slowed(places, **services(stage, factor))
            limit = real_node.saturation_rate(places, node)
            seconds, _run = real_node.driven(places, node, limit / 2, 5.5 if quick else 23.5)
            right, excluded = Tally(), Tally()
            for second in seconds:
                excluded.add(real_node.doubt(second))
                doubts.add(real_node.doubt(second))
                if real_node.doubt(second):
                    keep("excluded", second)
                    continue
                is_good = is_right(second, "throughput", stage, factor)
                if not is_good:
                    keep(f"wrong, X = {stage}, {factor} d*", second)
                right.add(is_good)
                total.add(is_good)
                latency.add(is_right(second, "latency", stage, factor))
            rows.append((stage, f"{factor:g} d*", f"{limit / 2:,.0f}/s", right.short_text(),
                         f"{excluded.right} of {excluded.count}"))
    section.table(("X", "d", "rate", "right", "excluded"), rows)
    _low, high = total.interval()
    section.check("throughput's answer before and after the flip",
                  "95 % interval not below 95 %", total.text(), total.count and high >= 0.95)
    if not quick:
        section.check("one-second verdicts", f"≥ {ENOUGH}", f"{doubts.count}",
                      doubts.count >= ENOUGH)
    section.check("excluded of them", "≤ 10 %", doubts.short_text(),
                  doubts.count and doubts.share <= MOST_EXCLUDED)
    section.say(f"The latency's answer, held against the same (for information): {latency.text()}.")
