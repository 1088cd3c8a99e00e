# SPDX-License-Identifier: MIT
"""bench_stats: its fields, that they add up, and what it concludes from them."""
import json
import os
import re
import time

import harness
from messages import INIT, echo, echo_ok, request, stats, stats_body

HEADLINE = ["type", "total_messages", "elapsed_ms", "throughput_per_sec", "avg_latency_us",
            "p99_latency_us"]
FULL = HEADLINE + ["latency_us", "stages", "bottleneck", "checks", "window", "cpus", "errors",
                   "blocked_ms", "by_type", "overhead", "sent_unprompted"]
NUMBERS = ["in_reply_to", "msg_id"]
LATENCY = ["avg", "p50", "p90", "p99", "p999", "max"]
COMPONENTS = ["input", "parse", "dispatch_queue", "dispatch", "serialize_queue", "serialize",
              "output"]
SERVICES = ["parse", "dispatch", "serialize"]
DURATIONS = ["avg_us", "p50_us", "p99_us", "max_us"]
CLOSE = 0.995  # two readings of the clocks agree to half a percent, histograms to a tenth of one
SHARES = ["utilization", "blocked", "idle", "unaccounted"]
QUESTIONS = ["throughput", "latency", "tail"]


def stages_of(body):
    return {of["name"]: of for of in body["stages"]}


def bench_echo(msg_id):
    return request(b'"type":"bench_echo","msg_id":%d,"echo":"perf"' % msg_id)


class StatsCase(harness.NodeCase):
    def after(self, data, replies, *args):
        """(node, line of bench_stats_ok) after `data` was written and its `replies` taken."""
        node = self.start(*args)
        node.write(data)
        node.take(replies)
        return node, node.ask(stats(900))

    def mixed(self, *args):
        """After 1 init, 20 echoes, 10 bench_echoes, 3 unknown types and one message unanswered."""
        data = (INIT + b"".join(echo(2 + i) for i in range(20))
                + b"".join(bench_echo(30 + i) for i in range(10))
                + request(b'"type":"x","msg_id":50') + request(b'"type":"y","msg_id":51')
                + request(b'"type":"z"') + request(b'"type":"echo","echo":1'))
        return self.after(data, 33, *args)


