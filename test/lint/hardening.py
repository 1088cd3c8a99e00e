# SPDX-License-Identifier: MIT
"""Checks that what is built has the usual hardening.

Usage: hardening.py FILE...     programs and shared libraries
Exit status 77 (skipped) without readelf.
"""
import re
import shutil
import subprocess
import sys

# What must be found in what readelf says of a file.
WANTED = {
    "position independent": ("-h", r"Type:\s+DYN"),
    "relocations read-only at the end of loading": ("-l", r"GNU_RELRO"),
    "all functions bound when it is loaded": ("-d", r"BIND_NOW|FLAGS_1\).*NOW"),
    "no executable stack": ("-l", r"GNU_STACK(\s+0x\w+)+ RW\s"),
    "stack protector": ("--dyn-syms", r"UND __stack_chk_fail\b"),
    "_FORTIFY_SOURCE": ("--dyn-syms", r"UND __\w+_chk(@|\s|$)"),
}
# No segment is both written to and executed, either.
UNWANTED = {"a segment that can be written and executed": ("-l", r"LOAD(\s+0x\w+)+ RWE")}


def said_of(file, option):
    return subprocess.run(["readelf", "-W", option, file], capture_output=True, text=True,
                          check=True).stdout


def faults_of(file):
    def has(option, pattern):
        return re.search(pattern, said_of(file, option)) is not None
    faults = [f"lacks {what}" for what, looks in WANTED.items() if not has(*looks)]
    return faults + [f"has {what}" for what, looks in UNWANTED.items() if has(*looks)]


def main(files):
    if not files:
        sys.exit(__doc__)
    if shutil.which("readelf") is None:
        sys.exit(77)
    faults = [f"{file}: {fault}" for file in files for fault in faults_of(file)]
    print("\n".join(faults) or f"{len(files)} files are hardened")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
