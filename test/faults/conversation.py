# SPDX-License-Identifier: MIT
"""What is said to a node while its calls fail, and the judge of what became of it.

The lines are sent in bursts, each of which is answered before the next one is sent, so that the
node waits, reads and writes several times. The judge knows what each line is owed.
"""
import json
import os
import select
import signal
import subprocess
import tempfile
import threading
import time
from collections import namedtuple

PATIENCE_S = 30 * float(os.environ.get("NARROWS_TIME_SCALE", "1"))
REFUSED = 1  # the exit status of a node that could not go on

Outcome = namedtuple("Outcome", "status out err files hung")


def message(body, number, source="c1"):
    return json.dumps({"id": number, "src": source, "dest": "n1", "body": body}).encode() + b"\n"


def reply(body, number, to="c1"):
    """A reply as the node spells it; msg_id counts the replies."""
    text = json.dumps(body)[:-1]
    return (f'{{"src": "n1", "dest": "{to}", "body": {text}, "in_reply_to": {number}, "msg_id": ')


class Conversation:
    """Bursts of lines, with what each is owed: the beginnings of its replies, in order."""

    def __init__(self):
        self.bursts = []
        self.replies = []  # of all bursts: a reply's beginning, or None for figures
        self.number = 0
        self.errors = {"malformed_lines": 0, "blank_lines": 0, "unknown_types": 0}

    def add(self, *lines):
        """A burst; each line: ("echo", text), ("bad", bytes), ("blank",), ("unknown",), …"""
        burst = b""
        for kind, *rest in lines:
            burst += getattr(self, kind)(*rest)
        self.bursts.append((burst, len(self.replies)))
        return self

    def ask(self, body, answer, client="c1"):
        self.number += 1
        self.replies.append(answer and reply(answer, self.number, client))
        return message({**body, "msg_id": self.number}, self.number, client)

    def init(self):
        return self.ask({"type": "init", "node_id": "n1", "node_ids": ["n1", "n2"]},
                        {"type": "init_ok"}, "c0")

    def echo(self, text):
        return self.ask({"type": "echo", "echo": text}, {"type": "echo_ok", "echo": text})

    def unknown(self):
        self.errors["unknown_types"] += 1
        line = self.ask({"type": "nosuch"}, {"type": "error"})
        self.replies[-1] = '{"src": "n1", "dest": "c1", "body": {"type": "error", "code": 10,'
        return line

    def figures(self):
        return self.ask({"type": "bench_stats"}, None)

    def bad(self, line):
        self.errors["malformed_lines"] += 1
        return line + b"\n"

    def blank(self):
        self.errors["blank_lines"] += 1
        return b"\n"

    def unanswered(self, text):  # wants no reply
        return message({"type": "echo", "echo": text}, 0)


def usual():
    """Small lines and a large one, good and bad, and the figures at the end."""
    talk = Conversation()
    talk.add(("init",), ("echo", "one"))
    talk.add(("echo", "two"), ("bad", b"nonsense"), ("echo", "three"), ("blank",))
    talk.add(("unknown",), ("echo", "x" * 5000), ("bad", b'{"src":"c1"'))
    talk.add(*[("echo", f"number {i}") for i in range(40)])
    talk.add(("unanswered", "no reply"), ("echo", "four"), ("bad", b"[1,2]"))
    talk.add(("echo", "five"), ("figures",))
    return talk


def is_error(line):
    return ', "body": {"type": "error", "code": ' in line


def problem_of_replies(talk, out, whole, may_refuse):
    """What is wrong with stdout; `whole`: all of it must be there; `may_refuse`: an error is an
    answer, too, beside the one to the unknown type."""
    *lines, rest = out.decode(errors="replace").split("\n")
    if len(lines) > len(talk.replies):
        return f"{len(lines)} replies to {len(talk.replies)} requests"
    errors = 0
    for number, (line, wanted) in enumerate(zip(lines, talk.replies)):
        if is_error(line):
            errors += 1
        elif wanted is None:
            problem = problem_of_figures(talk, line)
            if problem:
                return problem
        elif not line.startswith(wanted):
            return f"reply {number} is {line[:200]}, not {wanted[:200]}…"
        elif not line.endswith(f'"msg_id": {number}}}}}'):
            return f"reply {number} has another msg_id: {line[-40:]}"
    if errors > (len(lines) if may_refuse else 1):
        return f"{errors} errors were answered"
    if whole and rest:
        return f"the last line is cut off: {rest[:200]}"
    if whole and len(lines) < len(talk.replies):
        return f"lost: {len(talk.replies) - len(lines)} of {len(talk.replies)} replies"
    return None


