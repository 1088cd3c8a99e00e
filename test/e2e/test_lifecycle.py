# SPDX-License-Identifier: MIT
"""How the node ends, and what its descriptors may be: nothing that was read is lost."""
import fcntl
import os
import select
import signal
import socket
import tempfile
import unittest

import harness
from harness import MIB, Ends, stdin_pipe, stdout_pipe, wait_until
from messages import INIT, INIT_OK, echo, echo_ok, echoes, echoes_ok

QUIET_S = 0.5  # a node that took nothing for so long is blocked
FLOOD_LINES = 250_000
FLOOD = echoes(FLOOD_LINES)  # more than the pool and the pipes hold
# TSan keeps a signal from its handler until the thread's `write` returns; in the pipeline another
# thread takes the signal.
HELD_BACK = (harness.MODE == "inline" and harness.has_code(b"__tsan_init"),
             "ThreadSanitizer holds signals back in write")


def replies_to(consumed):
    """The output for the whole lines in the beginning of an echoes() input."""
    return echoes_ok(consumed.count(b"\n") - 1)


class LifecycleCase(harness.NodeCase):
    def start_blocked(self, *args):
        """A node whose stdout is full and unread; also how many bytes of FLOOD were written."""
        node = self.start(*args, reading=False)
        written = node.offer(FLOOD, QUIET_S)
        self.assertLess(written, len(FLOOD), "a blocked stdout must block stdin")
        return node, written


class EndOfInput(LifecycleCase):
    def test_everything_is_answered_before_the_end(self):
        stdout, stderr, status = harness.run(echoes(50_000))
        self.assertTrue(stdout == echoes_ok(50_000))
        self.assertEqual((stderr, status), (b"", 0))

    def test_no_input_is_no_output(self):
        self.assertEqual(harness.run(b""), (b"", b"", 0))

    def test_the_last_line_needs_no_newline(self):
        for end in (b"", b"\r", b" "):
            stdout, stderr, status = harness.run(echoes(3)[:-1] + end)
            self.assertEqual((stdout, stderr, status), (echoes_ok(3), b"", 0))

    def test_half_a_message_at_the_end_is_a_bad_line(self):
        stdout, stderr, status = harness.run(echoes(3) + echo(9)[:30])
        self.assertEqual((stdout, status), (echoes_ok(3), 0))
        self.assertEqual(stderr.count(b"\n"), 1, stderr)

    def test_a_blocked_stdout_delays_the_end_and_loses_nothing(self):
        node, written = self.start_blocked()
        node.close_stdin()
        node.start_reading()
        stdout, _, status = node.finish()
        answered = FLOOD[:written]
        if FLOOD[written:written + 1] == b"\n":  # cut just behind a message
            answered += b"\n"
        self.assertTrue(stdout == replies_to(answered), f"{written} bytes written")
        self.assertEqual(status, 0)


