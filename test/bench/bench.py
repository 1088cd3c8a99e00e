#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The benchmarks: each row is checked, measured, and held against what it must reach.

    bench.py --buildtype TYPE --node PATH [--bare PATH] --narrows PATH --programs FOLDER ROW...

Prints a table with one line a row. Exit status: 0 every row is ok, 1 a row falls short or its
programs answer wrongly, 2 usage, 77 a row gave no result (its interval stayed wider than ± 5 %, or
a tool is missing).
"""

import argparse
import dataclasses
import os
import signal
import subprocess
import sys
import tempfile

import investigator
import limits
import ratios
import runs

SHORT, NO_RESULT = 1, 77
ROWS = {}


@dataclasses.dataclass(frozen=True)
class Row:
    """`better` is "≥" or "≤"; `must` and `aim` may be None; the row falls short when the whole
    interval lies beyond `must`."""
    name: str
    what: str
    form: str
    better: str
    must: float
    aim: float
    measure: object

    def text(self, value, sign=""):
        return "" if value is None else sign + self.form.format(value)

    def reaches(self, value, limit):
        if limit is None:
            return True
        return value >= limit if self.better == "≥" else value <= limit


def row(name, what, form, better, must, aim, measure):
    ROWS[name] = Row(name, what, form, better, must, aim, measure)


MILLION = 1_000_000
RATIO, COST, COUNT, MS, MB = "{:.2f}", "{:.1f} %", "{:,.0f}", "{:.2f} ms", "{:.1f} MB"
MICROS, NANOS = "{:.1f} µs", "{:.0f} ns"

row("pipeline-inline", "pipeline ÷ inline, file", RATIO, "≥", 1.08, 1.4,
    lambda p: ratios.compare_rates(p, ratios.node(p, 3 * MILLION),
                                   ratios.node(p, 3 * MILLION, options=ratios.INLINE)))
row("pipeline-floor", "pipeline ÷ parse floor, file", RATIO, "≥", 0.72, 1.0,
    lambda p: ratios.compare_rates(p, ratios.node(p, 3 * MILLION),
                                   ratios.parse_floor(p, 3 * MILLION)))
row("inline-floor", "inline ÷ parse floor, file", RATIO, "≥", 0.60, 0.8,
    lambda p: ratios.compare_rates(p, ratios.node(p, 3 * MILLION, options=ratios.INLINE),
                                   ratios.parse_floor(p, 3 * MILLION)))
row("pipe-floor", "pipeline ÷ parse floor, pipes", RATIO, "≥", 0.45, 0.7,
    lambda p: ratios.compare_rates(p, ratios.node(p, 3 * MILLION, pipes=True),
                                   ratios.parse_floor(p, 3 * MILLION, pipes=True)))
row("kilobyte-floor", "1 KiB: pipeline ÷ parse floor, file", RATIO, "≥", 0.35, 0.7,
    lambda p: ratios.compare_rates(p, ratios.node(p, 600_000, 1024),
                                   ratios.parse_floor(p, 600_000, 1024)))
row("pipeline-obvious", "pipeline ÷ obvious design, file", RATIO, "≥", 7, 9,
    lambda p: ratios.compare_rates(p, ratios.node(p, 2 * MILLION),
                                   ratios.obvious(p, MILLION // 2)))
row("obvious-floor", "obvious design ÷ parse floor, file", "{:.3f}", "≥", 0.06, None,
    lambda p: ratios.compare_rates(p, ratios.obvious(p, MILLION // 2),
                                   ratios.parse_floor(p, 2 * MILLION)))
row("io-floor", "pipeline ÷ I/O floor, file (shown)", RATIO, "≥", None, None,
    lambda p: ratios.compare_rates(p, ratios.node(p, 3 * MILLION),
                                   ratios.io_floor(p, 6 * MILLION)))
row("stamps-pipeline", "stamps and histograms, pipeline", COST, "≤", 4, 1,
    lambda p: ratios.compare_costs(p, ratios.node(p, 3 * MILLION),
                                   ratios.node(p, 3 * MILLION, bare=True)))
row("stamps-inline", "stamps and histograms, inline", COST, "≤", 13, 8,
    lambda p: ratios.compare_costs(p, ratios.node(p, 3 * MILLION, options=ratios.INLINE),
                                   ratios.node(p, 3 * MILLION, options=ratios.INLINE, bare=True)))
row("ping-pong", "one outstanding, p50: pipeline ÷ inline", RATIO, "≤", 1.8, 1.3,
    ratios.ping_pong)
row("steady-cpu", "CPU at 10,000/s: pipeline ÷ inline", RATIO, "≤", 3, 2, ratios.steady_cpu)
row("coroutine", "a handler that is a coroutine, inline", NANOS, "≤", 100, None, ratios.coroutine)
row("simulation", "a simulated network of 25 nodes, events/s", COUNT, "≥", 200_000, None,
    ratios.simulation)
row("idle-cpu", "CPU of 10 s idle, all threads", MS, "≤", 1, None, limits.idle_cpu)
row("memory", "peak resident, 1 M messages", MB, "≤", 8, 5, limits.peak_memory)
row("blocked-growth", "growth, stdout blocked, 100 MB offered", MB, "≤", 16, 8,
    limits.blocked_growth)
row("allocations", "allocations, 1 M mixed lines", COUNT, "≤", 0, None, limits.allocations)
row("system-calls", "system calls, 1 M messages from a file", COUNT, "≤", 10_000, None,
    limits.system_calls)
row("nasty-lines", "nasty lines ÷ plain echoes, a byte", RATIO, "≤", 10, None, limits.nasty_lines)
row("nasty-growth", "nasty lines, four times as long", RATIO, "≤", 5, None, limits.nasty_growth)
row("start", "start to init_ok", MS, "≤", 5, 2, limits.start)

for share in (10, 50, 80):
    row(f"queueing-{share}", f"mean latency against M/D/1 at {share} %", COST, "≤", 10, None,
        lambda p, load=share / 100: investigator.queueing(p, load))
row("pause", "p99 over pauses of 1 s in 10 s: error", COST, "≤", 5, None, investigator.pause)
row("lag-ideal", "generator's lag p99, 1 M/s, ideal node", MICROS, "≤", 1000, None,
    investigator.lag_of_ideal)
row("lag-node", "generator's lag p99, 200,000/s, our node", MICROS, "≤", 1000, None,
    investigator.lag_of_node)
row("driven-file", "bench --max ÷ file", RATIO, "≥", 0.35, 0.5, investigator.driven)
row("tap", "tap beyond a bare relay, p50", MICROS, "≤", 5, None, investigator.tap)
row("report-size", "the page about a run of 60 s", MB, "≤", 1, None, investigator.report_size)
row("compare-same", "A against A: no difference, of 20", COUNT, "≥", 19, 20,
    investigator.compare_same)
row("compare-slower", "10 % slower: found, of 20", COUNT, "≥", 19, 20,
    investigator.compare_slower)


def judge(measured_row, outcome):
    """What to print for the row, and its exit status."""
    ends = (outcome.low, outcome.high)
    if not any(measured_row.reaches(end, measured_row.must) for end in ends):
        return "short", SHORT  # however wide the interval
    if outcome.vague:
        return "no result", NO_RESULT
    if measured_row.must is None:
        return "shown", 0
    reached = measured_row.aim is not None and measured_row.reaches(outcome.median, measured_row.aim)
    return ("ok, aim" if reached else "ok"), 0


def bounce_ns(places):
    """A cache line's round trip between two cores, or what there is to say in place of it."""
    done = subprocess.run([places.program("bounce")], capture_output=True, text=True, check=True)
    return done.stdout.strip()


