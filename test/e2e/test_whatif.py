# SPDX-License-Identifier: MIT
"""`narrows whatif`: delays planted in a node, and what it says of them.

Usage: test_whatif.py NARROWS_NODE NARROWS FOLDER_OF_BAD_NODES [FOLDER_OF_TRANSCRIPTS]
"""
import json
import os
import pty
import signal
import subprocess
import sys

import harness
import investigator as inv
from investigator import PATIENCE, Folder, badnode, narrows, soon

STAGES = ["parse", "dispatch", "serialize"]
# Few and short runs: what is looked for is coarse.
SHORT = ["--pairs=5", "--duration=150ms", "--warmup=20ms"]


# Only a delay in dispatch is real; its verdict on throughput is wrong, the one on the tail a tie.
LIAR = r"""
import json, sys, time
busy = dict(parse=5e-5, dispatch=2e-4, serialize=5e-5)
for argument in sys.argv[1:]:
    stage, took = argument.removeprefix("--slow=").split("=")
    busy[stage] += float(took[:-2]) * (1e-9 if took.endswith("ns") else 1e-6)
start, count = time.monotonic(), 0
for line in sys.stdin:
    message = json.loads(line)
    body = message["body"]
    if body["type"] == "echo":
        time.sleep(busy["dispatch"])
        count += 1
    if body["type"] == "bench_stats":
        rate = count / (time.monotonic() - start)
        body |= dict(throughput_per_sec=rate, latency_us={}, cpus=1.5,
                     stages=[dict(name=name, utilization=time_s * rate)
                             for name, time_s in busy.items()],
                     bottleneck=dict(throughput="parse", latency="dispatch", tail="dispatch",
                                     state="saturated", tie=dict(tail="serialize"),
                                     confidence=dict(throughput=1, latency=0.98, tail=0.6)))
    body |= dict(in_reply_to=body.pop("msg_id"), type=body["type"] + "_ok")
    print(json.dumps(dict(src=message["dest"], dest=message["src"], body=body)), flush=True)
"""


def node(*options):
    return [harness.node_path(), *options]


def whatif(*options, command=None):
    done = narrows("whatif", *options, "--", *(command or node()))
    return done


def report(*options, command):
    done = whatif("--json", *options, command=command)
    return json.loads(done.stdout), done


def stage(load, name):
    return next(each for each in load["stages"] if each["name"] == name)


def verdict(found, question):
    return next(each for each in found["verdicts"] if each["question"] == question)


