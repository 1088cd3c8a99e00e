# SPDX-License-Identifier: MIT
"""A node whose handlers wait (test/public/patient.cpp), over real pipes; this test plays the others."""
import json
import signal
import time

import harness

INIT = (b'{"src":"c0","dest":"n1","body":'
        b'{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1","n2","n3"]}}\n')


def message(src, **body):
    return json.dumps({"src": src, "dest": "n1", "body": body}).encode() + b"\n"


class WaitingCase(harness.NodeCase):
    def start_patient(self, *args, **how):
        node = self.start(*args, **how)
        node.write(INIT)
        init_ok, hello = self.take(node, 2)
        self.assertEqual((init_ok["type"], init_ok["msg_id"]), ("init_ok", 0))
        self.assertEqual(hello, {"dest": "n2", "type": "hello"})
        return node

    def take(self, node, count=1):
        """The next messages: their bodies, and to whom they go."""
        messages = [json.loads(line) for line in node.take(count)]
        for one in messages:
            self.assertEqual(one["src"], "n1")
        return [{"dest": one["dest"], **one["body"]} for one in messages]

    def ask(self, node, src="c1", **body):
        node.write(message(src, **body))

    def stats(self, node):
        self.ask(node, "c9", type="bench_stats", msg_id=999)
        answer, = self.take(node)
        self.assertEqual(answer["type"], "bench_stats_ok")
        return answer


class Waiting(WaitingCase):
    def test_sleeps_do_not_hold_up_others_and_are_no_shorter(self):
        node = self.start_patient()
        begin = time.monotonic()
        for i in range(20):
            self.ask(node, type="nap", ms=300 - 10 * i, tag=i, msg_id=i)
        self.ask(node, type="echo", echo="at once", msg_id=100)
        self.assertEqual(self.take(node)[0]["echo"], "at once")
        ended = []
        for _ in range(20):
            nap, = self.take(node)
            ended.append(nap["tag"])
            self.assertEqual(nap["in_reply_to"], nap["tag"])
            self.assertGreaterEqual(time.monotonic() - begin, 0.3 - 0.01 * nap["tag"])
        self.assertEqual(ended, list(range(19, -1, -1)))
        stats = self.stats(node)
        self.assertEqual(stats["total_messages"], 22)
        self.assertEqual(node.finish()[2], 0)

    def test_asks_others_and_answers_what_they_said(self):
        node = self.start_patient()
        self.ask(node, type="sum", ms=5000, msg_id=7)
        asked = self.take(node, 2)
        self.assertEqual([one["dest"] for one in asked], ["n2", "n3"])
        self.ask(node, "n3", type="count_ok", count=40, in_reply_to=asked[1]["msg_id"])
        self.ask(node, "n2", type="count_ok", count=2, in_reply_to=asked[0]["msg_id"])
        answer, = self.take(node)
        self.assertEqual((answer["type"], answer["sum"], answer["in_reply_to"]), ("sum_ok", 42, 7))

    def test_times_out_where_nobody_answers(self):
        node = self.start_patient()
        self.ask(node, type="sum", ms=100, msg_id=7)
        asked = self.take(node, 2)
        answer, = self.take(node)
        self.assertEqual((answer["type"], answer["code"]), ("error", 0))
        self.ask(node, "n2", type="count_ok", count=2, in_reply_to=asked[0]["msg_id"])
        self.assertEqual(self.stats(node)["errors"]["late_replies"], 1)

    def test_an_answer_that_has_come_goes_before_its_timeout(self):
        node = self.start_patient()
        self.ask(node, type="sum", ms=200, msg_id=7)
        asked = self.take(node, 2)
        self.ask(node, type="block", ms=600, msg_id=8)
        time.sleep(0.1)  # it blocks: the answers come meanwhile, and are looked at too late
        for one in asked:
            self.ask(node, one["dest"], type="count_ok", count=1, in_reply_to=one["msg_id"])
        answers = self.take(node, 2)
        self.assertEqual([one["type"] for one in answers], ["block_ok", "sum_ok"])

    def test_lost_delayed_and_doubled_answers(self):
        node = self.start_patient()
        for i in range(50):
            self.ask(node, type="sum", ms=300, msg_id=i)
        asked = self.take(node, 100)
        for number, one in enumerate(asked):
            if number // 2 % 5 == 0 and number % 2 == 1:
                continue  # lost
            answer = {"type": "count_ok", "count": number, "in_reply_to": one["msg_id"]}
            self.ask(node, one["dest"], **answer)
            if number % 3 == 0:
                self.ask(node, one["dest"], **answer)
        answers = self.take(node, 50)
        for one in answers:
            i = one["in_reply_to"]
            if i % 5 == 0:
                self.assertEqual((one["type"], one["code"]), ("error", 0))
            else:
                self.assertEqual(one["sum"], 4 * i + 1)
        self.assertEqual(len({one["in_reply_to"] for one in answers}), 50)

    def test_work_elsewhere_holds_nobody_up(self):
        node = self.start_patient()
        self.ask(node, type="work", ms=300, msg_id=1)
        self.ask(node, type="work", ms=200, fail=True, msg_id=2)
        self.ask(node, type="echo", echo=3, msg_id=3)
        answers = self.take(node, 3)
        self.assertEqual([one["in_reply_to"] for one in answers], [3, 2, 1])
        self.assertEqual((answers[1]["code"], answers[1]["text"]), (13, "the work failed"))
        self.assertEqual(answers[2]["done"], 300)

    def test_timers_send_of_their_own(self):
        node = self.start_patient()
        begin = time.monotonic()
        self.ask(node, type="beat", ms=50, msg_id=1)
        messages = self.take(node, 6)
        self.assertEqual(messages[0]["type"], "beat_ok")
        for one in messages[1:]:
            self.assertEqual(one, {"dest": "c1", "type": "beat", "from": "n1"})
        self.assertGreaterEqual(time.monotonic() - begin, 0.25)

    def test_a_deadline_drops_the_reply(self):
        node = self.start_patient("--deadline=0.2")
        self.ask(node, type="nap", ms=3000, tag=1, msg_id=1)
        self.ask(node, type="nap", ms=100, tag=2, msg_id=2)
        self.assertEqual(self.take(node)[0]["tag"], 2)
        time.sleep(0.3)
        self.assertEqual(self.stats(node)["errors"]["expired"], 1)

    def test_more_than_may_wait_are_refused(self):
        node = self.start_patient("--max-pending=5")
        for i in range(8):
            self.ask(node, type="nap", ms=300, tag=i, msg_id=i)
        refused = self.take(node, 3)
        self.assertEqual([(one["code"], one["in_reply_to"]) for one in refused],
                         [(11, 5), (11, 6), (11, 7)])
        self.assertEqual([one["tag"] for one in self.take(node, 5)], [0, 1, 2, 3, 4])

    def test_who_holds_up_all_others_is_named(self):
        node = self.start_patient()
        self.ask(node, type="block", ms=250, msg_id=1)
        self.assertEqual(self.take(node)[0]["type"], "block_ok")
        _, stderr, status = node.finish()
        self.assertEqual(status, 0)
        self.assertRegex(stderr, rb"a handler held up all others for [2-9]\d\d ms .*: block\n")
        for where, name in (("timer", b"a timer"), ("callback", b"the callback of an RPC"),
                            ("task", b"a background task")):
            with self.subTest(where):
                node = self.start_patient()
                self.ask(node, type="block", ms=250, msg_id=1, where=where)
                harness.wait_until(lambda: b"\n" in node.err.data, "a line on stderr")
                _, stderr, status = node.finish()
                self.assertEqual(status, 0)
                self.assertRegex(stderr, name + rb" held up all others for [2-9]\d\d ms [^:]*\n")


