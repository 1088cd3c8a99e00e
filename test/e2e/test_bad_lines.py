# SPDX-License-Identifier: MIT
"""Bad lines: each comes to its stated end, is counted once, and harms no neighbour."""
import re
from collections import namedtuple

import bad_lines
import harness
from harness import MIB
from messages import INIT, INIT_OK, echo, echo_ok, error, request, stats, stats_body

COUNTERS = ["malformed_lines", "oversized_lines", "blank_lines", "malformed_requests",
            "unknown_types", "before_init", "init_conflicts", "handler_errors", "late_replies", "expired"]

Bad = namedtuple("Bad", "name line counter code")  # code: of the error that answers, or None


def table():
    """Every bad line that comes after init."""
    for lines, counter, code in (
            (bad_lines.BLANK, "blank_lines", None),
            (bad_lines.MALFORMED_LINES, "malformed_lines", None),
            (bad_lines.SILENT_MALFORMED_REQUESTS, "malformed_requests", None),
            (bad_lines.MALFORMED_REQUESTS, "malformed_requests", 12),
            (bad_lines.UNKNOWN_TYPES, "unknown_types", 10),
            (bad_lines.INIT_CONFLICTS, "init_conflicts", 22),
            (bad_lines.HANDLER_ERRORS, "handler_errors", 12)):
        for name, line in lines.items():
            yield Bad(name, line, counter, code)


def counts(**of):
    return {name: of.get(name, 0) for name in COUNTERS}


def is_message(bad):
    return bad.counter not in ("malformed_lines", "oversized_lines", "blank_lines")


