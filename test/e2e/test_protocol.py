# SPDX-License-Identifier: MIT
"""What the node answers to good input, byte for byte."""
import json
import random
import re
import time

import harness
from messages import INIT, INIT_OK, echo, echo_ok, echoes, echoes_ok, error, request, stats, \
    stats_body


class Replies(harness.NodeCase):
    def assert_run(self, data, expected, args=()):
        stdout, stderr, status = harness.run(data, args)
        self.assertEqual(stdout, expected)
        self.assertEqual(status, 0)
        self.assertEqual(stderr, b"")

    def assert_answers(self, line, expected):
        """After init, `line` is answered with exactly `expected`."""
        self.assert_run(INIT + line, INIT_OK + b"\n" + expected + b"\n")

    def test_the_first_run_of_the_specification(self):
        self.assert_run(
            b'{"src":"c0","dest":"n1","body":'
            b'{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}}\n'
            b'{"src":"c1","dest":"n1","body":{"type":"echo","msg_id":2,"echo":"bench"}}\n',
            b'{"src": "n1", "dest": "c0", "body": '
            b'{"type": "init_ok", "in_reply_to": 1, "msg_id": 0}}\n'
            b'{"src": "n1", "dest": "c1", "body": '
            b'{"type": "echo_ok", "echo": "bench", "in_reply_to": 2, "msg_id": 1}}\n')

    def test_bench_echo_adds_an_integer_latency(self):
        node = self.start()
        node.ask(INIT)
        reply = node.ask(request(b'"type":"bench_echo","msg_id":2,"echo":"perf"'))
        self.assertIsNotNone(re.fullmatch(
            rb'\{"src": "n1", "dest": "c1", "body": \{"type": "bench_echo_ok", "echo": "perf", '
            rb'"latency_us": (0|[1-9]\d*), "in_reply_to": 2, "msg_id": 1\}\}', reply), reply)
        self.assert_ends(node)

    def test_bench_echo_latency_contains_the_time_before_its_dispatch(self):
        node = self.start("--slow=parse=20ms")
        node.ask(INIT)
        reply = node.ask(request(b'"type":"bench_echo","msg_id":2,"echo":"perf"'))
        # two readings of the clocks agree to half a percent
        self.assertGreaterEqual(json.loads(reply)["body"]["latency_us"], 0.995 * 20_000)

    def test_an_id_at_top_level_changes_nothing(self):
        for position in (b'{"id":7,"src"', b'{"id":"x","src"', b'{"id":null,"src"'):
            line = echo(2).replace(b'{"src"', position, 1)
            self.assert_answers(line, echo_ok(2, 1))

    def test_unknown_members_are_left_out_of_the_reply(self):
        line = (b'{"a":[1,{"src":"zz"}],"src":"c1","dest":"n1","extra":{"body":{"msg_id":9}},'
                b'"body":{"other":{"type":"no","msg_id":8},"type":"echo","msg_id":2,"echo":"hi",'
                b'"tail":[]},"more":null}\n')
        self.assert_answers(line, echo_ok(2, 1))

    def test_keys_that_are_only_like_known_ones_are_unknown(self):
        for key in (rb"src\u0000", b"srcs", b"sr", b"Src", b"", rb"dest\u0000", rb"body\u0000",
                    b"bodyguard", b"type", b"msg_id", b"in_reply_to"):
            for line in (echo(2).replace(b'{"src"', b'{"%s":5,"src"' % key, 1),
                         echo(2)[:-2] + b',"%s":5}\n' % key):
                with self.subTest(line):
                    self.assert_answers(line, echo_ok(2, 1))
        for key in (rb"type\u0000", b"typ", b"types", rb"msg_id\u0000", b"msg_ids", b"in_reply",
                    b"in_reply_tx", b"in_reply_to_", rb"in_reply_to\u0000", rb"echo\u0000",
                    b"echoes", b"Echo", b"src", b"dest", b"body"):
            for body in (b'"%s":"x","type":"echo","msg_id":2,"echo":"hi"' % key,
                         b'"type":"echo","msg_id":2,"echo":"hi","%s":"x"' % key):
                with self.subTest(body):
                    self.assert_answers(request(body), echo_ok(2, 1))

    def test_an_inits_keys_are_told_from_longer_ones(self):
        decoys = rb'"node_ids_":5,"node_id_":6,"node_ids\u0000":7,"node_id\u0000":8'
        for line in (INIT.replace(b'"type"', decoys + b',"type"'),
                     INIT.replace(b"]}}", b"]," + decoys + b"}}")):
            self.assert_run(line + echo(2), INIT_OK + b"\n" + echo_ok(2, 1) + b"\n")

    def test_members_come_in_any_order(self):
        line = (b'{"body":{"echo":"hi","msg_id":2,"type":"echo"},"dest":"n1","src":"c1"}\n')
        self.assert_answers(line, echo_ok(2, 1))

    def test_white_space_around_tokens_is_accepted(self):
        line = (b' \t{ "src" : "c1" ,\t"dest":\t"n1", "body" : { "type" : "echo" ,'
                b' "msg_id" : 2 , "echo" :  "hi"  } } \t\n')
        self.assert_answers(line, echo_ok(2, 1))

    def test_crlf_ends_a_line(self):
        self.assert_run(echoes(3).replace(b"\n", b"\r\n"), echoes_ok(3))

    def test_escapes_in_keys_and_types_are_understood(self):
        line = (rb'{"\u0073rc":"c1","d\u0065st":"n1","bod\u0079":{"typ\u0065":"ech\u006f",'
                rb'"msg\u005fid":2,"\u0065cho":"hi"}}' b"\n")
        self.assert_answers(line, echo_ok(2, 1))

    def test_an_escaped_in_reply_to_is_an_in_reply_to(self):
        self.assert_run(INIT + request(rb'"type":"echo","msg_id":2,"echo":1,"in_reply\u005fto":5')
                        + echo(3), INIT_OK + b"\n" + echo_ok(3, 1) + b"\n")

    def test_an_escaped_src_is_answered(self):
        line = echo(2).replace(b'"c1"', rb'"c\u0031\"\\"')
        reply = harness.run(INIT + line)[0].splitlines()[1]
        self.assertEqual(json.loads(reply)["dest"], 'c1"\\')

    def test_an_escaped_node_id_is_the_src_of_replies(self):
        data = INIT.replace(b'"node_id":"n1"', rb'"node_id":"n\u0031"') + echo(2)
        replies = [json.loads(line) for line in harness.run(data)[0].splitlines()]
        self.assertEqual([reply["src"] for reply in replies], ["n1", "n1"])

    def test_in_reply_to_null_is_as_absent(self):
        line = request(b'"type":"echo","msg_id":2,"echo":"hi","in_reply_to":null')
        self.assert_answers(line, echo_ok(2, 1))

    def test_msg_id_goes_from_zero_to_2_63_minus_1(self):
        for msg_id in (0, 1, 2**31, 2**32, 2**53 + 1, 2**63 - 1):
            self.assert_answers(echo(msg_id), echo_ok(msg_id, 1))

    def test_a_message_without_msg_id_is_handled_and_not_answered(self):
        silent = request(b'"type":"echo","echo":"hi"') + request(b'"type":"nothing"')
        node = self.start()
        node.write(INIT.replace(b'"msg_id":1,', b"") + silent + echo(2))
        self.assert_lines(node.take(), [echo_ok(2, 0)])
        body = stats_body(node.ask(stats(3)))
        self.assertEqual(body["total_messages"], 4)
        self.assert_ends(node)

    def test_no_usable_dest_is_accepted_after_init(self):
        for dest in (b"", b'"dest":5,', b'"dest":null,', b'"dest":"",', b'"dest":{"a":[]},'):
            self.assert_answers(echo(2).replace(b'"dest":"n1",', dest), echo_ok(2, 1))

    def test_the_same_init_again_is_answered(self):
        again = INIT.replace(b'"msg_id":1', b'"msg_id":7')
        ok = INIT_OK.replace(b'"in_reply_to": 1, "msg_id": 0', b'"in_reply_to": 7, "msg_id": 1')
        self.assert_run(INIT + again + echo(8), b"\n".join([INIT_OK, ok, echo_ok(8, 2), b""]))


