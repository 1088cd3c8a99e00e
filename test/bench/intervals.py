# SPDX-License-Identifier: MIT
"""Medians with their 95 % order-statistic interval, and paired comparisons of two sides."""

import math
import statistics
from dataclasses import dataclass, field

MIN_PAIRS = 25
MAX_PAIRS = 125
STEP_PAIRS = 10
RATIO_HALF_WIDTH = 0.05


@dataclass
class Outcome:
    """What a row measured. `vague` says that the interval is too wide to be a result."""
    median: float
    low: float
    high: float
    samples: int
    vague: bool = False
    notes: list = field(default_factory=list)


def interval(samples):
    """Median, and the order statistics between which the true median lies in 95 % of cases.

    With fewer than 6 samples no two of them do; then it is the whole range.
    """
    ordered = sorted(samples)
    count = len(ordered)
    below = 0  # how many samples can be cut off at each end
    outside = 0.0  # the chance that the median is beyond what is cut off at both ends
    while below < count // 2:
        outside += 2 * math.comb(count, below) / 2 ** count
        if outside > 0.05:
            break
        below += 1
    cut = max(below - 1, 0)
    return statistics.median(ordered), ordered[cut], ordered[count - 1 - cut]


def measured(samples, notes=()):
    """The outcome of repeated absolute measurements."""
    median, low, high = interval(samples)
    return Outcome(median, low, high, len(samples), notes=list(notes))


def paired(first, second, half_width=RATIO_HALF_WIDTH):
    """The ratio first() / second(), measured in pairs: A B, B A, A B, ...

    Each call makes one run and returns its figure. There are at least MIN_PAIRS pairs, then more
    until the interval is no wider than ± `half_width` of the median, or MAX_PAIRS were made.
    Returns the outcome and the two sides' median figures.
    """
    figures = ([], [])
    ratios = []
    while True:
        for index in ((0, 1) if len(ratios) % 2 == 0 else (1, 0)):
            figures[index].append((first, second)[index]())
        ratios.append(figures[0][-1] / figures[1][-1])
        if len(ratios) < MIN_PAIRS or (len(ratios) - MIN_PAIRS) % STEP_PAIRS != 0:
            continue
        median, low, high = interval(ratios)
        vague = high - low > 2 * half_width * median
        if not vague or len(ratios) >= MAX_PAIRS:
            outcome = Outcome(median, low, high, len(ratios), vague)
            return outcome, statistics.median(figures[0]), statistics.median(figures[1])
