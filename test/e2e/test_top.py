# SPDX-License-Identifier: MIT
"""`narrows top` where stdout is no terminal: a line a second.

Usage: test_top.py NARROWS_NODE NARROWS FOLDER_OF_BAD_NODES
"""
import os
import re
import signal
import subprocess
import time

import harness
import investigator as inv
import watching
from investigator import PATIENCE, Folder, badnode, good, narrows, running
from messages import INIT, echo


class Lines(Folder):
    """A run whose lines are taken one by one."""

    def start(self, *arguments, **more):
        run = inv.start("top", *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                        text=True, **more)
        self.addCleanup(run.wait)
        self.addCleanup(run.kill)
        for stream in (run.stdout, run.stderr):
            self.addCleanup(stream.close)
        return run

    def line(self, run, has=""):
        """The next line that has this."""
        for line in run.stdout:
            self.assertRegex(line, r"\A[^\x00-\x1f\x7f-\x9f]+\n\Z")
            if re.search(has, line):
                return line
        self.fail(f"it ended without {has!r}: {run.stderr.read()}")

    def assert_ends(self, run, status, stderr=""):
        run.stdout.read()
        self.assertEqual(run.stderr.read(), stderr)
        self.assertEqual(run.wait(harness.PATIENCE_S), status)


class OfAFile(Lines):
    def setUp(self):
        super().setUp()
        self.file = self.path("profile.json")

    def test_a_node_that_runs_until_it_ends(self):
        node = harness.Node(f"--profile-out={self.file}")
        self.addCleanup(node.kill)
        node.write(INIT + echo(2) * 3000)
        node.take(3001)
        run = self.start(self.file)
        self.line(run, r"^live  [\d,]+/s  mean .*parse .*dispatch .*serialize ")
        self.line(run, "idle for")  # it looks for the process: nothing else tells it from dead
        node.process.send_signal(signal.SIGKILL)
        self.line(run, "^ended .*the node has ended")
        self.assert_ends(run, 0)

    def test_a_profile_that_has_everything(self):
        watching.Rewritten(self, self.file, watching.profile())
        run = self.start(self.file, "--duration=1500ms", env={**os.environ, "LC_ALL": "C"})
        self.assertEqual(
            run.stdout.readline(),
            "live  48,213/s  mean 1.04 ms  p50 990 us  p90 1.51 ms  p99 2.11 ms  p99.9 4.19 ms  "
            "max 5.84 ms  parse 4 %  dispatch 97 %  serialize 6 %  dispatch dominates (saturated), "
            "over 99 % sure\n")
        self.assert_ends(run, 0)

    def test_a_blocked_stdout(self):
        watching.blocked_node(self, self.file)
        run = self.start(self.file)
        seen = [float(re.search(r"blocked for ([\d.]+) s", self.line(run, "blocked for")).group(1))
                for _ in range(3)]
        self.assertEqual(seen, sorted(seen))
        self.assertGreater(seen[2], seen[0])
        run.send_signal(signal.SIGINT)
        self.assert_ends(run, 128 + signal.SIGINT)

    def test_a_stale_file(self):
        watching.write(self.file, watching.profile())
        watching.age(self.file, 5)
        run = self.start(self.file)
        self.line(run, r"^stale for \d\.\d s .*no messages come, or the node has ended")
        watching.age(self.file, 3600)
        run = self.start(self.file)
        self.line(run, "^stale for 1 h ")
        self.assert_ends(run, 0)  # nobody writes it

    def test_a_file_that_is_not_there_yet(self):
        run = self.start(self.file)
        self.line(run, "^waiting .* is not there yet")
        watching.Rewritten(self, self.file, watching.profile())
        self.line(run, "^live")
        run.send_signal(signal.SIGTERM)
        self.assert_ends(run, 128 + signal.SIGTERM)

    def test_what_is_no_profile(self):
        for content in ("", "{}", "{", '{"type":"echo"}', "\x1b[2J"):
            watching.write(self.file, content)
            done = narrows("top", self.file)
            self.assertEqual((done.returncode, done.stdout), (3, ""))
            self.assertEqual(done.stderr,
                             f"narrows: cannot show {self.file}: it is no profile of a node\n")
        for path in (self.folder, "/dev/zero", "/dev/null"):
            self.assertEqual(narrows("top", path).returncode, 3)

    def test_a_profile_that_attacks_the_terminal(self):
        attack = "\x1b]0;gotcha\x07\x1b[2J\x9b31m\x7f\u202e\r\n"
        content = watching.profile(checks={attack: {"held": False}}, errors={attack: 3})
        for window in (content, content["last"]):
            window["stages"][1]["name"] = attack
            window["bottleneck"].update(throughput=attack, state=attack, explanation=attack)
        watching.write(self.file, content)
        run = self.start(self.file)
        self.assertIn(r"\u001b]0;gotcha\u0007", self.line(run))  # which looks at each character

    def test_a_reader_that_leaves(self):
        watching.write(self.file, watching.profile())
        run = self.start(self.file)
        self.line(run)
        run.stdout.close()
        self.assertEqual(run.wait(harness.PATIENCE_S), 128 + signal.SIGPIPE)
        self.assertEqual(run.stderr.read(), "")

    def test_a_full_disk(self):
        watching.write(self.file, watching.profile())
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([inv.NARROWS, "top", self.file], stdout=full,
                                  stderr=subprocess.PIPE, text=True, check=False,
                                  timeout=harness.PATIENCE_S)
        self.assertEqual(done.returncode, 3)
        self.assertIn("cannot write to stdout", done.stderr)


