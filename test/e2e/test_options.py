# SPDX-License-Identifier: MIT
"""The command line: every option acts, every wrong one is named in one line and ends with 2."""
import harness
from messages import INIT, INIT_OK, echo, echo_ok, echoes, echoes_ok, request, stats, stats_body

OPTIONS = ["--workload", "--threads", "--stats-every", "--profile-out", "--trace",
           "--trace-every", "--max-line",
           "--max-depth", "--pool-bytes", "--slow", "--log-level", "--log-pattern",
           "--help", "--version"]

CLOSE = 0.995  # two readings of the clocks agree to half a percent

# option → values that it must refuse
WRONG = {
    "--workload": ["nope", "", "Echo"],
    "--threads": ["bogus", "", "2", "Inline"],
    "--stats-every": ["", "abc", "-1", "1x"],
    "--max-line": ["", "abc", "0", "-5", "1.5", "1x", "99999999999999999999999"],
    "--max-depth": ["", "abc", "0", "-5", "1x", "99999999999999999999999"],
    "--pool-bytes": ["", "abc", "0", "-5", "1000", "1x", "99999999999999999999999"],
    "--slow": ["", "parse", "parse=", "=1us", "nope=1us", "parse=1", "parse=us", "parse=-1us",
               "parse=1h", "input=1us", "parse=1us@", "parse=1us@1/", "parse=1us@1/0",
               "parse=1us@2/3", "parse=1us@1/x", "parse=1us@1/-3", "parse=1us,dispatch=1us"],
    "--log-level": ["loud", "", "ERROR"],
    "--log-pattern": ["", "%l", "%v" + "x" * 199],
    "--profile-out": [""],
    "--trace": [""],
    "--trace-every": ["", "abc", "0", "-5", "1.5", "1x", "99999999999999999999999"],
}


class Asking(harness.NodeCase):
    def ask(self, *args):
        """(stdout, stderr, status) of a node that has not been given any input."""
        return self.start(*args, threads=None).finish()

    def test_help_names_every_option(self):
        stdout, stderr, status = self.ask("--help")
        self.assertEqual((stderr, status), (b"", 0))
        for option in OPTIONS:
            self.assertIn(option, stdout.decode())

    def test_version_is_one_line_with_a_number(self):
        stdout, stderr, status = self.ask("--version")
        self.assertEqual((stderr, status), (b"", 0))
        self.assertRegex(stdout.decode(), r"\A\S.*\d+\.\d+.*\n\Z")

    def test_help_wins_over_missing_input_and_ends_at_once(self):
        node = self.start("--help", threads=None)  # whose stdin stays open
        self.assertEqual(node.wait(), 0)


class WrongOptions(harness.NodeCase):
    def assert_usage_error(self, args, *named):
        """One line on stderr that contains what is `named`, nothing on stdout, status 2."""
        node = self.start(*args, threads=None)  # whose stdin stays open
        self.assertEqual(node.wait(), 2, args)
        stdout, stderr, _ = node.finish()
        self.assertEqual(stdout, b"")
        self.assertRegex(stderr.decode(), r"\A[^\n]+\n\Z")
        self.assertNotRegex(stderr, rb"[\x00-\x09\x0b-\x1f\x7f]")
        for name in named:
            self.assertIn(name, stderr.decode())

    def test_wrong_values_are_refused_by_the_options_name(self):
        for option, values in WRONG.items():
            for value in values:
                with self.subTest(f"{option}={value}"):
                    self.assert_usage_error([f"{option}={value}"], option)
                    self.assert_usage_error([option, value], option)

    def test_a_missing_value_is_refused_by_the_options_name(self):
        for option in WRONG:
            with self.subTest(option):
                self.assert_usage_error([option], option)

    def test_what_an_option_takes_is_said(self):
        self.assert_usage_error(["--threads=bogus"], "pipeline", "inline")
        self.assert_usage_error(["--log-level=loud"], "error")
        self.assert_usage_error(["--workload=nope"], "echo")
        self.assert_usage_error(["--slow=nope=1us"], "STAGE=DURATION")

    def test_unknown_options_are_refused_by_name(self):
        for option in ("--frobnicate", "--frobnicate=1", "--tracer", "-x"):
            with self.subTest(option):
                self.assert_usage_error([option], option.split("=")[0])

    def test_values_for_options_without_any_are_refused(self):
        for option in ("--help", "--version"):
            with self.subTest(option):
                self.assert_usage_error([option + "=1"], option)

    def test_arguments_are_refused(self):
        self.assert_usage_error(["file.json"], "file.json")
        self.assert_usage_error(["--", "file.json"], "file.json")

    def test_a_wrong_option_behind_good_ones_is_refused(self):
        self.assert_usage_error(["--threads=inline", "--max-line", "100000", "--log-level", "x"],
                                "--log-level")

    def test_control_characters_do_not_get_to_the_terminal(self):
        self.assert_usage_error(["--workload=\x1b[31mred\n\r\x07"], "--workload")
        self.assert_usage_error(["--\x1b[31mred\n"])

    def test_options_that_say_nothing_together_are_refused(self):
        self.assert_usage_error(["--trace-every=5"], "--trace-every", "--trace FILE")
        self.assert_usage_error(["--trace=x", "--profile-out=x"], "--trace", "--profile-out")

    def test_a_pool_too_small_for_max_line_is_refused(self):
        self.assert_usage_error(["--max-line=100000000"], "--pool-bytes")
        self.assert_usage_error(["--pool-bytes=4194304"], "--pool-bytes")


