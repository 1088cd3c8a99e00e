# SPDX-License-Identifier: MIT
"""Runs a node over real pipes: write bytes, read reply lines, collect stderr and exit status.

NARROWS_NODE        the node's path (a test file's first argument does as well)
NARROWS_THREADS     pipeline (default) or inline
NARROWS_TIME_SCALE  multiplies every timeout (slow machines, sanitizers)
"""
import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
import unittest
from collections import namedtuple

MODE = os.environ.get("NARROWS_THREADS", "pipeline")
TIME_SCALE = float(os.environ.get("NARROWS_TIME_SCALE", "1"))
PATIENCE_S = 30 * TIME_SCALE  # no wait of a test is longer
MIB = 1 << 20

Ends = namedtuple("Ends", "node ours")  # the two ends of a channel, as descriptors


def node_path():
    """The first argument that is a file, or NARROWS_NODE."""
    if len(sys.argv) > 1 and os.path.isfile(sys.argv[1]):
        os.environ["NARROWS_NODE"] = sys.argv.pop(1)
    path = os.environ.get("NARROWS_NODE")
    if not path:
        sys.exit("which node? give its path as first argument or in NARROWS_NODE")
    return os.path.abspath(path)


def has_code(symbol):
    """True when the node's program contains `symbol`: which sanitizer was it built with?"""
    with open(node_path(), "rb") as program:
        return symbol in program.read()


def is_sanitized():
    """True when the node was built with ASan or TSan, which take memory of their own."""
    return has_code(b"__asan_init") or has_code(b"__tsan_init")


def stdin_pipe():
    reader, writer = os.pipe()
    return Ends(reader, writer)


def stdout_pipe():
    reader, writer = os.pipe()
    return Ends(writer, reader)


def wait_until(holds, what, patience_s=None):
    """Polls until holds() is true; what never comes true is a failure."""
    deadline = time.monotonic() + (patience_s or PATIENCE_S)
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"never happened: {what}")
        time.sleep(0.005)


class Collector(threading.Thread):
    """Collects what comes out of a descriptor until its end; owns and closes it."""

    def __init__(self, fd):
        super().__init__(daemon=True)
        self.fd = fd
        self.data = bytearray()
        self.taken = 0  # bytes already handed out
        self.lines_left = 0
        self.ended = False
        self.changed = threading.Condition()

    def run(self):
        chunk = b"."
        while chunk:
            chunk = self.read()
            with self.changed:
                self.data += chunk
                self.lines_left += chunk.count(b"\n")
                self.ended = not chunk
                self.changed.notify_all()
        os.close(self.fd)

    def read(self):
        select.select([self.fd], [], [])
        try:
            return os.read(self.fd, 1 << 18)
        except ConnectionResetError:  # a socket whose other end left with input unread
            return b""

    def take_lines(self, count, patience_s):
        """The next `count` lines without their newlines."""
        with self.changed:
            come = self.changed.wait_for(
                lambda: self.lines_left >= count or self.ended, patience_s)
            if self.lines_left < count:
                why = "the output ended" if come else f"nothing more within {patience_s} s"
                raise AssertionError(f"{self.lines_left} of {count} lines came, then {why}; "
                                     f"last: {bytes(self.data[-300:])!r}")
            lines = []
            for _ in range(count):
                end = self.data.index(b"\n", self.taken)
                lines.append(bytes(self.data[self.taken:end]))
                self.taken = end + 1
            self.lines_left -= count
            return lines

    def take_rest(self, patience_s):
        """All that was not taken yet, once the output has ended."""
        with self.changed:
            if not self.changed.wait_for(lambda: self.ended, patience_s):
                raise AssertionError(f"the output did not end within {patience_s} s")
            rest = bytes(self.data[self.taken:])
            self.taken = len(self.data)
            self.lines_left = 0
            return rest