class Fields(StatsCase):
    def test_come_in_the_stated_order(self):
        body = stats_body(self.mixed()[1])
        self.assertEqual(list(body), FULL + NUMBERS)
        self.assertEqual(list(body["latency_us"]), LATENCY)
        self.assertEqual([of["name"] for of in body["stages"]], COMPONENTS)
        for of in body["stages"]:
            is_service = of["name"] in SERVICES
            self.assertEqual(of["kind"], "service" if is_service else "wait")
            self.assertEqual(list(of), ["name", "kind"] + DURATIONS + ["share_of_mean", "share_of_tail"]
                             + (["scv"] + SHARES if is_service else []))
        self.assertEqual(list(body["bottleneck"]), QUESTIONS + ["state", "confidence", "tie",
                                                                "headroom", "explanation"])
        self.assertEqual(list(body["bottleneck"]["confidence"]), QUESTIONS)
        self.assertEqual(list(body["bottleneck"]["tie"]), QUESTIONS)
        self.assertEqual(list(body["checks"]), ["time_accounting", "partition", "cpu"])
        for check in body["checks"].values():
            self.assertEqual(list(check), ["value", "held"])
        self.assertEqual(list(body["errors"]), [
            "malformed_lines", "oversized_lines", "blank_lines", "malformed_requests",
            "unknown_types", "before_init", "init_conflicts", "handler_errors", "late_replies",
            "expired"])
        for of in body["by_type"].values():
            self.assertEqual(list(of), ["count", "avg_us", "p99_us"])
        self.assertEqual(list(body["overhead"]), ["timestamp_ns", "clock"])

    def test_have_the_stated_types(self):
        body = stats_body(self.mixed()[1])
        integers = [body[name] for name in ["total_messages", "elapsed_ms", "avg_latency_us",
                                            "p99_latency_us", "blocked_ms", "sent_unprompted"]
                    + NUMBERS]
        integers += list(body["errors"].values())
        integers += [of["count"] for of in body["by_type"].values()]
        for value in integers:
            self.assertIs(type(value), int)
            self.assertGreaterEqual(value, 0)
        self.assertIsInstance(body["bottleneck"]["explanation"], str)
        self.assertRegex(body["bottleneck"]["explanation"], r"\S")
        self.assertRegex(body["overhead"]["clock"], r"\S")
        self.assertGreater(body["overhead"]["timestamp_ns"], 0)

    def test_have_the_stated_decimals(self):
        line = self.mixed()[1]
        self.assertRegex(line, rb'"throughput_per_sec": \d+\.\d[,}]')
        body = json.loads(line, parse_float=str)["body"]
        times = list(body["latency_us"].values())
        times += [of[name] for of in body["stages"] for name in DURATIONS]
        times += [of[name] for of in body["by_type"].values() for name in ("avg_us", "p99_us")]
        for value in times:
            self.assertRegex(str(value), r"\A\d+(\.\d{1,3})?\Z")
        for of in body["stages"]:
            for name in SHARES:
                self.assertRegex(str(of.get(name, 0)), r"\A-?\d+(\.\d{1,4})?\Z")

    def test_are_spaced_like_every_reply(self):
        line = self.mixed()[1]
        self.assertTrue(line.startswith(
            b'{"src": "n1", "dest": "c1", "body": {"type": "bench_stats_ok", '), line)
        self.assertTrue(line.endswith(b', "in_reply_to": 900, "msg_id": 33}}'), line)
        outside = re.sub(rb'"(?:[^"\\]|\\.)*"', b'""', line)
        self.assertIsNone(re.search(rb",(?! \S)|:(?! \S)|(?<![,:]) ", outside), outside)

    def test_summary_is_the_first_five_alone(self):
        node = self.mixed()[0]
        body = stats_body(node.ask(stats(901, b'"detail":"summary"')))
        self.assertEqual(list(body), HEADLINE + NUMBERS)
        self.assertEqual(body["total_messages"], 36)
        escaped = stats_body(node.ask(stats(902, rb'"d\u0065tail":"summar\u0079"')))
        self.assertEqual(list(escaped), HEADLINE + NUMBERS)
        body = stats_body(node.ask(stats(903, b'"detail":"full"')))
        self.assertEqual(list(body), FULL + NUMBERS)


class Sums(StatsCase):
    def assert_adds_up(self, body):
        mean = body["latency_us"]["avg"]
        self.assertAlmostEqual(sum(of["avg_us"] for of in body["stages"]), mean, delta=0.01)
        self.assertAlmostEqual(sum(of["share_of_mean"] for of in body["stages"]), 1, delta=0.001)
        for of in body["stages"]:
            self.assertAlmostEqual(of["share_of_mean"], of["avg_us"] / mean, delta=0.01)
        self.assertEqual(sum(of["count"] for of in body["by_type"].values()),
                         body["total_messages"])
        self.assertAlmostEqual(body["avg_latency_us"], mean, delta=0.501)
        self.assertAlmostEqual(body["p99_latency_us"], body["latency_us"]["p99"], delta=0.501)

    def test_of_the_stages_are_the_latency(self):
        self.assert_adds_up(stats_body(self.mixed()[1]))
        self.assert_adds_up(stats_body(self.mixed("--slow=dispatch=300us")[1]))

    def test_of_the_stages_are_the_latency_after_a_flood(self):
        flood = INIT + b"".join(echo(2 + i) for i in range(50_000))
        self.assert_adds_up(stats_body(self.after(flood, 50_001)[1]))

    def test_of_the_stages_are_the_latency_after_long_lines(self):
        long = INIT + b"".join(echo(2 + i, b'"' + b"x" * 300_000 + b'"') for i in range(30))
        self.assert_adds_up(stats_body(self.after(long, 31)[1]))

    def test_of_a_stages_shares_are_its_whole_time(self):
        body = stats_body(self.mixed("--slow=dispatch=1ms")[1])
        for name in SERVICES:
            shares = [stages_of(body)[name][share] for share in SHARES]
            self.assertAlmostEqual(sum(shares), 1, delta=0.01, msg=f"{name}: {shares}")
            for share in shares[:3]:
                self.assertTrue(0 <= share <= 1, f"{name}: {shares}")

    def test_percentiles_rise(self):
        body = stats_body(self.mixed("--slow=parse=200us@1/5")[1])
        rising = [body["latency_us"][name] for name in LATENCY[1:]]
        self.assertEqual(rising, sorted(rising))
        for of in body["stages"]:
            self.assertLessEqual(of["p50_us"], of["p99_us"])
            self.assertLessEqual(of["p99_us"], of["max_us"])
            self.assertLessEqual(of["avg_us"], of["max_us"] + 0.001)

    def test_throughput_is_messages_over_elapsed(self):
        node = self.start("--slow=dispatch=1ms")
        node.write(INIT + b"".join(echo(2 + i) for i in range(300)))
        node.take(301)
        body = stats_body(node.ask(stats(900)))
        self.assertGreaterEqual(body["elapsed_ms"], CLOSE * 301)
        seconds = body["total_messages"] / body["throughput_per_sec"]
        elapsed_ms = body["elapsed_ms"]
        self.assertAlmostEqual(seconds * 1000, elapsed_ms, delta=1 + elapsed_ms / 1000)

    def test_by_type_knows_registered_types_and_other(self):
        body = stats_body(self.mixed()[1])
        self.assertEqual({name: of["count"] for name, of in body["by_type"].items()},
                         {"init": 1, "echo": 21, "bench_echo": 10, "other": 3})
        self.assertEqual(body["total_messages"], 35)


