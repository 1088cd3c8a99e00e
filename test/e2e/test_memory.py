# SPDX-License-Identifier: MIT
"""Memory is bounded whatever comes in, however slow the reader, by the node's own account (VmHWM).

Usage: test_memory.py NARROWS_NODE PATIENT_NODE
Exit status 77 (skipped) if the node was built with a sanitizer.

The bound, as docs/SECURITY.md has it: --pool-bytes for messages on their way; as much again for
requests that wait and answers that nobody has taken; 2 KiB for each request that waits; and a constant.
"""
import json
import os
import sys
import tempfile
import time

import harness
from harness import MIB
from messages import INIT, echo, request

LINE = 4 * MIB  # --max-line, by default
POOLS = 12 * MIB  # --pool-bytes, by default
PROGRAM = 12 * MIB  # of code and histograms, stacks and what malloc keeps
IDENTITY = 12 * MIB  # the most ids that an init may have
PATIENT = os.path.abspath(sys.argv.pop(2)) if len(sys.argv) > 2 else None


def filled(before, unit, after):
    """Such a line of as many bytes as are taken."""
    return before + unit * ((LINE - len(before) - len(after)) // len(unit)) + after


def filled_request(before, unit, after):
    head, tail = request(b"@").split(b"@")
    return filled(head + before, unit, after + tail)


def ids(count, one=b"n1"):
    return INIT.replace(b'["n1"]', b"[" + b",".join([b'"%s"' % one] * count) + b"]")


# What could be kept, copied or counted: lines of --max-line bytes, or many of them.
INPUTS = {
    "a long string": filled_request(b'"type":"echo","msg_id":3,"echo":"', b"x", b'"'),
    "escapes": filled_request(b'"type":"echo","msg_id":3,"echo":"', b"\\u0000", b'"'),
    "a deep value": filled_request(b'"type":"echo","msg_id":3,"echo":' + b"[" * 500, b"0,",
                                   b"0" + b"]" * 500),
    "many items": filled_request(b'"type":"echo","msg_id":3,"echo":[', b"0,", b"0]"),
    "many members of a value": filled_request(b'"type":"echo","msg_id":3,"echo":{', b'"":0,', b'"":0}'),
    "many members": filled_request(b'"type":"echo","msg_id":3,', b'"":0,', b'"echo":1'),
    "a long name in escapes": filled_request(b'"type":"echo","echo":1,"msg_id":3,"', b"\\n", b'":1'),
    "a long number": filled_request(b'"type":"echo","msg_id":3,"echo":', b"9", b""),
    "a long type": filled_request(b'"msg_id":3,"type":"', b"t", b'"'),
    "a long type in escapes": filled_request(b'"msg_id":3,"type":"', b"\\n", b'"'),
    "a long src": filled(b'{"dest":"n1","body":{"type":"echo","msg_id":3,"echo":1},"src":"', b"c",
                         b'"}\n'),
    "a long src in escapes": filled(
        b'{"dest":"n1","body":{"type":"echo","msg_id":3,"echo":1},"src":"', b"\\n", b'"}\n'),
    "a long msg_id": filled_request(b'"type":"echo","msg_id":', b"9", b""),
    "a long option": filled_request(b'"type":"bench_stats","msg_id":3,"detail":"', b"\\n", b'"'),
    "a line of garbage": filled(b"", b"x", b"\n"),
    "a line that is too long": b"x" * 4 * LINE + b"\n",
    "no newline, then one": b"x" * 2 * LINE + b"\n",
    "types": b"".join(request(b'"type":"t%d","msg_id":3' % i) for i in range(100_000)),
    "sources": b"".join(echo(3).replace(b'"c1"', b'"c%d"' % i) for i in range(100_000)),
    "names": b"".join(request(b'"type":"echo","msg_id":3,"echo":1,"m%d":1' % i)
                      for i in range(100_000)),
    "bad lines": b"".join(b"{%d\n" % i for i in range(200_000)),
    "replies to nobody": b"".join(
        request(b'"type":"read_ok","in_reply_to":%d' % i) for i in range(100_000)),
    "more ids than a node keeps": ids(LINE // 6),
    "ids, then none": ids(LINE // 6).replace(b"]", b",1]"),
}


class Memory(harness.NodeCase):
    def setUp(self):
        if harness.is_sanitized():
            self.skipTest("a sanitizer takes memory of its own")
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def peak_of(self, data, init=INIT, *args):
        """The node's, once it has answered what comes after this."""
        node = self.start(*args, "--log-level=error")
        node.write(init)
        node.take()
        node.write(data)
        node.write(echo(999_999_999))
        while b'"in_reply_to": 999999999' not in node.take()[0]:
            pass
        peak = node.peak_bytes()
        node.kill()
        return peak

    def test_no_line_takes_more_than_a_long_one(self):
        plain = self.peak_of(2 * INPUTS["a long string"])
        self.assertLess(plain, POOLS + PROGRAM)
        for name, data in INPUTS.items():
            with self.subTest(name):
                more = self.peak_of(2 * data) - plain
                self.assertLess(more, 4 * MIB, f"{more / MIB:.1f} MiB more than a long string")

    def test_an_identity_is_bounded(self):
        """Whatever is kept of an init: what is more than that is refused."""
        for name, init in (("ids", ids(65_536)), ("long ids", ids(65_536, b"n" * 57)),
                           ("a long name", INIT.replace(b'"n1"', b'"%s"' % (b"n" * (MIB - 2))))):
            with self.subTest(name):
                peak = self.peak_of(b"", init)
                self.assertLess(peak, PROGRAM + IDENTITY, f"{peak / MIB:.1f} MiB")

    def test_a_reader_that_does_not_read(self):
        for name in ("a long string", "types", "bad lines", "sources"):
            with self.subTest(name):
                node = self.start("--log-level=error", reading=False)
                node.write(INIT)
                node.offer(100 * echo(2) + 30 * INPUTS[name], quiet_s=0.5 * harness.TIME_SCALE)
                self.assertLess(node.peak_bytes(), POOLS + PROGRAM)
                node.kill()

    def test_a_log_that_nobody_reads(self):
        pipe = harness.stdout_pipe()
        node = self.start("--log-level=debug", stderr=harness.Ends(pipe.node, None))
        self.addCleanup(os.close, pipe.ours)
        node.write(INIT)
        before = node.peak_bytes()
        node.write(INPUTS["bad lines"] + INPUTS["types"] + echo(999_999_999))
        while b'"in_reply_to": 999999999' not in node.take()[0]:
            pass
        self.assertLess(node.peak_bytes() - before, POOLS)
        self.assertLess(node.peak_bytes(), POOLS + PROGRAM)

    def test_a_long_run_takes_no_more_than_a_short_one(self):
        # Small pools, all of which are used soon.
        node = self.start("--log-level=error", f"--trace={self.path('trace')}",
                          "--max-line=65536", "--pool-bytes=2000000")
        node.write(INIT)
        node.take()
        peaks = []
        for _ in range(10):
            node.write(INPUTS["types"] + INPUTS["sources"])
            node.take(200_000)
            peaks.append(node.peak_bytes())
        # Less than two bytes a message: windows of time, of fixed number, are first used meanwhile.
        self.assertLess(peaks[-1] - peaks[2], 2 * MIB, peaks)


@harness.unittest.skipUnless(PATIENT, "no patient node")
class Waiting(harness.NodeCase):
    """A node whose handlers wait."""
    EACH = 2048  # bytes of a request that waits, beside its text

    def setUp(self):
        if harness.is_sanitized():
            self.skipTest("a sanitizer takes memory of its own")
        given = os.environ["NARROWS_NODE"]
        os.environ["NARROWS_NODE"] = PATIENT
        self.addCleanup(os.environ.__setitem__, "NARROWS_NODE", given)

    def nap(self, number, tag, ms=60_000):
        return (b'{"src":"c1","dest":"n1","body":{"type":"nap","ms":%d,"msg_id":%d,"tag":%s}}\n'
                % (ms, number, tag))

    def answers_to(self, lines, refused, *args, deadline="--deadline=100"):
        """Offers requests that wait; how many are refused at once, and the node."""
        node = self.start("--log-level=error", deadline, *args)
        node.write(INIT)
        node.take(2)
        for line in lines:
            node.write(line)
        for line in node.take(refused):
            self.assertEqual(json.loads(line)["body"]["code"], 11)
        node.write(echo(999_999_999))
        self.assertIn(b'"in_reply_to": 999999999', node.take()[0])
        return node

    def test_as_many_requests_as_may_wait(self):
        count = 10_000
        node = self.answers_to((self.nap(i, b'"x"') for i in range(count + 500)), 500)
        self.assertLess(node.peak_bytes(), POOLS + PROGRAM + count * self.EACH)

    def test_long_requests_that_wait_take_as_much_as_the_pools(self):
        tag = b'"%s"' % (b"x" * (MIB - 200))
        node = self.answers_to((self.nap(i, tag) for i in range(40)), 40 - POOLS // MIB)
        self.assertLess(node.peak_bytes(), 2 * POOLS + PROGRAM)

    def test_again_and_again(self):
        """What waits no more leaves nothing behind, its deadline passed or not."""
        node = self.answers_to((), 0, deadline="--deadline=0.2")
        peaks = []
        for _ in range(6):
            tag = b'"%s"' % (b"x" * 1000)
            node.write(b"".join(self.nap(i, tag, 1 + i % 400) for i in range(5_000)))
            time.sleep(0.6 * harness.TIME_SCALE)
            peaks.append(node.peak_bytes())
        self.assertLess(peaks[-1] - peaks[2], 2 * MIB, peaks)


if __name__ == "__main__":
    harness.main()
