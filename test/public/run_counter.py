# SPDX-License-Identifier: MIT
"""Feeds a few lines to the counter, and compares what it answers. Usage: run_counter.py PROGRAM"""
import subprocess
import sys

INPUT = """\
{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1","n2"]}}
{"src":"c1","dest":"n1","body":{"type":"add","msg_id":2,"key":"a"}}
{"src":"c1","dest":"n1","body":{"type":"add","msg_id":3,"key":"a","delta":-10}}
{"src":"c2","dest":"n1","body":{"type":"read","msg_id":4,"key":"\\u0061"}}
{"src":"c2","dest":"n1","body":{"type":"read","msg_id":5,"key":"b\\n"}}
{"src":"c2","dest":"n1","body":{"type":"forget","msg_id":6,"key":"a"}}
{"src":"c2","dest":"n1","body":{"type":"read","msg_id":7,"key":"a"}}
{"src":"c2","dest":"n1","body":{"type":"add","msg_id":8,"key":5}}
{"src":"c3","dest":"n1","body":{"type":"who","msg_id":9}}
{"src":"c3","dest":"n1","body":{"type":"echo","msg_id":10,"echo":1}}
"""

ANSWERS = """\
{"src": "n1", "dest": "c0", "body": {"type": "init_ok", "in_reply_to": 1, "msg_id": 0}}
{"src": "n1", "dest": "c1", "body": {"type": "add_ok", "value": 3, "in_reply_to": 2, "msg_id": 1}}
{"src": "n1", "dest": "c1", "body": {"type": "add_ok", "value": -7, "in_reply_to": 3, "msg_id": 2}}
{"src": "n1", "dest": "c2", "body": {"type": "read_ok", "value": -7, "in_reply_to": 4, "msg_id": 3}}
{"src": "n1", "dest": "c2", "body": {"type": "error", "code": 20, "text": "no counter b\\n", "in_reply_to": 5, "msg_id": 4}}
{"src": "n1", "dest": "c2", "body": {"type": "error", "code": 20, "text": "no counter a", "in_reply_to": 7, "msg_id": 5}}
{"src": "n1", "dest": "c2", "body": {"type": "error", "code": 12, "text": "`key` is no string", "in_reply_to": 8, "msg_id": 6}}
{"src": "n1", "dest": "c3", "body": {"type": "who_ok", "id": "n1", "others": 1, "from": "c3", "share": 0.25, "up": true, "leader": null, "body": {"as": "it is"}, "in_reply_to": 9, "msg_id": 7}}
{"src": "n1", "dest": "c3", "body": {"type": "error", "code": 10, "text": "type echo is not supported", "in_reply_to": 10, "msg_id": 8}}
"""


def run(program, *options, text=""):
    done = subprocess.run([program, *options], input=text.encode(), capture_output=True, timeout=60)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def main():
    program = sys.argv[1]
    failures = []

    def check(what, found, expected):
        if found != expected:
            failures.append(f"{what}\n  found    {found!r}\n  expected {expected!r}")

    for threads in ("pipeline", "inline"):
        status, answers, _ = run(program, "--step=3", f"--threads={threads}", text=INPUT)
        check(f"{threads}: exit status", status, 0)
        found, expected = answers.splitlines(), ANSWERS.splitlines()
        for number, pair in enumerate(zip(found, expected)):
            check(f"{threads}: answer {number}", *pair)
        check(f"{threads}: number of answers", len(found), len(expected))

    status, _, said = run(program, "--step=x")
    check("a bad option of its own: exit status", status, 2)
    check("a bad option of its own: what is said", said,
          'counter: --step takes a digit, 1 to 9, not "x"\n')
    status, said, _ = run(program, "--help")
    check("--help: exit status", status, 0)
    check("--help: names its own option", "--step=N" in said, True)

    if failures:
        sys.exit("\n".join(failures))


main()
