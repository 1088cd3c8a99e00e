# SPDX-License-Identifier: MIT
"""The rows that hold the investigator, `narrows`, against what is known of a node."""

import json
import os
import statistics
import subprocess

import ratios
import runs
from intervals import Outcome, paired

TRIES = 20  # of a comparison


def narrows(places, *arguments, statuses=(0,)):
    """The JSON that a command prints. Raises Wrong with its sentence if it ends otherwise."""
    done = subprocess.run([places.narrows, *arguments], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=600, check=False)
    if done.returncode not in statuses:
        raise runs.Wrong(f"narrows {arguments[0]}: {done.stderr.strip()}")
    return json.loads(done.stdout) if done.stdout else None


def bench(places, node, *options, statuses=(0,)):
    return narrows(places, "bench", "--json", *options, "--", *node, statuses=statuses)


def error_percent(values, expected, notes):
    """How far the median of some values is from what it must be."""
    errors = [100 * abs(value / expected - 1) for value in values]
    of_median = 100 * abs(statistics.median(values) / expected - 1)
    return Outcome(of_median, min(*errors, of_median), max(*errors, of_median), len(values),
                   notes=notes)


def queueing(places, load):
    """Mean latency of a serial node against M/D/1 (Pollaczek and Khinchine), Poisson arrivals."""
    node = [places.program("serial_node"), "1000"]
    most = bench(places, node, "--max", "--duration=10s", "--warmup=1s")["throughput_per_sec"]
    service_us = 1e6 / most
    expected_us = service_us * (1 + load / (2 * (1 - load)))
    means_us = []
    for seed in (1, 2, 3):
        report = bench(places, node, f"--rate={load * most}", "--arrivals=poisson",
                       "--duration=60s", f"--seed={seed}")
        means_us.append(report["latency_us"]["avg"])
    return error_percent(means_us, expected_us, [
        f"{statistics.median(means_us):,.0f} µs, theory {expected_us:,.0f} µs"])


def pause(places):
    """The corrected p99 of a node that stops for 1 s in each 10 s: 900 ms."""
    node = [places.program("serial_node"), "0", "1000", "10"]
    reports = [bench(places, node, "--rate=1000", "--duration=30s") for _ in range(3)]
    p99_us = [report["latency_us"]["p99"] for report in reports]
    hidden_us = [report["uncorrected_latency_us"]["p99"] for report in reports]
    return error_percent(p99_us, 900_000, [
        f"p99 {statistics.median(p99_us) / 1000:,.0f} ms, "
        f"uncorrected {statistics.median(hidden_us) / 1000:,.1f} ms"])


def lag(places, node, rate):
    """The generator's lag at p99, in µs: the best of five runs, as its own limit is looked for."""
    reports = [bench(places, node, f"--rate={rate}", "--duration=3s", "--warmup=1s",
                     statuses=(0, 1)) for _ in range(5)]
    lags = [report["send_lag_us"]["p99"] for report in reports]
    reached = [report["throughput_per_sec"] for report in reports]
    best = lags.index(min(lags))
    return Outcome(lags[best], min(lags), lags[best], len(lags), notes=[
        "best of 5", f"worst {max(lags):,.0f} µs", f"{reached[best]:,.0f}/s reached"])


def lag_of_ideal(places):
    return lag(places, [places.narrows, "ideal-node"], 1_000_000)


def lag_of_node(places):
    return lag(places, [places.node], 200_000)


def driven(places):
    """Messages/s under `narrows bench --max` divided by messages/s from a file."""
    side = ratios.node(places, 3_000_000)
    runs.verify(places, side)
    outcome, piped, filed = paired(
        lambda: bench(places, [places.node], "--max", "--messages=3000000")["throughput_per_sec"],
        lambda: runs.rate(places, side))
    outcome.notes.append(f"{piped / 1e6:.2f} and {filed / 1e6:.2f} M/s")
    return outcome


def tap(places):
    """What a tap adds to a round trip, beyond a relay that only copies, in µs."""
    recording = os.path.join(places.scratch, "recording")

    def trip_us(command):
        done = subprocess.run([places.program("pingpong"), "10000", "--", *command, "--",
                               places.node, "--threads=inline"], capture_output=True, text=True,
                              timeout=runs.RUN_TIMEOUT_S, check=False)
        if done.returncode != 0:
            raise runs.Wrong(f"pingpong: {done.stderr.strip()}")
        return float(done.stdout.split()[0])

    figures = ([], [])

    def tapped():
        figures[0].append(trip_us([places.narrows, "tap", "--out", recording]))
        return figures[0][-1]

    def relayed():
        figures[1].append(trip_us([places.program("relay")]))
        return figures[1][-1]

    outcome, tap_us, relay_us = paired(tapped, relayed)
    for name in ("median", "low", "high"):
        setattr(outcome, name, (getattr(outcome, name) - 1) * relay_us)
    outcome.notes.append(f"p50 {tap_us:.1f} and {relay_us:.1f} µs")
    return outcome


def report_size(places):
    """Bytes of the page about a run of 60 s, in MB. How long drawing takes is a test's matter."""
    run = os.path.join(places.scratch, "run.json")
    page = os.path.join(places.scratch, "report.html")
    bench(places, [places.node], "--rate=20000", "--duration=60s", f"--save={run}",
          statuses=(0, 1))  # how late the generator was changes nothing in the page's size
    narrows(places, "report", run, "-o", page)
    size = os.path.getsize(page) / 1e6
    return Outcome(size, size, size, 1, notes=["20,000/s"])


def comparisons(places, slower, found):
    """How many of TRIES comparisons, each with 25 pairs of short runs, end as they must."""
    node = f"{places.node} --threads=inline --slow dispatch="
    right = 0
    seen = []
    for _ in range(TRIES):
        figures = narrows(places, "compare", "--json", "--duration=300ms", "--warmup=100ms",
                          f"--a={node}2us", f"--b={node}{slower}")["figures"]
        verdicts = {name: figure["verdict"] for name, figure in figures.items()}
        right += found(verdicts)
        seen.append(figures["throughput_per_sec"]["percent"])
    return Outcome(right, right, right, TRIES,
                   notes=[f"throughput {min(seen):+.1f} to {max(seen):+.1f} %"])


def compare_same(places):
    return comparisons(places, "2us", lambda verdicts: all(
        verdict == "no difference seen" for verdict in verdicts.values()))


def compare_slower(places):
    """2 µs of some 2.4 µs a message become 2.24 µs: some 10 % in all."""
    return comparisons(places, "2.24us", lambda verdicts: "slower" in (
        verdicts["throughput_per_sec"], verdicts["node.cpu_us_per_message"]))