class BadLineCase(harness.NodeCase):
    def assert_errors(self, node, msg_id, **of):
        """bench_stats counts exactly these errors; gives its body."""
        body = stats_body(node.ask(stats(msg_id)))
        self.assertEqual(list(body["errors"].items()), list(counts(**of).items()))
        return body

    def assert_log_is_clean(self, stderr):
        """No control character of the input gets to the terminal."""
        self.assertIsNone(re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", stderr), stderr)


class BetweenTwoGoodEchoes(BadLineCase):
    def assert_stats(self, bad, line):
        body = stats_body(line)
        self.assertEqual(list(body["errors"].items()), list(counts(**{bad.counter: 1}).items()))
        self.assertEqual(body["total_messages"], 3 + is_message(bad))
        self.assertEqual(sum(of["count"] for of in body["by_type"].values()),
                         body["total_messages"])

    def expected(self, bad):
        """What is answered to init, echo 2, the bad line and echo 3."""
        answer = [error(bad.code, 7, 2)] if bad.code else []
        return [INIT_OK, echo_ok(2, 1)] + answer + [echo_ok(3, 2 + len(answer))]

    def test_in_one_write(self):
        for bad in table():
            with self.subTest(bad.name):
                node = self.start()
                node.write(INIT + echo(2) + bad.line + b"\n" + echo(3) + stats(4))
                expected = self.expected(bad)
                lines = node.take(len(expected) + 1)
                self.assert_lines(lines[:-1], expected)
                self.assert_stats(bad, lines[-1])
                self.assert_log_is_clean(self.assert_ends(node))

    def test_one_line_a_write(self):
        for bad in table():
            with self.subTest(bad.name):
                node = self.start()
                lines = [node.ask(INIT), node.ask(echo(2))]
                node.write(bad.line + b"\n")
                lines += node.take(1 if bad.code else 0) + [node.ask(echo(3))]
                self.assert_lines(lines, self.expected(bad))
                self.assert_stats(bad, node.ask(stats(4)))
                self.assert_ends(node)

    def test_a_line_that_comes_a_byte_at_a_time(self):
        node = self.start()
        node.write(INIT + echo(2))
        for byte in b'{"src":"c1","dest":"n1","body":{"type":"echo","msg_id":"x"}}\n':
            node.write(bytes([byte]))
        node.write(echo(3))
        self.assert_lines(node.take(3), [INIT_OK, echo_ok(2, 1), echo_ok(3, 2)])
        self.assert_errors(node, 4, malformed_lines=1)


class AllTogether(BadLineCase):
    def test_every_kind_in_one_stream_is_answered_in_order_and_counted(self):
        data, expected, errors, messages = INIT, [INIT_OK], {}, 1
        for i, bad in enumerate(table()):
            data += bad.line + b"\n" + echo(100 + i)
            if bad.code:
                expected.append(error(bad.code, 7, len(expected)))
            expected.append(echo_ok(100 + i, len(expected)))
            errors[bad.counter] = errors.get(bad.counter, 0) + 1
            messages += 1 + is_message(bad)
        node = self.start()
        node.write(data)
        self.assert_lines(node.take(len(expected)), expected)
        body = self.assert_errors(node, 99, **errors)
        self.assertEqual(body["total_messages"], messages)
        self.assert_log_is_clean(self.assert_ends(node))

    def test_bad_lines_behind_bench_stats_in_one_write_are_not_counted(self):
        bad = (b"{\n\n" + request(b'"type":"nope"') + request(b'"msg_id":5')
               + request(b'"in_reply_to":1'))
        node = self.start()
        node.write(INIT + echo(2) + b"{\n" + stats(3) + bad * 50 + echo(4) + stats(6))
        lines = node.take(2 + 1 + 50 + 1 + 1)
        first, second = stats_body(lines[2]), stats_body(lines[-1])
        self.assertEqual(first["errors"], counts(malformed_lines=1))
        self.assertEqual(first["total_messages"], 2)
        self.assertEqual(second["errors"], counts(
            malformed_lines=51, blank_lines=50, unknown_types=50, malformed_requests=50,
            late_replies=50))
        self.assertEqual(second["total_messages"], 2 + 1 + 150 + 1)
        self.assert_ends(node)

    def test_bad_lines_alone_are_counted_when_no_message_follows_them_at_once(self):
        node = self.start()
        node.ask(INIT)
        node.write(b"{\n" * 1000 + b"\n" * 300_000)
        self.assert_errors(node, 2, malformed_lines=1000, blank_lines=300_000)

    def test_a_flood_of_bad_lines_does_not_flood_the_log(self):
        count = 50_000
        node = self.start()
        node.write(INIT + b"{\n" * count + echo(2))
        self.assert_lines(node.take(2), [INIT_OK, echo_ok(2, 1)])
        self.assert_errors(node, 3, malformed_lines=count)
        stderr = self.assert_ends(node)
        self.assertLess(stderr.count(b"\n"), 200)
        shown = [line for line in stderr.splitlines() if line.endswith(b"{")]
        self.assertIn(stderr.splitlines()[0], shown)
        counted = [int(number) for line in stderr.splitlines() if line not in shown
                   for number in re.findall(rb"\d+", line)]
        self.assertEqual(len(shown) + sum(counted), count, stderr)

    def test_many_different_types_do_not_grow_the_statistics(self):
        node = self.start()
        node.write(INIT + b"".join(request(b'"type":"t%d"' % i) for i in range(10_000)))
        node.take()
        body = self.assert_errors(node, 2, unknown_types=10_000)
        self.assertEqual({name: of["count"] for name, of in body["by_type"].items()},
                         {"init": 1, "other": 10_000})


class BeforeInit(BadLineCase):
    def assert_before_init(self, lines, answers, **errors):
        """`lines` before init get `answers`; then init, and it is as if they had not been."""
        node = self.start()
        node.write(lines + INIT + echo(2))
        expected = list(answers) + [
            INIT_OK.replace(b'"msg_id": 0', b'"msg_id": %d' % len(answers)),
            echo_ok(2, 1 + len(answers))]
        self.assert_lines(node.take(len(expected)), expected)
        body = self.assert_errors(node, 3, **errors)
        self.assertEqual(sum(of["count"] for of in body["by_type"].values()),
                         body["total_messages"])
        self.assert_ends(node)
        return body

    def test_any_type_is_refused_with_error_11_from_the_requests_dest(self):
        for body in (b'"type":"echo","msg_id":7,"echo":1', b'"type":"nope","msg_id":7',
                     b'"type":"bench_echo","msg_id":7,"echo":1', b'"type":"bench_stats","msg_id":7',
                     b'"type":"bench_stats","msg_id":7,"reset":"no"', b'"type":"echo","msg_id":7'):
            with self.subTest(body):
                line = request(body).replace(b'"dest":"n1"', b'"dest":"n5"')
                body = self.assert_before_init(line, [error(11, 7, 0, src=b"n5")], before_init=1)
                self.assertEqual(body["total_messages"], 3)

    def test_a_message_without_msg_id_is_counted_and_not_answered(self):
        self.assert_before_init(request(b'"type":"echo","echo":1'), [], before_init=1)

    def test_no_usable_dest_gets_no_answer(self):
        for dest in (b"", b'"dest":5,', b'"dest":null,', b'"dest":"",', b'"dest":["n1"],',
                     b'"dest":"n1","dest":"n1",'):
            with self.subTest(dest):
                line = echo(7).replace(b'"dest":"n1",', dest)
                self.assert_before_init(line, [], before_init=1)

    def test_malformed_requests_get_error_12_and_leave_the_node_uninitialised(self):
        for name, line in bad_lines.MALFORMED_REQUESTS.items():
            if name.startswith(("bench_stats", "dest twice")):
                continue  # see the other tests here
            with self.subTest(name):
                self.assert_before_init(
                    line + b"\n" + echo(8), [error(12, 7, 0), error(11, 8, 1)],
                    malformed_requests=1, before_init=1)

    def test_malformed_requests_without_msg_id_are_counted(self):
        for name, line in bad_lines.SILENT_MALFORMED_REQUESTS.items():
            with self.subTest(name):
                self.assert_before_init(line + b"\n", [], malformed_requests=1)

    def test_malformed_and_blank_lines_are_counted(self):
        lines = list(bad_lines.MALFORMED_LINES.values())[:40]
        self.assert_before_init(b"".join(line + b"\n" for line in lines) + b"\n \r\n", [],
                                malformed_lines=len(lines), blank_lines=2)


class LongLines(BadLineCase):
    def assert_limit(self, limit, args, ending=b"\n"):
        """A line of `limit` bytes is answered, one more is not; a line's end does not count."""
        fits = echo(2, b'"' + b"x" * (limit - len(echo(2, b'""')) + 1) + b'"')
        self.assertEqual(len(fits), limit + 1)  # with its newline
        node = self.start(*args)
        node.write(INIT + fits.replace(b"\n", ending) + echo(3)
                   + fits.replace(b"xxx", b"xxxx", 1).replace(b"\n", ending) + echo(4))
        lines = node.take(4)
        self.assert_lines([lines[0]] + lines[2:], [INIT_OK, echo_ok(3, 2), echo_ok(4, 3)])
        self.assertTrue(lines[1].count(b"x") == limit - len(echo(2, b'""')) + 1, lines[1][:200])
        self.assert_errors(node, 5, oversized_lines=1)
        self.assert_ends(node)

    def test_one_byte_more_than_max_line_is_skipped(self):
        self.assert_limit(4 * MIB, [])

    def test_one_byte_more_than_a_max_line_of_ones_own_is_skipped(self):
        for limit in (1000, 65535, 65536, 65537, 100_000):
            with self.subTest(limit):
                self.assert_limit(limit, [f"--max-line={limit}"])
                self.assert_limit(limit, [f"--max-line={limit}"], ending=b"\r\n")

    def test_a_line_of_100_mb_is_skipped_in_bounded_memory(self):
        node = self.start()
        node.ask(INIT)
        before = node.peak_bytes()
        node.write(echo(2) + b'{"src":"c1","dest":"n1","body":{"type":"echo","msg_id":7,"echo":"')
        block = b"x" * MIB
        for _ in range(100):
            node.write(block)
        node.write(b'"}}\n' + echo(3))
        self.assert_lines(node.take(2), [echo_ok(2, 1), echo_ok(3, 2)])
        self.assert_errors(node, 4, oversized_lines=1)
        bound = (90 if harness.is_sanitized() else 16) * MIB
        self.assertLess(node.peak_bytes() - before, bound)
        self.assert_log_is_clean(self.assert_ends(node))

    def test_a_line_too_long_at_the_end_of_input_is_skipped(self):
        stdout, _, status = harness.run(INIT + echo(2) + b"x" * (5 * MIB))
        self.assert_lines(stdout.splitlines(), [INIT_OK, echo_ok(2, 1)])
        self.assertEqual(status, 0)

    def test_what_is_skipped_may_hold_anything(self):
        node = self.start("--max-line=1000")
        node.write(INIT + b"\x00\xff\r\x1b{}" * 50_000 + b"\n" + echo(2)
                   + b'"' * 1001 + b"\n" + echo(3))
        self.assert_lines(node.take(3), [INIT_OK, echo_ok(2, 1), echo_ok(3, 2)])
        self.assert_errors(node, 4, oversized_lines=2)
        self.assert_log_is_clean(self.assert_ends(node))

    def test_deeper_than_max_depth_is_refused(self):
        node = self.start("--max-depth=20")
        deep = [echo(2 + i, b"[" * depth + b"]" * depth) for i, depth in enumerate((10, 30, 10))]
        node.write(INIT + b"".join(deep))
        self.assert_lines(node.take(3), [INIT_OK, echo_ok(2, 1, b"[" * 10 + b"]" * 10),
                                         echo_ok(4, 2, b"[" * 10 + b"]" * 10)])
        self.assert_errors(node, 5, malformed_lines=1)


if __name__ == "__main__":
    harness.main()