class Measured(Folder):
    """A node whose slowest stage is known."""

    def check(self, slowest, *options):
        found, done = soon(lambda: report(*SHORT, "--delta=400us", *options,
                                          command=node(f"--slow={slowest}=200us")),
                           lambda found: verdict(found[0], "throughput")["finding"] == "agrees")
        self.assertIn(done.returncode, (0, 1), done.stderr)  # 1: the generator was late
        said = verdict(found, "throughput")
        self.assertEqual(said["measured"], slowest, found)
        self.assertEqual(said["stage"], slowest)
        self.assertEqual(said["finding"], "agrees")
        worth = {each["name"]: each["worth_of_microsecond"]["throughput"]
                 for each in found["saturation"]["stages"]}
        self.assertEqual(list(worth), STAGES)
        self.assertGreater(worth[slowest]["low"], 0)
        # Where stages wait for a CPU, a delay costs everywhere.
        for other in set(STAGES) - {slowest} if found["no_theory"] is None else ():
            self.assertLess(worth[other]["value"], worth[slowest]["value"] / 2, found)
        return found

    def test_dispatch(self):
        self.check_members(self.check("dispatch", "--concurrency=25"))

    def test_serialize(self):
        self.check("serialize")

    def test_latency_at_a_rate(self):
        found, done = soon(
            lambda: report("--pairs=5", "--duration=250ms", "--stage=dispatch", "--delta=2ms",
                           "--rate=100", command=node()),
            lambda found: stage(found[0]["rate"], "dispatch")["changes"]["mean"]["low"] > 50)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        self.assertEqual(found["rate"]["rate_per_sec"], 100)
        self.assertEqual(found["rate"]["samples"], 5)
        self.assertEqual([each["name"] for each in found["rate"]["stages"]], ["dispatch"])
        slowed = stage(found["rate"], "dispatch")
        self.assertEqual(slowed["delay_us"], 2000)
        self.assertGreater(slowed["added_us"], 1500)
        self.assertGreater(slowed["changes"]["mean"]["low"], 50)
        # A stage alone is held against nothing.
        self.assertEqual(verdict(found, "throughput")["finding"], "cannot be told")

    def check_members(self, found):
        """They are those of docs/FORMATS.md."""
        self.assertEqual(
            set(found), {"version", "kind", "partial", "problem", "generator_problem",
                         "takes_delays", "command", "pairs", "one_thread", "cpus", "no_theory",
                         "saturation", "rate", "verdicts", "remarks"})
        self.assertEqual((found["version"], found["kind"], found["partial"], found["problem"],
                          found["takes_delays"], found["pairs"], found["one_thread"]),
                         (1, "whatif", False, None, True, 5, False))
        self.assertEqual(set(found["cpus"]), {"usable", "node", "stages", "generator"})
        for load in (found["saturation"], found["rate"]):
            self.assertEqual(set(load), {"rate_per_sec", "concurrency", "samples",
                                         "throughput_per_sec", "latency_us", "stages"})
            self.assertEqual(load["samples"], 5)
            for each in load["stages"]:
                self.assertEqual(set(each), {"name", "busy_us", "delay_us", "added_us", "changes",
                                             "theory_percent", "worth_of_microsecond", "worth_of_tenth"})
                self.assertEqual(set(each["changes"]), {"throughput", "mean", "p99"})
                self.assertEqual(set(each["changes"]["mean"]), {"percent", "low", "high"})
        self.assertEqual(found["saturation"]["concurrency"], 25)
        self.assertIsNone(found["saturation"]["rate_per_sec"])
        self.assertIsNone(found["rate"]["concurrency"])
        # About half of what it makes.
        self.assertLess(found["rate"]["rate_per_sec"], found["saturation"]["throughput_per_sec"])
        # A theory or the reason why there is none.
        theory = [each["theory_percent"] for each in found["saturation"]["stages"]]
        self.assertEqual([each is None for each in theory], [found["no_theory"] is not None] * 3)
        for each in found["verdicts"]:
            self.assertEqual(set(each), {"question", "load", "stage", "tie", "confidence", "state",
                                         "measured", "finding", "because"})
        self.assertEqual([each["question"] for each in found["verdicts"]],
                         ["throughput", "latency", "tail"])

    def test_a_verdict_that_is_wrong(self):
        found, done = soon(lambda: report(*SHORT, "--delta=1ms",
                                          command=[sys.executable, "-B", "-c", LIAR]),
                           lambda found: verdict(found[0], "throughput")["finding"] == "disagrees")
        self.assertIn(done.returncode, (0, 1), done.stderr)
        throughput, latency, tail = (verdict(found, name)
                                     for name in ("throughput", "latency", "tail"))
        self.assertEqual(throughput["finding"], "disagrees", found)
        self.assertEqual((throughput["stage"], throughput["measured"]), ("parse", "dispatch"))
        self.assertEqual((latency["stage"], latency["confidence"]), ("dispatch", 0.98))
        self.assertIn(latency["finding"], ("agrees", "cannot be told"))
        self.assertEqual((tail["stage"], tail["tie"]), ("dispatch", "serialize"))
        self.assertEqual(tail["finding"], "cannot be told")
        self.assertEqual(tail["because"], "the node calls it a tie of dispatch and serialize")
        self.assertEqual(found["cpus"]["node"], 1.5)

    def test_on_one_thread_every_stage_counts(self):
        def worths(found):
            return [each["worth_of_microsecond"]["throughput"]["low"]
                    for each in found[0]["saturation"]["stages"]]

        found = soon(lambda: report(*SHORT, "--delta=400us",
                                    command=node("--threads=inline", "--slow=dispatch=200us")),
                     lambda found: min(worths(found)) > 0)
        self.assertIs(found[0]["one_thread"], True)
        self.assertGreater(min(worths(found)), 0)

    def test_the_table(self):
        def attempt():
            return whatif(*SHORT, "--delta=400us", command=node("--slow=dispatch=200us"))

        done = soon(attempt, lambda done: "verdict, dispatch, agrees" in done.stdout)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        rows = [line.split()[0] for line in done.stdout.splitlines() if line]
        for name in STAGES:
            self.assertEqual(rows.count(name), 4, done.stdout)
        self.assertIn(" + 400.0 ", done.stdout)  # the delay
        self.assertIn("in dispatch is worth +", done.stdout)
        self.assertIn("the node's verdict, dispatch, agrees.", done.stdout)