class Node:
    """A running node. stdin, stdout and stderr take Ends; whoever gives them may keep no copy.

    reading=False leaves stdout unread until start_reading(), so that it can fill up.
    redirect is a shell redirection for what Ends cannot say, such as "2>&-".
    What else is given goes to Popen (cwd, env).
    """

    def __init__(self, *args, stdin=None, stdout=None, stderr=None, reading=True, redirect=None,
                 threads=MODE, **popen):
        stdin = stdin or stdin_pipe()
        stdout = stdout or stdout_pipe()
        stderr = stderr or stdout_pipe()
        command = [node_path()] + ([f"--threads={threads}"] if threads else []) + list(args)
        if redirect:
            command = ["sh", "-c", f'exec "$0" "$@" {redirect}'] + command
        self.process = subprocess.Popen(command, stdin=stdin.node, stdout=stdout.node,
                                        stderr=stderr.node, **popen)
        for ends in (stdin, stdout, stderr):
            os.close(ends.node)
        self.stdin = stdin.ours
        if self.stdin is not None:
            os.set_blocking(self.stdin, False)  # our end alone
        self.out = Collector(stdout.ours) if stdout.ours is not None else None
        self.err = Collector(stderr.ours) if stderr.ours is not None else None
        if self.err:
            self.err.start()
        if self.out and reading:
            self.out.start()

    # Input

    def write(self, data):
        """Writes all of data; a node that stops reading is a failure."""
        written = self.offer(data, quiet_s=PATIENCE_S)
        if written < len(data):
            raise AssertionError(f"the node took {written} of {len(data)} bytes")

    def offer(self, data, quiet_s):
        """Writes what the node takes, until it took nothing for quiet_s or left; bytes written."""
        view = memoryview(data)
        written = 0
        while written < len(data):
            if not select.select([], [self.stdin], [], quiet_s)[1]:
                break
            try:
                written += os.write(self.stdin, view[written:written + (1 << 18)])
            except (BrokenPipeError, ConnectionResetError):
                break
        return written

    def unread_bytes(self):
        """Bytes written to stdin that the node has not read."""
        return struct.unpack("i", fcntl.ioctl(self.stdin, termios.FIONREAD, bytes(4)))[0]

    def close_stdin(self):
        if self.stdin is not None:
            os.close(self.stdin)
            self.stdin = None

    # Output

    def start_reading(self):
        self.out.start()

    def close_stdout(self):
        """Closes our end of an unread stdout: the node's next write breaks."""
        os.close(self.out.fd)
        self.out = None

    def take(self, count=1):
        """The next `count` reply lines."""
        return self.out.take_lines(count, PATIENCE_S)

    def ask(self, line):
        """Writes a line and returns the next reply line."""
        self.write(line)
        return self.take()[0]

    # The process

    def signal(self, number):
        """Sends a signal and waits until it was delivered, so that the next one cannot merge."""
        self.process.send_signal(number)
        wait_until(lambda: int(self.status("ShdPnd"), 16) & (1 << (number - 1)) == 0,
                   f"signal {number} is delivered")

    def status(self, field):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as lines:
            values = dict(line.split(":", 1) for line in lines)
        return values[field].strip()

    def peak_bytes(self):
        """The largest resident size so far."""
        return int(self.status("VmHWM").split()[0]) * 1024

    def is_running(self):
        return self.process.poll() is None

    def wait(self):
        """The exit status of a node that ends by itself."""
        try:
            return self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("the node did not end; stderr: "
                                 f"{bytes(self.err.data) if self.err else b''!r}") from None

    def finish(self):
        """Ends the input; returns (stdout not taken yet, stderr, exit status)."""
        self.close_stdin()
        status = self.wait()
        stdout = self.out.take_rest(PATIENCE_S) if self.out else b""
        stderr = self.err.take_rest(PATIENCE_S) if self.err else b""
        return stdout, stderr, status

    def kill(self):
        """Ends the node whatever it does, and gives everything back. Can be called twice."""
        if self.is_running():
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.close_stdin()
        for collector in (self.out, self.err):
            if collector and collector.ident is None:  # never started
                os.close(collector.fd)
            elif collector:
                collector.join(PATIENCE_S)
        self.out = self.err = None


def run(data, args=()):
    """One whole run on `data`: (stdout, stderr, exit status)."""
    node = Node(*args)
    try:
        node.write(data)
        return node.finish()
    finally:
        node.kill()


class NodeCase(unittest.TestCase):
    """A test case whose nodes end with it."""
    maxDiff = 4000

    def start(self, *args, **how):
        node = Node(*args, **how)
        self.addCleanup(node.kill)
        return node

    def assert_lines(self, lines, expected):
        """Each line equals the expected bytes, or matches the expected pattern wholly."""
        self.assertEqual(len(lines), len(expected), f"{lines} instead of {expected}")
        for line, wanted in zip(lines, expected):
            if isinstance(wanted, bytes):
                self.assertEqual(line, wanted)
            else:
                self.assertIsNotNone(wanted.fullmatch(line), f"{line} is not {wanted.pattern}")

    def assert_ends(self, node, stdout=b""):
        """At the end of input nothing but `stdout` is left, and the status is 0; gives stderr."""
        rest, stderr, status = node.finish()
        self.assertEqual((rest, status), (stdout, 0), stderr)
        return stderr


def main():
    """Runs the tests of the file that was started."""
    node_path()
    unittest.main()
