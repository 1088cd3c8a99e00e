# SPDX-License-Identifier: MIT
"""The flip near the limit: the stages' own code in virtual time, where every stage has a CPU."""

import json

import children
from tally import Tally

TIMEOUT_S = 600
MUST = 0.99


def run(section, program, seed):
    output = children.output_of([program, str(seed)], TIMEOUT_S)
    rows = [json.loads(line) for line in output.splitlines() if line.strip()]
    if not rows:
        raise children.Failed("virtual_node printed nothing")
    section.say(
        "The flip again, on the same stage code fed in virtual time, where each stage has a CPU of "
        "its own: at nine tenths and at all of saturation, d = 0.8 d* and 1.2 d*.")
    section.table(("X", "d", "load", "throughput right", "latency right"),
                  [(row["stage"], f"{row['factor']:g} d*", f"{row['load']:g}",
                    *(Tally(row[name], row["count"]).short_text() if name in row else ""
                      for name in ("right", "latency_right"))) for row in rows])
    total = Tally(sum(row["right"] for row in rows), sum(row["count"] for row in rows))
    section.check("throughput's answer before and after the flip", f"≥ {100 * MUST:.0f} %",
                  total.text(), total.reaches(MUST))
