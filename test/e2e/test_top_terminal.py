# SPDX-License-Identifier: MIT
"""`narrows top` in a real terminal, which is tmux's.

Usage: test_top_terminal.py NARROWS_NODE NARROWS FOLDER_OF_BAD_NODES
Exit status 77 (skipped) without tmux, or without a terminal library in narrows.
"""
import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import unicodedata

import harness
import investigator as inv
import watching
from investigator import Folder, badnode, good, running
from messages import INIT, echo

NUMBERS = itertools.count()
# Says how it ended, and leaves what was there to be looked at.
SHELL = 'trap : INT; stty -g >"$0.before"; "$@"; echo "status $?"; stty -g >"$0.after"; exec cat'
PARTS = ["mean", "p50", "p90", "p99", "p99.9", "max", "in the node", "█ busy ▒ blocked ░ idle",
         "│ input", "■ parse", "│ dispatch_queue", "■ dispatch", "│ serialize_queue", "■ serialize",
         "▼ output", "q quit"]


class Pane:
    """A terminal in which a command runs."""

    def __init__(self, files, *command, columns=80, rows=24, **environment):
        self.server = f"narrows-{os.getpid()}-{next(NUMBERS)}"
        self.files = files
        values = {"LC_ALL": "C.UTF-8", "NO_COLOR": "", **environment}
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows),
                  *(f"-e{name}={value}" for name, value in values.items()),
                  *(["env", f"TERM={environment['TERM']}"] if "TERM" in environment else []),
                  "sh", "-c", SHELL, files, *command)

    def tmux(self, *arguments):
        # Of the variables that tmux hands on none may be the tester's own.
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        done = subprocess.run(["tmux", "-u", "-L", self.server, *arguments], capture_output=True,
                              check=True, text=True, timeout=harness.PATIENCE_S, env=environment)
        return done.stdout

    def close(self):
        self.tmux("kill-server")

    def text(self, *options):
        return self.tmux("capture-pane", "-p", *options)

    def ask(self, variable):
        return self.tmux("display-message", "-p", "#{%s}" % variable).strip()

    def press(self, *keys):
        self.tmux("send-keys", *keys)

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def wait_for(self, *parts, absent=()):
        """The picture once it has all of these, and none of those."""
        text = ""

        def is_there():
            nonlocal text
            text = self.text()
            return all(part in text for part in parts) and not any(part in text for part in absent)
        try:
            harness.wait_until(is_there, f"{parts} without {absent}")
        except AssertionError as error:
            raise AssertionError(f"{error}; there was\n{text}") from None
        return text

    def pid(self):
        """Of what runs in it."""
        shell = self.ask("pane_pid")
        with open(f"/proc/{shell}/task/{shell}/children", encoding="ascii") as children:
            return int(children.read().split()[0])

    def modes(self):
        """Those of the terminal before, and after."""
        modes = []
        for name in (".before", ".after"):
            with open(self.files + name, encoding="ascii") as file:
                modes.append(file.read())
        return modes


