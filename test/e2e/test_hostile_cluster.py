# SPDX-License-Identifier: MIT
"""`narrows cluster` with nodes that lie, flood, hang and die, and when it is told to stop: it says
what is wrong in words that can be seen, and leaves nothing behind.

Usage: test_hostile_cluster.py NARROWS_NODE NARROWS FOLDER_OF_BAD_NODES
"""
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import attack
import browser
import harness
import investigator as inv
from investigator import Folder, narrows, running

ATTACK = attack.ALL.replace("\0", "")
SHORT = {"duration": "500ms", "timeout": "1s", "recovery": "0s", "nodes": "3", "rate": "60"}


def node(kind, text=ATTACK):
    path = os.path.join(os.path.dirname(inv.BADNODE), "clusternode.py")
    return [sys.executable, "-B", path, kind, json.dumps(text)]


class Lies(Folder):
    """What each comes to: the status, and what is said of it."""

    def run_of(self, kind, *options, text=ATTACK, **more):
        named = {"workload": "echo", **SHORT, **more}
        done = narrows("cluster", *(f"--{name}={value}" for name, value in named.items()),
                       *options, "--", *node(kind, text), errors="surrogateescape")
        for said in (done.stdout, done.stderr):
            self.assertEqual(attack.unseen_in(said.encode("utf-8", "surrogateescape")), [], said)
        self.assertEqual(running("clusternode.py " + kind + " "), [])
        return done

    def assert_each(self, cases):
        with ThreadPoolExecutor(3) as pool:
            for (kind, status, said), done in zip(
                    cases, pool.map(lambda case: self.run_of(case[0]), cases)):
                with self.subTest(kind):
                    self.assertEqual(done.returncode, status, done)
                    self.assertIn(said, " ".join((done.stdout + done.stderr).split()))

    def test_what_no_node_may_do_ends_it(self):
        self.assert_each((
            ("refuses", 3, "answers init with"),
            ("lie", 3, "wrote a message with another's src"),
            ("no-object", 3, "wrote a line that is no message"),
            ("nuls", 3, "wrote a line that is no message"),
            ("half", 3, "ended its output in the middle of a line"),
            ("leave-a-child", 3, "exited with status 7"),
            ("close-output", 3, "closed its output"),
        ))

    def test_what_is_wrong_is_counted(self):
        self.assert_each((
            ("steal", 1, "went to nobody"),
            ("to-nobody", 1, "went to nobody"),
            ("wrong-type", 1, "answered echo with the type"),
            ("deep", 1, "Not valid"),
            ("twice", 0, "Valid"),
            ("members", 0, "Valid"),
            ("carriage-return", 0, "Valid"),
            ("tell", 0, "Valid"),
            ("stubborn", 0, "Valid"),
            ("close-input", 1, "gives no valid answer to its last requests"),
            ("stop", 1, "gives no valid answer to its last requests"),
        ))

    def test_a_line_without_end_is_not_kept(self):
        done = self.run_of("long-line", duration="1m")
        self.assertEqual(done.returncode, 3)
        self.assertIn("wrote a line of more than 16 MiB", done.stderr)

    def test_a_flood_is_not_kept(self):
        done = self.run_of("flood", duration="1m", rate=1000)
        self.assertEqual(done.returncode, 3)
        self.assertIn("does not read its input: 64 MiB wait for it", done.stderr)

    def test_a_flood_that_does_not_arrive_is_not_kept(self):
        done = self.run_of("flood", duration="1m", rate=1000, latency="1h")
        self.assertEqual(done.returncode, 3)
        self.assertIn("1 GiB is under way", done.stderr)

    def test_odd_codes_say_nothing(self):
        """Such a request may have happened; that it is the last one's answer too is a fault."""
        for code in ("4294967318", '"22"', "22.5"):
            with self.subTest(code):
                done = self.run_of("code", "--json", text=code)
                operations = json.loads(done.stdout)["operations"]
                self.assertEqual((done.returncode, operations["failed"]), (1, 0))
                self.assertGreater(operations["unknown"], 0)

    def test_a_log_without_end_is_not_polled_for_ever(self):
        done = self.run_of("kafka", workload="kafka")
        self.assertEqual(done.returncode, 1)

    def test_files_and_page(self):
        """Names of messages, faults and figures that attack."""
        for kind in ("tell", "wrong-type"):
            files = {name: self.path(f"{kind}.{name}") for name in ("save", "history", "events")}
            self.run_of(kind, *(f"--{name}={path}" for name, path in files.items()))
            with open(files["save"], "rb") as file:
                self.assertEqual(attack.unseen_in(file.read()), [])
            done = narrows("report", files["save"], "--out", self.path("page.html"))
            self.assertEqual(done.returncode, 0, done)
            drawn = browser.dump(self, self.path("page.html"))
            self.assertRegex(drawn, r"<html[^>]* data-charts=")
            self.assertNotRegex(drawn, r"<html[^>]* data-owned")
            self.assertNotIn("<img", drawn)

    def test_figures_of_a_node_keep_their_value(self):
        done = self.run_of("right", "--json")
        for one in json.loads(done.stdout)["cluster"]:
            self.assertEqual(one["bench_stats"][ATTACK], {ATTACK: ATTACK})