class Refused(Folder):
    """Nodes that take no delay."""

    def check(self, command, *parts, takes_delays=False):
        for options in ([], ["--json"]):
            done = whatif(PATIENCE, *options, command=command)
            self.assertEqual(done.returncode, 3, done.stderr)
            for part in parts:
                self.assertIn(part, done.stderr)
            if options:
                found = json.loads(done.stdout)
                self.assertIs(found["takes_delays"], takes_delays)
                self.assertTrue(found["problem"])
                self.assertIsNone(found["saturation"])
            else:
                self.assertEqual(done.stdout, "")

    def script(self, text):
        path = self.path("node.sh")
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + text)
        os.chmod(path, 0o755)
        return [path]

    def test_a_node_without_bench_stats(self):
        self.check(badnode("none"), "has no bench_stats", "narrows bench", "narrows sweep",
                   "narrows compare")

    def test_a_node_that_does_not_know_the_option(self):
        self.check(self.script(f'[ $# -eq 0 ] || exit 2\nexec "{harness.node_path()}"\n'),
                   "does not take --slow=parse=", "exited with status 2", "narrows compare")

    def test_a_node_that_ignores_options(self):
        self.check(self.script(f'exec "{harness.node_path()}"\n'), "ignores --slow=parse=",
                   "narrows compare")

    def test_a_node_that_dies(self):
        self.check(badnode("crashes"), "SIGSEGV", takes_delays=None)
        self.check(["false"], "before it answered init", takes_delays=None)
        done = whatif(command=["/nowhere/node"])
        self.assertEqual(done.returncode, 3)
        self.assertIn("cannot run /nowhere/node", done.stderr)

    def test_a_node_that_dies_of_a_delay(self):
        command = self.script(
            'for a; do case $a in --slow=serialize=*) sleep 0.1; kill -9 $$;; esac; done\n'
            f'exec "{harness.node_path()}" "$@"\n')
        self.check(command, "does not take --slow=serialize=", "SIGKILL")


class CommandLines(Folder):
    def test_wrong_ones(self):
        for arguments in (["--stage=input"], ["--stage="], ["--delta=10"], ["--delta=100ns"],
                          ["--delta=0%"], ["--delta=2s"], ["--delta=-1%"], ["--pairs=4"],
                          ["--rate=0"], ["--rate=x"], ["--concurrency=0"], ["--messages=10"],
                          ["--duration=0s"], ["--size=2"], ["--no-such"], ["file"]):
            with self.subTest(arguments):
                done = whatif(*arguments)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)
                self.assertEqual(done.stdout, "")
        for arguments in ([], ["--"]):
            self.assertEqual(narrows("whatif", *arguments).returncode, 2)

    def test_help(self):
        done = narrows("whatif", "--help")
        self.assertEqual(done.returncode, 0)
        for part in ("--stage", "--delta", "--pairs", "Exit status", "Examples", "about\n100 s"):
            self.assertIn(part, done.stdout)
        self.assertIn("whatif", narrows("--help").stdout)


class Interrupted(Folder):
    def start(self, wait_for, *arguments):
        """A whatif with a terminal as stderr, on which that was seen."""
        master, slave = pty.openpty()
        run = inv.start("whatif", *arguments, stdout=subprocess.PIPE, stderr=slave, text=True)
        os.close(slave)
        self.addCleanup(os.close, master)
        seen = b""
        while wait_for not in seen:
            seen += os.read(master, 4096)
        return run, seen

    def stop(self, run, signal_number):
        run.send_signal(signal_number)
        stdout, _ = run.communicate(timeout=harness.PATIENCE_S)
        self.assertEqual(run.returncode, 128 + signal_number)
        return stdout

    def test_what_there_is_is_printed(self):
        run, seen = self.start(b"round 4 of 1000 at saturation", "--json", "--pairs=1000",
                               "--duration=100ms", "--warmup=0s", "--rate=1000", "--",
                               *node("--slow=dispatch=50us"))
        self.assertIn(b" s left", seen)
        found = json.loads(self.stop(run, signal.SIGINT))
        self.assertIs(found["partial"], True)
        self.assertIsNone(found["problem"])
        for load in ("saturation", "rate"):
            self.assertIn(found[load]["samples"], range(3, 1000))

    def test_before_anything_was_measured(self):
        run, _ = self.start(b"looking how fast", "--", *node())
        self.assertIn("PARTIAL", self.stop(run, signal.SIGTERM))
        run, _ = self.start(b"--slow=parse=", "--json", "--", *node())
        found = json.loads(self.stop(run, signal.SIGINT))
        self.assertIs(found["partial"], True)
        self.assertIsNone(found["saturation"])


if __name__ == "__main__":
    inv.main()
