# SPDX-License-Identifier: MIT
"""`narrows cluster`: simulated and real nodes, what its checks find, and what goes wrong.

Usage: test_cluster.py NARROWS_NODE NARROWS FOLDER_OF_BAD_NODES [FOLDER_OF_TRANSCRIPTS]
"""
import json
import signal
import sys
import time

import browser
import harness
import investigator as inv
from investigator import Folder, narrows, running

# A node of another language: tells each value to all once. Its arguments change what it does.
NODE = r"""
import json, os, sys, threading, time
values, me, ids = [], None, []
def send(dest, body):
    print(json.dumps(dict(src=me, dest=dest, body=body)), flush=True)
for line in sys.stdin:
    message = json.loads(line)
    body, src = message["body"], message["src"]
    kind = body["type"]
    def answer(**more):
        send(src, dict(type=kind + "_ok", in_reply_to=body["msg_id"], **more))
    if kind == "init":
        me, ids = body["node_id"], body["node_ids"]
        if "deaf" in sys.argv: time.sleep(60)
        answer()
    elif kind == "topology":
        answer()
    elif kind == "broadcast":
        if "dies" in sys.argv and len(values) > 5: os._exit(7)
        if "babbles" in sys.argv and len(values) > 5: print("hello", flush=True)
        values.append(body["message"])
        for other in ids:
            if other != me and "selfish" not in sys.argv:
                send(other, dict(type="tell", message=body["message"]))
        answer()
    elif kind == "tell":
        values.append(body["message"])
    elif kind == "read":
        answer(messages=values)
    elif "msg_id" in body:
        send(src, dict(type="error", code=10, text="what?", in_reply_to=body["msg_id"]))
"""
BROADCAST = ["--workload=broadcast", "--nodes=3", "--recovery=300ms"]
SHORT = [*BROADCAST, "--duration=1s"]


def cluster(*options, node=None):
    return narrows("cluster", *options, *(["--", *node] if node else []))


def report(*options, node=None):
    done = cluster("--json", *options, node=node)
    return json.loads(done.stdout), done


