# SPDX-License-Identifier: MIT
"""`narrows` sweep, compare and report.

Usage: test_tools.py NARROWS_NODE NARROWS FOLDER_OF_BAD_NODES [FOLDER_OF_TRANSCRIPTS]
"""
import html
import json
import os
import re
import signal
import subprocess
import sys
import time

import browser
import harness
import investigator as inv
from investigator import PATIENCE, Folder, badnode, good, narrows, soon


class Sweeps(Folder):
    def sweep(self, *options, node=None):
        done = narrows("sweep", "--json", *options, "--", *(node or good()))
        return json.loads(done.stdout) if done.stdout else None, done.stderr, done.returncode

    def test_a_ladder(self):
        sweep, stderr, status = self.sweep("--from=500", "--to=2000", "--steps=3",
                                           "--duration=500ms", "--warmup=100ms")
        self.assertEqual(status, 0, stderr)
        self.assertEqual([round(run["load"]["rate_per_sec"]) for run in sweep["runs"]],
                         [500, 1000, 2000])
        self.assertTrue(all(run["histograms"]["latency_us"] for run in sweep["runs"]))

    def test_the_knee_of_a_slow_node(self):
        for keep in ([], ["--keep"]):
            with self.subTest(keep):
                sweep, stderr, status = soon(
                    lambda: self.sweep("--from=25", "--duration=1s", "--warmup=0s", PATIENCE, *keep,
                                       node=badnode("is slow", 1 << 30)),
                    lambda found: found[0]["knee_per_sec"] in (50, 100))
                self.assertEqual(status, 0, stderr)
                self.assertIn(sweep["knee_per_sec"], (50, 100))  # it makes 100, at most
                self.assertGreaterEqual(sweep["runs"][-1]["load"]["rate_per_sec"], 200)
                self.assertEqual([run["replies"]["missing"] for run in sweep["runs"]],
                                 [0] * len(sweep["runs"]))

    def test_a_service_level(self):
        sweep, stderr, status = soon(
            lambda: self.sweep("--from=20", "--slo=latency_us.p50<25000", "--duration=1s",
                               "--warmup=0s", PATIENCE, node=badnode("is slow", 1 << 30)),
            lambda found: (found[0]["knee_per_sec"] or 0) > 60)
        self.assertEqual(status, 0, stderr)
        self.assertGreater(sweep["knee_per_sec"], 60)
        self.assertLess(sweep["knee_per_sec"], 100)

    def test_a_limit_that_the_highest_rate_keeps(self):
        sweep, stderr, status = self.sweep("--from=100", "--to=400", "--duration=300ms",
                                           "--warmup=0s", "--slo=latency_us.p50<10000000")
        self.assertEqual(status, 0, stderr)
        self.assertEqual(sweep["knee_per_sec"], 400)
        _, stderr, status = self.sweep("--slo=latency.p99<1", "--duration=100ms", "--warmup=0s")
        self.assertEqual(status, 2)
        self.assertIn("no figure latency.p99", stderr)

    def test_late_replies_are_no_fault_of_the_next_rate(self):
        sweep, stderr, status = self.sweep("--keep", "--from=1000", "--to=2000", "--steps=2",
                                           "--duration=1s", "--warmup=0s", PATIENCE,
                                           node=badnode("is slow", 1 << 30))
        self.assertEqual(status, 0, stderr)
        self.assertEqual([run["replies"]["unsolicited"] for run in sweep["runs"]], [0, 0])

    def test_the_table(self):
        done = narrows("sweep", "--from=500", "--to=1000", "--steps=2", "--duration=300ms",
                       f"--save={self.path('sweep.json')}", "--", *good())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("bottleneck", done.stdout)
        self.assertIn("parse", done.stdout)
        self.assertEqual(json.loads(self.read("sweep.json"))["kind"], "sweep")

    def test_the_table_says_what_is_doubtful(self):
        done = narrows("sweep", "--from=100", "--to=200", "--steps=2", "--duration=300ms",
                       "--warmup=0s", "--", *badnode("tells figures"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.count(
            "  parse or serialize (input limited), parse 50 %, checks failed"), 2, done.stdout)

    def test_a_broken_node(self):
        _, stderr, status = self.sweep("--from=500", "--to=1000", "--duration=1s",
                                       node=badnode("crashes"))
        self.assertEqual(status, 3)
        self.assertIn("SIGSEGV", stderr)

    def test_interrupted(self):
        run = inv.start("sweep", "--json", "--from=500", "--", *good(),
                        stdout=subprocess.PIPE, text=True)
        time.sleep(1)
        run.send_signal(signal.SIGINT)
        stdout, _ = run.communicate(timeout=harness.PATIENCE_S)
        self.assertEqual(run.returncode, 128 + signal.SIGINT)
        self.assertIs(json.loads(stdout)["partial"], True)


GROWS = r"""
import json, sys
ballast = b"x" * 30000000
for line in sys.stdin:
    m = json.loads(line)
    b = m["body"]
    b["in_reply_to"] = b.pop("msg_id")
    b["type"] += "_ok"
    print(json.dumps(dict(src=m["dest"], dest=m["src"], body=b)), flush=True)
"""


class Comparisons(Folder):
    def test_a_slower_node_is_found(self):
        done = narrows("compare", "--json", "--pairs=6", "--concurrency=1", "--duration=300ms",
                       f"--a={sys.executable} -B '{inv.BADNODE}' none",
                       f"--b={sys.executable} -B '{inv.BADNODE}' 'is slow' 1000000",
                       "--fail-if=latency_us.p50>+5%", "--fail-if=throughput_per_sec<-5%",
                       "--fail-if=latency_us.p50<-5%")
        figures = json.loads(done.stdout)["figures"]
        self.assertEqual(figures["throughput_per_sec"]["verdict"], "slower")
        self.assertEqual(figures["latency_us.p50"]["verdict"], "slower")
        self.assertGreater(figures["latency_us.p50"]["low"], 100)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr.count("\n"), 2)

    def test_memory_is_the_nodes_own(self):
        small = f"{sys.executable} -B '{inv.BADNODE}' none"
        done = narrows("compare", "--json", "--pairs=5", "--concurrency=1", "--duration=200ms",
                       f"--a={small}", f"--b={sys.executable} -B -c '{GROWS}'")
        memory = json.loads(done.stdout)["figures"]["node.peak_rss_bytes"]
        self.assertGreater(memory["b"] - memory["a"], 25e6, done.stderr)

    def test_few_values_keep_no_limit(self):
        run = self.path("a")
        narrows("bench", "--max", "--messages=100", f"--save={run}", "--", *good())
        done = narrows("compare", run, run, "--fail-if=latency_us.p99>+5%")
        self.assertEqual(done.returncode, 1)
        self.assertIn("too few", done.stderr)

    def test_saved_runs(self):
        for name in ("a", "b"):
            done = narrows("bench", "--rate=500", "--duration=6s", "--warmup=0s",
                           f"--save={self.path(name)}", "--", *good())
            self.assertIn(done.returncode, (0, 1), done.stderr)  # 1: the generator was late
        done = narrows("compare", self.path("a"), self.path("b"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("no difference seen", done.stdout)

    def test_wrong_command_lines(self):
        for arguments in ([], ["a.json"], ["--a=x"], ["--a=x", "--b=y", "--rate=nan"],
                          ["--a=x | y", "--b=y"], ["a", "b", "--a=x", "--b=y"],
                          ["a", "b", "c"], ["--a=x", "--b=y", "--pairs=1"],
                          ["--a=x", "--b=y", "--fail-if=latency_us.p99"],
                          ["--a=x", "--b=y", "--fail-if=what>+5%"]):
            with self.subTest(arguments):
                self.assertEqual(narrows("compare", *arguments).returncode, 2)
        self.assertEqual(narrows("compare", "/nowhere/a", "/nowhere/b").returncode, 3)
        self.assertEqual(narrows("compare", "--a=/nowhere/a", "--b=/nowhere/b").returncode, 3)


def drawn_ms(page):
    return int(re.search(r'data-drawn-ms="(\d+)"', page).group(1))


class Reports(Folder):
    def save_run(self, name, *options, node=None):
        done = narrows("bench", *options, f"--save={self.path(name)}", "--", *(node or good()))
        self.assertIn(done.returncode, (0, 1), done.stderr)  # 1: the generator was late
        return self.path(name)

    def report(self, *files):
        done = narrows("report", *files, "-o", self.path("report.html"))
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.read("report.html")

    def dump(self, width=1400, *options):
        return browser.dump(self, self.path("report.html"), width, *options)

    def test_a_page_by_itself(self):
        page = self.report(self.save_run("run.json", "--rate=1000", "--duration=2s", "--warmup=1s"))
        self.assertLess(len(page), 1 << 20)
        self.assertEqual(re.findall(r'(?:src|href)="(?!data:)', page), [])
        data = json.loads(re.search(r'id="data">(.*?)</script>', page, re.S).group(1))
        self.assertEqual(data[0]["file"], "run.json")

    def test_every_chart_is_drawn(self):
        self.report(self.save_run("run.json", "--rate=1000", "--duration=2s", "--warmup=1s"))
        for width in (400, 1400):
            for scheme in ("light", "dark"):
                with self.subTest((width, scheme)):
                    dark = ["--blink-settings=preferredColorScheme=0"] if scheme == "dark" else []
                    page = soon(lambda dark=dark, width=width: self.dump(width, *dark),
                                lambda page: drawn_ms(page) < 1000)
                    charts = int(re.search(r'data-charts="(\d+)"', page).group(1))
                    self.assertEqual(charts, 6)
                    self.assertEqual(len(re.findall(r'<canvas role="img" aria-label="[^"]+', page)),
                                     charts)
                    self.assertIn("class=\"pipeline\"", page)
                    self.assertLess(drawn_ms(page), 1000)

    def test_two_runs_a_sweep_and_a_node_without_stages(self):
        self.save_run("a.json", "--max", "--messages=20000")
        self.save_run("b.json", "--max", "--messages=500", node=badnode("none"))
        narrows("sweep", "--from=500", "--to=1000", "--steps=2", "--duration=300ms",
                f"--save={self.path('sweep.json')}", "--", *good())
        self.report(*(self.path(name) for name in ("a.json", "b.json", "sweep.json")))
        page = self.dump()
        self.assertIn("b.json against a.json", page)
        self.assertIn("latency by rate", page)

    def drawn_text(self, *files):
        """The page as drawn, its text alone."""
        self.report(*files)
        page = re.sub(r"<script.*?</script>|<style.*?</style>", "", self.dump(), flags=re.S)
        return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())

    def test_the_verdict_with_its_confidence_and_the_checks_that_failed(self):
        run = self.save_run("run.json", "--max", "--messages=500", node=badnode("tells figures"))
        text = self.drawn_text(run)
        for part in ("parse or serialize dominates (input limited, headroom 88 %).",
                     "The node waits.",
                     "parse or serialize too close to call: 75 % for parse",
                     "dispatch 96 % sure", "parse over 99 % sure",
                     "Read with care: checks failed",
                     "50.00 % of a stage's time is not accounted for",
                     "A busy stage had a CPU for 25 % of the time",
                     "the node may use 1 CPU.", "Shares of the mean", "Shares of the slowest 1 %",
                     "share of mean share of tail utilization scv"):
            self.assertIn(part, text)
        self.assertNotIn("add up to", text)
        self.assertEqual(len(re.findall(r"a tie parse 50 % busy", text)), 1)

    def test_the_second_run_has_its_verdict_too(self):
        quiet = self.save_run("a.json", "--max", "--messages=500", node=badnode("none"))
        run = self.save_run("b.json", "--max", "--messages=500", node=badnode("tells figures"))
        text = self.drawn_text(quiet, run)
        self.assertIn("it does not answer bench_stats", text)
        self.assertIn("Parse or serialize dominates (input limited, headroom 88 %). "
                      "The node waits.", text)
        self.assertEqual(text.count("Read with care"), 1)

    def test_a_sweep_says_at_which_rate_checks_failed(self):
        narrows("sweep", "--from=100", "--to=200", "--steps=2", "--duration=300ms", "--warmup=0s",
                f"--save={self.path('sweep.json')}", "--", *badnode("tells figures"))
        text = self.drawn_text(self.path("sweep.json"))
        self.assertRegex(text, r"At (99|100|101) a second: 50.00 % of a stage's time")
        self.assertRegex(text, r"At (199|20\d) a second: a busy stage had a CPU for 25 %")
        self.assertEqual(text.count("parse or serialize parse 50 %"), 2)

    def edit(self, path, change):
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
        change(content["bench_stats"])
        with open(path, "w", encoding="utf-8") as file:
            json.dump(content, file)

    def test_a_node_that_says_less(self):
        run = self.save_run("run.json", "--max", "--messages=500", node=badnode("tells figures"))

        def older(stats):
            del stats["checks"], stats["cpus"]
            stats["bottleneck"] = {"throughput": "parse", "state": "headroom",
                                   "explanation": "it works"}
            for stage in stats["stages"]:
                stage.pop("share_of_tail")
                stage.pop("scv", None)
        self.edit(run, older)
        text = self.drawn_text(run)
        self.assertIn("parse dominates (headroom). It works.", text)
        for part in ("sure", "not known", "Read with care", "slowest 1 %", "share of tail", "scv",
                     "undefined", "NaN"):
            self.assertNotIn(part, text)

    def test_figures_of_other_types_are_left_out(self):
        run = self.save_run("run.json", "--max", "--messages=500", node=badnode("tells figures"))

        def odd(stats):
            stats["stages"] += [{"name": 5, "kind": None, "avg_us": "x"}, 7, None, "parse"]
            stats["bottleneck"] = {"throughput": "parse", "latency": 5, "tail": {}, "state": [],
                                   "confidence": {"throughput": 9}, "tie": "parse", "headroom": "1",
                                   "explanation": 4}
            stats["checks"] = {"toString": {"held": False}, "cpu": {"held": False, "value": "1"},
                               "x": None, "y": {"held": "no"}}
        self.edit(run, odd)
        text = self.drawn_text(run)
        for part in ("parse dominates.", "over 99 % sure", "The check toString did not hold.",
                     "A busy stage had a CPU for an unknown share of the time"):
            self.assertIn(part, text)
        for part in ("undefined", "NaN", "[object", "check x", "check y"):
            self.assertNotIn(part, text)

    def test_names_do_no_harm(self):
        run = self.save_run("run.json", "--max", "--messages=100")
        harm = "</script><script>document.title='harmed'</script><img src=x onerror=alert(1)>"
        with open(run, encoding="utf-8") as file:
            content = json.load(file)
        content["bench_stats"]["stages"][0]["name"] = harm
        content["bench_stats"]["bottleneck"] = {
            **dict.fromkeys(("throughput", "latency", "tail", "state", "explanation"), harm),
            "tie": {"latency": harm}, "confidence": {"throughput": 0.5}}
        content["bench_stats"]["checks"] = {harm: {"held": False, "value": 1}}
        content["node"]["command"] = [harm]
        content["remarks"] = [harm]
        with open(run, "w", encoding="utf-8") as file:
            json.dump(content, file)
        page = self.report(run)
        self.assertNotIn("<script>document", page)
        self.assertNotIn("<img", page)
        drawn = self.dump()
        self.assertNotIn("<img", drawn.replace("&lt;img", ""))
        self.assertNotIn("<title>harmed", drawn)

    def test_what_is_no_run(self):
        for content in ("", "{}", "[]", '{"series":[],"histograms":{},"version":2}'):
            with open(self.path("bad.json"), "w", encoding="utf-8") as file:
                file.write(content)
            done = narrows("report", self.path("bad.json"), "-o", self.path("report.html"))
            self.assertEqual(done.returncode, 3)
            self.assertIn("bad.json", done.stderr)
            self.assertFalse(os.path.exists(self.path("report.html")))
        self.assertEqual(narrows("report").returncode, 2)
        self.assertEqual(narrows("report", "/nowhere").returncode, 3)


if __name__ == "__main__":
    inv.main()