class Periods(StatsCase):
    def test_the_second_counts_the_first(self):
        node, line = self.mixed()
        self.assertEqual(stats_body(line)["total_messages"], 35)
        body = stats_body(node.ask(stats(901)))
        self.assertEqual(body["total_messages"], 36)
        self.assertEqual(body["by_type"]["bench_stats"]["count"], 1)

    def test_the_very_first_message_may_ask(self):
        node = self.start()
        node.ask(INIT)
        body = stats_body(node.ask(stats(2)))
        self.assertEqual(body["total_messages"], 1)

    def assert_zeros(self, line):
        body = stats_body(line)
        self.assertNotRegex(line.lower(), rb"nan|inf\b|infinity")
        self.assertIn(b'"throughput_per_sec": 0.0,', line)  # one decimal, whatever it is
        self.assertEqual(body["total_messages"], 0)
        self.assertEqual(body["elapsed_ms"], 0)
        self.assertEqual(body["throughput_per_sec"], 0)
        self.assertEqual((body["avg_latency_us"], body["p99_latency_us"]), (0, 0))
        if "latency_us" in body:
            self.assertEqual(set(body["latency_us"].values()), {0})
            self.assertEqual({of[name] for of in body["stages"]
                              for name in DURATIONS + ["share_of_mean"]}, {0})
            self.assertEqual(body["by_type"], {})
            self.assertEqual(set(body["errors"].values()), {0})
            self.assertEqual(body["bottleneck"]["state"], "insufficient_data")

    def test_right_after_a_reset_there_are_zeros(self):
        node, _ = self.mixed()
        node.write(b"{\n\n")
        body = stats_body(node.ask(stats(901, b'"reset":true')))
        self.assertEqual(body["total_messages"], 36)
        self.assertEqual(body["errors"]["malformed_lines"], 1)
        self.assert_zeros(node.ask(stats(902)))
        self.assertEqual(stats_body(node.ask(stats(903)))["total_messages"], 1)

    def test_a_summary_may_reset_and_follow_a_reset(self):
        node, _ = self.mixed()
        body = stats_body(node.ask(stats(901, b'"reset":true,"detail":"summary"')))
        self.assertEqual(body["total_messages"], 36)
        self.assert_zeros(node.ask(stats(902, b'"detail":"summary","reset":true')))
        self.assert_zeros(node.ask(stats(903)))

    def test_reset_false_resets_nothing(self):
        node, _ = self.mixed()
        node.ask(stats(901, b'"reset":false'))
        self.assertEqual(stats_body(node.ask(stats(902)))["total_messages"], 37)

    def test_a_reset_that_is_not_answered_resets_as_well(self):
        node, _ = self.mixed()
        node.write(request(b'"type":"bench_stats","reset":true'))
        self.assert_zeros(node.ask(stats(901)))

    def test_a_reset_in_mid_stream_cuts_between_its_neighbours(self):
        node = self.start()
        node.write(INIT + b"".join(echo(2 + i) for i in range(1000)) + b"{\n"
                   + stats(900, b'"reset":true')
                   + b"".join(bench_echo(2 + i) for i in range(500)) + b"{\n{\n" + stats(901))
        lines = node.take(1 + 1000 + 1 + 500 + 1)
        self.assertEqual(lines[1000], echo_ok(1001, 1000))
        first, second = stats_body(lines[1001]), stats_body(lines[-1])
        self.assertEqual({name: of["count"] for name, of in first["by_type"].items()},
                         {"init": 1, "echo": 1000})
        self.assertEqual(first["errors"]["malformed_lines"], 1)
        self.assertEqual({name: of["count"] for name, of in second["by_type"].items()},
                         {"bench_echo": 500})
        self.assertEqual(second["errors"]["malformed_lines"], 2)

    def test_the_latency_of_before_a_reset_is_forgotten(self):
        node = self.start("--slow=dispatch=1ms")
        node.write(INIT + b"".join(echo(2 + i) for i in range(400)))
        node.take(401)
        before = stats_body(node.ask(stats(900, b'"reset":true')))
        node.ask(echo(4))
        after = stats_body(node.ask(stats(901)))
        self.assertEqual(after["total_messages"], 1)
        self.assertLess(after["latency_us"]["max"], before["latency_us"]["max"])
        self.assertLess(after["elapsed_ms"], before["elapsed_ms"])

    def test_thousands_of_questions_are_answered(self):
        node = self.start()
        node.ask(INIT)
        node.write(b"".join(stats(2 + i) for i in range(3000)))
        for i, line in enumerate(node.take(3000)):
            self.assertEqual(stats_body(line)["total_messages"], 1 + i)


