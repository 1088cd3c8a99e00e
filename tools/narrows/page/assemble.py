#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Puts the report's page together and writes it as C++ source, with @DATA@ left open.

Usage: assemble.py --out OUT.cpp PAGE.html PAGE.css SCRIPT.js... --chart [CHART.js]

Without the chart library the page is empty.
"""
import sys

CHUNK = 8192  # bytes a literal


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def literal(data):
    """A C++ string literal, octal where it must be (three digits end by themselves)."""
    return '"' + "".join(
        chr(byte) if 32 <= byte < 127 and byte not in b'"\\?' else f"\\{byte:03o}"
        for byte in data) + '"'


def assembled(page, style, *scripts, chart):
    parts = {"@STYLE@": read(style).rstrip(),
             "@SCRIPT@": "\n".join(read(script).rstrip() for script in scripts),
             "@CHART@": read(chart).replace("//# sourceMappingURL=", "// ").rstrip()}
    text = read(page)
    for mark, part in parts.items():
        if "</script" in part:
            sys.exit(f"{mark}: it would end its element")
        text = text.replace(mark, part)
    return text.encode()


def main(out, sources, chart):
    data = assembled(*sources, chart=chart[0]) if chart else b""
    chunks = [literal(data[at:at + CHUNK]) for at in range(0, len(data), CHUNK)]
    with open(out, "w", encoding="ascii") as file:
        file.write('#include "html_report.hpp"\n\nnamespace narrows::tools {\n\n'
                   "std::string report_page() {\n  std::string page;\n")
        file.writelines(f"  page +=\n{chunk};\n" for chunk in chunks)
        file.write("  return page;\n}\n\n}  // namespace narrows::tools\n")


if __name__ == "__main__":
    if len(sys.argv) < 7 or sys.argv[1] != "--out" or "--chart" not in sys.argv[6:]:
        sys.exit(__doc__)
    split = sys.argv.index("--chart")
    main(sys.argv[2], sys.argv[3:split], sys.argv[split + 1:])
