# SPDX-License-Identifier: MIT
"""Random tandems, judged by the node's own verdict code: how often it is right, and whether the
confidence that it states can be trusted."""

import concurrent.futures
import dataclasses
import json
import os

import children
from tally import Tally, percent

QUESTIONS = ("throughput", "latency", "tail")
KINDS = ("constant", "exponential", "lognormal", "hiccups", "mixed")
LOADS = ((0.3, "load below 0.3"), (0.6, "0.3 to 0.6"), (0.8, "0.6 to 0.8"), (0.95, "0.8 to 0.95"),
         (9.0, "above 0.95"))
HALVES = ("used for tuning", "held out")
TIE = 0.98  # a second best stage that reaches this share of the best is as right
CONFIDENT = 0.95
CHUNK = 50
SLICES = 30  # of time, what a second and a half has
LEVELS = [(i / 10, (i + 1) / 10) for i in range(9)] + [(0.9, CONFIDENT), (CONFIDENT, 1.001)]


@dataclasses.dataclass(frozen=True)
class Case:
    """A tandem and a question about it."""
    question: str
    kind: str
    load: float
    half: int
    is_right: bool
    naive_is_right: bool
    is_tie: bool  # two stages are equally right
    confidence: float


def cases_of(tandem):
    for question in QUESTIONS:
        saved = tandem["true_" + question]
        best = max(saved)
        is_tie = sorted(saved)[1] >= TIE * best
        right = [stage for stage, value in enumerate(saved)
                 if value >= (TIE * best if is_tie else best)]
        yield Case(question, tandem["kind"], tandem["load"], tandem["index"] % 2,
                   tandem[question]["stage"] in right, tandem["naive"] in right, is_tie,
                   tandem[question]["confidence"])


def tandems(program, seed, count, messages):
    """Those that `simulate SEED COUNT` has, from processes on all CPUs."""
    def chunk(first):
        size = min(CHUNK, count - first)
        output = children.output_of([program, str(seed), str(size), str(messages), str(SLICES),
                                     str(first)], timeout_s=300)
        rows = [json.loads(line) for line in output.splitlines()]
        if [row["index"] for row in rows] != list(range(first, first + size)):
            raise children.Failed(f"simulate printed {len(rows)} tandems for {size}")
        return rows

    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        jobs = [pool.submit(chunk, first) for first in range(0, count, CHUNK)]
        try:
            return [row for job in jobs for row in job.result()]
        finally:
            pool.shutdown(cancel_futures=True)


def tally(cases, key=lambda case: case.is_right):
    result = Tally()
    for case in cases:
        result.add(key(case))
    return result


def naive(cases):
    return tally(cases, lambda case: case.naive_is_right)


def of(cases, question=None, kind=None, half=None):
    return [case for case in cases
            if (question is None or case.question == question)
            and (kind is None or case.kind == kind) and (half is None or case.half == half)]


def loaded(cases):
    return [case for case in cases if case.load > 0.95]


def right_answers(section, rows, cases, count, messages):
    """The section's tables and checks on how often the verdict is right."""
    section.say(
        f"{count:,} random tandems of three stages, {messages:,} messages each, in batches as the "
        "node moves them; their stamps were judged by the node's own code. True is the stage that, "
        "made a tenth faster with the same random numbers, helps most. Where a second one comes "
        "within 2 % of it, the truth is a tie and either counts. The naive rule names the stage "
        "where messages spend most time, waiting included. Tandems of even number were used for "
        "tuning, those of odd number are held out. Each cell: share, count, 95 % interval.")
    section.table(
        ("question", "tandems", "right", "naive rule", "truth is a tie"),
        [(question, f"{name}, {half}", tally(some).text(), naive(some).short_text(),
          percent(tally(some, lambda case: case.is_tie).share))
         for question in QUESTIONS
         for name, every in (("all", cases), ("load above 0.95", loaded(cases)))
         if name == "all" or question == "throughput"
         for number, half in enumerate(HALVES)
         for some in [of(every, question, half=number)]])
    groups = [(kind, lambda case, kind=kind: case.kind == kind) for kind in KINDS]
    lowest = 0.0
    for upto, name in LOADS:
        groups.append((name, lambda case, low=lowest, upto=upto: low < case.load <= upto))
        lowest = upto
    section.say("By class, both halves:")
    section.table(("class", *(f"{question}; naive" for question in QUESTIONS)),
                  [(name, *(f"{tally(some).text()}; {percent(naive(some).share)}"
                            for question in QUESTIONS
                            for some in [list(filter(inside, of(cases, question)))]))
                   for name, inside in groups if any(map(inside, cases))])
    musts = (("throughput, load above 0.95", loaded(of(cases, "throughput")), 0.99, ""),
             ("latency", of(cases, "latency"), 0.93, ", aim 97 %"),
             ("tail", of(cases, "tail"), 0.90, ""),
             ("tail, rare hiccups", of(cases, "tail", "hiccups"), 0.70, ""))
    for what, some, must, aim in musts:
        for number, half in enumerate(HALVES):
            found = tally(of(some, half=number))
            section.check(f"right for {what}; {half}", f"≥ {100 * must:.0f} %{aim}",
                          found.short_text(), found.reaches(must))
    little = max(row["little"] for row in rows)
    section.check("Little's law: largest deviation", "≤ 0.001", f"{little:.2g}", little <= 1e-3)
    uneven = sum(row["uneven"] > 0 for row in rows)
    section.check("tandems with messages whose parts do not add up", "0", str(uneven), uneven == 0)


def reliability(cases):
    """[(level, tally)] of the answers, by stated confidence."""
    return [((low, high), tally([case for case in cases if low <= case.confidence < high]))
            for low, high in LEVELS]


def level_text(level):
    low, high = level
    return f"≥ {100 * low:.0f} %" if high > 1 else f"{100 * low:.0f} to {100 * high:.0f} %"


def calibration(section, cases):
    section.say("Of the answers given with a confidence, the share that was right:")
    columns = [reliability(of(cases, question)) for question in QUESTIONS] + [reliability(cases)]
    section.table(("stated", *QUESTIONS, "all"),
                  [(level_text(LEVELS[i]), *(column[i][1].text() for column in columns))
                   for i in range(len(LEVELS)) if columns[-1][i][1].count])
    for question in (*QUESTIONS, None):
        some = of(cases, question)
        confident = [case for case in some if case.confidence >= CONFIDENT]
        clear = [case for case in some if not case.is_tie]
        right = tally(confident)
        sure = tally(clear, lambda case: case.confidence >= CONFIDENT)
        name = question or "all questions"
        section.check(f"{name}: right, of the answers with confidence ≥ 0.95", "≥ 95 %",
                      right.text(), right.reaches(0.95))
        section.check(f"{name}: confident, of the cases that are no tie", "≥ 70 %",
                      sure.text(), sure.reaches(0.70))