def problem_of_figures(talk, line):
    errors = json.loads(line)["body"]["errors"]
    for name, count in talk.errors.items():
        if errors[name] != count:
            return f"{errors[name]} {name} were counted, not {count}"
    return None


def problem_of_files(files, err, is_heard):
    """A side file is whole, or absent and that has been said, if stderr `is_heard`."""
    for option, text in files.items():
        is_said = (not is_heard or b"out of memory" in err
                   or f"cannot write {option} ".encode() in err)
        if text is None:
            if not is_said:
                return f"there is no file of {option}, and nothing was said"
            continue
        try:
            json.loads(text)
        except ValueError as error:
            return f"the file of {option} is not whole ({error})"
    return None


def problem_of(talk, outcome, is_heard=True, may_refuse=False):
    """What promise was broken; None if none. `is_heard`: stderr takes what the node says;
    `may_refuse`: it may answer with errors."""
    if outcome.hung:
        return "it hangs"
    if outcome.status < 0:
        return f"ended by signal {signal.Signals(-outcome.status).name}"
    if outcome.status not in (0, REFUSED):
        return f"exit status {outcome.status}"
    problem = problem_of_replies(talk, outcome.out, outcome.status == 0, may_refuse)
    if problem:
        return problem
    if outcome.status != 0:
        return "it gave up without a word" if is_heard and not outcome.err else None
    return problem_of_files(outcome.files, outcome.err, is_heard)


class Reader(threading.Thread):
    """Collects a pipe's bytes to its end."""

    def __init__(self, pipe):
        super().__init__(daemon=True)
        self.pipe = pipe
        self.data = b""
        self.changed = threading.Condition()
        self.ended = False
        self.start()

    def run(self):
        chunk = b"."
        while chunk:
            chunk = os.read(self.pipe.fileno(), 1 << 16)
            with self.changed:
                self.data += chunk
                self.ended = not chunk
                self.changed.notify_all()

    def wait_for_lines(self, count, patience_s):
        """False if they do not come."""
        with self.changed:
            return self.changed.wait_for(
                lambda: self.data.count(b"\n") >= count or self.ended, patience_s)


def feed(process, talk, out, deadline):
    """Sends the bursts, each once its predecessor is answered."""
    due = 0
    for burst, replies in talk.bursts:
        out.wait_for_lines(due, max(0, deadline - time.monotonic()))
        due = replies
        try:
            os.write(process.stdin.fileno(), burst)
        except OSError:  # the node has ended
            break
    out.wait_for_lines(due, max(0, deadline - time.monotonic()))
    process.stdin.close()


def text_of(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def run(command, talk, env=None):
    """The node's end, and what it said. `command`: it, and what it is started by."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {"--profile-out": f"{folder}/profile.json", "--trace": f"{folder}/trace.json"}
        options = [f"{name}={path}" for name, path in paths.items()]
        options.append("--trace-every=1")
        process = subprocess.Popen(command + options, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env={**os.environ, **(env or {})}, bufsize=0,
                                   start_new_session=True)
        out, err = Reader(process.stdout), Reader(process.stderr)
        deadline = time.monotonic() + PATIENCE_S
        hung = False
        try:
            feed(process, talk, out, deadline)
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            hung = True
            os.killpg(process.pid, signal.SIGKILL)
        status = process.wait()
        out.join(PATIENCE_S)
        err.join(PATIENCE_S)
        process.stdout.close()
        process.stderr.close()
        files = {name: text_of(path) for name, path in paths.items()}
        return Outcome(status, out.data, err.data, files, hung)
