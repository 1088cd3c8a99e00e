# SPDX-License-Identifier: MIT
"""`narrows bench`, open and closed loops: what is sent, what is measured, and what is said of it.

Usage: test_load.py NARROWS_NODE NARROWS FOLDER_OF_BAD_NODES
"""
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import harness
import investigator as inv
from investigator import PATIENCE, badnode, good, soon


def run(*options, node=None):
    """(report or None, stderr, exit status) of a run."""
    done = subprocess.run([inv.NARROWS, "bench", "--json", *options, "--", *(node or good())],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=2 * harness.PATIENCE_S, check=False)
    return json.loads(done.stdout) if done.stdout else None, done.stderr, done.returncode


def read_all(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class OpenLoop(unittest.TestCase):
    def test_sends_what_was_asked_for(self):
        for arrivals in ("constant", "poisson"):
            with self.subTest(arrivals):
                report, stderr, _ = run("--rate=2000", f"--arrivals={arrivals}", "--duration=2s",
                                        "--warmup=500ms")
                self.assertIsNone(report["problem"], stderr)
                self.assertAlmostEqual(report["offered_per_sec"], 2000, delta=250)
                self.assertAlmostEqual(report["sent"], 5000, delta=500)
                self.assertEqual(report["replies"]["answered"], report["sent"])
                self.assertAlmostEqual(report["latency_us"]["count"], 4000, delta=400)
                self.assertLessEqual(report["uncorrected_latency_us"]["avg"],
                                     report["latency_us"]["avg"])
                self.assertAlmostEqual(report["elapsed_s"], 2, delta=0.01)

    def test_messages_bound_a_run(self):
        report, _, _ = run("--rate=2000", "--messages=1000")
        self.assertEqual(report["replies"]["answered"], 1000)
        self.assertEqual(report["latency_us"]["count"], 1000)
        self.assertAlmostEqual(report["elapsed_s"], 0.5, delta=0.25)

    def test_the_same_seed_sends_the_same(self):
        sent = [run("--rate=3000", "--arrivals=poisson", "--duration=500ms", "--warmup=0s",
                    f"--seed={seed}")[0]["sent"] for seed in (1, 1, 2)]
        self.assertEqual(sent[0], sent[1])
        self.assertNotEqual(sent[0], sent[2])

    def test_a_pause_is_not_hidden(self):
        report, _, _ = run("--rate=500", "--duration=4s", "--warmup=0s",
                           node=badnode("pauses", after=500))
        self.assertEqual(report["replies"]["answered"], 2000)
        self.assertGreater(report["latency_us"]["p90"], 500_000)  # a quarter waits up to 1 s
        self.assertLess(report["uncorrected_latency_us"]["p90"], 250_000)
        self.assertGreater(report["node"]["write_blocked_s"], 0.5)

    def test_an_overloaded_node(self):
        report, stderr, status = soon(
            lambda: run("--rate=1000", "--duration=2s", "--warmup=0s", PATIENCE,
                        node=badnode("is slow", after=1 << 30)),
            lambda found: found[2] == 0)
        self.assertEqual(status, 0, stderr)
        self.assertIs(report["valid"], True)
        self.assertLess(report["throughput_per_sec"], 100)
        self.assertAlmostEqual(report["offered_per_sec"], 1000, delta=20)
        self.assertGreater(report["unsent"], 500)
        self.assertEqual(report["replies"]["missing"], 0)
        self.assertGreater(report["latency_us"]["p90"], 1_000_000)
        self.assertTrue(any("overloaded" in remark for remark in report["remarks"]))

    def test_a_throttled_generator_confesses(self):
        run_it = inv.start("bench", "--json", "--rate=1000", "--duration=3s",
                           "--warmup=0s", "--", *good(), stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True)
        time.sleep(1)
        for _ in range(5):
            run_it.send_signal(signal.SIGSTOP)
            time.sleep(0.2)
            run_it.send_signal(signal.SIGCONT)
            time.sleep(0.1)
        stdout, stderr = run_it.communicate(timeout=harness.PATIENCE_S)
        report = json.loads(stdout)
        self.assertIs(report["valid"], False)
        self.assertIn("generator", report["generator_problem"])
        self.assertIn(report["generator_problem"], stderr)
        self.assertGreater(report["send_lag_us"]["p99"], 50_000)
        self.assertEqual(run_it.returncode, 1)

    def test_a_crash_while_nothing_is_due_is_noticed(self):
        for options in (["--duration=3s"], ["--messages=150"]):
            with self.subTest(options):
                _, stderr, status = run("--rate=50", "--warmup=0s", *options,
                                        node=badnode("answers, then crashes", after=99))
                self.assertEqual(status, 3)
                self.assertIn("SIGSEGV after 100 replies", stderr)

    def test_a_lost_reply_is_missing_wherever_it_was(self):
        for after in (300, 999):  # in the middle, and the last
            with self.subTest(after):
                report, stderr, status = run("--rate=500", "--duration=2s", "--warmup=0s", PATIENCE,
                                             node=badnode("keeps silent", after=after))
                self.assertEqual(status, 3)
                self.assertEqual(report["replies"]["missing"], 1)
                self.assertIn("1 missing", stderr)

    def test_nothing_measured_keeps_no_threshold(self):
        report, _, status = run("--rate=1000", "--messages=100", "--warmup=5s",
                                "--threshold=latency_us.p99<1000000")
        self.assertEqual(status, 1)
        self.assertIsNone(report["latency_us"]["p99"])
        self.assertTrue(any("warm-up" in remark for remark in report["remarks"]))

    def test_a_node_that_hangs_is_noticed(self):
        report, stderr, status = run("--rate=500", "--duration=60s", "--warmup=0s", PATIENCE,
                                     node=badnode("hangs", after=1000))
        self.assertEqual(status, 3)
        self.assertIn("hangs", stderr)
        self.assertEqual(report["replies"]["answered"], 1000)


class ClosedLoop(unittest.TestCase):
    def test_so_many_are_in_flight(self):
        for concurrency in (1, 10):
            with self.subTest(concurrency):
                report, stderr, status = run(f"--concurrency={concurrency}", "--messages=200",
                                             node=badnode("is slow", after=1 << 30))
                self.assertEqual(status, 0, stderr)
                self.assertEqual(report["replies"]["answered"], 200)
                self.assertAlmostEqual(report["latency_us"]["p50"], 10_000 * concurrency,
                                       delta=4000 * concurrency)


    def test_a_run_may_be_shorter_than_its_nodes_start(self):
        late = ["sh", "-c", 'sleep 0.5; exec "$@"', "sh", *good()]
        for load in ("--concurrency=4", "--max", "--rate=1000"):
            with self.subTest(load):
                report, stderr, _ = run(load, "--duration=100ms", "--warmup=0s", node=late)
                self.assertIsNone(report["problem"], stderr)
                self.assertGreater(report["replies"]["answered"], 0)


class Mixes(unittest.TestCase):
    def mix(self, content):
        file = tempfile.NamedTemporaryFile("w", suffix=".json")  # lives as long as the test
        self.addCleanup(file.close)
        file.write(content if isinstance(content, str) else json.dumps(content))
        file.flush()
        return f"--mix={file.name}"

    def test_weights_and_placeholders(self):
        mix = self.mix({"messages": [
            {"weight": 3, "body": {"type": "echo", "echo": ["{{counter}}", "{{client}}",
                                                            {"a": "{{number:-5:5}}"}]}},
            {"body": {"type": "bench_echo", "echo": "<{{string:8}}> \"{{number:1:1}}\""}},
            {"body": {"type": "nothing"}, "expect": "error"}]})
        report, stderr, status = run("--max", "--messages=10000", mix)
        self.assertEqual(status, 0, stderr)
        self.assertEqual(report["replies"]["answered"], 10_000)
        self.assertEqual(report["replies"]["wrong"], 0)
        self.assertAlmostEqual(report["replies"]["errors_by_code"]["10"], 2000, delta=200)
        self.assertAlmostEqual(report["bench_stats"]["by_type"]["echo"]["count"], 6000, delta=300)

    def test_what_comes_back_is_checked(self):
        mix = self.mix({"messages": [{"body": {"type": "echo", "echo": {"n": "{{counter}}"}}}]})
        report, _, status = run("--max", "--messages=500", mix, node=badnode("wrong payload"))
        self.assertEqual(status, 3)
        self.assertEqual(report["replies"]["wrong"], 1)
        self.assertEqual(report["replies"]["answered"], 499)

    def test_what_is_no_mix(self):
        self.assertEqual(run("--max", "--mix=/tmp")[2], 2)
        for content in ("", "{", "[]", "{}", '{"messages":[]}', '{"messages":[{}]}',
                        '{"messages":[{"body":{"type":1}}]}',
                        '{"messages":[{"body":{"type":"a","msg_id":1}}]}',
                        '{"messages":[{"weight":0,"body":{"type":"a"}}]}',
                        '{"messages":[{"body":{"type":"a","b":"{{what}}"}}]}',
                        '{"messages":[{"body":{"type":"a","b":"{{number:2:1}}"}}]}',
                        '{"messages":[{"body":{"type":"a","b":"{{counter"}}]}'):
            with self.subTest(content):
                report, stderr, status = run("--max", self.mix(content))
                self.assertEqual(status, 2)
                self.assertIsNone(report)
                self.assertIn("--mix", stderr)
        self.assertEqual(run("--max", "--mix=/nowhere")[2], 2)


class Results(unittest.TestCase):
    def test_thresholds(self):
        for threshold, status in {"latency_us.p99<60000000": 0, "replies.missing==0": 0,
                                  "valid==true": 0, "bench_stats.stages.parse.avg_us>0": 0,
                                  "throughput_per_sec >= 1": 0, "latency_us.p50<0.001": 1,
                                  "replies.answered!=500": 1, "no.such.figure<1": 1}.items():
            with self.subTest(threshold):
                _, stderr, ended = run("--max", "--messages=500", f"--threshold={threshold}")
                self.assertEqual(ended, status, stderr)
                self.assertEqual(threshold in stderr, status == 1)
        _, stderr, ended = run("--max", "--messages=500", "--threshold=replies.missing>0",
                               "--threshold=valid!=true", "--threshold=sent==500")
        self.assertEqual(ended, 1)
        self.assertEqual(stderr.count("threshold"), 2)

    def test_a_saved_run(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "run.json")
            report, _, _ = run("--rate=1000", "--duration=3s", "--warmup=1s", f"--save={path}")
            with open(path, encoding="utf-8") as file:
                saved = json.load(file)
            self.assertEqual(os.listdir(folder), ["run.json"])
        for name in ("latency_us", "uncorrected_latency_us", "send_lag_us"):
            buckets = saved["histograms"][name]
            self.assertEqual(sum(count for _, count in buckets), saved[name]["count"])
            self.assertEqual(buckets, sorted(buckets))
        self.assertGreaterEqual(len(saved["series"]), 4)
        self.assertEqual(sum(point["answered"] for point in saved["series"]),
                         saved["replies"]["answered"])
        self.assertTrue(all(point["rss_bytes"] > 1 << 20 for point in saved["series"][:-1]))
        self.assertEqual({key: saved[key] for key in report}, report)

    def test_saving_replaces_plain_files_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            target, link, fifo = (os.path.join(folder, name) for name in ("t", "link", "fifo"))
            with open(target, "w", encoding="utf-8"):
                os.chmod(target, 0o600)
            os.symlink(target, link)
            os.mkfifo(fifo)
            run("--max", "--messages=100", f"--save={link}")
            self.assertTrue(os.path.islink(link))
            self.assertGreater(os.path.getsize(target), 100)
            self.assertEqual(os.stat(target).st_mode & 0o777, 0o600)
            got = []
            reader = threading.Thread(target=lambda: got.append(read_all(fifo)))
            reader.start()
            run("--max", "--messages=100", f"--save={fifo}")
            reader.join(harness.PATIENCE_S)
            self.assertEqual(json.loads(got[0])["sent"], 100)
            self.assertEqual(sorted(os.listdir(folder)), ["fifo", "link", "t"])

    def test_a_run_that_cannot_be_saved(self):
        _, stderr, status = run("--max", "--messages=100", "--save=/nowhere/run.json")
        self.assertNotEqual(status, 0)
        self.assertIn("/nowhere/run.json", stderr)

    def test_the_self_test(self):
        done = subprocess.run([inv.NARROWS, "bench", "--self-test"], capture_output=True, text=True,
                              timeout=harness.PATIENCE_S, check=True)
        self.assertIn("1,000,000", done.stdout)

    def test_memory_stays_bounded(self):
        run_it = inv.start("bench", "--json", "--rate=3000000", "--duration=20s",
                           "--", sys.executable, "-B", "-c", READS_AND_KEEPS_SILENT,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        peak = threading.Event()
        peak.kib = 0

        def watch():
            while not peak.wait(0.05):
                try:
                    with open(f"/proc/{run_it.pid}/status", encoding="ascii") as status:
                        for line in status:
                            if line.startswith("VmHWM"):
                                peak.kib = int(line.split()[1])
                except (FileNotFoundError, ProcessLookupError):
                    return

        watcher = threading.Thread(target=watch)
        watcher.start()
        _, stderr = run_it.communicate(timeout=harness.PATIENCE_S)
        peak.set()
        watcher.join()
        self.assertEqual(run_it.returncode, 3)
        self.assertIn("unanswered", stderr)
        if not harness.is_sanitized():
            self.assertLess(peak.kib, 64 << 10)


READS_AND_KEEPS_SILENT = """
import os
os.read(0, 4096)
os.write(1, b'{"src":"n1","dest":"c0","body":{"type":"init_ok","in_reply_to":1}}\\n')
while os.read(0, 1 << 20):
    pass
"""


if __name__ == "__main__":
    inv.main()
