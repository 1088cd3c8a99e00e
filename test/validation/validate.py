#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Is the verdict right? A simulation with known truth, known delays and known causes on the real node.

    validate.py --node PATH --narrows PATH --programs FOLDER --examples FOLDER [OPTION]...

tools/validate builds what this needs and says what the options are. Exit status: 0 nothing is short, 1
something is, 2 usage.
"""

import argparse
import datetime
import functools
import json
import os
import platform
import signal
import sys
import tempfile
import time

import causes
import children
import flip
import picture
import real_node
import report
import simulation
import virtual_time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOCUMENT = os.path.join(ROOT, "docs", "VALIDATION.md")
PICTURE = os.path.join("pictures", "validation.svg")  # beside the document


def attempt(section, what, function):
    """A part that cannot be run is short, and the others go on."""
    try:
        function()
    except (children.Failed, OSError, KeyError, TypeError, ValueError) as error:
        section.check(what, "to be run", f"{type(error).__name__}: {error}"[:300], False)


def simulate(options, sections, pictures):
    count, messages = (200, 20_000) if options.quick else (4_000, 50_000)
    section = report.Section("Simulation")
    sections.append(section)

    def run():
        rows = simulation.tandems(os.path.join(options.programs, "simulate"), options.seed, count,
                                  messages)
        cases = [case for row in rows for case in simulation.cases_of(row)]
        simulation.right_answers(section, rows, cases, count, messages)
        sections.append(report.Section("Calibration"))
        simulation.calibration(sections[-1], cases)
        groups = [(name, simulation.tally(some), simulation.naive(some)) for name, some in (
            ("throughput\nload above 0.95",
             simulation.loaded(simulation.of(cases, "throughput"))),
            ("latency", simulation.of(cases, "latency")),
            ("tail", simulation.of(cases, "tail")))]
        pictures.append(picture.svg(groups, simulation.reliability(cases)))
    attempt(section, "the simulation", run)


def real(options, sections, keep):
    with tempfile.TemporaryDirectory(prefix="narrows-validate-") as scratch:
        places = real_node.Places(options.node, options.narrows, options.examples,
                                  os.path.join(ROOT, "docs", "examples"), scratch)
        section = report.Section("The flip on the real node")
        sections.append(section)
        attempt(section, "the flip", lambda: flip.run(section, places, options.quick, keep))
        section = report.Section("Causes from outside")
        sections.append(section)
        section.say("On the real node, causes whose answer is known. Verdicts of one second each.")
        for name, part in causes.parts(places, options.quick, keep):
            attempt(section, name, functools.partial(part, section))


def virtual(options, sections):
    program = os.path.join(options.programs, "virtual_node")
    if not os.access(program, os.X_OK):
        return
    section = report.Section("The flip in virtual time")
    sections.append(section)
    attempt(section, "virtual_node", lambda: virtual_time.run(section, program, options.seed))


def cpu_name():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":", 1)[1].strip() for line in file
                        if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def introduction(options, seconds):
    cpus = len(os.sched_getaffinity(0))
    quick = " in its quick form, whose counts are too small to judge by" if options.quick else ""
    return (f"Is the verdict right? `tools/validate --seed {options.seed}`{quick} ran for "
            f"{seconds / 60:.0f} minutes on {datetime.date.today().isoformat()}, on {cpus} CPUs "
            f"({cpu_name()}, {platform.system()} {platform.release().split('-')[0]}), and wrote this "
            "page. Latency here is the mean; the tail is the 99th percentile. An interval is "
            "Wilson's, 95 %.")


def parse(arguments):
    parser = argparse.ArgumentParser(usage=argparse.SUPPRESS, add_help=False, allow_abbrev=False)
    for name in ("--node", "--narrows", "--programs", "--examples"):
        parser.add_argument(name, required=True)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out")
    parser.add_argument("--keep")
    options = parser.parse_args(arguments)
    if not (options.seed.isascii() and options.seed.isdigit() and int(options.seed) < 1 << 64):
        parser.error(f"--seed takes a number, 0 to 2^64-1, not {options.seed!r}")
    options.seed = int(options.seed)
    if options.out is None and not options.quick:
        options.out = DOCUMENT
    for path in filter(None, (options.out, options.keep)):
        if not os.path.isdir(os.path.dirname(os.path.abspath(path))) or os.path.isdir(path):
            parser.error(f"cannot write {path!r}: it needs a name in a folder that is there")
    return options


class Keeper:
    """Writes the verdicts that were not as they should be to a file, when one was asked for."""

    def __init__(self, path):
        self._file = open(path, "w", encoding="utf-8") if path else None

    def __call__(self, what, second):
        if self._file:
            print(json.dumps({"what": what, "second": second}), file=self._file, flush=True)


def write(options, sections, pictures, seconds):
    if options.out is None:
        return
    path = os.path.join(os.path.dirname(os.path.abspath(options.out)), PICTURE)
    for drawn in pictures:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(drawn)
        next(section for section in sections if section.title == "Simulation").picture(
            PICTURE, "Right answers by question, and right answers by stated confidence")
    with open(options.out, "w", encoding="utf-8") as file:
        file.write(report.document(introduction(options, seconds), sections))


def interrupted(number, _frame):
    sys.exit(128 + number)  # through every `finally`


def main(arguments):
    options = parse(arguments)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    began = time.monotonic()
    sections, pictures = [], []
    try:
        keep = Keeper(options.keep)
        simulate(options, sections, pictures)
        real(options, sections, keep)
        virtual(options, sections)
        seconds = time.monotonic() - began
        write(options, sections, pictures, seconds)
    finally:
        children.stop_all()
    short = report.shortfalls(sections)
    count = sum(len(section.checks) for section in sections)
    print(f"\n{count} checks, {len(short)} short, {seconds:.0f} s"
          + (f"; {options.out}" if options.out else ""))
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