class OfANode(Lines):
    def test_a_good_node(self):
        run = self.start("--rate=1000", "--", *good())
        line = self.line(run, "parse .*dispatch .*serialize ")
        self.assertRegex(line, r"^\d+ s  [\d,.]+/s  mean ")
        run.send_signal(signal.SIGINT)
        self.assert_ends(run, 128 + signal.SIGINT)

    def test_questions_are_no_wrong_replies(self):
        for load in (["--max"], ["--rate=1000"], ["--concurrency=1"]):
            with self.subTest(load):
                done = narrows("top", *load, "--duration=3s", "--", *good())
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertGreaterEqual(done.stdout.count("\n"), 2)
                self.assertIn("dispatch", done.stdout)
                self.assertNotIn("replies:", done.stdout)
                self.assertNotIn("malformed", done.stdout)

    def test_a_node_that_knows_windows(self):
        run = self.start("--rate=500", "--", *watching.node_with_windows())
        line = self.line(run, "dispatch dominates")
        self.assertIn("dispatch 97 %", line)
        self.assertNotIn("replies:", line)
        run.send_signal(signal.SIGTERM)
        self.assert_ends(run, 128 + signal.SIGTERM)

    def test_a_node_without_stages(self):
        done = narrows("top", "--rate=200", "--duration=3s", "--", *badnode("none", 1 << 30))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout.count("it answers bench_stats with error 10"), 1)
        self.assertRegex(done.stdout.splitlines()[-1], r"/s  mean .*CPU [\d.]+  memory [\d.]+ MB")

    def test_a_node_that_is_not_to_be_asked(self):
        done = narrows("top", "--outside", "--rate=200", "--duration=2500ms", "--",
                       *watching.node_that_dies())
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("it is not asked for its own figures", done.stdout)

    def test_a_node_that_dies_of_the_question_is_started_again(self):
        done = narrows("top", "--rate=200", "--duration=2500ms", "--", *watching.node_that_dies())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("it is not asked for its own figures", done.stdout)
        self.assertIn("ended when it was asked for bench_stats", done.stdout)
        self.assertEqual(done.stderr.count("what is bench_stats?"), 1)

    def test_a_node_that_breaks(self):
        for fault, problem in (("crashes", "SIGSEGV"), ("exits", "status 7"),
                               ("no json", "no message"), ("no init", "init"),
                               ("hangs", "no reply for")):
            with self.subTest(fault):
                done = narrows("top", "--rate=100", "--outside", PATIENCE, "--", *badnode(fault))
                self.assertEqual(done.returncode, 3)
                self.assertIn(problem, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)

    def test_wrong_replies_are_said_live_and_at_the_end(self):
        done = narrows("top", "--rate=100", "--duration=3s", "--", *badnode("wrong payload"))
        self.assertEqual(done.returncode, 3)
        self.assertIn("! replies: 1 wrong", done.stdout)
        self.assertIn("`echo` is not the request's", done.stderr)

    def test_an_overloaded_node_is_said_to_be(self):
        run = self.start("--rate=2000", "--", *badnode("is slow", 1 << 30))
        self.line(run, r"! overloaded: it takes [\d.]+/s of 2,000/s, and its stdin is full")
        run.send_signal(signal.SIGINT)
        self.assert_ends(run, 128 + signal.SIGINT)

    def test_leaves_no_process_behind(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL):
            with self.subTest(number):
                tag = f"tag-{os.getpid()}-{number}"
                run = self.start("--rate=100", "--", *badnode("none", 1 << 30), tag)
                self.line(run, "/s  mean")
                self.assertNotEqual(running(f"badnode.py none {1 << 30} {tag}"), [])
                run.send_signal(number)
                run.wait(harness.PATIENCE_S)
                harness.wait_until(lambda of=tag: not running(of), "the node is gone")

    def test_wrong_command_lines(self):
        for arguments in ([], ["--rate=1"], ["f", "--rate=1"], ["f", "--", "n"],
                          ["f", "--outside"], ["f", "g"], ["--rate=1", "--max", "--", "n"],
                          ["--size=3", "--", "n"], ["--"], ["--json", "f"], ["f", "--duration=0s"]):
            with self.subTest(arguments):
                done = narrows("top", *arguments)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertEqual(done.stderr.count("\n"), 1)
        self.assertEqual(narrows("top", "--", "/nowhere/node").returncode, 3)
        self.assertIn("narrows top FILE", narrows("top", "--help").stdout)

    def test_a_reader_that_leaves_ends_the_node(self):
        tag = f"tag-{os.getpid()}-left"
        run = self.start("--rate=100", "--", *badnode("none", 1 << 30), tag)
        self.line(run, "/s  mean")
        run.stdout.close()
        self.assertEqual(run.wait(harness.PATIENCE_S), 128 + signal.SIGPIPE)
        self.assertEqual(running(tag), [])

    def test_a_reader_that_stops_reading_holds_nothing_up(self):
        run = self.start("--rate=100", "--duration=2s", "--", *good())
        time.sleep(1)
        self.assert_ends(run, 0)


if __name__ == "__main__":
    inv.main()
