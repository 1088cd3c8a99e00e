# SPDX-License-Identifier: MIT
"""--trace: what viewers open, at every moment, bounded; and no harm where it cannot be written."""
import json
import os
import random
import resource
import signal
import stat
import tempfile
import time

import harness
import trace_events
from messages import INIT, INIT_OK, echo, echo_ok, echoes, echoes_ok, request

MOST_BYTES = 64 * harness.MIB


class TraceCase(harness.NodeCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.path = os.path.join(folder.name, "trace.json")

    def start_traced(self, *args, path=None, **how):
        return self.start(f"--trace={path or self.path}", *args, **how)

    def wait_for_file(self):
        harness.wait_until(lambda: os.path.exists(self.path) and self.text(), "a file")

    def text(self, path=None):
        with open(path or self.path, "rb") as file:
            return file.read()

    def events(self):
        """Of the file as it is now. Who reads a page in the very moment in which it is written may
        see half of it, and reads once more."""
        try:
            return trace_events.parse_as_viewers_do(self.text())
        except json.JSONDecodeError:
            return trace_events.parse(self.text())

    def messages(self):
        """Their figures; all that the format demands is checked."""
        return trace_events.check_trace(self.events())

    def messages_once(self, holds, what):
        """The first state for which holds(messages)."""
        state = []

        def now():
            state[:] = self.messages() if os.path.exists(self.path) else []
            return holds(state)
        harness.wait_until(now, what)
        return state


def turns(messages):
    """in_reply_to of those that were traced because it was their turn."""
    return [of["in_reply_to"] for of in messages if "every" in of["sampled"]]


class Contents(TraceCase):
    def test_are_whole_before_any_message(self):
        node = self.start_traced()
        self.wait_for_file()
        self.assertEqual(trace_events.check_trace(trace_events.parse(self.text())), [])
        self.assert_ends(node)

    def test_are_each_nth_message(self):
        node = self.start_traced("--trace-every=10")
        node.write(echoes(104))
        self.assert_ends(node, echoes_ok(104))
        messages = self.messages()
        self.assertEqual(turns(messages), list(range(10, 105, 10)))  # init is the first
        for of in messages:
            self.assertEqual(of["type"], "echo")
            self.assertEqual(of["msg_id"], of["in_reply_to"] - 1)
            self.assertEqual(of["sampled"], "every 10")

    def test_are_one_in_a_thousand_unless_said(self):
        node = self.start_traced()
        node.write(echoes(20_500))
        self.assert_ends(node, echoes_ok(20_500))
        self.assertEqual(turns(self.messages()), list(range(1000, 20_001, 1000)))

    def test_are_exact_at_full_speed(self):
        count = 200_000
        node = self.start_traced("--trace-every=100")
        node.write(echoes(count))
        self.assertEqual(len(node.take(count + 1)), count + 1)
        self.assert_ends(node)
        self.assertEqual(turns(self.messages()), list(range(100, count + 1, 100)))

    def test_name_no_types_but_registered_ones(self):
        node = self.start_traced("--trace-every=1")
        node.ask(INIT)
        for kind in (b'"echo","echo":1', b'"\\"],[{\\u0000"', b'"' + b"x" * 1000 + b'"',
                     b'"bench_stats"', b'"bench_echo","echo":2'):
            node.ask(request(b'"msg_id":7,"type":' + kind))
        self.assert_ends(node)
        self.assertEqual([of["type"] for of in self.messages()],
                         ["init", "echo", "other", "other", "bench_stats", "bench_echo"])

    def test_have_no_unanswered_ones(self):
        node = self.start_traced("--trace-every=1")
        node.write(INIT + request(b'"type":"echo","echo":1') + b"bad\n\n" + echo(5) + b"{}\n")
        self.assert_ends(node, INIT_OK + b"\n" + echo_ok(5, 1) + b"\n")
        self.assertEqual([of["in_reply_to"] for of in self.messages()], [1, 5])

    def test_are_renewed_while_messages_flow(self):
        node = self.start_traced("--trace-every=1")
        node.ask(INIT)
        for i in range(2, 6):
            node.ask(echo(i))
            self.messages_once(lambda of, i=i: of and of[-1]["in_reply_to"] == i, f"message {i}")
        self.assert_ends(node)

    def test_have_the_slow_ones(self):
        every = 2000
        node = self.start_traced(f"--slow=dispatch=50ms@1/{every}", "--trace-every=1000000000")
        node.ask(INIT)
        begin = time.monotonic()
        while time.monotonic() < begin + 1:  # until it is known what is slow
            node.ask(echo(0))
        sent = int(node.ask(request(b'"type":"bench_stats","msg_id":1')).split(
            b'"total_messages": ')[1].split(b",")[0]) + 1
        planted = [number for number in range(sent + 1, sent + 3 * every + 1)
                   if number % every == 0]  # counted as the stage counts them
        for number in range(sent + 1, sent + 3 * every + 1):
            node.ask(echo(number))
        self.assert_ends(node)
        slow = {of["in_reply_to"]: of for of in self.messages()}
        for number in planted:
            self.assertIn(number, slow)
            self.assertEqual(slow[number]["sampled"], "slow")
            self.assertGreater(slow[number]["dispatch_us"], 49_000)
            self.assertGreaterEqual(slow[number]["latency_us"], slow[number]["dispatch_us"])

    def test_are_complete_after_a_signal(self):
        node = self.start_traced("--trace-every=1")
        node.write(echoes(300))
        node.take(301)
        node.signal(signal.SIGTERM)
        self.assertEqual(node.wait(), 0)
        self.assertEqual(turns(self.messages()), list(range(1, 302)))

    def test_a_blocked_stdout_does_not_stop_it(self):
        node = self.start_traced("--trace-every=1000", reading=False)
        data = echoes(250_000)
        written = node.offer(data, quiet_s=0.5)
        self.messages()
        node.start_reading()
        node.write(data[written:])
        self.assertTrue(node.take(250_001)[-1] == echo_ok(250_001, 250_000))
        self.assert_ends(node)
        self.assertEqual(turns(self.messages()), list(range(1000, 250_001, 1000)))


class EveryMoment(TraceCase):
    def test_it_can_be_read_while_it_is_written(self):
        node = self.start_traced("--trace-every=10")
        node.ask(INIT)
        self.wait_for_file()
        sizes, sent = set(), 0
        patience = time.monotonic() + harness.PATIENCE_S
        while len(sizes) < 6:
            self.assertLess(time.monotonic(), patience, f"sizes seen: {sizes}")
            node.write(echo(2 + sent) * 100)
            node.take(100)
            sent += 100
            sizes.add(len(self.events()))
        self.assert_ends(node)
        self.assertEqual(len(turns(self.messages())), (sent + 1) // 10)

    def test_it_can_be_read_after_sigkill_at_any_moment(self):
        moments = random.Random(5)
        data = echo(2) * 20
        seen = 0
        for _ in range(25):
            node = self.start_traced("--trace-every=1")
            node.ask(INIT)
            end = time.monotonic() + moments.uniform(0, 0.6)
            while time.monotonic() < end:
                node.write(data)
                node.take(20)
                time.sleep(0.005)
            node.process.send_signal(signal.SIGKILL)
            node.kill()
            text = self.text() if os.path.exists(self.path) else b""
            if text:
                seen += len(trace_events.check_trace(trace_events.parse_as_viewers_do(text)))
                os.unlink(self.path)
        self.assertGreater(seen, 0)

    def test_it_is_bounded_and_keeps_the_newest(self):
        node = self.start_traced("--trace-every=1")
        node.ask(INIT)
        self.wait_for_file()
        sent = 1

        def send(count):
            nonlocal sent
            node.write(b"".join(echo(sent + 1 + i) for i in range(count)))
            node.take(count)
            sent += count
            self.assertLessEqual(os.path.getsize(self.path), MOST_BYTES)

        def is_said():
            send(1000)
            return b"is full with" in bytes(node.err.data)
        harness.wait_until(is_said, "the bound")

        def newest_is_there():  # unless the file is not written as fast as samples come
            send(50)
            time.sleep(0.5)
            return b'"in_reply_to":%d,' % sent in self.text()
        for i in range(3):
            harness.wait_until(newest_is_there, f"the newest, {i}")
        stderr = self.assert_ends(node)
        self.assertEqual(stderr.count(b"\n"), 1, stderr)
        text = self.text()
        self.assertGreater(len(text), MOST_BYTES * 0.99)
        self.assertEqual(text.count(b'"ph":"f"'), text.count(b'"ph":"s"'))
        self.assertGreater(text.count(b'"ph":"f"'), 30_000)
        self.assertNotIn(b'"in_reply_to":2,', text)
        trace_events.parse(text)

    def test_moved_away_it_begins_anew(self):
        node = self.start_traced("--trace-every=1")
        node.ask(INIT)
        node.ask(echo(2))
        self.messages_once(lambda of: len(of) == 2, "two messages")
        os.rename(self.path, self.path + ".1")
        node.ask(echo(3))
        self.messages_once(lambda of: turns(of) == [3], "a new file")
        self.assert_ends(node)
        old = trace_events.check_trace(trace_events.parse(self.text(self.path + ".1")))
        self.assertEqual(turns(old), [1, 2])

    def test_an_old_file_is_replaced(self):
        with open(self.path, "w", encoding="ascii") as file:
            file.write("something else that is rather long" * 10_000)
        node = self.start_traced("--trace-every=1")
        node.write(echoes(3))
        self.assert_ends(node, echoes_ok(3))
        self.assertEqual(len(self.messages()), 4)

    def test_nothing_else_is_left_in_the_folder(self):
        node = self.start_traced("--trace-every=1")
        node.write(echoes(100))
        self.assert_ends(node, echoes_ok(100))
        self.assertEqual(os.listdir(self.folder), ["trace.json"])


class UnwritablePaths(TraceCase):
    def assert_said_once(self, path, why):
        """The node serves as ever, and says on one line why there is no trace."""
        node = self.start_traced("--trace-every=1", path=path)
        node.ask(INIT)
        begin = time.monotonic()
        while time.monotonic() < begin + 1.2:  # some attempts
            node.ask(echo(2))
        stderr = self.assert_ends(node)
        self.assertEqual(stderr.count(b"\n"), 1, stderr)
        self.assertIn(path.encode(), stderr)
        self.assertIn(why.encode(), stderr)

    def test_a_missing_folder_is_said_once(self):
        self.assert_said_once(os.path.join(self.folder, "missing", "trace.json"), "No such file")

    def test_a_folder_is_said_once(self):
        self.assert_said_once(self.folder, "Is a directory")

    def test_a_full_disk_is_said_once(self):
        self.assert_said_once("/dev/full", "No space left")
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/full").st_mode))

    def test_a_pipe_without_reader_is_said_once(self):
        os.mkfifo(self.path)
        self.assert_said_once(self.path, "no regular file")
        self.assertTrue(stat.S_ISFIFO(os.stat(self.path).st_mode))

    def test_a_pipe_with_a_reader_is_said_once_and_never_fills_up(self):
        os.mkfifo(self.path)
        reader = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        self.assert_said_once(self.path, "no regular file")

    def test_its_own_stdout_is_said_once(self):
        with open(self.path, "wb") as file:
            node = self.start_traced(stdout=harness.Ends(os.dup(file.fileno()), None))
        node.write(echoes(1000))
        _, stderr, status = node.finish()
        self.assertEqual(status, 0)
        self.assertEqual(self.text(), echoes_ok(1000))
        self.assertIn(b"own input or output", stderr)

    def test_a_file_size_limit_is_said_and_the_newest_are_kept(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (100 << 10, 100 << 10))
        node = self.start_traced("--trace-every=1", preexec_fn=limit)
        node.write(echoes(2000))
        node.take(2001)
        stderr = self.assert_ends(node)
        self.assertEqual(stderr.count(b"File too large"), 1, stderr)
        self.assertLessEqual(os.path.getsize(self.path), 100 << 10)
        self.assertEqual(self.messages()[-1]["in_reply_to"], 2001)

    def test_a_folder_that_appears_later_is_used(self):
        path = os.path.join(self.folder, "later", "trace.json")
        node = self.start_traced("--trace-every=1", path=path)
        node.ask(INIT)
        harness.wait_until(lambda: node.err.lines_left > 0, "a line on stderr")
        for _ in range(4):  # two attempts at least, with something to write
            node.ask(echo(2))
            time.sleep(0.2)
        os.mkdir(os.path.dirname(path))
        self.path = path

        def is_there():
            node.ask(echo(2))
            return os.path.exists(path) and len(self.messages()) > 0
        harness.wait_until(is_there, "a file")
        self.assert_ends(node)
        self.assertGreater(trace_events.dropped(self.events()), 0)

    def test_a_second_node_does_not_write_the_same_file(self):
        first = self.start_traced("--trace-every=1")
        first.ask(INIT)
        self.messages_once(lambda of: len(of) == 1, "a file")
        self.assert_said_once(self.path, "another process")
        first.ask(echo(2))
        self.assert_ends(first)
        self.assertEqual(turns(self.messages()), [1, 2])

    def test_a_full_stderr_and_an_unwritable_path_do_not_stop_the_node(self):
        node = self.start_traced(path="/nonexistent/t.json", redirect="2>/dev/full")
        self.assert_lines([node.ask(INIT)], [INIT_OK])
        self.assertEqual(node.finish(), (b"", b"", 0))

    def test_a_device_that_takes_everything_says_nothing(self):
        node = self.start_traced("--trace-every=1", path="/dev/null")
        node.write(echoes(1000))
        self.assertEqual(self.assert_ends(node, echoes_ok(1000)), b"")
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/null").st_mode))


if __name__ == "__main__":
    harness.main()
