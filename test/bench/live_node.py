# SPDX-License-Identifier: MIT
"""A node on two pipes that stays alive while it is looked at from outside."""

import os
import select
import struct
import subprocess
import threading
import time

import generate
from runs import RUN_TIMEOUT_S, Wrong

CHUNK_BYTES = 64 * 1024


class LiveNode:
    """Started and initialised; what it logs is dropped.

    `count_file` and `preload`: see count_malloc.cpp.
    """

    def __init__(self, command, count_file=None, preload=None):
        environment = dict(os.environ)
        if preload:
            environment |= {"LD_PRELOAD": preload, "NARROWS_MALLOC_COUNT": count_file}
        self._count_file = count_file
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=subprocess.DEVNULL, bufsize=0, env=environment)
        self._input = self._process.stdin.fileno()
        self._output = self._process.stdout.fileno()
        if self.exchange(generate.INIT, 1) != generate.INIT_OK:
            self.close()
            raise Wrong("init was not answered with init_ok")

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def close(self):
        """Ends the node if it still runs."""
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()

    def finish(self):
        """Closes its input; it must say no more and end with status 0."""
        self._process.stdin.close()
        if self._read(time.monotonic() + RUN_TIMEOUT_S):
            raise Wrong("the node says more than was asked")
        if self._process.wait(RUN_TIMEOUT_S) != 0:
            raise Wrong(f"the node ended with status {self._process.returncode}")

    def exchange(self, requests, count):
        """Writes `requests` and reads until `count` lines have come; returns them."""
        feeder = threading.Thread(target=self._feed, args=(requests,), daemon=True)
        feeder.start()
        deadline = time.monotonic() + RUN_TIMEOUT_S
        replies = []
        while count > 0:
            chunk = self._read(deadline)
            if not chunk:
                raise Wrong(f"the node's output ended {count} replies early")
            replies.append(chunk)
            count -= chunk.count(b"\n")
        feeder.join()
        return b"".join(replies)

    def exchange_echoes(self, first, count, size):
        requests = b"".join(generate.chunks(generate.echo, count, size, first))
        expected = b"".join(generate.chunks(generate.echo_ok, count, size, first))
        if self.exchange(requests, count) != expected:
            raise Wrong(f"the replies to {count} echoes are not as they must be")

    def exchange_mixed(self, first, count):
        replies = self.exchange(b"".join(generate.chunks(generate.mixed, count, 0, first)), count)
        for number, reply in enumerate(replies.splitlines(True), first):
            wrong = generate.check_mixed(number, reply)
            if wrong:
                raise Wrong(wrong)

    def offer(self, requests, patience_s):
        """Writes without waiting and without reading, until nothing was taken for a while.

        Returns the number of bytes that were taken.
        """
        os.set_blocking(self._input, False)
        view = memoryview(requests)
        at = 0
        while at < len(view) and select.select([], [self._input], [], patience_s)[1]:
            at += os.write(self._input, view[at:at + CHUNK_BYTES])
        os.set_blocking(self._input, True)
        return at

    # What can be seen from outside.

    def allocations(self):
        with open(self._count_file, "rb") as file:
            return struct.unpack("=Q", file.read(8))[0]

    def cpu_ns(self):
        """What all its threads ran so far, from the scheduler's own books."""
        tasks = f"/proc/{self._process.pid}/task"
        total = 0
        for task in os.listdir(tasks):
            with open(f"{tasks}/{task}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
        return total

    def memory_bytes(self, name):
        """VmRSS, resident now, or VmHWM, its peak."""
        with open(f"/proc/{self._process.pid}/status", encoding="ascii") as file:
            kib = next(line.split()[1] for line in file if line.startswith(name + ":"))
        return int(kib) * 1024

    def _feed(self, requests):
        view = memoryview(requests)
        try:
            while view:
                view = view[os.write(self._input, view[:CHUNK_BYTES]):]
        except BrokenPipeError:
            pass  # the reader sees the end of the output, and says so

    def _read(self, deadline):
        left = max(deadline - time.monotonic(), 0)
        if not select.select([self._output], [], [], left)[0]:
            raise Wrong("the node does not answer")
        return os.read(self._output, CHUNK_BYTES)