class Windows(StatsCase):
    def test_all_is_what_is_answered_without_one(self):
        node, line = self.after(INIT + echo(2) * 10, 11)
        self.assertEqual(stats_body(line)["window"], "all")
        body = stats_body(node.ask(stats(901, b'"window":"all"')))
        self.assertEqual(body["window"], "all")
        self.assertEqual(body["total_messages"], 12)

    def test_last_is_the_last_second_that_is_over(self):
        node = self.start()
        node.ask(INIT)
        begin = time.monotonic()
        asked = 0
        while time.monotonic() - begin < 3.3:
            node.ask(echo(2))
            asked += 1
            time.sleep(0.001)
        took = time.monotonic() - begin
        body = stats_body(node.ask(stats(900, b'"window":"last"')))
        self.assertEqual(body["window"], "last")
        self.assertAlmostEqual(body["elapsed_ms"], 1000, delta=100)
        share = body["total_messages"] * took / asked  # of all, were they even in time
        self.assertTrue(0.3 < share < 2, f"{body['total_messages']} of {asked} in {took} s")
        self.assertEqual(sum(of["count"] for of in body["by_type"].values()),
                         body["total_messages"])
        self.assertAlmostEqual(sum(of["avg_us"] for of in body["stages"]),
                               body["latency_us"]["avg"], delta=0.01)
        everything = stats_body(node.ask(stats(901)))
        self.assertEqual(everything["total_messages"], asked + 2)

    def test_last_of_a_node_that_has_been_idle_is_empty(self):
        node, _ = self.after(INIT + echo(2) * 500, 501)
        time.sleep(3.2)
        body = stats_body(node.ask(stats(901, b'"window":"last"')))
        self.assertEqual(body["total_messages"], 0)
        self.assertEqual(body["latency_us"]["max"], 0)
        self.assertEqual(body["bottleneck"]["state"], "insufficient_data")

    def test_before_a_second_is_over_last_is_empty(self):
        node, line = self.after(INIT + echo(2) * 10, 11)
        body = stats_body(node.ask(stats(901, b'"window":"last"')))
        if stats_body(line)["elapsed_ms"] < 900:
            self.assertEqual(body["total_messages"], 0)

    def test_last_has_a_summary_too(self):
        node, _ = self.after(INIT + echo(2) * 10, 11)
        body = stats_body(node.ask(stats(901, b'"window":"last","detail":"summary"')))
        self.assertEqual(list(body), HEADLINE + NUMBERS)

    def test_another_window_is_malformed(self):
        node, _ = self.after(INIT, 1)
        for window in (b'"window":"first"', b'"window":1', b'"window":null'):
            body = json.loads(node.ask(stats(901, window)))["body"]
            self.assertEqual((body["type"], body["code"]), ("error", 12))
            self.assertIn("`window`", body["text"])