class Real(Folder):
    def setUp(self):
        super().setUp()
        with open(self.path("node.py"), "w", encoding="utf-8") as file:
            file.write(NODE)

    def node(self, *arguments):
        return [sys.executable, "-B", self.path("node.py"), *arguments]

    def test_nodes_of_another_language_are_driven_and_checked(self):
        run, done = report(*SHORT, node=self.node())
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertTrue(run["valid"])
        self.assertFalse(run["simulated"])
        self.assertGreater(run["operations"]["ok"], 50)
        self.assertEqual(run["operations"]["unknown"], 0)
        self.assertEqual(run["messages"]["by_type"], {"tell": run["messages"]["between_nodes"]})
        self.assertEqual(run["cluster"], [])  # it knows no bench_stats

    def test_latency_is_between_nodes_alone(self):
        run, _ = report(*SHORT, "--latency=50ms", node=self.node())
        self.assertTrue(run["valid"])
        self.assertLess(run["latency_ms"]["all"]["p50"], 40 * harness.TIME_SCALE)
        self.assertGreater(run["figures"]["stable_latency_max_ms"], 20)  # as seen by reads

    def test_what_is_not_told_is_found(self):
        done = cluster(*SHORT, node=self.node("selfish"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("Not valid", done.stdout)
        self.assertIn("lacks", done.stdout)
        self.assertIn("again with", done.stdout)
        self.assertIn("selfish", done.stdout)

    def test_a_partition_loses_what_is_told_once(self):
        run, done = report(*SHORT, "--partition=one", "--fault-interval=300ms", node=self.node())
        self.assertEqual(done.returncode, 1)
        self.assertGreater(run["messages"]["cut"], 0)
        self.assertEqual([band["fault"] for band in run["bands"]], ["one"] * len(run["bands"]))
        self.assertIn(len(run["bands"]), (1, 2))

    def test_paused_nodes_go_on(self):
        run, done = report(*SHORT, "--pause", "--fault-interval=300ms", node=self.node())
        self.assertEqual((done.returncode, run["valid"]), (0, True), done)
        self.assertGreater(run["latency_ms"]["all"]["max"], 50)
        self.assertEqual(run["bands"][0]["fault"], "pause")

    def test_a_node_that_ends_or_babbles_or_is_deaf_is_named(self):
        for word, said in (("dies", "exited with status 7"),
                           ("babbles", "wrote a line that is no message: hello")):
            with self.subTest(word):
                done = cluster(*SHORT, node=self.node(word))
                self.assertEqual(done.returncode, 3)
                self.assertRegex(done.stderr, rf"^narrows: n\d {said}\n$")
        self.assertEqual(running(self.path("node.py")), [])

    def test_a_node_that_is_not_there_is_named(self):
        done = cluster(*SHORT, node=[self.path("nobody")])
        self.assertEqual(done.returncode, 3)
        self.assertIn("nobody", done.stderr)

    def test_an_interrupt_ends_the_nodes(self):
        process = inv.start("cluster", *BROADCAST, "--duration=60s", "--", *self.node())
        try:
            deadline = time.monotonic() + harness.PATIENCE_S
            while len(running(self.path("node.py"))) < 4 and time.monotonic() < deadline:
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(harness.PATIENCE_S), 130)
        finally:
            process.kill()
            process.wait()
        self.assertEqual(running(self.path("node.py")), [])

    def test_our_own_nodes_say_what_limits_them(self):
        run, done = report("--workload=echo", "--nodes=2", "--duration=1s", "--max",
                           "--recovery=0ms", node=[harness.node_path()])
        self.assertEqual((done.returncode, run["valid"]), (0, True))
        self.assertEqual([node["name"] for node in run["cluster"]], ["n0", "n1"])
        for node in run["cluster"]:
            self.assertGreater(node["bench_stats"]["total_messages"], 100)


class Simulated(Folder):
    ECHO = ["--workload=echo", "--nodes=2", "--duration=1s"]

    def test_a_seed_gives_the_same_run_again(self):
        files = [self.path("a"), self.path("b"), self.path("c")]
        for file, seed in zip(files, (7, 7, 8)):
            done = cluster(*self.ECHO, f"--seed={seed}", f"--history={file}",
                           f"--events={file}.events", "--latency=3ms", "--latency-shape=exponential")
            self.assertEqual(done.returncode, 0)
        texts = [self.read(name) for name in "abc"]
        events = [self.read(name + ".events") for name in "abc"]
        self.assertEqual(texts[0], texts[1])
        self.assertEqual(events[0], events[1])
        self.assertNotEqual(texts[0], texts[2])
        self.assertEqual(len(texts[0].splitlines()), len(
            [line for line in events[0].splitlines() if '"type":"echo"' in line]))

    def test_many_seeds_run_to_the_last(self):
        run, done = report(*self.ECHO, "--seed=5", "--seeds=3")
        self.assertEqual((done.returncode, run["seed"], run["simulated"]), (0, 7, True))

    def test_the_first_seed_that_is_not_as_it_must_be_is_the_last(self):
        run, done = report(*self.ECHO, "--rate=3", "--seeds=1000", "--threshold=operations.ok!=3")
        self.assertEqual((done.returncode, run["operations"]["ok"]), (1, 3))
        self.assertLess(run["seed"], 1000)
        again, _ = report(*run["again"].split()[2:])
        self.assertEqual(again["series"], run["series"])

    def test_thresholds(self):
        self.assertEqual(cluster(*self.ECHO, "--threshold=operations.ok>10").returncode, 0)
        done = cluster(*self.ECHO, "--threshold=operations.ok<10")
        self.assertEqual(done.returncode, 1)
        self.assertIn("threshold operations.ok<10", done.stderr)

    def test_what_makes_no_sense_is_refused_in_one_line(self):
        for options, said in (
                ([], "--workload is required"),
                (["--workload=brodcast"], "--workload takes"),
                (["--workload=echo", "--nodes=0"], "--nodes"),
                (["--workload=echo", "--latency=fast"], "--latency takes a time"),
                (["--workload=echo", "--duration=0s"], "--duration takes a time such as 100ms, 1ms to 24h"),
                (["--workload=echo", "--partition=diagonal"], "--partition takes"),
                (["--workload=echo", "--partition="], "--partition"),
                (["--workload=echo", "--partition=one,"], "--partition takes"),
                (["--workload=echo", "--loss=2"], "--loss"),
                (["--workload=echo", "--topology=knot"], "--topology takes grid, line"),
                (["--workload=echo", "--latency-shape=odd"], "--latency-shape takes"),
                (["--workload=echo", "--consistency=eventual"], "--consistency takes"),
                (["--workload=echo", "--max"], "--max is of real nodes"),
                (["--workload=echo", "--rate=1", "--max"], "one of --rate and --max"),
                (["--workload=echo", "--threshold=x"], "--threshold takes"),
                (["--workload=echo", "--seeds=2", "--", "cat"], "--seeds is of simulations"),
                (["--workload=nothing", "--", "cat"], "--workload takes"),
                (["--workload=echo", "--"], "the node to run comes after"),
        ):
            with self.subTest(options):
                done = narrows("cluster", *options)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(said, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)

    def test_the_command_that_is_printed_gives_the_run_again(self):
        options = [*self.ECHO, "--seed=9", "--latency=1500us", "--loss=0.125", "--pause",
                   "--latency-shape=uniform", "--fault-interval=250ms", "--rate=37.5",
                   "--timeout=2s", "--clients=7", "--partition=ring,one-way"]
        first = cluster(*options, "--json", f"--history={self.path('a')}")
        again = json.loads(first.stdout)["again"].split()
        self.assertEqual(again[:2], ["narrows", "cluster"])
        narrows(*again[1:], f"--history={self.path('b')}")
        self.assertEqual(self.read("a"), self.read("b"))

    def test_the_page_shows_a_run(self):
        cluster("--workload=echo", "--nodes=3", "--duration=1s", "--pause",
                "--fault-interval=300ms", f"--save={self.path('run.json')}")
        done = narrows("report", self.path("run.json"), "--out", self.path("page.html"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        page = browser.dump(self, self.path("page.html"))
        self.assertIn("echo on 3 nodes is valid.", page)
        self.assertIn('data-charts="3"', page)
        self.assertIn("Messages between nodes, a second", page)


if __name__ == "__main__":
    inv.main()