class Signals(LifecycleCase):
    def test_an_idle_node_ends_with_status_0(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            node = self.start()
            node.ask(INIT)
            node.process.send_signal(number)
            self.assertEqual(node.wait(), 0)
            self.assertEqual(node.finish(), (b"", b"", 0))

    def test_a_node_that_has_seen_nothing_ends_with_status_0(self):
        node = self.start()
        wait_until(lambda: int(node.status("SigCgt"), 16) & (1 << (signal.SIGTERM - 1)),
                   "the node catches SIGTERM")
        node.process.send_signal(signal.SIGTERM)
        self.assertEqual(node.wait(), 0)

    def test_what_was_read_is_answered_and_nothing_else(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            node, written = self.start_blocked()
            node.signal(number)
            self.assertTrue(node.is_running(), "it must wait for its reader")
            node.start_reading()
            self.assertEqual(node.wait(), 0)
            consumed = written - node.unread_bytes()
            stdout, stderr, _ = node.finish()
            self.assertTrue(stdout == replies_to(FLOOD[:consumed]), f"{consumed} bytes consumed")
            self.assertEqual(stderr, b"")

    def test_work_in_progress_is_finished(self):
        node = self.start("--slow=dispatch=2ms")
        data = echoes(300)
        node.write(data)
        wait_until(lambda: node.unread_bytes() < len(data), "some of it is read")
        node.process.send_signal(signal.SIGTERM)
        self.assertEqual(node.wait(), 0)
        consumed = len(data) - node.unread_bytes()
        self.assertTrue(node.finish()[0] == replies_to(data[:consumed]),
                        f"{consumed} bytes consumed")

    def test_half_a_line_is_dropped_silently(self):
        node = self.start()
        node.ask(INIT)
        node.write(echo(2) + echo(3)[:-1])
        node.take(1)
        wait_until(lambda: node.unread_bytes() == 0, "the input is read")
        node.process.send_signal(signal.SIGTERM)
        self.assertEqual(node.wait(), 0)
        self.assertEqual(node.finish(), (b"", b"", 0))

    @unittest.skipIf(*HELD_BACK)
    def test_the_second_ends_at_once_though_stdout_is_blocked(self):
        for first, second in ((signal.SIGTERM, signal.SIGTERM), (signal.SIGINT, signal.SIGINT),
                              (signal.SIGTERM, signal.SIGINT)):
            node = self.start_blocked()[0]
            node.signal(first)
            self.assertTrue(node.is_running())
            node.process.send_signal(second)
            self.assertEqual(node.wait(), 128 + second)

    @unittest.skipIf(*HELD_BACK)
    def test_the_second_ends_a_drain_after_the_end_of_input(self):
        node = self.start_blocked()[0]
        node.close_stdin()
        node.signal(signal.SIGTERM)
        self.assertTrue(node.is_running())
        node.process.send_signal(signal.SIGTERM)
        self.assertEqual(node.wait(), 128 + signal.SIGTERM)

    def test_a_node_that_is_stopped_and_continued_goes_on(self):
        node = self.start()
        node.ask(INIT)
        for i in range(20):
            node.process.send_signal(signal.SIGSTOP)
            node.write(echo(2 + i))
            node.process.send_signal(signal.SIGCONT)
            self.assert_lines(node.take(), [echo_ok(2 + i, 1 + i)])
        self.assert_ends(node)


class Stdout(LifecycleCase):
    def assert_broken(self, node):
        """The node ends by itself, with status 1 and one line on stderr."""
        self.assertEqual(node.wait(), 1)
        stderr = node.err.take_rest(harness.PATIENCE_S)
        self.assertEqual(stderr.count(b"\n"), 1, stderr)

    def test_that_is_closed_by_its_reader_ends_the_node(self):
        node = self.start(reading=False)
        node.close_stdout()
        node.write(INIT)
        self.assert_broken(node)

    def test_that_is_closed_in_a_flood_ends_the_node(self):
        node = self.start_blocked()[0]
        node.close_stdout()
        node.offer(echoes(1000), QUIET_S)
        self.assert_broken(node)

    def test_that_is_closed_while_the_input_has_ended_ends_the_node(self):
        node = self.start_blocked()[0]
        node.close_stdin()
        node.close_stdout()
        self.assert_broken(node)

    def test_that_was_never_open_ends_the_node(self):
        node = self.start(redirect=">&-")
        node.write(INIT)
        self.assert_broken(node)

    def test_on_a_full_disk_ends_the_node(self):
        node = self.start(redirect=">/dev/full")
        node.write(INIT)
        self.assert_broken(node)

    def test_that_was_full_and_is_drained_loses_nothing(self):
        node, written = self.start_blocked()
        node.start_reading()
        node.write(FLOOD[written:])
        stdout, _, status = node.finish()
        self.assertTrue(stdout == echoes_ok(FLOOD_LINES))
        self.assertEqual(status, 0)

    def test_that_fills_again_and_again_loses_nothing(self):
        ends = stdout_pipe()
        fcntl.fcntl(ends.ours, fcntl.F_SETPIPE_SZ, 4096)
        node = self.start(stdout=ends)
        node.write(echoes(20_000))
        self.assertTrue(node.finish()[0] == echoes_ok(20_000))

    def assert_blocked_memory(self, data, bound_bytes):
        node = self.start(reading=False)
        node.write(INIT)
        self.assertTrue(select.select([node.out.fd], [], [], harness.PATIENCE_S)[0])
        before = node.peak_bytes()
        written = node.offer(data, QUIET_S)
        self.assertLess(written, len(data))
        growth = node.peak_bytes() - before
        self.assertLess(growth, bound_bytes * (6 if harness.is_sanitized() else 1))
        node.start_reading()
        node.write(data[written:data.index(b"\n", written) + 1])
        return node, written

    def test_that_is_blocked_bounds_the_memory_for_small_lines(self):
        node, written = self.assert_blocked_memory(echo(2) * 1_500_000, 16 * MIB)
        self.assertEqual(node.finish()[0].count(b"\n"), 2 + written // len(echo(2)))

    def test_that_is_blocked_bounds_the_memory_for_long_lines(self):
        line = echo(2, b'"' + b"x" * MIB + b'"')
        node, written = self.assert_blocked_memory(line * 100, 20 * MIB)
        self.assertEqual(node.finish()[0].count(b"\n"), 2 + written // len(line))


class Descriptors(LifecycleCase):
    def assert_works(self, node, count=20_000):
        node.write(echoes(count))
        stdout, stderr, status = node.finish()
        self.assertTrue(stdout == echoes_ok(count), stderr)
        self.assertEqual(status, 0)

    def test_may_be_nonblocking(self):
        stdin, stdout = stdin_pipe(), stdout_pipe()
        os.set_blocking(stdin.node, False)
        os.set_blocking(stdout.node, False)
        node = self.start(stdin=stdin, stdout=stdout, reading=False)
        data = echoes(50_000)
        written = node.offer(data, QUIET_S)  # until stdout would block
        node.start_reading()
        node.write(data[written:])
        out, stderr, status = node.finish()
        self.assertTrue(out == echoes_ok(50_000), stderr)
        self.assertEqual((stderr, status), (b"", 0))

    def test_keep_their_flags(self):
        for blocking in (True, False):
            stdin, stdout = stdin_pipe(), stdout_pipe()
            copies = [os.dup(stdin.node), os.dup(stdout.node)]  # share their flags with the node
            try:
                for copy in copies:
                    os.set_blocking(copy, blocking)
                node = self.start(stdin=stdin, stdout=stdout)
                node.ask(INIT)
                self.assertEqual([os.get_blocking(copy) for copy in copies], [blocking] * 2)
            finally:
                for copy in copies:
                    os.close(copy)
            self.assert_ends(node)

    def test_may_be_sockets(self):
        node_in, our_in = (end.detach() for end in socket.socketpair())
        node_out, our_out = (end.detach() for end in socket.socketpair())
        self.assert_works(self.start(stdin=Ends(node_in, our_in), stdout=Ends(node_out, our_out)))

    def test_may_be_files(self):
        with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as sink:
            source.write(echoes(20_000))
            source.seek(0)
            node = self.start(stdin=Ends(os.dup(source.fileno()), None),
                              stdout=Ends(os.dup(sink.fileno()), None))
            self.assertEqual(node.finish()[1:], (b"", 0))
            sink.seek(0)
            self.assertTrue(sink.read() == echoes_ok(20_000))

    def test_a_stdin_that_was_never_open_ends_the_node(self):
        node = self.start(redirect="<&-")
        self.assertIn(node.wait(), (0, 1))
        self.assertEqual(node.out.take_rest(harness.PATIENCE_S), b"")

    def test_a_stdin_that_cannot_be_read_ends_the_node(self):
        node = self.start(redirect="</")
        self.assertIn(node.wait(), (0, 1))
        self.assertEqual(node.out.take_rest(harness.PATIENCE_S), b"")


class Stderr(LifecycleCase):
    BAD = b"{\n" + b"x" * 2000 + b"\n" + echo(2).replace(b"echo", b"nope")

    def assert_good_is_answered(self, node):
        """Bad lines are logged or not: the good ones are answered, and the node ends."""
        node.write(INIT + self.BAD)
        self.assert_lines(node.take(1), [INIT_OK])
        node.take(1)
        for i in range(200):
            node.write(self.BAD + echo(3))
            node.take(1)
            self.assert_lines(node.take(1), [echo_ok(3, 3 + 2 * i)])

    def assert_ends_well(self, node):
        self.assert_good_is_answered(node)
        self.assertEqual(node.finish()[2], 0)

    def full_stderr(self):
        """A pipe that holds all it can, which nobody reads."""
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        os.set_blocking(writer, False)
        filled = 0
        for block in (b"." * 4096, b"."):  # whole pages, then the rest of the last one
            while True:
                try:
                    filled += os.write(writer, block)
                except BlockingIOError:
                    break
        self.assertGreater(filled, 0)
        os.set_blocking(writer, True)
        return Ends(writer, None)

    def test_that_was_never_open_does_not_matter(self):
        self.assert_ends_well(self.start(redirect="2>&-"))

    def test_that_was_never_open_does_not_matter_in_stdins_company(self):
        node = self.start(redirect="<&- 2>&-")
        self.assertIn(node.wait(), (0, 1))
        self.assertEqual(node.out.take_rest(harness.PATIENCE_S), b"")

    def test_that_is_broken_does_not_matter(self):
        reader, writer = os.pipe()
        os.close(reader)
        self.assert_ends_well(self.start(stderr=Ends(writer, None)))

    def test_on_a_full_disk_does_not_matter(self):
        self.assert_ends_well(self.start(redirect="2>/dev/full"))

    def test_that_is_full_does_not_matter(self):
        self.assert_ends_well(self.start(stderr=self.full_stderr()))

    def test_that_is_full_does_not_delay_a_signals_end(self):
        node = self.start(stderr=self.full_stderr())
        self.assert_good_is_answered(node)
        node.process.send_signal(signal.SIGTERM)
        self.assertEqual(node.wait(), 0)

    def test_that_is_full_does_not_keep_a_broken_stdout_from_ending_the_node(self):
        node = self.start(stderr=self.full_stderr(), reading=False)
        node.close_stdout()
        node.write(INIT + b"{\n")
        self.assertEqual(node.wait(), 1)

    def test_that_is_full_does_not_delay_the_lines_of_stats_every(self):
        node = self.start("--stats-every=1", stderr=self.full_stderr())
        self.assert_good_is_answered(node)
        self.assertEqual(node.finish()[2], 0)


class Independence(LifecycleCase):
    def test_the_node_works_in_an_empty_read_only_directory_without_environment(self):
        with tempfile.TemporaryDirectory() as empty:
            os.chmod(empty, 0o555)
            node = self.start(cwd=empty, env={})
            node.write(echoes(10))
            self.assertEqual(node.finish(), (echoes_ok(10), b"", 0))
            self.assertEqual(os.listdir(empty), [])


if __name__ == "__main__":
    harness.main()
