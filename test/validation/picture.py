# SPDX-License-Identifier: MIT
"""The picture of the simulation: right answers, ours and the naive rule's; stated against found."""

import html

WIDTH, HEIGHT = 900, 400
ENOUGH = 10  # answers for a point
TOP, BOTTOM = 90, 340  # of both plots
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #24292f; }
  .title { font-weight: 600; font-size: 15px; }
  .small { font-size: 12px; fill: #57606a; }
  .card { fill: #ffffff; stroke: #d0d7de; }
  .grid { stroke: #d8dee4; stroke-width: 1; }
  .axis { stroke: #57606a; stroke-width: 1; }
  .ideal { stroke: #57606a; stroke-dasharray: 5 4; fill: none; }
  .ours { fill: #0969da; }
  .naive { fill: #bc4c00; }
  .curve { stroke: #0969da; stroke-width: 2; fill: none; }
  .interval { stroke: #24292f; stroke-width: 1.5; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .small { fill: #a0aab4; }
    .card { fill: #0d1117; stroke: #3d444d; }
    .grid { stroke: #2a313a; }
    .axis, .ideal { stroke: #a0aab4; }
    .ours { fill: #4493f8; }
    .naive { fill: #f0883e; }
    .curve { stroke: #4493f8; }
    .interval { stroke: #e6edf3; }
  }
"""


def y_of(share):
    return BOTTOM - share * (BOTTOM - TOP)


def text(x, y, content, anchor="middle", kind=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">'
            f"{html.escape(content)}</text>")


def line(x1, y1, x2, y2, kind):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def frame(left, right):
    """Lines at each fifth, and what they mean."""
    parts = []
    for fifth in range(6):
        y = y_of(fifth / 5)
        parts.append(line(left, y, right, y, "axis" if fifth == 0 else "grid"))
        parts.append(text(left - 8, y + 4, f"{20 * fifth} %", "end", "small"))
    return parts


def interval(x, tally):
    low, high = tally.interval()
    return line(x, y_of(low), x, y_of(high), "interval")


def bars(groups):
    """`groups`: [(name, our tally, the naive rule's)]."""
    left, right = 70, 430
    parts = [text(left, 32, "Right answers", "start", "title"), *frame(left, right)]
    for x, kind, name in ((left, "ours", "narrows"), (left + 100, "naive", "naive rule")):
        parts.append(f'<rect x="{x}" y="43" width="12" height="12" rx="2" class="{kind}"/>')
        parts.append(text(x + 18, 54, name, "start", "small"))
    step = (right - left) / len(groups)
    for index, (name, *tallies) in enumerate(groups):
        middle = left + step * (index + 0.5)
        for x, kind, tally in zip((middle - 37, middle + 3), ("ours", "naive"), tallies):
            y = y_of(tally.share)
            parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="34" height="{BOTTOM - y:.1f}" '
                         f'class="{kind}"/>')
            parts.append(interval(x + 17, tally))
            parts.append(text(x + 17, y_of(tally.interval()[1]) - 6, f"{100 * tally.share:.0f}",
                              kind="small"))
        for row, part in enumerate(name.split("\n")):
            parts.append(text(middle, BOTTOM + 20 + 16 * row, part, kind="small" if row else ""))
    return parts


def curve(levels):
    """`levels`: [((low, high), tally)] of the stated confidence; those of a few answers say nothing."""
    left, right = 520, 870
    parts = [text(left, 32, "Stated confidence and what was right", "start", "title"),
             text(left, 54, "dashed: as often right as stated; bars: 95 % intervals", "start",
                  "small"), *frame(left, right)]
    points = []
    for (low, high), tally in levels:
        if tally.count >= ENOUGH:
            stated = (low + min(high, 1)) / 2
            points.append((left + stated * (right - left), tally))
    parts.append(line(left, y_of(0), right, y_of(1), "ideal"))
    path = " ".join(f"{x:.1f},{y_of(tally.share):.1f}" for x, tally in points)
    parts.append(f'<polyline points="{path}" class="curve"/>')
    for x, tally in points:
        parts.append(interval(x, tally))
        parts.append(f'<circle cx="{x:.1f}" cy="{y_of(tally.share):.1f}" r="4" class="ours"/>')
    for fifth in range(6):
        parts.append(text(left + fifth / 5 * (right - left), BOTTOM + 20, f"{20 * fifth} %",
                          kind="small"))
    parts.append(text((left + right) / 2, BOTTOM + 40, "stated confidence", kind="small"))
    return parts


def svg(groups, levels):
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
             f'width="{WIDTH}" height="{HEIGHT}" role="img" '
             'aria-label="Right answers by question, and by stated confidence">',
             f"<style>{STYLE}</style>",
             f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="8" '
             'class="card"/>',
             *bars(groups), *curve(levels), "</svg>"]
    return "\n".join(parts) + "\n"
