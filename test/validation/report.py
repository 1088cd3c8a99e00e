# SPDX-License-Identifier: MIT
"""What the validation finds: tables, and checks that are ok or short. On the terminal as it comes, in
the end as a document."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Check:
    what: str
    must: str
    found: str
    ok: bool

    @property
    def mark(self):
        return "ok" if self.ok else "**short**"


class Section:
    def __init__(self, title):
        self.title = title
        self.checks = []
        self._blocks = []  # Markdown
        print(f"\n== {title}", flush=True)

    def say(self, text):
        self._blocks.append(text)

    def table(self, header, rows):
        self._blocks.append(table(header, rows))
        columns = list(zip(header, *rows))
        widths = [max(len(str(cell)) for cell in column) for column in columns]
        for row in (header, *rows):
            cells = [str(cell).ljust(width) for cell, width in zip(row, widths)]
            print("  " + "  ".join(cells).rstrip(), flush=True)

    def check(self, what, must, found, ok):
        """Something that must hold. It goes into the section's table of checks."""
        check = Check(what, must, found, bool(ok))
        self.checks.append(check)
        print(f"{'ok' if ok else 'SHORT':6} {what}: {found} (must: {must})", flush=True)

    def picture(self, path, about):
        self._blocks.append(f"![{about}]({path})")

    def markdown(self):
        blocks = [f"## {self.title}", *self._blocks]
        if self.checks:
            blocks.append(table(("what", "must", "found", ""),
                                [(c.what, c.must, c.found, c.mark) for c in self.checks]))
        return "\n\n".join(blocks)


def table(header, rows):
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |"
                     for line in lines)


def shortfalls(sections):
    return [(section, check) for section in sections for check in section.checks if not check.ok]


def document(introduction, sections):
    """The whole as Markdown."""
    short = shortfalls(sections)
    count = sum(len(section.checks) for section in sections)
    blocks = ["# Validation", introduction, "## What falls short"]
    if short:
        blocks.append("\n".join(f"- {section.title}: {check.what}. It must be {check.must}; it was "
                                f"{check.found}." for section, check in short))
    else:
        blocks.append(f"Nothing: all {count} checks are ok.")
    return "\n\n".join([*blocks, *(section.markdown() for section in sections)]) + "\n"
