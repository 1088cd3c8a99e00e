#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes a manual page from what a program says to --help, by help2man.

Usage: manual.py HELP2MAN OUT NAME PROGRAM [COMMAND]

With a COMMAND the page is about PROGRAM COMMAND, and is called PROGRAM-COMMAND.
"""
import os
import shlex
import subprocess
import sys
import tempfile


def main(help2man, out, name, *command):
    title = "-".join([os.path.basename(command[0]), *command[1:]])
    with tempfile.TemporaryDirectory() as folder:
        # help2man takes the page's title from its program's name.
        program = os.path.join(folder, title)
        with open(program, "w", encoding="utf-8") as script:
            version = f'{shlex.quote(command[0])} --version | sed "s/.* /{title} (narrows) /"'
            script.write(f'#!/bin/sh\n[ "$1" = --version ] && {version} && exit\n'
                         f'exec {shlex.join(command)} "$1"\n')
        os.chmod(program, 0o755)
        subprocess.run([help2man, "--no-info", "--section=1", f"--name={name}",
                        f"--output={out}", program], check=True)


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
