# SPDX-License-Identifier: MIT
"""Nodes, and the investigator, ended in mid-stream: SIGTERM drains, SIGKILL leaves whole files."""
import fcntl
import json
import os
import random
import signal
import struct
import subprocess
import tempfile
import termios
import threading
import time
from collections import namedtuple

import conversation

MODES = ("pipeline", "inline")
BAD_EVERY = 13  # each so many lines, one is bad
Lines = namedtuple("Lines", "text requests")  # and how many of its first N lines want a reply


def stream(count):
    """Lines, with the number of requests among the first N."""
    lines = [conversation.Conversation().init()]
    requests = [0, 1]
    for number in range(1, count):
        is_bad = number % BAD_EVERY == 0
        lines.append(b"nonsense\n" if is_bad else conversation.message(
            {"type": "echo", "echo": "x" * (number * 37 % 200), "msg_id": number + 1}, number))
        requests.append(requests[-1] + (not is_bad))
    return Lines(b"".join(lines), requests)


def unread_bytes(fd):
    return struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, bytes(4)))[0]


class Feeder(threading.Thread):
    """Writes a text to a pipe until nobody reads any more; `written` is how much of it went in."""

    def __init__(self, fd, text, again=False):
        super().__init__(daemon=True)
        self.fd, self.text, self.again, self.written = fd, text, again, 0
        self.stopped = False
        os.set_blocking(fd, False)
        self.start()

    def run(self):
        view = memoryview(self.text)
        while not self.stopped and (self.again or self.written < len(view)):
            try:
                at = self.written % len(view)
                self.written += os.write(self.fd, view[at:at + (1 << 16)])
            except BlockingIOError:
                time.sleep(0.0005)
            except OSError:
                return

    def stop(self):
        self.stopped = True
        self.join()


def problem_of_drain(lines, written_and_read, out, profile):
    """Every line that was read whole is answered, or counted."""
    whole = lines.text[:written_and_read].count(b"\n")
    wanted = lines.requests[whole]
    *replies, rest = out.split(b"\n")
    if rest:
        return f"the last reply is cut off: {rest[:100]!r}"
    if len(replies) != wanted:
        return f"{len(replies)} replies to {wanted} requests in {whole} lines"
    for number, reply in enumerate(replies):
        if json.loads(reply)["body"]["msg_id"] != number:
            return f"reply {number} is {reply[:200]!r}"
    bad = whole - wanted
    counted = profile["errors"]["malformed_lines"] if profile else 0
    return None if counted == bad or whole == 0 else f"{counted} of {bad} bad lines are counted"


def term(node, choice):
    """One node that is asked to stop somewhere; half of them with nobody reading for a while."""
    lines = stream(20000)
    with tempfile.TemporaryDirectory() as folder:
        reader, writer = os.pipe()
        profile = f"{folder}/profile.json"
        process = subprocess.Popen(
            [node, f"--threads={choice.choice(MODES)}", f"--profile-out={profile}"], stdin=reader,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        feeder = Feeder(writer, lines.text)
        is_blocked = choice.random() < 0.5
        out = None if is_blocked else conversation.Reader(process.stdout)
        wait_until_read(process, reader, feeder)
        time.sleep(choice.uniform(0, 0.02))
        process.send_signal(signal.SIGTERM)
        time.sleep(choice.uniform(0, 0.01))
        out = out or conversation.Reader(process.stdout)
        problem = None
        try:
            status = process.wait(conversation.PATIENCE_S)
            problem = f"it ended with status {status}" if status else None
        except subprocess.TimeoutExpired:
            problem = "it hangs"
            process.kill()
            process.wait()
        feeder.stop()
        taken = feeder.written - unread_bytes(reader)
        os.close(reader)
        os.close(writer)
        out.join()
        text = conversation.text_of(profile)
        process.stdout.close()
        process.stderr.close()
        return problem or problem_of_drain(lines, taken, out.data, text and json.loads(text))


def wait_until_read(process, reader, feeder):
    """Until the node has read something: from then on signals are caught."""
    deadline = time.monotonic() + conversation.PATIENCE_S
    while unread_bytes(reader) >= feeder.written and process.poll() is None:
        if time.monotonic() > deadline:
            return
        time.sleep(0.001)


def whole_json(path):
    text = conversation.text_of(path)
    if text is None:
        return None
    try:
        json.loads(text)
    except ValueError as error:
        return f"{os.path.basename(path)} of {len(text)} bytes is not whole: {error}"
    return None


def whole_lines(path):
    """Lines of JSON; the last one may be cut short."""
    text = conversation.text_of(path) or b""
    for number, line in enumerate(text.split(b"\n")[:-1]):
        try:
            json.loads(line)
        except ValueError as error:
            return f"line {number} of {os.path.basename(path)} is not whole: {error}"
    return None


def kill_soon(command, choice, longest_s, text=None):
    """Runs a command, feeds it, and kills it with all its children at some time."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, start_new_session=True)
    feeder = text and Feeder(process.stdin.fileno(), text, again=True)
    time.sleep(choice.uniform(0.005, longest_s))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if feeder:
        feeder.stop()
    process.stdin.close()


def kill_node(programs, choice, folder):
    trace, profile = f"{folder}/trace.json", f"{folder}/profile.json"
    kill_soon([programs.node, f"--threads={choice.choice(MODES)}", f"--profile-out={profile}",
               f"--trace={trace}", f"--trace-every={choice.choice([1, 3, 100])}"],
              choice, 0.6, stream(2000).text)
    return whole_json(trace) or whole_json(profile)


def kill_bench(programs, choice, folder):
    saved = f"{folder}/run.json"
    with open(saved, "w", encoding="ascii") as file:
        file.write('{"before": true}')
    kill_soon([programs.narrows, "bench", f"--save={saved}", "--max", "--duration=0.15s",
               "--warmup=0s",
               "--", programs.node], choice, 0.5)
    return whole_json(saved)


def kill_tap(programs, choice, folder):
    out = f"{folder}/tap.jsonl"
    kill_soon([programs.narrows, "tap", f"--out={out}", "--", programs.node], choice, 0.3,
              stream(2000).text)
    return whole_lines(out)


def kill(programs, choice):
    with tempfile.TemporaryDirectory() as folder:
        way = choice.choices([kill_node, kill_bench, kill_tap], [3, 1, 1])[0]
        return way(programs, choice, folder)


Programs = namedtuple("Programs", "node narrows")


def try_kills(programs, number, seed, tell):
    """`number` SIGTERMs and as many SIGKILLs, each from a seed of its own; how many failed."""
    failed = 0
    for one in range(seed, seed + number):
        for name, problem in (("SIGTERM", term(programs.node, random.Random(one))),
                              ("SIGKILL", kill(programs, random.Random(one)))):
            if problem:
                failed += 1
                tell(one, f"{name}: {problem}")
    return failed