LINE = "{:<40} {:>9}  {:<19} {:>10} {:>10}  {:<9}  {:>9}  {}"


def head():
    return LINE.format("row (96-byte echoes)", "value", "95 % interval", "must", "aim", "result",
                       "bounce ns", "notes")


def run_row(places, wanted):
    """Measures one row and prints its line; returns its exit status."""
    try:
        before = bounce_ns(places)
        outcome = wanted.measure(places)
        after = bounce_ns(places)
    except FileNotFoundError as missing:
        print(f"{wanted.what:<40} skipped: {missing.filename} is missing", flush=True)
        return NO_RESULT
    except (runs.Wrong, subprocess.SubprocessError) as wrong:
        print(f"{wanted.what:<40} wrong: {wrong}", flush=True)
        return SHORT
    result, status = judge(wanted, outcome)
    notes = [*outcome.notes, f"n = {outcome.samples}"]
    bounced = f"{before}..{after}" if before.isdigit() and after.isdigit() else "one cpu"
    print(LINE.format(wanted.what, wanted.text(outcome.median),
                      f"{wanted.text(outcome.low)} .. {wanted.text(outcome.high)}",
                      wanted.text(wanted.must, wanted.better + " "),
                      wanted.text(wanted.aim, wanted.better + " "), result, bounced,
                      ", ".join(notes)), flush=True)
    return status


def parse_options():
    parser = argparse.ArgumentParser(description="Runs benchmarks and prints their table.")
    parser.add_argument("rows", nargs="*", metavar="ROW", help="rows to run (all)")
    parser.add_argument("--list", action="store_true", help="print the names of the rows")
    parser.add_argument("--buildtype", help="meson's; benchmarks take release alone")
    parser.add_argument("--node", help="narrows-node")
    parser.add_argument("--bare", help="narrows-node without stamps and histograms, for what they cost")
    parser.add_argument("--narrows", help="the investigator")
    parser.add_argument("--programs", help="folder of the benchmarks' own programs")
    options = parser.parse_args()
    unknown = [name for name in options.rows if name not in ROWS]
    if unknown:
        parser.error(f"no row {unknown[0]!r}; --list names them")
    if not options.list and None in (options.node, options.narrows, options.programs):
        parser.error("--node, --narrows and --programs are needed")
    for path in (options.node, options.narrows):
        if not options.list and not os.access(path, os.X_OK):
            parser.error(f"{path} is no program")
    if not options.list and options.buildtype != "release":
        parser.error(f"--buildtype is {options.buildtype!r}; a benchmark takes a release build")
    return options


def main():
    options = parse_options()
    if options.list:
        print("\n".join(f"{one.name:<18}{one.what}" for one in ROWS.values()))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(SHORT))  # so that the scratch folder goes
    statuses = []
    with tempfile.TemporaryDirectory(prefix="narrows-bench-") as scratch:
        places = runs.Places(os.path.abspath(options.node),
                             options.bare and os.path.abspath(options.bare),
                             os.path.abspath(options.narrows),
                             os.path.abspath(options.programs), scratch)
        print(head(), flush=True)
        for name in options.rows or ROWS:
            statuses.append(run_row(places, ROWS[name]))
    if SHORT in statuses:
        return SHORT
    return NO_RESULT if NO_RESULT in statuses else 0


if __name__ == "__main__":
    sys.exit(main())
