# SPDX-License-Identifier: MIT
"""A small simulation: bounds that a wrong verdict misses by far. The same seed, the same tandems.

Usage: test_simulation.py SIMULATE
"""

import sys

import children
import simulation

SEED, COUNT, MESSAGES = 5, 60, 8000


def problems(rows):
    cases = [case for row in rows for case in simulation.cases_of(row)]
    for question, some, least in (
            ("throughput", simulation.loaded(simulation.of(cases, "throughput")), 1.0),
            ("latency", simulation.of(cases, "latency"), 0.85),
            ("tail", simulation.of(cases, "tail"), 0.8)):
        right = simulation.tally(some)
        print(f"{question}: {right.text()}")
        if not some or not right.reaches(least):
            yield f"{question} is right in {right.text()}, where {100 * least:.0f} % are the least"
    confident = [case for case in cases if case.confidence >= simulation.CONFIDENT]
    right = simulation.tally(confident)
    print(f"confident: {right.text()}")
    if len(confident) < 0.4 * len(cases) or not right.reaches(0.9):
        yield f"{right.text()} of the confident answers are right, of {len(cases)}"
    if any(row["uneven"] != 0 for row in rows):
        yield "the parts of some messages' times do not add up"
    if any(not row["little"] <= 1e-3 for row in rows):
        yield "Little's law does not hold"


def main():
    if len(sys.argv) != 2:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    try:
        rows = simulation.tandems(sys.argv[1], SEED, COUNT, MESSAGES)
    finally:
        children.stop_all()
    found = list(problems(rows))
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
