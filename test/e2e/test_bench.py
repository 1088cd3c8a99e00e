# SPDX-License-Identifier: MIT
"""`narrows bench --max`: what it reports of good nodes and of bad ones, and how it ends.

Usage: test_bench.py NARROWS_NODE NARROWS FOLDER_OF_BAD_NODES
"""
import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import termios
import time
import unittest

import harness
import investigator as inv
from investigator import PATIENCE, badnode, good, narrows, running

MESSAGES = 1000


def bench(*options, node, messages=MESSAGES):
    """(stdout, stderr, exit status) of a run."""
    done = narrows("bench", "--max", f"--messages={messages}", PATIENCE, *options, "--", *node,
                   stdin=subprocess.DEVNULL)
    return done.stdout, done.stderr, done.returncode


class Reports(unittest.TestCase):
    def report(self, *options, of, status=0, messages=MESSAGES):
        stdout, stderr, ended = bench("--json", *options, node=of, messages=messages)
        self.assertEqual(ended, status, stderr)
        self.assertEqual(stdout.count("\n"), 1)
        return json.loads(stdout), stderr

    def test_a_good_node(self):
        report, stderr = self.report(of=good(), messages=50_000)
        self.assertEqual(stderr, "")
        self.assertIs(report["valid"], True)
        self.assertIs(report["partial"], False)
        self.assertIsNone(report["problem"])
        self.assertEqual(report["replies"], {"answered": 50_000, "missing": 0, "duplicated": 0,
                                             "out_of_order": 0, "unsolicited": 0, "wrong": 0,
                                             "sent_to_others": 0, "errors_by_code": {}})
        self.assertAlmostEqual(report["throughput_per_sec"] * report["elapsed_s"], 50_000, delta=60)
        self.assertGreater(report["node"]["cpu_s"], 0)
        self.assertGreater(report["node"]["peak_rss_bytes"], 1 << 20)
        self.assertEqual(report["node"]["exit_status"], 0)
        stats = report["bench_stats"]
        self.assertEqual(stats["type"], "bench_stats_ok")
        self.assertEqual(stats["total_messages"], 50_000 + 1)  # and init

    def test_sizes_and_types(self):
        for options in (["--size=1024"], ["--type=bench_echo"], ["--size=1000000"]):
            with self.subTest(options):
                report, _ = self.report(*options, of=good(), messages=40)
                self.assertEqual(report["replies"]["answered"], 40)

    def test_errors_are_counted_by_code(self):
        report, stderr = self.report("--type=what", of=good(), status=3)
        self.assertEqual(report["replies"]["errors_by_code"], {"10": MESSAGES})
        self.assertIn("code 10", stderr)

    def test_a_node_that_does_not_know_bench_stats(self):
        report, _ = self.report(of=badnode("none"))
        self.assertIsNone(report["bench_stats"])
        self.assertIs(report["valid"], True)

    def test_out_of_order_is_legal(self):
        report, _ = self.report(of=badnode("backwards"))
        self.assertEqual(report["replies"]["out_of_order"], MESSAGES / 2)
        self.assertIs(report["valid"], True)

    def test_messages_to_other_nodes_and_to_services_are_no_replies(self):
        node = badnode("gossips", after=MESSAGES)
        report, stderr = self.report(of=node)
        self.assertEqual(stderr, "")
        self.assertIs(report["valid"], True)
        self.assertEqual((report["replies"]["answered"], report["replies"]["sent_to_others"]),
                         (MESSAGES, 2 * MESSAGES))
        self.assertIn("messages of its own: 2,000\n", bench(node=node)[0])

    def test_a_node_that_waits_for_others_is_told_that_nobody_plays_them(self):
        report, _ = self.report(of=badnode("asks and waits"), status=3)
        self.assertEqual((report["replies"]["missing"], report["replies"]["sent_to_others"]), (1, 1))
        self.assertIn("1 missing (it sent 1 message to others, whom nobody plays here)",
                      report["problem"])

    def test_replies_that_are_not_right(self):
        for fault, counts in {
                "keeps silent": {"missing": 1, "answered": MESSAGES - 1},
                "answers twice": {"duplicated": 1, "answered": MESSAGES},
                "wrong payload": {"wrong": 1, "answered": MESSAGES - 1},
                "wrong type": {"wrong": 1, "answered": MESSAGES - 1},
                "wrong dest": {"wrong": 1, "answered": MESSAGES - 1},
                "to nobody": {"unsolicited": 1, "answered": MESSAGES},
                "tells a client": {"unsolicited": 1, "answered": MESSAGES},
        }.items():
            with self.subTest(fault):
                report, stderr = self.report(of=badnode(fault), status=3)
                self.assertIs(report["valid"], False)
                self.assertEqual({key: report["replies"][key] for key in counts}, counts)
                self.assertEqual(stderr.count("\n"), 1)
                self.assertIn(report["problem"], stderr)

    def test_the_table(self):
        stdout, stderr, status = bench(node=good(), messages=50_000)
        self.assertEqual(status, 0, stderr)
        for text in ("throughput", "50,000 answered", "serialize_queue", "verdict:"):
            self.assertIn(text, stdout)
        self.assertNotIn("\x1b", stdout)

    def test_the_verdict_with_its_confidence_and_the_checks_that_failed(self):
        stdout, stderr, status = bench(node=badnode("tells figures"))
        self.assertEqual(status, 0, stderr)
        self.assertIn("""
verdict: parse or serialize dominates (input limited, headroom 88 %)
  throughput    parse or serialize: too close to call
  mean latency  dispatch      96 % sure
  tail          parse         over 99 % sure
the node waits
check failed: 50.00 % of a stage's time is not accounted for""", stdout)
        self.assertIn("check failed: a busy stage had a CPU for 25 % of the time", stdout)
        self.assertIn("the node may use 1 CPU\n", stdout)
        self.assertNotIn("add up to", stdout)
        self.assertIn("   share of mean  of tail    busy    scv\n", stdout)

    def test_a_narrow_terminal(self):
        controller, terminal = pty.openpty()
        self.addCleanup(os.close, controller)
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        run = inv.start("bench", "--max", f"--messages={MESSAGES}", "--", *badnode("tells figures"),
                        stdout=terminal, env={**os.environ, "TERM": "xterm", "NO_COLOR": "1"})
        os.close(terminal)
        shown = b""
        try:
            while chunk := os.read(controller, 4096):
                shown += chunk
        except OSError:
            pass  # how Linux says that nobody has the terminal any longer
        self.assertEqual(run.wait(harness.PATIENCE_S), 0)
        lines = shown.decode().split("Where the node says")[1].splitlines()
        self.assertIn("of tail", "".join(lines))
        self.assertNotIn("scv", "".join(lines))
        self.assertEqual([line for line in lines[1:-1] if len(line) > 80], [])