class Delays(StatsCase):
    """--slow is a known delay at a known place."""

    def test_show_in_their_component(self):
        for slow in SERVICES:
            data = INIT + b"".join(echo(2 + i) for i in range(49))
            body = stats_body(self.after(data, 50, f"--slow={slow}=1ms")[1])
            of = stages_of(body)
            self.assertGreaterEqual(of[slow]["avg_us"], CLOSE * 1000, slow)
            self.assertGreaterEqual(of[slow]["p50_us"], CLOSE * 1000, slow)
            for other in SERVICES:
                if other != slow:
                    self.assertLess(of[other]["p50_us"], of[slow]["p50_us"])
            self.assertGreaterEqual(body["latency_us"]["avg"], CLOSE * 1000)

    def test_add_up_for_one_stage(self):
        data = INIT + b"".join(echo(2 + i) for i in range(29))
        of = stages_of(stats_body(self.after(data, 30, "--slow=dispatch=2ms", "--slow=dispatch=3ms",
                                             "--slow=parse=1ms")[1]))
        self.assertGreaterEqual(of["dispatch"]["p50_us"], CLOSE * 5000)
        self.assertGreaterEqual(of["parse"]["p50_us"], CLOSE * 1000)

    def test_hit_one_in_n(self):
        data = INIT + b"".join(echo(2 + i) for i in range(99))
        body = stats_body(self.after(data, 100, "--slow=serialize=5ms@1/10")[1])
        of = stages_of(body)["serialize"]
        self.assertGreaterEqual(of["max_us"], CLOSE * 5000)
        self.assertLess(of["p50_us"], CLOSE * 5000)
        self.assertGreaterEqual(of["avg_us"], CLOSE * 5000 * 9 / 100)


