#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Input for the benchmarks, and what must come back: init, then numbered requests, deterministic.

    generate.py [--size BYTES] [--mixed] COUNT > FILE

Request n has msg_id n; init is 1, so the first request is 2. An echo line is exactly BYTES long,
newline included. --mixed makes echo, bench_echo, unknown types, missing types, and now and then
bench_stats, whatever their size.
"""

import argparse
import json
import re
import sys

INIT = (b'{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1",'
        b'"node_ids":["n1"]}}\n')
INIT_OK = (b'{"src": "n1", "dest": "c0", "body": {"type": "init_ok", "in_reply_to": 1, '
           b'"msg_id": 0}}\n')

ECHO = b'{"src":"c1","dest":"n1","body":{"type":"echo","msg_id":%d,"echo":"%b"}}\n'
ECHO_OK = (b'{"src": "n1", "dest": "c1", "body": {"type": "echo_ok", "echo": "%b", '
           b'"in_reply_to": %d, "msg_id": %d}}\n')
AROUND_BYTES = len(ECHO % (0, b"")) - 1  # an echo line without msg_id and payload

LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
CHUNK_LINES = 4096


def payload(number, size):
    """As many letters as an echo line of `size` bytes has room for; they differ with the number."""
    length = size - AROUND_BYTES - len(b"%d" % number)
    if length < 1:
        raise ValueError(f"an echo line takes more than {size} bytes")
    start = number % len(LETTERS)
    letters = LETTERS * (length // len(LETTERS) + 2)
    return letters[start:start + length]


def echo(number, size):
    return ECHO % (number, payload(number, size))


def echo_ok(number, size):
    return ECHO_OK % (payload(number, size), number, number - 1)


def chunks(make, count, size, first=2):
    """The lines first, first + 1, ... that `make` makes, some thousands at a time."""
    for start in range(first, first + count, CHUNK_LINES):
        stop = min(start + CHUNK_LINES, first + count)
        yield b"".join([make(number, size) for number in range(start, stop)])


def floor_report(count, size):
    """What parse_floor must say on stderr for init and `count` echoes."""
    checksum = 1 + len("c0" "n1" "init" '"n1"' '["n1"]')
    last = count + 1
    digits_bytes = sum(len(str(number)) for number in range(2, last + 1))
    checksum += last * (last + 1) // 2 - 1
    checksum += count * (len("c1" "n1" "echo" '""') + size - AROUND_BYTES) - digits_bytes
    return f"messages {count + 1} checksum {checksum} errors 0"


# Mixed requests: which kind a number is.
SUMMARY_EVERY = 5000
FULL_EVERY = 2 * SUMMARY_EVERY


def kind(number):
    if number % SUMMARY_EVERY == 0:
        return "bench_stats"
    return {3: "no_such_type", 7: None}.get(number % 10, ("bench_echo", "echo")[number % 2])


def mixed(number, _size=0):
    body = {"type": kind(number), "msg_id": number}
    if body["type"] is None:
        del body["type"]
    elif body["type"] != "bench_stats":
        body["echo"] = payload(number, 80 + number % 64).decode()
    elif number % FULL_EVERY != 0:
        body["detail"] = "summary"
    line = {"src": "c1", "dest": "n1", "body": body}
    return json.dumps(line, separators=(",", ":")).encode() + b"\n"


LATENCY = re.compile(rb'"latency_us": \d+')


def check_mixed(number, reply):
    """None when `reply` answers mixed request `number`, else what is wrong."""
    wanted = kind(number)
    if wanted in ("echo", "bench_echo"):
        echoed = ECHO_OK % (payload(number, 80 + number % 64), number, number - 1)
        if wanted == "bench_echo":
            reply = LATENCY.sub(b'"latency_us": 0', reply)
            echoed = echoed.replace(b'"echo_ok"', b'"bench_echo_ok"')
            echoed = echoed.replace(b', "in_reply_to"', b', "latency_us": 0, "in_reply_to"')
        return None if reply == echoed else f"expected {echoed!r}, got {reply!r}"
    body = json.loads(reply)["body"]
    if (body["in_reply_to"], body["msg_id"]) != (number, number - 1):
        return f"request {number} has the reply {reply!r}"
    if wanted == "bench_stats":
        right = body["type"] == "bench_stats_ok" and body["total_messages"] == number - 1
    else:
        right = body["type"] == "error" and body["code"] == (12 if wanted is None else 10)
    return None if right else f"request {number} ({wanted}) has the reply {reply[:200]!r}"


def main():
    parser = argparse.ArgumentParser(description="Writes benchmark input to stdout.")
    parser.add_argument("count", type=int, metavar="COUNT", help="requests after init")
    parser.add_argument("--size", type=int, default=96, help="bytes of an echo line (96)")
    parser.add_argument("--mixed", action="store_true", help="mixed requests in place of echoes")
    options = parser.parse_args()
    sys.stdout.buffer.write(INIT)
    for chunk in chunks(mixed if options.mixed else echo, options.count, options.size):
        sys.stdout.buffer.write(chunk)


if __name__ == "__main__":
    main()
