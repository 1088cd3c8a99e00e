# SPDX-License-Identifier: MIT
"""Feeds lines to the typed node, and compares what it answers; then checks that what docs/TYPES.md
quotes of its source is there. Usage: run_typed.py PROGRAM SOURCE PAGE"""
import json
import pathlib
import re
import subprocess
import sys

OK = [  # a body, and its answer's without in_reply_to and msg_id
    ('"type":"send","key":"k\\u0031","msg":9', '"type": "send_ok", "offset": 0'),
    ('"type":"send","key":"k1","msg":-9223372036854775808', '"type": "send_ok", "offset": 1'),
    ('"type":"send","key":"k\\"","msg":7', '"type": "send_ok", "offset": 0'),
    ('"type":"poll","offsets":{"k1":1,"k\\"":0,"none":0}',
     '"type": "poll_ok", "msgs": {"k\\"": [[0, 7]], "k1": [[1, -9223372036854775808]], "none": []}'),
    ('"type":"poll","limit":1,"offsets":{"k1":0}',
     '"type": "poll_ok", "msgs": {"k1": [[0, 9]]}, "note": "there are more"'),
    ('"type":"txn","txn":[["r",1,null],["w",1,6],["r",1,null]]',
     '"type": "txn_ok", "txn": [["r", 1, null], ["w", 1, 6], ["r", 1, 6]]'),
    ('"type":"lists","txn":[["append",9,3],["r",9,null],["append",9,4],["r",9,null],["r",1,0]]',
     '"type": "lists_ok", "txn": [["append", 9, 3], ["r", 9, [3]], ["append", 9, 4], ["r", 9, [3, 4]],'
     ' ["r", 1, []]]'),
    ('"type":"add","element":5', '"type": "add_ok"'),
    ('"type":"add","element":-5', '"type": "add_ok"'),
    ('"type":"read"', '"type": "read_ok", "value": [5]'),
    ('"type":"read","at_least":-9', '"type": "read_ok", "value": [-5, 5]'),
    ('"type":"reading","tags":{"a" : 1.10},"temperature":20',
     '"type": "reading_ok", "fahrenheit": 68, "tags": {"a" : 1.10}'),
    ('"type":"count","items":["a",1,"]",["x"],null]', '"type": "count_ok", "strings": 2, "others": 3'),
    ('"type":"pick","from":{"a":1.10,"b":"x","\\u00e4":-0}',
     '"type": "pick_ok", "a": 1.10, "\u00e4": -0'),
]
REFUSED = [  # a body, and the text of its error 12
    ('"type":"send","msg":1', "`key` is missing"),
    ('"type":"send","key":"a","msg":1.5', "`msg` is no integer of 64 bits"),
    ('"type":"poll","offsets":{"k":-1}', "`offsets.k` is no unsigned integer of 64 bits"),
    ('"type":"poll","offsets":{},"limit":"1"', "`limit` is no unsigned integer of 64 bits"),
    ('"type":"txn","txn":[["r",1,null],["r",1]]', "`txn[1]` is no array of 3 values"),
    ('"type":"txn","txn":[["r","1",null]]', "`txn[0][1]` is no integer of 64 bits"),
    ('"type":"txn"', "`txn` is missing"),
    ('"type":"read","at_least":"a"', "`at_least` is no integer of 64 bits"),
    ('"type":"reading","tags":1', "`temperature` is missing"),
    ('"type":"count","items":{}', "the value is no array"),
]


def check_answers(program, threads):
    cases = [(body, answer) for body, answer in OK]
    cases += [(body, f'"type": "error", "code": 12, "text": {json.dumps(text)}')
              for body, text in REFUSED]
    lines = ['{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1",'
             '"node_ids":["n1"]}}\n']
    lines += [f'{{"src":"c1","dest":"n1","body":{{"msg_id":{number},{body}}}}}\n'
              for number, (body, _) in enumerate(cases, 2)]
    done = subprocess.run([program, f"--threads={threads}"], input="".join(lines).encode(),
                          capture_output=True, timeout=60)
    found = done.stdout.decode().splitlines()[1:]
    expected = [f'{{"src": "n1", "dest": "c1", "body": {{{answer}, "in_reply_to": {number}, '
                f'"msg_id": {number - 1}}}}}' for number, (_, answer) in enumerate(cases, 2)]
    failures = [f"{threads}:\n  found    {pair[0]}\n  expected {pair[1]}"
                for pair in zip(found, expected) if pair[0] != pair[1]]
    if done.returncode != 0 or len(found) != len(expected):
        failures.append(f"{threads}: status {done.returncode}, {len(found)} answers")
    return failures


def check_page(source, page):
    text = pathlib.Path(source).read_text(encoding="utf-8")
    snippets = re.findall(r"```cpp\n(.*?)```", pathlib.Path(page).read_text(encoding="utf-8"), re.S)
    if len(snippets) < 5:
        return [f"{page}: only {len(snippets)} snippets"]
    return [f"{page}: not in {source}:\n{snippet}" for snippet in snippets if snippet not in text]


def main():
    program, source, page = sys.argv[1:]
    failures = check_answers(program, "pipeline") + check_answers(program, "inline")
    failures += check_page(source, page)
    if failures:
        sys.exit("\n".join(failures))


main()