class Verdicts(StatsCase):
    def assert_insufficient(self, body):
        self.assertEqual(body["bottleneck"]["state"], "insufficient_data", body)
        for question in QUESTIONS:
            self.assertIsNone(body["bottleneck"][question])
            self.assertIsNone(body["bottleneck"]["confidence"][question])
        self.assertIsNone(body["bottleneck"]["headroom"])

    def assert_state(self, body, state):
        """The state; or, on a machine too busy for the node, that it is."""
        starved = not body["checks"]["cpu"]["held"]
        self.assertEqual(body["bottleneck"]["state"], "cpu_limited" if starved else state, body)

    def test_few_messages_are_insufficient_data_however_long_it_took(self):
        node, _ = self.after(INIT + b"".join(echo(2 + i) for i in range(990)), 991)
        time.sleep(1.1)
        self.assert_insufficient(stats_body(node.ask(stats(901))))

    def test_a_moment_is_insufficient_data_however_many_messages_it_had(self):
        body = stats_body(self.after(INIT + b"".join(echo(2 + i) for i in range(2000)), 2001)[1])
        if body["elapsed_ms"] >= 1000:
            self.skipTest("this machine took over a second for 2,000 messages")
        self.assert_insufficient(body)

    def test_saturation_names_the_slow_stage(self):
        for slow in SERVICES:
            count = 6000
            data = INIT + b"".join(echo(2 + i) for i in range(count)) + stats(900)
            node = self.start(f"--slow={slow}=300us")
            node.write(data)
            body = stats_body(node.take(count + 2)[-1])
            self.assert_state(body, "saturated")
            self.assertLess(body["bottleneck"]["headroom"], 0.05)
            self.assertGreaterEqual(body["bottleneck"]["confidence"]["throughput"], 0.95)
            self.assertEqual(body["bottleneck"]["latency"], slow)
            self.assertEqual(body["bottleneck"]["throughput"], slow)
            self.assertIn(slow, body["bottleneck"]["explanation"])
            self.assertEqual(max(SERVICES, key=lambda name: stages_of(body)[name]["utilization"]),
                             slow)
            self.assertGreater(stages_of(body)[slow]["utilization"], 0.9)

    def test_half_load_is_headroom_of_the_slow_stage(self):
        for slow in SERVICES:
            body = stats_body(self.paced(f"--slow={slow}=1ms"))
            self.assert_state(body, "headroom")
            self.assertEqual(body["bottleneck"]["throughput"], slow)
            self.assertEqual(body["bottleneck"]["latency"], slow)
            self.assertIn(slow, body["bottleneck"]["explanation"])

    def paced(self, *args):
        """bench_stats_ok after 1,200 messages, with pauses half as long as the work took.

        A slow machine makes both longer, so that the load is the same on any.
        """
        node = self.start(*args)
        node.ask(INIT)
        for _ in range(120):
            begin = time.monotonic()
            node.write(echo(2) * 10)
            node.take(10)
            time.sleep((time.monotonic() - begin) / 2)
        return node.ask(stats(900))

    def test_a_tenth_of_the_load_is_input_limited(self):
        node = self.start("--slow=dispatch=100us")
        node.ask(INIT)
        for _ in range(120):
            begin = time.monotonic()
            node.write(echo(2) * 10)
            node.take(10)
            time.sleep((time.monotonic() - begin) * 8)
        body = stats_body(node.ask(stats(900)))
        self.assertEqual(body["bottleneck"]["state"], "input_limited", body)
        self.assertEqual(body["bottleneck"]["throughput"], "dispatch")
        self.assertRegex(body["bottleneck"]["explanation"], r"waits for input \d+ % of the time")

    def test_a_rare_delay_is_the_tails_answer_and_not_the_throughputs(self):
        for _ in range(5):  # on a busy machine the tail may be the wait for a CPU
            node = self.start("--slow=parse=200us", "--slow=dispatch=8ms@1/70")
            node.ask(INIT)
            for i in range(4000):  # one at a time: none waits for another
                node.ask(echo(2 + i))
            body = stats_body(node.ask(stats(9000)))
            if body["checks"]["cpu"]["held"] and body["bottleneck"]["tail"] == "dispatch":
                break
        if not body["checks"]["cpu"]["held"]:
            self.skipTest("others take the CPU: the node says so, and that its answers are rough")
        self.assertEqual(body["bottleneck"]["throughput"], "parse", body)
        self.assertEqual(body["bottleneck"]["tail"], "dispatch", body)
        of = stages_of(body)
        self.assertGreater(of["dispatch"]["scv"], 10)
        self.assertGreater(of["dispatch"]["share_of_tail"], 0.5)
        self.assertLess(of["dispatch"]["share_of_mean"],
                        of["dispatch"]["share_of_tail"])

    def test_one_cpu_for_three_threads_is_said(self):
        node = self.start("--slow=parse=100us", "--slow=dispatch=100us", "--slow=serialize=100us",
                          preexec_fn=lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}))
        if harness.MODE == "inline":
            self.skipTest("one thread needs no more than one CPU")
        count = 12_000
        node.write(INIT + echo(2) * count + stats(900))
        body = stats_body(node.take(count + 2)[-1])
        self.assertEqual(body["cpus"], 1)
        self.assertFalse(body["checks"]["cpu"]["held"], body["checks"])
        self.assertEqual(body["bottleneck"]["state"], "cpu_limited", body)
        self.assertIn("CPU", body["bottleneck"]["explanation"])

    def test_a_blocked_stdout_is_output_blocked(self):
        node = self.start(reading=False)
        data = INIT + echo(2) * 250_000  # more than it can hold
        written = node.offer(data, quiet_s=4)  # blocked for so long at least
        self.assertLess(written, len(data))
        node.start_reading()
        end = data.index(b"\n", written) + 1
        node.write(data[written:end] + stats(900))
        body = stats_body(node.take(data[:end].count(b"\n") + 1)[-1])
        self.assertGreater(stages_of(body)["serialize"]["blocked"], 0.5)
        self.assertEqual(body["bottleneck"]["state"], "output_blocked", body)
        self.assertEqual(body["blocked_ms"], 0)  # it is not now


if __name__ == "__main__":
    harness.main()
