# SPDX-License-Identifier: MIT
"""How many of how many were right, and what share that may stand for."""

import dataclasses
import math

Z_95 = 1.959964  # of the normal distribution: 2.5 % lie beyond it on either side


@dataclasses.dataclass
class Tally:
    right: int = 0
    count: int = 0

    def add(self, is_right):
        self.right += bool(is_right)
        self.count += 1

    @property
    def share(self):
        """nan when nothing was counted."""
        return self.right / self.count if self.count else math.nan

    def interval(self):
        """Wilson's: it holds the true share in 95 % of cases."""
        if self.count == 0:
            return 0.0, 1.0
        spread = Z_95 ** 2 / self.count
        middle = (self.share + spread / 2) / (1 + spread)
        half = (Z_95 / (1 + spread)
                * math.sqrt(self.share * (1 - self.share) / self.count + spread / 4 / self.count))
        return max(0.0, middle - half), min(1.0, middle + half)

    def reaches(self, share):
        return self.count > 0 and self.right >= share * self.count - 1e-9

    def text(self):
        """Share, exact counts, interval."""
        if self.count == 0:
            return "none"
        low, high = self.interval()
        return f"{percent(self.share)} ({self.right}/{self.count}; {100 * low:.1f} .. {100 * high:.1f})"

    def short_text(self):
        return f"{percent(self.share)} ({self.right}/{self.count})" if self.count else "none"


def percent(share):
    return f"{100 * share:.1f} %"