class ActingOptions(harness.NodeCase):
    def assert_echoes(self, *args):
        node = self.start(*args, threads=None)
        node.write(echoes(100))
        self.assertEqual(node.finish(), (echoes_ok(100), b"", 0))

    def test_the_defaults_echo(self):
        self.assert_echoes()

    def test_good_values_are_taken_in_both_forms(self):
        for args in (["--threads=pipeline"], ["--threads", "inline"], ["--workload", "echo"],
                     ["--workload=echo"], ["--max-line=1000", "--max-depth=64"],
                     ["--pool-bytes=100000000"], ["--max-line=20000000", "--pool-bytes=60000000"],
                     ["--slow", "parse=500ns", "--slow=dispatch=2us", "--slow=serialize=1us@1/10"],
                     ["--log-level=error"], ["--log-level", "error"]):
            with self.subTest(args):
                self.assert_echoes(*args)

    def test_threads_is_the_number_of_threads(self):
        threads = {}
        for mode in ("pipeline", "inline"):
            node = self.start(threads=mode)
            node.ask(INIT)
            threads[mode] = int(node.status("Threads"))
        self.assertGreaterEqual(threads["pipeline"], threads["inline"] + 2)

    def test_a_larger_max_line_takes_longer_lines(self):
        payload = b'"' + b"x" * 9_000_000 + b'"'
        stdout = harness.run(INIT + echo(2, payload),
                             ["--max-line=10000000", "--pool-bytes=40000000"])[0]
        self.assertTrue(stdout == INIT_OK + b"\n" + echo_ok(2, 1, payload) + b"\n", stdout[:300])

    def test_stats_every_prints_a_line_while_messages_flow(self):
        node = self.start("--stats-every=1")
        node.ask(INIT)
        asked = 0

        def a_line_came():
            nonlocal asked
            asked += 1
            node.ask(echo(asked))
            return bytes(node.err.data).endswith(b"\n")
        harness.wait_until(a_line_came, "a line on stderr")
        self.assertTrue(node.is_running())
        stderr = self.assert_ends(node)
        self.assertRegex(stderr.decode().splitlines()[0], r"\d")

    def test_without_stats_every_stderr_stays_empty(self):
        node = self.start()
        node.ask(INIT)
        for i in range(500):
            node.ask(echo(2 + i))
        self.assertEqual(self.assert_ends(node), b"")

    def test_log_level_error_silences_warnings(self):
        bad = INIT + b"{\n" + b"x" * 2000 + b"\n" + request(b'"msg_id":2')
        self.assertNotEqual(harness.run(bad)[1], b"")
        self.assertEqual(harness.run(bad, ["--log-level=error"])[1], b"")

    def test_log_pattern_says_what_a_line_looks_like(self):
        bad = INIT + b"{\n" + request(b'"msg_id":2')
        stderr = harness.run(bad, ["--log-pattern=%Y-%m-%dT%H:%M:%S.%e [%n %l] %v"])[1]
        self.assertRegex(stderr.decode(), r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3} "
                         r"\[narrows warning\] .*: \{\n")

    def test_slow_keeps_each_stage_busy(self):
        for stage in ("parse", "dispatch", "serialize"):
            node = self.start(f"--slow={stage}=3ms")
            node.ask(INIT)
            node.ask(echo(2))
            stages = {of["name"]: of for of in stats_body(node.ask(stats(3)))["stages"]}
            self.assertGreaterEqual(stages[stage]["avg_us"], CLOSE * 3000, stage)

    def test_a_duration_has_a_unit(self):
        for text, least_us in (("2000000ns", 2000), ("2000us", 2000), ("2ms", 2000),
                               ("1s", 1_000_000)):
            node = self.start(f"--slow=dispatch={text}")
            node.ask(INIT)
            stages = {of["name"]: of for of in stats_body(node.ask(stats(2)))["stages"]}
            self.assertGreaterEqual(stages["dispatch"]["avg_us"], CLOSE * least_us, text)


if __name__ == "__main__":
    harness.main()
