# SPDX-License-Identifier: MIT
"""--profile-out: a whole, current file at every moment, and no harm where it cannot be written."""
import fcntl
import json
import os
import signal
import tempfile
import time

import harness
from messages import INIT, INIT_OK, echo, echo_ok, echoes, echoes_ok, stats, stats_body


class ProfileCase(harness.NodeCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.path = os.path.join(folder.name, "profile.json")

    def start_profiled(self, *args, path=None, **how):
        return self.start(f"--profile-out={path or self.path}", *args, **how)

    def read(self):
        """The file as it is now, which must be whole; None while there is none."""
        if not os.path.exists(self.path):
            return None
        with open(self.path, "rb") as file:
            text = file.read()
        self.assertTrue(text.endswith(b"}\n") and text.count(b"\n") == 1, text)
        return json.loads(text)

    def read_until(self, holds, what):
        """The first state of the file for which holds(state)."""
        state = None

        def now():
            nonlocal state
            state = self.read()
            return state is not None and holds(state)
        harness.wait_until(now, what)
        return state


class Contents(ProfileCase):
    def test_are_whole_and_renewed_while_messages_flow(self):
        node = self.start_profiled()
        node.ask(INIT)
        totals, sent = [], 0
        patience = time.monotonic() + harness.PATIENCE_S
        while len(totals) < 4:
            self.assertLess(time.monotonic(), patience, f"totals seen: {totals}")
            node.write(echo(2 + sent) * 500)
            node.take(500)
            sent += 500
            for _ in range(20):
                state = self.read()
                if state and state["total_messages"] not in totals:
                    totals.append(state["total_messages"])
        self.assertEqual(totals, sorted(totals))
        self.assertLessEqual(totals[-1], 1 + sent)
        self.assert_ends(node)

    def test_are_renewed_once_a_second_at_least(self):
        node = self.start_profiled()
        node.ask(INIT)
        begin = time.monotonic()
        versions = set()
        while time.monotonic() < begin + 4 * harness.TIME_SCALE:
            node.ask(echo(2))
            state = self.read()
            versions.add(state and state["total_messages"])
            time.sleep(0.01)
        self.assertGreaterEqual(len(versions - {None}), 2, versions)

    def test_are_the_body_of_bench_stats_ok(self):
        node = self.start_profiled()
        node.ask(INIT)
        for i in range(50):
            node.ask(echo(2 + i))
        body = stats_body(node.ask(stats(900)))
        state = self.flowing_until(node, lambda of: of["total_messages"] >= 52)
        del body["in_reply_to"], body["msg_id"]
        self.assertEqual(list(state), list(body) + ["last", "windows"])
        for name in ("latency_us", "bottleneck", "checks", "errors", "overhead"):
            self.assertEqual(list(state[name]), list(body[name]))
        self.assertEqual([list(of) for of in state["stages"]], [list(of) for of in body["stages"]])
        self.assertEqual(state["type"], "bench_stats_ok")
        self.assertEqual(state["by_type"]["init"]["count"], 1)
        self.assertEqual(sum(of["count"] for of in state["by_type"].values()),
                         state["total_messages"])
        self.assertAlmostEqual(sum(of["avg_us"] for of in state["stages"]),
                               state["latency_us"]["avg"], delta=0.01)

    def flowing_until(self, node, holds):
        """Keeps asking until the file holds(); its state."""
        state = None

        def now():
            nonlocal state
            node.ask(echo(2))
            state = self.read()
            return state is not None and holds(state)
        harness.wait_until(now, "the file becomes current")
        return state

    def test_tell_of_the_last_messages_though_none_follow(self):
        node = self.start_profiled()
        node.write(echoes(100))
        node.take(101)
        self.read_until(lambda state: state["total_messages"] == 101, "the last is in the file")
        node.write(echo(2) * 7)
        self.read_until(lambda state: state["total_messages"] == 108, "the next are in the file")

    def test_count_bad_lines(self):
        node = self.start_profiled()
        node.write(INIT + b"{\n\n")
        state = self.flowing_until(node, lambda of: of["total_messages"] >= 3)
        self.assertEqual(state["errors"]["malformed_lines"], 1)
        self.assertEqual(state["errors"]["blank_lines"], 1)

    def test_name_the_slow_stage(self):
        node = self.start_profiled("--slow=dispatch=100us")
        node.write(INIT + echo(2) * 30_000)
        # Of a second that began after the start.
        state = self.read_until(lambda of: of["elapsed_ms"] > 2100, "two seconds are over")["last"]
        self.assertEqual(state["bottleneck"]["throughput"], "dispatch")
        starved = not state["checks"]["cpu"]["held"]
        self.assertEqual(state["bottleneck"]["state"], "cpu_limited" if starved else "saturated")

    def test_have_the_last_second_and_the_windows_of_a_minute(self):
        node = self.start_profiled()
        node.ask(INIT)
        state = self.flowing_until(node, lambda of: len(of["windows"]) >= 10)
        last = state["last"]
        self.assertEqual(last["window"], "last")
        self.assertEqual(list(last), [name for name in state if name not in ("last", "windows")])
        self.assertAlmostEqual(last["elapsed_ms"], 1000, delta=100)
        self.assertTrue(0 < last["total_messages"] < state["total_messages"])
        ends = [of["end_s"] for of in state["windows"]]
        self.assertEqual(ends, sorted(ends))
        for of in state["windows"]:
            self.assertEqual(list(of), ["end_s", "seconds", "messages", "avg_us", "wait_us",
                                        "service_us", "busy", "blocked", "idle"])
            self.assertAlmostEqual(of["seconds"], 0.25, delta=0.2)
            self.assertEqual([len(of[name]) for name in ("wait_us", "service_us", "busy")],
                             [4, 3, 3])
            self.assertAlmostEqual(sum(of["wait_us"] + of["service_us"]), of["avg_us"], delta=0.01)
            for shares in zip(of["busy"], of["blocked"], of["idle"]):
                self.assertAlmostEqual(sum(shares), 1, delta=0.05)
        self.assertLessEqual(sum(of["messages"] for of in state["windows"]),
                             state["total_messages"])

    def test_begin_anew_after_a_reset(self):
        node = self.start_profiled()
        node.write(echoes(1000))
        node.take(1001)
        self.flowing_until(node, lambda of: of["total_messages"] >= 1001)
        node.ask(stats(900, b'"reset":true'))
        self.flowing_until(node, lambda of: of["total_messages"] < 1000)


class Survival(ProfileCase):
    def test_sigkill_leaves_a_whole_file(self):
        node = self.start_profiled()
        node.write(INIT)

        def enough():
            node.write(echo(2) * 1000)
            state = self.read()
            return state is not None and state["total_messages"] > 1000
        harness.wait_until(enough, "a file")
        node.process.send_signal(signal.SIGKILL)
        self.assertEqual(node.process.wait(), -signal.SIGKILL)
        self.assertGreater(self.read()["total_messages"], 1000)

    def assert_current_while_blocked(self, node):
        """blocked_ms grows, and nothing else is counted meanwhile."""
        state = self.read_until(lambda of: of["blocked_ms"] > 0, "blocked_ms")
        later = self.read_until(lambda of: of["blocked_ms"] > state["blocked_ms"] + 500,
                                "it grows while stdout stays blocked")
        self.assertEqual(later["total_messages"], state["total_messages"])
        self.assertTrue(node.is_running())

    def test_a_blocked_stdout_does_not_stop_it(self):
        node = self.start_profiled(reading=False)
        data = echoes(250_000)
        first = len(echoes(200))  # whose replies fit into the pipe
        node.write(data[:first])
        self.read_until(lambda of: of["total_messages"] == 201, "a file")
        written = first + node.offer(data[first:], quiet_s=0.5)
        self.assert_current_while_blocked(node)
        node.start_reading()
        node.write(data[written:])
        self.assertTrue(node.take(250_001)[-1] == echo_ok(250_001, 250_000))

    def test_a_stdout_blocked_from_the_first_write_on_does_not_stop_it(self):
        node = self.start_profiled(reading=False)
        node.offer(echoes(250_000), quiet_s=0.5)
        self.assert_current_while_blocked(node)

    def test_a_blocked_stdout_becomes_the_verdict(self):
        ends = harness.stdout_pipe()
        fcntl.fcntl(ends.ours, fcntl.F_SETPIPE_SZ, harness.MIB)  # takes over 1,000 replies
        node = self.start_profiled(reading=False, stdout=ends)
        node.offer(echoes(250_000), quiet_s=0.5)
        state = self.read_until(lambda of: of["bottleneck"]["state"] == "output_blocked",
                                "the verdict says so")
        self.assertGreater(state["blocked_ms"], 0)

    def test_stdout_unblocked_takes_blocked_ms_back_to_zero(self):
        node = self.start_profiled(reading=False)
        node.write(echoes(200))
        self.read_until(lambda of: of["total_messages"] == 201, "a file")
        node.offer(echo(2) * 250_000, quiet_s=0.5)
        self.read_until(lambda of: of["blocked_ms"] > 0, "blocked_ms")
        node.start_reading()

        def flows():
            node.write(b"\n" + echo(2))
            return self.read()["blocked_ms"] == 0
        harness.wait_until(flows, "blocked_ms is 0 again")

    def test_nothing_else_is_left_in_the_folder(self):
        node = self.start_profiled()
        node.write(echoes(100))
        node.take(101)
        self.read_until(lambda of: of["total_messages"] > 0, "a file")
        self.assert_ends(node)
        self.assertEqual(os.listdir(self.folder), ["profile.json"])

    def test_an_old_file_is_replaced(self):
        with open(self.path, "w", encoding="ascii") as file:
            file.write("something else that is rather long" * 1000)
        node = self.start_profiled()
        node.write(echoes(10))
        harness.wait_until(lambda: os.path.getsize(self.path) < 30_000, "it is replaced")
        self.assertGreater(self.read()["total_messages"], -1)
        self.assert_ends(node, echoes_ok(10))

    def test_a_relative_path_is_the_working_directorys(self):
        node = self.start_profiled(path="profile.json", cwd=self.folder)
        node.write(echoes(10))
        self.read_until(lambda of: of["total_messages"] > 0, "a file")
        self.assert_ends(node, echoes_ok(10))


class UnwritablePaths(ProfileCase):
    def assert_said_once(self, path):
        node = self.start_profiled(path=path)
        node.ask(INIT)

        def is_said():
            node.ask(echo(2))
            return node.err.lines_left > 0
        harness.wait_until(is_said, "a line on stderr")
        begin = time.monotonic()
        while time.monotonic() < begin + 2.5:  # some more attempts
            node.ask(echo(2))
            time.sleep(0.01)
        stderr = self.assert_ends(node)
        self.assertEqual(stderr.count(b"\n"), 1, stderr)
        self.assertIn(path.encode(), stderr)

    def test_a_missing_folder_is_said_once(self):
        self.assert_said_once(os.path.join(self.folder, "missing", "profile.json"))

    def test_a_missing_folder_is_used_once_it_is_there_though_no_message_follows(self):
        folder = os.path.join(self.folder, "later")
        node = self.start_profiled(path=os.path.join(folder, "profile.json"))
        node.write(echoes(10))
        harness.wait_until(lambda: b"will try again" in node.err.data, "it is said")
        time.sleep(1)  # by then a node that has nothing to do sleeps
        os.mkdir(folder)
        harness.wait_until(lambda: os.listdir(folder) == ["profile.json"], "it is tried again")
        self.assert_ends(node, echoes_ok(10))

    def test_a_folder_is_said_once(self):
        self.assert_said_once(self.folder)

    def test_a_full_stderr_and_an_unwritable_path_do_not_stop_the_node(self):
        node = self.start_profiled(path="/nonexistent/p.json", redirect="2>/dev/full")
        self.assert_lines([node.ask(INIT)], [INIT_OK])
        self.assertEqual(node.finish(), (b"", b"", 0))

    def test_a_stderr_that_was_never_open_does_not_mix_with_the_file(self):
        node = self.start_profiled(redirect="2>&-")
        node.ask(INIT)
        for _ in range(50):
            node.write(b"{\n" + b"x" * 100 + b"\n")
            node.ask(echo(2))
        self.read_until(lambda of: of["total_messages"] > 0, "a file")
        self.assertEqual(node.finish()[2], 0)
        self.read()


if __name__ == "__main__":
    harness.main()