def columns_of(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


class Panes(Folder):
    def setUp(self):
        super().setUp()
        self.file = self.path("profile.json")

    def top(self, *arguments, **more):
        pane = Pane(self.path("pane"), inv.NARROWS, "top", *arguments, **more)
        self.addCleanup(pane.close)
        return pane

    def assert_restored(self, pane, status):
        text = pane.wait_for(f"status {status}")
        harness.wait_until(lambda: os.path.exists(self.path("pane.after")), "the shell goes on")
        harness.wait_until(lambda: pane.modes()[1] != "", "the modes are there")
        self.assertEqual(*pane.modes())
        self.assertEqual(pane.ask("alternate_on"), "0")
        self.assertEqual(pane.ask("cursor_flag"), "1")
        self.assertNotIn("q quit", text)
        return text

    def assert_sound(self, text, columns=80):
        """No row is wider than the terminal, and nothing but text is there."""
        for line in text.splitlines():
            self.assertLessEqual(columns_of(line), columns, line)
            self.assertRegex(line, r"\A[^\x00-\x1f\x7f-\x9f]*\Z")


class OfANode(Panes):
    def test_a_good_node(self):
        pane = self.top("--rate=2000", "--", *good())
        text = pane.wait_for(*PARTS, "a client", "rate", "max 2,", "verdict: ")
        self.assert_sound(text)
        self.assertRegex(text, r"\A narrows top  .*narrows-node.* \d+ s\n")
        pane.press("q")
        self.assert_restored(pane, 0)

    def test_a_node_that_knows_windows(self):
        pane = self.top("--rate=500", "--", *watching.node_with_windows())
        text = pane.wait_for(*PARTS, "the last second", "▸ ■ dispatch",
                             "verdict: dispatch dominates (saturated), over 99 % sure",
                             "tail: dispatch or serialize, a tie (83 %)", "w since the start")
        self.assert_sound(text)
        pane.press("w")
        pane.wait_for("w the last second", "since the start")
        pane.press("w")
        pane.wait_for("w since the start")
        pane.press("Q")
        self.assert_restored(pane, 0)

    def test_follows_the_size_of_the_terminal(self):
        pane = self.top("--rate=500", "--", *watching.node_with_windows())
        pane.wait_for(*PARTS)
        pane.resize(150, 50)
        self.assert_sound(pane.wait_for(*PARTS, "of tail", "scv", "CPU", "memory"), 150)
        pane.resize(40, 10)
        self.assert_sound(pane.wait_for("narrows top needs 64 × 16"), 40)
        pane.resize(64, 16)
        self.assert_sound(pane.wait_for("■ parse", "▼ output", "verdict: "), 64)
        pane.resize(3, 2)
        pane.resize(80, 24)
        self.assert_sound(pane.wait_for(*PARTS, absent=["of tail"]))
        pane.press("q")
        self.assert_restored(pane, 0)

    def test_signals_and_keys_end_it_and_its_node(self):
        for how in ("C-c", signal.SIGTERM, signal.SIGINT, "q"):
            with self.subTest(how):
                tag = f"tag-{os.getpid()}-{how}"
                pane = self.top("--rate=100", "--", *badnode("none", 1 << 30), tag)
                pane.wait_for("a client")
                if isinstance(how, str):
                    pane.press(how)
                else:
                    os.kill(pane.pid(), how)
                status = {"q": 0, signal.SIGTERM: 143}.get(how, 130)
                self.assert_restored(pane, status)
                self.assertEqual([pid for pid in running(tag) if int(pid) != os.getpid()
                                  and "tmux" not in command_of(pid)], [])
                os.unlink(self.path("pane.after"))

    def test_a_terminal_that_goes_takes_the_node_along(self):
        tag = f"tag-{os.getpid()}-gone"
        pane = Pane(self.path("pane"), inv.NARROWS, "top", "--", *badnode("none", 1 << 30), tag)
        pane.wait_for("a client")
        pane.close()
        harness.wait_until(lambda: not running(tag), "all are gone")

    def test_a_terminal_that_is_stopped_holds_nothing_up(self):
        for how in ("C-c", signal.SIGTERM):
            with self.subTest(how):
                tag = f"tag-{os.getpid()}-stopped-{how}"
                pane = self.top("--rate=100", "--", *badnode("none", 1 << 30), tag)
                pane.wait_for("a client")
                pane.press("C-s")
                time.sleep(1)
                if isinstance(how, str):
                    pane.press(how)
                else:
                    os.kill(pane.pid(), how)
                self.assert_restored(pane, 143 if how == signal.SIGTERM else 130)
                os.unlink(self.path("pane.after"))

    def test_a_node_that_ends_at_nothing_but_sigkill(self):
        tag = f"tag-{os.getpid()}-stubborn"
        pane = self.top("--rate=100", "--", *badnode("ignores SIGTERM", 1 << 30), tag)
        pane.wait_for("a client")
        pane.press("q")
        self.assert_restored(pane, 0)
        self.assertEqual([pid for pid in running(tag) if "tmux" not in command_of(pid)], [])

    def test_a_node_without_stages(self):
        pane = self.top("--rate=100", "--", *badnode("none", 1 << 30))
        text = pane.wait_for("no stages, only what is seen from outside", "in flight", "CPU", "memory", "stdin full", "a client", "60 s ago")
        self.assert_sound(text)
        self.assertNotIn("■ parse", text)

    def test_stderr_does_not_spoil_the_picture(self):
        pane = self.top("--rate=100", "--", *badnode("floods stderr", 1 << 30))
        text = pane.wait_for("! stderr: what a day (100,000 lines)", "a client")
        self.assertEqual(text.count("what a day"), 1)
        pane.press("q")
        self.assert_restored(pane, 0)

    def test_a_node_that_breaks_leaves_its_last_words(self):
        pane = self.top("--rate=100", "--outside", "--type=other", "--", *watching.node_that_dies())
        text = self.assert_restored(pane, 3)
        self.assertIn("RuntimeError: what is other?", text)
        self.assertIn("narrows: the node exited with status 1", text)

    def test_a_node_that_cannot_be_started(self):
        pane = self.top("--", "/nowhere/node")
        self.assertIn("narrows: cannot run /nowhere/node", self.assert_restored(pane, 3))

    def test_the_load_ends(self):
        pane = self.top("--rate=500", "--duration=2s", "--", *good())
        self.assertRegex(self.assert_restored(pane, 0), r"(?m)^\d s  [\d,]+/s  mean ")


class OfAFile(Panes):
    def test_a_profile_that_has_everything(self):
        watching.Rewritten(self, self.file, watching.profile())
        text = self.top(self.file).wait_for(
            *PARTS, "the last second · live", "▸ ■ dispatch", "48,213 messages/s",
            "verdict: dispatch dominates (saturated), over 99 % sure", "cannot go beyond 49.7 k/s",
            "mean: dispatch, 99 % sure · tail: dispatch or serialize, a tie (83 %)",
            " rate   ", "max 4", " mean   ", "max 1.20 ms", "60 s ago", "w since the start")
        self.assert_sound(text)
        self.assertEqual(len(text.splitlines()), 24)

    def test_checks_that_did_not_hold(self):
        watching.write(self.file, watching.profile(
            checks={"time_accounting": {"value": 0.07, "held": False},
                    "cpu": {"value": 0.5, "held": False}}))
        self.assert_sound(self.top(self.file, rows=30).wait_for(
            "! busy, blocked and idle miss 7 % of a stage's time: its shares are rough",
            "! a stage had a CPU in 50 % of its busy time: its times are too long", *PARTS))

    def test_a_node_that_runs(self):
        node = harness.Node(f"--profile-out={self.file}")
        self.addCleanup(node.kill)
        pane = self.top(self.file)
        pane.wait_for("waiting for ", "which is not there yet")
        node.write(INIT + echo(2) * 3000)
        node.take(3001)
        pane.wait_for(*PARTS, "live")
        pane.wait_for("idle for", "as no messages come")
        node.write(echo(2) * 3000)
        pane.wait_for("live", absent=["idle for"])
        node.process.send_signal(signal.SIGKILL)
        pane.wait_for("the node has ended")
        pane.press("q")
        self.assert_restored(pane, 0)

    def test_a_blocked_stdout_is_shown_as_it_lasts(self):
        watching.blocked_node(self, self.file)
        pane = self.top(self.file)
        ages = []

        def grows():
            found = re.search(r"! stdout has been blocked for ([\d.]+) s", pane.text())
            ages.extend([float(found.group(1))] if found else [])
            return len(set(ages)) >= 5
        harness.wait_until(grows, "its age grows")
        self.assertEqual(ages, sorted(ages))
        self.assert_sound(pane.wait_for("■ serialize", "live", "▒▒▒"))

    def test_a_node_that_is_stopped_while_blocked(self):
        node = watching.blocked_node(self, self.file)
        pane = self.top(self.file)
        pane.wait_for("stdout has been blocked for")
        node.process.send_signal(signal.SIGSTOP)
        self.addCleanup(node.process.send_signal, signal.SIGCONT)
        pane.wait_for("stale for ", "though stdout was blocked: stopped",
                      absent=["stdout has been blocked for"])

    def test_a_stale_file(self):
        watching.write(self.file, watching.profile())
        watching.age(self.file, 7200)
        pane = self.top(self.file)
        self.assert_sound(pane.wait_for("stale for 2 h", "no messages come, or the node has ended"))
        watching.Rewritten(self, self.file, watching.profile())
        pane.wait_for("live", absent=["stale"])

    def test_what_is_no_profile(self):
        watching.write(self.file, '{"what": "else"}')
        text = self.assert_restored(self.top(self.file), 3)
        self.assertIn("it is no profile of a node", text.replace("\n", " "))

    def test_one_that_comes_later_and_is_no_profile(self):
        pane = self.top(self.file)
        pane.wait_for("which is not there yet")
        watching.write(self.file, "nonsense")
        self.assertIn("it is no profile of a node", self.assert_restored(pane, 3).replace("\n", ""))

    def test_nothing_in_a_profile_controls_the_terminal(self):
        attack = "\x1b]0;gotcha\x07\x1b[2J\x1b[31mX\x9b31m\x7f\u202e\r\n日本"
        content = watching.profile(checks={attack: {"held": False}}, errors={attack: 3})
        for window in (content, content["last"]):
            for stage in window["stages"]:
                stage["name"] = attack
            window["bottleneck"].update(throughput=attack, state=attack, explanation=attack * 9)
        watching.write(self.file, content)
        pane = self.top(self.file)
        self.assert_sound(pane.wait_for(r"\u001b]0;gotcha", "q quit"))
        self.assertNotIn("gotcha", pane.ask("pane_title"))
        self.assertNotRegex(pane.text("-e"), r"\x1b\[31m")

    def test_stops_and_goes_on(self):
        watching.write(self.file, watching.profile())
        pane = self.top(self.file)
        pane.wait_for(*PARTS)
        os.kill(pane.pid(), signal.SIGSTOP)
        pane.resize(100, 30)
        os.kill(pane.pid(), signal.SIGCONT)
        self.assert_sound(pane.wait_for(*PARTS, "max 1.20 ms", "  p99"), 100)
        pane.press("q")
        self.assert_restored(pane, 0)


class Looks(Panes):
    def setUp(self):
        super().setUp()
        watching.write(self.file, watching.profile())

    def colors(self, **environment):
        pane = self.top(self.file, **environment)
        pane.wait_for("q quit")
        return set(re.findall(r"\x1b\[(?:[\d;]*;)?([34][0-8](?:;5;\d+)?|9\d)m", pane.text("-e")))

    def test_colors(self):
        self.assertGreater(len(self.colors(TERM="tmux-256color")), 4)
        self.assertGreater(len(self.colors(TERM="screen")), 2)

    def test_no_color(self):
        for environment in ({"NO_COLOR": "1"}, {"TERM": "vt100"}):
            with self.subTest(environment):
                self.assertEqual(self.colors(**environment), set())

    def test_no_utf8(self):
        text = self.top(self.file, LC_ALL="C").wait_for("q quit", "| dispatch_queue", "> # dispatch")
        self.assertTrue(text.isascii(), text)
        self.assertIn("# busy % blocked . idle", text)

    def test_a_locale_that_is_not_installed(self):
        self.top(self.file, LC_ALL="xx_YY.UTF-8").wait_for("█ busy", "▸ ■ dispatch")

    def test_a_terminal_that_can_do_nothing_gets_lines(self):
        for kind in ("dumb", "no-such-terminal"):
            with self.subTest(kind):
                pane = self.top(self.file, "--duration=1s", TERM=kind)
                text = self.assert_restored(pane, 0)
                self.assertIn("live  48,213/s  mean 1.04 ms", text)
                os.unlink(self.path("pane.after"))


def command_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def can_be_tested():
    with open(sys.argv[2], "rb") as program:
        return shutil.which("tmux") is not None and b"libncursesw" in program.read()


if __name__ == "__main__":
    if len(sys.argv) > 2 and not can_be_tested():
        print("there is no tmux, or no terminal library in narrows")
        sys.exit(77)
    inv.main()
