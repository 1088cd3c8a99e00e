#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the files of a new project as C++ source, for `narrows new`.

Usage: embed.py OUT.cpp FILE...
"""
import os
import sys


def literal(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if ')file"' in text:
        sys.exit(f"{path}: it would end its literal")
    return f'R"file({text})file"'


def main(out, *paths):
    with open(out, "w", encoding="utf-8") as file:
        file.write('#include "new/new_project.hpp"\n\nnamespace narrows::tools {\n\n'
                   "std::vector<ProjectFile> project_templates() {\n  return {\n")
        file.writelines(f'{{"{os.path.basename(path)}", {literal(path)}}},\n' for path in paths)
        file.write("  };\n}\n\n}  // namespace narrows::tools\n")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