class Stopped(Folder):
    """A signal at any moment: its status, nobody left."""

    def stopped(self, number, delay_s, *options):
        word = f"of-{os.getpid()}-{number}-{delay_s}"
        process = inv.start("cluster", "--workload=echo", "--nodes=4", "--rate=200", *options, "--",
                            *node("right", word), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True)
        try:
            harness.wait_until(lambda: running(word), "it starts")
            time.sleep(delay_s)
            process.send_signal(number)
            stdout, stderr = process.communicate(timeout=harness.PATIENCE_S)
        finally:
            process.kill()
            process.wait()
        harness.wait_until(lambda: not running(word), "no process is left", 3)
        return process.returncode, stdout, stderr

    def test_at_any_moment(self):
        """At its start, in init, under load, with nodes that stand still."""
        cases = ((signal.SIGINT, 0), (signal.SIGTERM, 0.1), (signal.SIGHUP, 0.4), (signal.SIGINT, 1),
                 (signal.SIGQUIT, 2))
        for number, delay_s in cases:
            with self.subTest((number, delay_s)):
                status, stdout, stderr = self.stopped(
                    number, delay_s, "--duration=1h", "--pause", "--fault-interval=50ms")
                # Before it takes signals there are no nodes: then it is ended by it.
                self.assertIn(status, (128 + number, *([] if delay_s else [-number])))
                self.assertEqual(stderr, "", stdout)

    def test_in_recovery_and_at_the_end(self):
        for delay_s in (0.5, 1):
            status, stdout, _ = self.stopped(signal.SIGTERM, delay_s, "--duration=100ms",
                                             "--recovery=1h")
            self.assertEqual(status, 128 + signal.SIGTERM)
            self.assertIn("Not checked: it was broken off.", stdout)

    def test_while_nodes_end(self):
        """They take their time; a stop then is a stop."""
        process = inv.start("cluster", "--workload=echo", "--nodes=2", "--duration=100ms",
                            "--recovery=0s", "--", *node("stubborn"), stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)
        time.sleep(3 * harness.TIME_SCALE)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=harness.PATIENCE_S)
        self.assertEqual(process.returncode, 128 + signal.SIGINT)

    def test_what_there_is_is_kept(self):
        """24 hours of them, stopped."""
        names = {name: self.path(name) for name in ("save", "history", "events")}
        status, _, _ = self.stopped(signal.SIGINT, 2 * harness.TIME_SCALE, "--duration=24h",
                                    "--partition=any", "--fault-interval=100ms",
                                    *(f"--{name}={path}" for name, path in names.items()))
        self.assertEqual(status, 130)
        run = json.loads(self.read("save"))
        self.assertEqual((run["partial"], run["valid"], run["problem"]), (True, None, None))
        self.assertGreater(run["operations"]["ok"], 10)
        self.assertTrue(run["bands"])
        operations = sum(run["operations"][name] for name in ("ok", "failed", "unknown"))
        self.assertEqual(len(self.read("history").splitlines()), operations)
        self.assertGreater(len(self.read("events").splitlines()), operations)
        self.assertEqual(narrows("report", names["save"], "--out", self.path("page")).returncode, 0)

    def test_a_simulation(self):
        process = inv.start("cluster", "--workload=echo", "--duration=24h", "--rate=1e6", "--json",
                            f"--events={self.path('events')}", stdout=subprocess.PIPE)
        harness.wait_until(lambda: os.path.exists(self.path("events")), "it runs")
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        run = json.loads(process.communicate(timeout=harness.PATIENCE_S)[0])
        self.assertEqual((process.returncode, run["partial"]), (130, True))


class Limits(Folder):
    ECHO = ("--workload=echo", "--nodes=2", "--duration=1s", "--recovery=0s")

    def test_files_that_cannot_be_written(self):
        for option in ("save", "history", "events"):
            for path, said in (("/dev/full", "No space left"), ("/nowhere/x", "No such file"),
                               (self.folder, "cannot write")):
                with self.subTest((option, path)):
                    done = narrows("cluster", *self.ECHO, f"--{option}={path}")
                    self.assertEqual(done.returncode, 3, done)
                    self.assertIn(said, done.stderr)
                    self.assertEqual(done.stderr.count("\n"), 1)

    def test_more_nodes_than_descriptors(self):
        command = ["sh", "-c", 'ulimit -Sn 64; ulimit -Hn "$1"; shift; exec "$@"', "sh"]
        run = [inv.NARROWS, "cluster", "--workload=echo", "--nodes=40", "--duration=200ms",
               "--recovery=0s", "--", harness.node_path()]
        done = subprocess.run([*command, "512", *run], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        done = subprocess.run([*command, "64", *run], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (3, ""))
        self.assertIn("Too many open files", done.stderr)

    def test_what_would_never_end_is_refused(self):
        for option, said in (("--fault-interval=1ns", "--fault-interval takes"),
                             ("--timeout=1ns", "--timeout takes"),
                             ("--duration=1us", "--duration takes"),
                             ("--duration=25h", "--duration takes"),
                             ("--topology=total --nodes=1000", "--topology total is of 250")):
            with self.subTest(option):
                done = narrows("cluster", "--workload=broadcast", *option.split())
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(said, done.stderr)


if __name__ == "__main__":
    inv.main()