class BrokenNodes(unittest.TestCase):
    def assert_sentence(self, *parts, of):
        stdout, stderr, status = bench(node=of)
        self.assertEqual(status, 3, stdout + stderr)
        self.assertNotIn("\x1b", stdout + stderr)
        said = [line for line in stderr.splitlines() if line.startswith("narrows: ")]
        self.assertEqual(len(said), 1, stderr)
        for part in parts:
            self.assertIn(part, said[0])

    def test_cannot_be_run(self):
        self.assert_sentence("/nowhere/node", "No such file", of=["/nowhere/node"])
        self.assert_sentence("/dev/null", "Permission denied", of=["/dev/null"])

    def test_ends_early(self):
        self.assert_sentence("status 7", "100 replies", of=badnode("exits"))
        self.assert_sentence("SIGSEGV", "100 replies", of=badnode("crashes"))
        self.assert_sentence("exited with status 1", "before it answered init", of=["/bin/false"])
        self.assert_sentence("SIGSEGV", "100 replies", of=badnode("crashes beside a child"))

    def test_writes_what_is_no_message(self):
        self.assert_sentence("no message", "oops", of=badnode("no json"))
        self.assert_sentence("no message", of=badnode("blank line"))
        self.assert_sentence("without a newline", of=badnode("endless line"))
        self.assert_sentence("newline", of=badnode("no last newline"))

    def test_answers_all_with_errors(self):
        self.assert_sentence("code 11", of=badnode("all errors"))

    def test_ends_badly(self):
        self.assert_sentence("status 3", "end of its input", of=badnode("fails at the end"))

    def test_does_not_answer(self):
        self.assert_sentence("init within 10 s", of=badnode("no init"))
        self.assert_sentence("hangs", "100 replies", of=badnode("hangs"))

    def test_leaves_nothing_behind(self):
        for fault in ("holds stdout", "ignores the end", "ignores SIGTERM"):
            with self.subTest(fault):
                bench(node=badnode(fault), messages=200)
                self.assertEqual(running(f"{inv.BADNODE} {fault} 100"), [])  # not those of test_top_terminal

    def test_a_flood_on_stderr_holds_nothing_up(self):
        _, stderr, status = bench(node=badnode("floods stderr"))
        self.assertEqual(status, 0)
        self.assertIn("what a day", stderr)


class Ends(unittest.TestCase):
    def test_interrupted(self):
        run = inv.start("bench", "--max", "--json", "--messages=1000000000", "--",
                        *good(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(1 * harness.TIME_SCALE)
        run.send_signal(signal.SIGINT)
        stdout, _ = run.communicate(timeout=harness.PATIENCE_S)
        self.assertEqual(run.returncode, 128 + signal.SIGINT)
        report = json.loads(stdout)
        self.assertIs(report["partial"], True)
        self.assertIs(report["valid"], False)
        self.assertGreater(report["replies"]["answered"], 0)

    def test_wrong_command_lines(self):
        for arguments in ([], ["bunch"], ["bench"], ["bench", "--max"], ["bench", "--", "node"],
                          ["bench", "--max", "--messages=0", "--", "node"],
                          ["bench", "--max", "--messages=many", "--", "node"],
                          ["bench", "--max", "--size=10", "--", "node"],
                          ["bench", "--max", "--type=", "--", "node"],
                          ["bench", "--max", "--fast", "--", "node"],
                          ["bench", "--max", "node"]):
            with self.subTest(arguments):
                done = subprocess.run([inv.NARROWS, *arguments], capture_output=True, text=True,
                                      check=False)
                self.assertEqual(done.returncode, 2)
                self.assertEqual(done.stdout, "")
                self.assertTrue(done.stderr)

    def test_help_and_version(self):
        for arguments, text in ((["--help"], "bench"), (["bench", "--help"], "--messages"),
                                (["--version"], "narrows ")):
            done = narrows(*arguments)
            self.assertEqual(done.returncode, 0)
            self.assertIn(text, done.stdout)
            self.assertEqual(done.stderr, "")


if __name__ == "__main__":
    inv.main()
