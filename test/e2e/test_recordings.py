# SPDX-License-Identifier: MIT
"""`narrows` tap and replay.

Usage: test_recordings.py NARROWS_NODE NARROWS FOLDER_OF_BAD_NODES [FOLDER_OF_TRANSCRIPTS]
"""
import base64
import glob
import json
import os
import re
import signal
import subprocess
import threading
import time

import harness
import investigator as inv
from investigator import INIT, Folder, badnode, echo, good, narrows


class Taps(Folder):
    def tap(self, text, node=None):
        return narrows("tap", f"--out={self.path('tap')}", "--", *(node or good()), input=text)

    def records(self):
        head, *records = [json.loads(line) for line in self.read("tap").splitlines()]
        self.assertEqual(head["narrows_tap"], 1)
        return records

    def test_passes_and_records_everything(self):
        lines = INIT + "".join(echo(i, "é\u0001\"") for i in range(2, 500)) + "no newline"
        direct = subprocess.run(good(), input=lines, capture_output=True, text=True, check=False)
        done = self.tap(lines)
        self.assertEqual(done.stdout, direct.stdout)
        self.assertEqual(done.returncode, 0)
        records = self.records()
        inward = [record["line"] for record in records if record["dir"] == "in"]
        outward = [record["line"] for record in records if record["dir"] == "out"]
        self.assertEqual("\n".join(inward), lines)
        self.assertEqual("".join(line + "\n" for line in outward), done.stdout)
        self.assertEqual([record for record in records if "unfinished" in record][0]["line"],
                         "no newline")
        times = [record["t_us"] for record in records if record["dir"] == "in"]
        self.assertEqual(times, sorted(times))

    def test_bytes_that_are_no_text(self):
        done = subprocess.run([inv.NARROWS, "tap", f"--out={self.path('tap')}", "--", "/bin/cat"],
                              input=b"\xff\xfe\n\n", capture_output=True, check=False)
        self.assertEqual(done.stdout, b"\xff\xfe\n\n")
        said = [record.get("base64", record.get("line")) for record in self.records()]
        self.assertEqual(sorted(said), sorted(2 * ["//4=", ""]))

    def test_ends_as_the_node_ends(self):
        self.assertEqual(self.tap("", node=["/bin/sh", "-c", "exit 7"]).returncode, 7)
        self.assertEqual(self.tap("", node=["/bin/sh", "-c", "kill -SEGV $$"]).returncode,
                         -signal.SIGSEGV)
        self.assertEqual(self.tap("", node=["/nowhere/node"]).returncode, 3)
        self.assertEqual(narrows("tap", "--out=/nowhere/tap", "--", "/bin/cat").returncode, 3)
        self.assertEqual(narrows("tap", "--", "/bin/cat").returncode, 2)

    def test_a_node_that_ends_first_ends_it(self):
        run = inv.start("tap", f"--out={self.path('tap')}", "--", "/bin/sh", "-c",
                        "echo bye; exit 3", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.assertEqual(run.stdout.read(), b"bye\n")
        self.assertEqual(run.wait(timeout=harness.PATIENCE_S), 3)
        run.stdin.close()
        run.stdout.close()

    def test_signals_are_passed_on(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            run = inv.start("tap", f"--out={self.path('tap')}", "--", *good(),
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            run.stdin.write(INIT.encode())
            run.stdin.flush()
            self.assertIn(b"init_ok", run.stdout.readline())
            run.send_signal(number)
            self.assertEqual(run.wait(timeout=harness.PATIENCE_S), 0)
            run.stdin.close()
            run.stdout.close()

    def test_the_tail_is_not_lost_at_sigkill(self):
        run = inv.start("tap", f"--out={self.path('tap')}", "--", *good(),
                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        run.stdin.write((INIT + echo(2)).encode())
        run.stdin.flush()
        run.stdout.readline()
        run.stdout.readline()
        time.sleep(0.2 * harness.TIME_SCALE)
        run.kill()
        run.wait()
        run.stdin.close()
        run.stdout.close()
        self.assertEqual(len(self.records()), 4)

    def test_a_reader_that_comes_late_loses_nothing(self):
        run = inv.start("tap", f"--out={self.path('tap')}", "--", "/bin/sh", "-c",
                        "head -c 150000 /dev/zero | tr '\\0' a; echo; exit 5",
                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        time.sleep(1.5)  # more than tap waits for when nothing comes
        self.assertEqual(run.stdout.read(), b"a" * 150000 + b"\n")
        self.assertEqual(run.wait(timeout=harness.PATIENCE_S), 5)
        run.stdout.close()
        self.assertEqual([record["line"] for record in self.records()], ["a" * 150000])

    def test_a_reader_that_never_comes_is_not_waited_for_when_told_to_stop(self):
        ended = self.path("ended")
        run = inv.start("tap", f"--out={self.path('tap')}", "--", "/bin/sh", "-c",
                        f"head -c 100000 /dev/zero; touch {ended}; exit 5",
                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        harness.wait_until(lambda: os.path.exists(ended), "the node's end")
        with self.assertRaises(subprocess.TimeoutExpired):
            run.wait(timeout=1.5)
        run.terminate()
        self.assertEqual(run.wait(timeout=harness.PATIENCE_S), 5)
        run.stdout.close()

    def test_a_child_of_the_node_that_holds_its_stdout_is_not_waited_for(self):
        start = time.monotonic()
        done = self.tap("", node=["/bin/sh", "-c", "sleep 1000 & echo said; exit 4"])
        self.assertLess(time.monotonic() - start, harness.PATIENCE_S)
        self.assertEqual((done.stdout, done.returncode), ("said\n", 4))

    def test_a_node_that_ends_first_leaves_what_it_was_sent_in_the_recording(self):
        for _ in range(5):
            run = inv.start("tap", f"--out={self.path('tap')}", "--", "/bin/sh",
                            "-c", "read line", stdin=subprocess.PIPE)
            run.stdin.write(b"whole\npart")
            run.stdin.flush()
            run.wait(timeout=harness.PATIENCE_S)
            run.stdin.close()
            self.assertEqual([(record["line"], "unfinished" in record)
                              for record in self.records()], [("whole", False), ("part", True)])

    def test_a_long_line_without_an_end_is_cut_and_unfinished(self):
        for last, recorded in (("ab", "ab"), ("aé", "a")):  # the cut goes through no character
            text = "x" * (4 * harness.MIB - 2) + last + "more"
            self.assertEqual(self.tap(text, node=["/bin/cat"]).stdout, text)
            records = self.records()
            self.assertEqual(len(records), 2)
            for record in records:
                self.assertTrue(record["line"] == text[:4 * harness.MIB - 2] + recorded)
                self.assertIs(record["cut"], True)
                self.assertIs(record["unfinished"], True)

    def pass_and_measure(self, out, data):
        """Passes it through cat. The most memory that tap took, in MB, and what it said."""
        run = inv.start("tap", f"--out={out}", "--", "/bin/cat",
                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE)
        writer = threading.Thread(target=lambda: (run.stdin.write(data), run.stdin.flush()))
        writer.start()
        self.assertTrue(run.stdout.read(len(data)) == data)
        writer.join()
        time.sleep(0.2 * harness.TIME_SCALE)  # it is recorded as well
        with open(f"/proc/{run.pid}/status", encoding="utf-8") as file:
            peak_kib = int(re.search(r"VmHWM:\s*(\d+) kB", file.read())[1])
        run.stdin.close()
        self.assertEqual(run.wait(timeout=harness.PATIENCE_S), 0)
        said = run.stderr.read().decode()
        run.stdout.close()
        run.stderr.close()
        return peak_kib * 1024 / 1e6, said

    def test_memory_is_bounded_whatever_the_lines(self):
        if harness.is_sanitized():
            self.skipTest("a sanitizer takes memory of its own")
        most = 4 * harness.MIB
        for name, data, member in (("text", b'{"a":"' * 3_500_000 + b"\n", "line"),
                                   ("binary", b"\xff\xfe\x00\x80" * 5_250_000 + b"\n", "base64"),
                                   ("control", b"\x01" * 21_000_000 + b"\n", "base64")):
            with self.subTest(name):
                peak_mb, said = self.pass_and_measure(self.path("tap"), 2 * data)
                self.assertLess(peak_mb, 64)
                self.assertEqual(said, "")
                records = self.records()
                self.assertEqual([record["cut"] for record in records], 4 * [True])
                for record in records:
                    line = record[member]
                    self.assertTrue((line.encode() if member == "line" else
                                     base64.b64decode(line)) == data[:most])

    def test_memory_is_bounded_when_the_file_takes_nothing(self):
        if harness.is_sanitized():
            self.skipTest("a sanitizer takes memory of its own")
        os.mkfifo(self.path("unread"))
        data = (b"x" * 99_999 + b"\n") * 600
        for out in ("/dev/full", self.path("unread")):
            with self.subTest(out):
                peak_mb, said = self.pass_and_measure(out, data)
                self.assertLess(peak_mb, 64)
                self.assertEqual(said.count("\n"), 1, said)
                self.assertIn(out, said)

    def test_what_is_dropped_is_said(self):
        os.mkfifo(self.path("slow"))
        run = inv.start("tap", f"--out={self.path('slow')}", "--", "/bin/cat",
                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE)
        data = (b"x" * 99_999 + b"\n") * 600
        writer = threading.Thread(target=lambda: (run.stdin.write(data), run.stdin.close()))
        reader = threading.Thread(target=lambda: self.assertTrue(run.stdout.read() == data))
        writer.start()
        with open(self.path("slow"), encoding="utf-8") as file:
            reader.start()
            said = run.stderr.readline().decode()  # then there is no room
            _, *records = [json.loads(line) for line in file]
        self.assertIn("lines are missing", said)
        self.assertEqual(run.stderr.read(), b"")
        self.assertEqual(run.wait(timeout=harness.PATIENCE_S), 0)
        for thread in (writer, reader):
            thread.join()
        run.stdout.close()
        run.stderr.close()
        dropped = [record for record in records if "dropped" in record]
        self.assertTrue(dropped)
        self.assertTrue(all(set(record) == {"t_us", "dropped"} for record in dropped))
        self.assertEqual(len(records) - len(dropped) + sum(record["dropped"] for record in dropped),
                         1200)


class Replays(Folder):
    def record(self, node, lines):
        done = narrows("tap", f"--out={self.path('tap')}", "--", *node, input=lines)
        self.assertEqual(done.returncode, 0, done.stderr)

    def replay(self, *options, node=None):
        done = narrows("replay", self.path("tap"), *options, "--", *(node or good()))
        return done.stdout, done.stderr, done.returncode

    def test_the_same_node_says_the_same(self):
        self.record(good(), INIT + "".join(echo(i) for i in range(2, 300)))
        for speed in ("1", "2", "max"):
            stdout, stderr, status = self.replay(f"--speed={speed}")
            self.assertEqual(status, 0, stdout + stderr)
            self.assertIn("299 replies the same", stdout)

    def test_recorded_intervals_are_kept(self):
        run = inv.start("tap", f"--out={self.path('tap')}", "--", *good(),
                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for line in (INIT, echo(2)):
            run.stdin.write(line.encode())
            run.stdin.flush()
            run.stdout.readline()  # what starts slowly would take the second line soon after the first
            time.sleep(0.6)
        run.stdin.close()
        run.stdout.close()
        run.wait()
        took = {}
        for speed in ("1", "max"):
            start = time.monotonic()
            self.assertEqual(self.replay(f"--speed={speed}")[2], 0)
            took[speed] = time.monotonic() - start
        self.assertGreater(took["1"], 0.5)
        self.assertLess(took["max"], took["1"] - 0.3)

    def test_differences_are_shown(self):
        self.record(badnode("none"), INIT + "".join(echo(i) for i in range(2, 300)))
        stdout, _, status = self.replay("--speed=max", node=badnode("wrong payload"))
        self.assertEqual(status, 1)
        self.assertIn("1 different", stdout)
        self.assertIn('body.echo: recorded "hi", now "other"', stdout)
        self.assertEqual(self.replay("--ignore=body.echo", node=badnode("wrong payload"))[2], 0)
        stdout, _, status = self.replay("--speed=max", node=badnode("keeps silent"))
        self.assertEqual(status, 1)
        self.assertIn("1 missing", stdout)
        self.assertIn('"echo":"hi"}}\nno reply\n', stdout)

    def test_additional_replies_are_a_difference(self):
        self.record(badnode("none"), INIT + "".join(echo(i) for i in range(2, 300)))
        stdout, _, status = self.replay("--speed=max", node=badnode("answers twice"))
        self.assertEqual(status, 1)
        self.assertIn("299 replies the same, 0 different, 0 missing, 1 additional", stdout)
        self.record(badnode("keeps silent"), INIT + "".join(echo(i) for i in range(2, 300)))
        stdout, _, status = self.replay("--speed=max", node=badnode("none"))
        self.assertEqual(status, 0)  # a recording may end in the middle
        self.assertIn("298 replies the same, 0 different, 0 missing, 0 additional", stdout)
        self.assertIn("1 reply has none in the recording", stdout)

    def test_a_client_that_uses_a_number_again(self):
        lines = INIT + 3 * "".join(echo(i, str(i)) for i in range(2, 100))
        self.record(good(), lines)
        stdout, _, status = self.replay("--speed=max")
        self.assertEqual(status, 0, stdout)
        self.assertIn("295 requests: 295 replies the same", stdout)

    def test_lines_that_were_not_whole_are_left_out(self):
        self.record(good(), INIT + echo(2))
        stdout, _, status = self.replay()
        self.assertNotIn("whole", stdout)
        with open(self.path("tap"), "a", encoding="utf-8") as file:
            for mark in ("cut", "unfinished"):
                json.dump({"t_us": 1e12, "dir": "in", "line": echo(3).strip(), mark: True}, file)
                file.write("\n")
        stdout, _, status = self.replay()
        self.assertEqual(status, 0, stdout)
        self.assertIn("2 requests: 2 replies the same", stdout)
        self.assertIn("2 lines of the recording were not whole, and were left out\n", stdout)
        self.assertEqual(json.loads(self.replay("--json")[0])["left_out"], 2)

    def test_a_broken_node(self):
        self.record(badnode("none"), INIT + "".join(echo(i) for i in range(2, 300)))
        self.assertEqual(self.replay(node=badnode("crashes"))[2], 3)
        self.assertEqual(self.replay(node=badnode("no json"))[2], 3)
        self.assertEqual(narrows("replay", "/nowhere", "--", *good()).returncode, 3)
        for arguments in ([self.folder], [self.path("tap"), f"--replies={self.folder}"]):
            done = narrows("replay", *arguments, "--", *good())
            self.assertEqual(done.returncode, 3)
            self.assertEqual(done.stderr, f"narrows: cannot read {self.folder}: Is a directory\n")
        self.assertEqual(narrows("replay", __file__, "--", *good()).returncode, 3)
        self.assertEqual(narrows("replay", self.path("tap"), "--speed=0", "--",
                                 *good()).returncode, 2)

    def test_how_the_node_ends(self):
        self.record(badnode("none"), INIT + "".join(echo(i) for i in range(2, 300)))
        crashing = ["/bin/sh", "-c", '"$0" "$@"; kill -SEGV $$', *badnode("none")]
        for node, problem in (
                (crashing, "the node was ended by SIGSEGV at the end of its input"),
                (badnode("fails at the end"),
                 "the node exited with status 3 at the end of its input"),
                (badnode("no last newline"), "the node's last line has no newline")):
            stdout, stderr, status = self.replay("--speed=max", node=node)
            self.assertEqual(status, 3)
            self.assertEqual(stderr, f"narrows: {problem}\n")
            self.assertIn("299 replies the same", stdout)
        _, stderr, status = self.replay("--speed=max", node=badnode("ignores the end"))
        self.assertEqual((status, stderr), (0, ""))  # we ended it
        self.assertIn("before it had answered all: it exited with status 7",
                      self.replay(node=badnode("exits"))[1])

    def test_interrupted(self):
        self.record(good(), INIT + echo(2))
        with open(self.path("tap"), "a", encoding="utf-8") as file:
            json.dump({"t_us": 1e12, "dir": "in", "line": echo(3).strip()}, file)
        run = inv.start("replay", self.path("tap"), "--json", "--", *good(),
                        stdout=subprocess.PIPE, text=True)
        time.sleep(1 * harness.TIME_SCALE)
        run.send_signal(signal.SIGINT)
        stdout, _ = run.communicate(timeout=harness.PATIENCE_S)
        self.assertEqual(run.returncode, 128 + signal.SIGINT)
        replayed = json.loads(stdout)
        self.assertEqual((replayed["partial"], replayed["same"]), (True, 2))

    def test_memory(self):
        if harness.is_sanitized():
            self.skipTest("sanitizers take memory of their own")
        count = 300_000
        record = '{"t_us":%d,"dir":"%s","line":%s}\n'
        with open(self.path("tap"), "w", encoding="utf-8") as file:
            file.write('{"narrows_tap":1}\n')
            for i in range(count):
                request = (INIT if i == 0 else echo(i + 1)).strip()
                reply = json.loads(request)
                body = {"type": reply["body"]["type"] + "_ok", "in_reply_to": i + 1}
                if i > 0:
                    body["echo"] = "hi"
                reply = json.dumps({"src": "n1", "dest": reply["src"], "body": body})
                file.write(record % (i, "in", json.dumps(request)))
                file.write(record % (i, "out", json.dumps(reply)))
        run = inv.start("replay", self.path("tap"), "--speed=max", "--json", "--",
                        *good(), stdout=subprocess.PIPE, text=True)
        peak = 0
        while run.poll() is None:
            with open(f"/proc/{run.pid}/status", encoding="ascii") as status:
                peaks = [int(line.split()[1]) for line in status if line.startswith("VmHWM")]
            peak = max([peak, *peaks])  # kB; none of a process that has ended
            time.sleep(0.01)
        replayed = json.loads(run.communicate()[0])
        self.assertEqual(run.returncode, 0)
        self.assertEqual((replayed["requests"], replayed["same"]), (count, count))
        self.assertLess(peak, 64 << 10)
        self.assertGreater(peak, 1 << 10)

    def test_transcripts_of_maelstrom(self):
        if inv.WIRE is None:
            self.skipTest("no folder of transcripts")
        pairs = glob.glob(os.path.join(inv.WIRE, "echo", "*.in.jsonl"))
        self.assertTrue(pairs)
        for requests in pairs:
            replies = requests.replace(".in.jsonl", ".out.jsonl")
            done = narrows("replay", requests, f"--replies={replies}", "--speed=max", "--", *good())
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn(" 0 different, 0 missing", done.stdout)


if __name__ == "__main__":
    inv.main()