class Payloads(harness.NodeCase):
    """An echoed payload is the bytes that came."""

    def assert_echoed(self, payload, args=()):
        stdout, stderr, status = harness.run(INIT + echo(2, payload) + echo(3), args)
        # assertTrue: a difference of a MiB is not to be printed
        self.assertTrue(stdout == b"\n".join(
            [INIT_OK, echo_ok(2, 1, payload), echo_ok(3, 2), b""]),
            f"{payload[:200]!r}: {stdout[:600]!r}, {stderr[:600]!r}")
        self.assertEqual(status, 0)

    def test_numbers_are_unchanged(self):
        for number in (b"1.10", b"-0", b"0", b"-0.0", b"1e20", b"1E+20", b"1e-0", b"0.10e1",
                       b"123456789012345678901234567890", b"-123456789012345678901234567890",
                       b"18446744073709551616", b"0.1000000000000000055511151231257827",
                       b"4.9e-324", b"1e-400", b"1.7976931348623157e308",
                       b"1e400", b"-1e400", b"0e999999999999", b"9" * 400):
            with self.subTest(number):
                self.assert_echoed(number)

    def test_numbers_that_crash_parsers_are_unchanged(self):
        self.assert_echoed(b"[128.74836467836484838364836483643636483648e-336]")
        self.assert_echoed(b"[1.00000000000e-2147483639]")

    def test_strings_are_unchanged(self):
        for text in (rb'"\u00e9\/\n\"\\\b\f\r\t"', "\"é€😀\"".encode(), rb'"\ud83d\ude00"',
                     rb'"\uD83D\uDE00"', rb'"\\ud800"', rb'"\u0000"', rb'"\u007f"', b'"\x7f"',
                     b'""', b'"\xef\xbb\xbf"', b'"\xf4\x8f\xbf\xbf\xed\x9f\xbf\xee\x80\x80"',
                     b'"\xc2\x80\xdf\xbf\xe0\xa0\x80\xf0\x90\x80\x80"', b'"</script>{}[],:"'):
            with self.subTest(text):
                self.assert_echoed(text)

    def test_structures_are_unchanged(self):
        for value in (b"null", b"true", b"false", b"[]", b"{}", b'[ 1 , 2\t,[ ] ]',
                      b'{"z":1,"a":2,"m":{"b":1,"a":[{}]}}', b'{"a":1,"a":2,"a":1}',
                      b'{"msg_id":"no","type":1,"src":2,"in_reply_to":3,"body":{}}',
                      b'{ "spaced" :  { } }', b'{"":""}', rb'{"\u0061":1,"a":2}',
                      b'{"echo":{"echo":"inner"}}'):
            with self.subTest(value):
                self.assert_echoed(value)

    def test_the_last_of_repeated_payloads_counts(self):
        line = request(rb'"type":"echo","echo":1,"msg_id":2,"ech\u006f":2,"echo":"last"')
        stdout = harness.run(INIT + line)[0]
        self.assert_lines(stdout.splitlines(), [INIT_OK, echo_ok(2, 1, b'"last"')])

    def test_a_body_of_many_members_is_searched_whole(self):
        fillers = b"".join(b'"filler%d":%d,' % (i, i) for i in range(5000))
        line = request(fillers + b'"echo":"hi",' + fillers + b'"msg_id":2,"type":"echo"')
        stdout = harness.run(INIT + line)[0]
        self.assert_lines(stdout.splitlines(), [INIT_OK, echo_ok(2, 1)])

    def test_a_payload_of_one_mib_is_echoed(self):
        self.assert_echoed(b'"' + b"x" * (1 << 20) + b'"')
        self.assert_echoed(b'"' + rb"\u00e9" * (1 << 18) + b'"')
        self.assert_echoed(b"[" + b"0," * (1 << 19) + b"0]")

    def test_long_names_are_repeated_whole(self):
        node_id, src = b"n" * 300_000, b"c" * 300_000
        bodies = [b'"type":"echo","msg_id":2,"echo":"%s"' % (b"x" * 1_000_000),
                  b'"type":"nope","msg_id":3', b'"type":"echo","msg_id":4', b'"msg_id":5',
                  b'"type":"bench_echo","msg_id":6,"echo":"hi"', b'"type":"bench_stats","msg_id":7']
        node = self.start()
        node.write(INIT.replace(b"n1", node_id)
                   + b"".join(request(body) for body in bodies).replace(b'"c1"', b'"%s"' % src))
        for i, line in enumerate(node.take(1 + len(bodies))):
            reply = json.loads(line)
            self.assertTrue(reply["src"] == node_id.decode(), i)
            self.assertTrue(reply["dest"] == ("c0" if i == 0 else src.decode()), i)
            self.assertEqual((reply["body"]["in_reply_to"], reply["body"]["msg_id"]), (1 + i, i))
        self.assert_ends(node)

    def test_nested_payloads_are_echoed_as_deep_as_max_depth_allows(self):
        self.assert_echoed(b"[" * 500 + b"]" * 500)
        self.assert_echoed(b'{"a":' * 500 + b"1" + b"}" * 500)
        self.assert_echoed(b"[" * 1000 + b"]" * 1000, ["--max-depth=1100"])

    def test_lines_around_the_size_of_a_read_are_echoed(self):
        overhead = len(echo(2, b'""'))
        lengths = [65536 * n + d - overhead for n in (1, 2, 16) for d in range(-20, 21, 3)]
        payloads = [b'"' + b"y" * length + b'"' for length in lengths]
        data = INIT + b"".join(echo(2 + i, p) for i, p in enumerate(payloads))
        replies = harness.run(data)[0].splitlines()
        self.assertEqual(len(replies), 1 + len(payloads))
        for i, payload in enumerate(payloads):
            self.assertTrue(replies[1 + i] == echo_ok(2 + i, 1 + i, payload), len(payload))

    def test_an_unknown_type_is_answered_whatever_is_in_it(self):
        for name in (b"", b"nope", rb"\u0065\u0000\"", "é".encode(), b"e" * 100_000):
            with self.subTest(name[:20]):
                reply = harness.run(INIT + request(b'"msg_id":2,"type":"%s"' % name)
                                    + echo(3))[0].splitlines()
                self.assert_lines(reply, [INIT_OK, error(10, 2, 1), echo_ok(3, 2)])


