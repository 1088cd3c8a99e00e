# SPDX-License-Identifier: MIT
"""Messages that attack whoever looks at what the programs show: terminals, logs, files, the page.

Usage: test_hostile.py NARROWS_NODE NARROWS FOLDER_OF_BAD_NODES
"""
import json
import os
import re
import subprocess
import sys

import attack
import browser
import harness
import investigator as inv
from investigator import Folder, good, narrows
from messages import INIT, echo, request

RUN = ("--concurrency=1", "--messages=20")


def attacker(kind, text=attack.ALL):
    path = os.path.join(os.path.dirname(inv.BADNODE), "attacker.py")
    return [sys.executable, "-B", path, kind, json.dumps(text)]


def texts_in(value):
    """All texts of a JSON value, names of members among them."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield name
            yield from texts_in(member)
    elif isinstance(value, list):
        for item in value:
            yield from texts_in(item)
    elif isinstance(value, str):
        yield value


class Seen(Folder):
    """What is shown holds nothing that cannot be seen."""

    def assert_seen(self, data, what):
        data = data if isinstance(data, bytes) else data.encode("utf-8", "surrogateescape")
        self.assertEqual(attack.unseen_in(data), [], f"{what}: {data[:2000]!r}")

    def assert_file_seen(self, name):
        with open(self.path(name), "rb") as file:
            data = file.read()
        self.assert_seen(data, name)
        return data

    def narrows(self, *arguments, **more):
        """Runs it, and looks at all that it says; a NUL can be no part of an argument."""
        arguments = [argument.replace("\0", "") for argument in arguments]
        done = narrows(*arguments, errors="surrogateescape", **more)
        self.assert_seen(done.stdout, f"stdout of {arguments}")
        self.assert_seen(done.stderr, f"stderr of {arguments}")
        return done


class Lines(Seen, harness.NodeCase):
    """A node that is sent attacks."""

    def lines(self):
        """Lines with attacks, most of which are to be refused, and shown in the log."""
        text = attack.ALL.encode()
        raw = "".join(one for one in attack.ALL if one not in '\0\n\r"\\\b\x07\x1b').encode()
        member = b'"echo":"hi"'
        yield "all of it", text.replace(b"\n", b"") + b"\n"
        yield "no UTF-8", attack.NO_UTF8 + b"\n"
        for kind, part in attack.EACH.items():
            yield kind, part.encode().replace(b"\n", b"") + b"\n"
        yield "src", echo(7).replace(b'"c1"', b'"%s"x' % raw)
        yield "src, whole", echo(7).replace(b'"c1"', b'"%s"' % raw)
        yield "dest", echo(7).replace(b'"n1"', b'"%s"' % raw)
        yield "an unknown type", request(b'"type":"%s","msg_id":7,%s' % (raw, member))
        yield "a type", request(b'"type":"%s","msg_id":"%s",%s' % (raw, raw, member))
        yield "a member", request(b'"type":"echo","%s":1,"msg_id":-7' % raw)
        yield "a number", request(b'"type":"echo","msg_id":%s' % (b"9" * 5000))
        yield "escapes", request(b'"type":%s,"msg_id":-1' % json.dumps(attack.ALL).encode())
        yield "init", INIT.replace(b'"n1"', b'"%s"' % raw)

    def test_the_log_and_the_files_of_a_node(self):
        files = [f"--profile-out={self.path('profile')}", f"--trace={self.path('trace')}",
                 "--stats-every=0.1", "--log-level=debug"]
        for name, line in self.lines():
            with self.subTest(name):
                stdout, stderr, status = harness.run(INIT + line + echo(8), files)
                self.assertEqual(status, 0)
                self.assertIn(b'"in_reply_to": 8', stdout)
                self.assert_seen(stderr, "stderr")
                json.loads(self.assert_file_seen("profile"))
                self.assert_file_seen("trace")

    def test_a_bad_line_is_shown_with_its_escapes(self):
        _, stderr, _ = harness.run(INIT + "x\x1b[31m\u202e\u2066\n".encode())
        self.assertIn(rb"x\x1b[31m\xe2\x80\xae\xe2\x81\xa6", stderr)

    def test_arguments_and_names_of_files(self):
        text = attack.ALL.replace("\0", "")
        for argument, sent in ((f"--{text}", b""), (text, b""), (f"--max-line={text}", b""),
                               (f"--workload={text}", b""), (f"--slow={text}", b""),
                               (f"--profile-out=/nowhere/{text}", INIT),
                               (f"--trace=/nowhere/{text}", INIT)):
            with self.subTest(argument[:12]):
                _, stderr, _ = harness.run(sent, [argument])
                self.assert_seen(stderr, "stderr")
                self.assertNotEqual(stderr, b"")


class Replies(Seen):
    """An investigator whose node attacks it."""

    def test_replies_that_attack(self):
        for kind in ("type", "dest", "payload", "error", "key", "no json"):
            with self.subTest(kind):
                done = self.narrows("bench", *RUN, f"--save={self.path('run')}", "--",
                                    *attacker(kind))
                self.assertEqual(done.returncode, 0 if kind == "error" else 3, done.stderr)
                json.loads(self.assert_file_seen("run"))
                done = self.narrows("bench", *RUN, "--json", "--", *attacker(kind))
                json.loads(done.stdout)

    def test_each_attack_by_itself(self):
        for name, text in attack.EACH.items():
            with self.subTest(name):
                self.narrows("bench", *RUN, "--", *attacker("payload", text))
                self.narrows("bench", *RUN, "--", *attacker("no json", text))

    def test_figures_that_attack_keep_their_value_in_json(self):
        done = self.narrows("bench", *RUN, "--json", "--", *attacker("figures"))
        stats = json.loads(done.stdout)["bench_stats"]
        self.assertEqual(stats["bottleneck"]["explanation"], attack.ALL)
        self.assertEqual(list(stats["checks"]), [attack.ALL])

    def test_tables_of_figures_that_attack(self):
        done = self.narrows("bench", *RUN, "--", *attacker("figures"))
        self.assertIn(r"\u202e", done.stdout)
        self.narrows("sweep", "--from=50", "--to=100", "--steps=2", "--duration=100ms",
                     "--warmup=0s", "--", *attacker("figures"))
        self.narrows("whatif", "--duration=100ms", "--", *attacker("figures"))

    def test_lines_of_top(self):
        with open(self.path("stats"), "w", encoding="utf-8") as file:
            name = dict.fromkeys(["name", "kind"], attack.ALL)
            json.dump({"total_messages": 1e300, "stages": [{**name, "avg_us": 1e300}],
                       "bottleneck": {"throughput": attack.ALL, "state": attack.ALL,
                                      "explanation": attack.ALL},
                       "checks": {attack.ALL: {"held": False}}, "errors": {attack.ALL: 5},
                       "latency_us": {"p99": 1}}, file, ensure_ascii=False)
        self.narrows("top", self.path("stats"), "--duration=600ms")
        self.narrows("top", "--rate=50", "--duration=1s", "--", *attacker("figures"))

    def test_a_recording_and_its_replay(self):
        payload = json.dumps(attack.ALL, ensure_ascii=False).encode()
        tapped = inv.start("tap", f"--out={self.path('tap')}", "--", *attacker("payload"),
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        stdout, _ = tapped.communicate(INIT + echo(2, payload) + echo(3, payload),
                                       timeout=harness.PATIENCE_S)
        self.assertEqual(tapped.returncode, 0)
        records = [json.loads(line) for line in self.assert_file_seen("tap").splitlines()]
        out = [record["line"] for record in records if record.get("dir") == "out"]
        self.assertEqual("\n".join(out) + "\n", stdout.decode())
        self.assertIn(attack.READER, "".join(texts_in(out)))
        done = self.narrows("replay", self.path("tap"), "--", *good())
        self.assertIn("different", done.stdout)
        self.narrows("replay", self.path("tap"), "--json", "--", *attacker("type"))

    def test_arguments_and_names_of_files(self):
        text = attack.ALL.replace("\0", "").replace("/", "")
        with open(self.path(text), "w", encoding="utf-8") as file:
            json.dump([{"weight": 1, "body": {"type": "{{" + attack.ALL + "}}"}}], file,
                      ensure_ascii=False)
        hostile = self.path(text)
        for arguments in ([text], ["bench", text], ["bench", f"--rate={text}"],
                          ["bench", f"--{text}"], ["bench", f"--fail-if={text}<1", "--", "cat"],
                          ["bench", f"--mix={hostile}", "--", "cat"],
                          ["bench", f"--save=/nowhere/{text}", "--", "cat"],
                          ["bench", *RUN, "--", f"/nowhere/{text}"],
                          ["bench", "--patience=300ms", *RUN, "--", "cat", hostile],
                          ["sweep", f"--slo={text}<1", "--", *good()],
                          ["compare", hostile, text], [
                              "compare", f"--a={text}", f"--b={text}", "--pairs=2"],
                          ["report", hostile], ["report", text], ["replay", hostile, "--", "cat"],
                          ["tap", f"--out=/nowhere/{text}", "--", "cat"], ["top", hostile],
                          ["new", text], ["whatif", f"--stage={text}", "--", "cat"]):
            with self.subTest(arguments[:2]):
                done = self.narrows(*arguments)
                self.assertNotEqual(done.returncode, 0)
                self.assertNotEqual(done.stderr, "")


class Files(Seen):
    def test_a_file_without_end_is_refused(self):
        for arguments in (["report", "/dev/zero"], ["compare", "/dev/zero", "/dev/zero"],
                          ["bench", "--mix=/dev/zero", "--max", "--", "cat"]):
            with self.subTest(arguments):
                done = self.narrows(*arguments)
                self.assertIn(done.returncode, (2, 3))
                self.assertIn("File too large", done.stderr)


class Page(Seen):
    def test_no_text_is_a_script_or_markup(self):
        name = "<img src=x onerror=document.documentElement.dataset.owned=1>\u202e.json"
        self.narrows("bench", *RUN, f"--save={self.path(name)}", "--", *attacker("figures"),
                     attack.PAGE)
        self.narrows("bench", *RUN, f"--save={self.path('b')}", "--", *attacker("no json"))
        done = self.narrows("report", self.path(name), self.path("b"), "-o",
                            self.path("report.html"))
        self.assertEqual(done.returncode, 0, done.stderr)
        page = self.assert_file_seen("report.html").decode()
        drawn = browser.dump(self, self.path("report.html"))
        self.assertRegex(drawn, r"<html[^>]* data-charts=")
        self.assertNotRegex(drawn, r"<html[^>]* data-owned")
        self.assertEqual(len(re.findall("<script", drawn)), len(re.findall("<script", page)))
        self.assertNotIn("<img", drawn)
        self.assertIn(r"\u{202e}", drawn)
        self.assert_seen(re.sub("_\u200b", "_", drawn), "the page as drawn")


if __name__ == "__main__":
    inv.main()
