# SPDX-License-Identifier: MIT
"""One run of a program over a file of input, by `timed`, and the check of what it answered."""

import dataclasses
import errno
import os
import subprocess

import generate

RUN_TIMEOUT_S = 120


class Wrong(Exception):
    """A program did not do what was asked; nothing that it was timed at counts."""


@dataclasses.dataclass(frozen=True)
class Places:
    """Where things are: two nodes, the investigator, a folder of other programs, one for files."""
    node: str
    bare: str | None  # not needed for most
    narrows: str
    programs: str
    scratch: str

    def program(self, name):
        path = os.path.join(self.programs, name)
        if not os.access(path, os.X_OK):
            raise FileNotFoundError(errno.ENOENT, "not built", path)
        return path

    def shared_module(self, name):
        return os.path.join(self.programs, name)


@dataclasses.dataclass(frozen=True)
class Input:
    """A file that holds init and `count` echoes of `size` bytes."""
    path: str
    count: int
    size: int


def write_input(places, count, size=96):
    """Writes it, unless it is there, and leaves it on the disk and in the page cache."""
    path = os.path.join(places.scratch, f"echo-{count}-{size}.jsonl")
    if not os.path.exists(path):
        with open(path, "wb") as file:
            file.write(generate.INIT)
            file.writelines(generate.chunks(generate.echo, count, size))
            file.flush()
            os.fsync(file.fileno())  # or the disk would be busy with it while runs are timed
    return Input(path, count, size)


@dataclasses.dataclass(frozen=True)
class Side:
    """A program, its input, and how its answer is checked."""
    command: tuple
    input: Input
    check: object  # called with the side, the path of its output and its stderr
    pipes: bool = False

    def messages(self):
        return self.input.count + 1


@dataclasses.dataclass(frozen=True)
class Run:
    wall_s: float
    rss_bytes: int


def timed(places, side, output="/dev/null"):
    """One run, and the stderr of it."""
    command = [places.program("timed"), *(["--pipe"] if side.pipes else []), side.input.path,
               output, "--", *side.command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=RUN_TIMEOUT_S,
                          check=False)
    if done.returncode != 0:
        raise Wrong(f"{' '.join(side.command)}: {done.stderr.strip()}")
    wall_ns, _cpu_ns, peak_rss_kib = done.stdout.split()
    return Run(int(wall_ns) / 1e9, int(peak_rss_kib) * 1024), done.stderr


def verify(places, side):
    """A run of `side` whose whole answer is checked."""
    output = os.path.join(places.scratch, "output")
    _run, errors = timed(places, side, output)
    side.check(side, output, errors)
    os.unlink(output)


def rate(places, side):
    """Messages a second of one run."""
    return side.messages() / timed(places, side)[0].wall_s


# Checks.


def compare(path, expected):
    """Compares a file with chunks of whole lines, byte for byte."""
    number = 1
    with open(path, "rb") as file:
        for chunk in expected:
            got = file.read(len(chunk))
            if got != chunk:
                wanted, found = chunk.splitlines(True), got.splitlines(True) + [b""]
                at = next(i for i, line in enumerate(wanted)
                          if i >= len(found) or line != found[i])
                line = found[at] if at < len(found) else b""
                raise Wrong(f"line {number + at}: expected {wanted[at]!r}, got {line!r}")
            number += chunk.count(b"\n")
        if file.read(1):
            raise Wrong(f"there is more than the {number - 1} lines expected")


def expected_replies(count, size):
    yield generate.INIT_OK
    yield from generate.chunks(generate.echo_ok, count, size)


def check_replies(side, output, _errors):
    compare(output, expected_replies(side.input.count, side.input.size))


def check_floor(side, output, errors):
    """Every message was parsed; and what was written, if anything, is what was read."""
    report = generate.floor_report(side.input.count, side.input.size)
    if errors.strip() != report:
        raise Wrong(f"parse_floor: expected {report!r}, got {errors.strip()!r}")
    check_copied(side, output) if "--copy" in side.command else compare(output, [])


def check_io_floor(side, output, errors):
    if errors.strip() != f"messages {side.messages()}":
        raise Wrong(f"io_floor: {errors.strip()!r} for {side.messages()} messages")
    check_copied(side, output)


def check_copied(side, output):
    with open(side.input.path, "rb") as file:
        compare(output, iter(lambda: file.read(1 << 20), b""))