class Streams(harness.NodeCase):
    def test_100_000_replies_come_in_order_with_msg_id_counting_from_zero(self):
        count = 100_000
        node = self.start()
        node.write(INIT + b"".join(echo(2 + i, b'"%d"' % i) for i in range(count)))
        replies = node.finish()[0].splitlines()
        self.assertEqual(len(replies), 1 + count)
        for i in range(count):
            self.assertEqual(replies[1 + i], echo_ok(2 + i, 1 + i, b'"%d"' % i))

    def test_a_line_can_come_a_byte_at_a_time(self):
        node = self.start()
        node.ask(INIT)
        for byte in echo(2, b'"slowly"'):
            node.write(bytes([byte]))
            time.sleep(0.001)  # so that most bytes are read alone
        self.assert_lines(node.take(), [echo_ok(2, 1, b'"slowly"')])
        self.assert_ends(node)

    def test_the_input_can_be_split_anywhere(self):
        chance = random.Random(20)
        payloads = [b'"' + b"p" * chance.choice((0, 1, 50, 3000)) + b'"' for _ in range(400)]
        data = INIT + b"".join(echo(2 + i, p) for i, p in enumerate(payloads))
        expected = b"\n".join([INIT_OK] + [echo_ok(2 + i, 1 + i, p)
                                           for i, p in enumerate(payloads)] + [b""])
        for pieces in (10, 100, 1000):
            cuts = sorted(chance.randrange(len(data)) for _ in range(pieces))
            node = self.start()
            for start, end in zip([0] + cuts, cuts + [len(data)]):
                node.write(data[start:end])
                time.sleep(chance.choice((0, 0, 0.0005)))
            self.assertTrue(node.finish()[0] == expected, f"{pieces} pieces, seed 20")

    def test_a_node_that_is_asked_one_by_one_answers_each_at_once(self):
        node = self.start()
        node.ask(INIT)
        for i in range(500):
            self.assertEqual(node.ask(echo(2 + i)), echo_ok(2 + i, 1 + i))
        self.assert_ends(node)

    def test_two_nodes_fed_each_others_output_fall_silent(self):
        nodes = [self.start(), self.start()]
        for name, node in zip((b"n1", b"n2"), nodes):
            node.ask(INIT.replace(b"n1", name))
        seeds = [b'{"src":"n2","dest":"n1","body":{"type":"nope","msg_id":2}}\n',
                 b'{"src":"n2","dest":"n1","body":{"msg_id":3}}\n',
                 b'{"src":"n2","dest":"n1","body":{"type":"echo","echo":1,"msg_id":4}}\n',
                 b'{"src":"n2","dest":"n1","body":{"type":"echo","msg_id":5}}\n',
                 INIT.replace(b'"node_id":"n1"', b'"node_id":"n3"')]
        nodes[0].write(b"".join(seeds))
        replies = nodes[0].take(len(seeds))
        for turn in range(6):  # whatever one says goes to the other, and a probe after it
            listener = nodes[(turn + 1) % 2]
            probe = {0: b"n1", 1: b"n2"}[(turn + 1) % 2]
            listener.write(b"".join(line + b"\n" for line in replies)
                           + echo(900 + turn).replace(b"n1", probe))
            replies = listener.take()
            self.assertEqual(json.loads(replies[0])["body"]["in_reply_to"], 900 + turn)

    def test_nothing_with_in_reply_to_is_answered(self):
        bodies = [b'"type":"echo","echo":1,"msg_id":2,"in_reply_to":%s' % value
                  for value in (b"0", b"1", b"-1", b"1.5", b'"x"', b"true", b"[]", b'{"a":1}')]
        bodies += [b'"type":"nope","msg_id":2,"in_reply_to":1',
                   b'"type":"error","code":10,"text":"t","in_reply_to":1',
                   b'"msg_id":2,"in_reply_to":1',  # no type
                   b'"type":"bench_stats","reset":true,"msg_id":2,"in_reply_to":1',
                   b'"type":"init","node_id":"n9","node_ids":["n9"],"msg_id":2,"in_reply_to":1']
        replies = b"".join(request(body) for body in bodies)
        node = self.start()
        node.write(replies + INIT + replies + echo(3))
        self.assert_lines(node.take(2), [INIT_OK, echo_ok(3, 1)])
        body = stats_body(node.ask(stats(4)))
        self.assertEqual(body["errors"]["late_replies"], 2 * len(bodies))
        self.assertEqual(sum(body["errors"].values()), 2 * len(bodies))
        self.assertEqual(body["total_messages"], 2 * len(bodies) + 2)
        self.assert_ends(node)

    def test_a_long_mixed_run_equals_its_messages_one_by_one(self):
        self.assertTrue(harness.run(echoes(20_000, b'{"k":[1,2.50,"v"]}'))[0]
                        == echoes_ok(20_000, b'{"k":[1,2.50,"v"]}'))


if __name__ == "__main__":
    harness.main()