class Ends(WaitingCase):
    def check_end(self, end):
        node = self.start_patient()
        self.ask(node, type="nap", ms=60_000, tag=1, msg_id=1)
        self.ask(node, type="sum", ms=60_000, msg_id=2)
        self.ask(node, type="work", ms=200, msg_id=3)
        self.take(node, 2)
        self.ask(node, type="echo", echo=1, msg_id=4)
        self.take(node)
        end(node)
        rest, stderr, status = node.finish()
        answers = {}
        for line in rest.splitlines():
            body = json.loads(line)["body"]
            answers[body["in_reply_to"]] = body
        self.assertEqual(status, 0)
        self.assertEqual(sorted(answers), [1, 2, 3])
        self.assertEqual(answers[3]["done"], 200)  # work that was begun is finished
        for i in (1, 2):
            self.assertEqual(answers[i]["code"], 13)
            self.assertIn("the node has ended", answers[i]["text"])
        self.assertEqual(stderr, b"")

    def test_at_the_end_of_input_all_that_waits_is_answered(self):
        self.check_end(lambda node: None)

    def test_at_sigterm_all_that_waits_is_answered(self):
        self.check_end(lambda node: node.signal(signal.SIGTERM))


class Load(WaitingCase):
    def test_ten_thousand_wait_at_once(self):
        count = 10_000
        node = self.start_patient("--deadline=60")
        node.write(b"".join(message("c1", type="nap", ms=500, tag=i, msg_id=i)
                            for i in range(count)))
        seen = {json.loads(line)["body"]["tag"] for line in node.take(count)}
        self.assertEqual(len(seen), count)

    def test_answers_stay_in_order_for_those_that_do_not_wait(self):
        node = self.start_patient("--deadline=60")
        data = []
        for i in range(5000):
            data.append(message("c1", type="echo", echo=i, msg_id=i))
            if i % 10 == 0:
                data.append(message("c1", type="nap", ms=i % 7, tag=i, msg_id=100_000 + i))
        node.write(b"".join(data))
        bodies = [json.loads(line)["body"] for line in node.take(5500)]
        echoes = [body["echo"] for body in bodies if body["type"] == "echo_ok"]
        self.assertEqual(echoes, list(range(5000)))
        self.assertEqual(sorted(body["tag"] for body in bodies if body["type"] == "nap_ok"),
                         list(range(0, 5000, 10)))
        self.assertEqual([body["msg_id"] for body in bodies], list(range(1, 5501)))


if __name__ == "__main__":
    harness.main()
