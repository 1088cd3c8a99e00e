#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An echo node with one fault, after AFTER right replies: what an investigator must notice.

Usage: badnode.py FAULT [AFTER]
"""
import json
import os
import signal
import subprocess
import sys
import time


def say(text):
    sys.stdout.write(text)
    sys.stdout.flush()


def reply_to(message, **changes):
    body = dict(message["body"])
    body["type"] += "_ok"
    body["in_reply_to"] = body.pop("msg_id")
    body.update(changes)
    return json.dumps({"src": message["dest"], "dest": message["src"], "body": body}) + "\n"


def send(dest, **body):
    say(json.dumps({"src": "n1", "dest": dest, "body": body}) + "\n")


def hang():
    while True:
        time.sleep(60)


def crash():
    os.kill(os.getpid(), signal.SIGSEGV)


def pause_once():
    time.sleep(1)


def keep_busy(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def spawn_holder():
    # The last argument is only there to be found by.
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", " ".join(sys.argv)])


def hold_stdout_and_leave():
    spawn_holder()
    sys.exit(0)


def component(name, kind, share, **more):
    return {"name": name, "kind": kind, "avg_us": 100 * share, "p50_us": 1, "p99_us": 2, "max_us": 3,
            "share_of_mean": share, "share_of_tail": 1 - share, **more}


# What a node may say of itself when asked for bench_stats: a tie, and checks that did not hold.
FIGURES = {
    "latency_us": {"avg": 100, "p50": 80, "p90": 90, "p99": 200, "p999": 300, "max": 400},
    "stages": [component("input", "wait", 0.25),
               component("parse", "service", 0.75, utilization=0.5, scv=1.5)],
    "bottleneck": {
        "throughput": "parse", "latency": "dispatch", "tail": "parse", "state": "input_limited",
        "confidence": {"throughput": 0.75, "latency": 0.96, "tail": 1},
        "tie": {"throughput": "serialize", "latency": None, "tail": None}, "headroom": 0.875,
        "explanation": "the node waits"},
    "checks": {"time_accounting": {"value": 0.5, "held": False},
               "partition": {"value": 0, "held": True}, "cpu": {"value": 0.25, "held": False}},
    "cpus": 1.0,
}

# What happens in place of the right reply, once.
FAULTS = {
    "none": lambda m: say(reply_to(m)),
    "exits": lambda m: sys.exit(7),
    "answers, then crashes": lambda m: [say(reply_to(m)), crash()],
    "crashes beside a child": lambda m: [spawn_holder(), crash()],
    "crashes": lambda m: crash(),
    "hangs": lambda m: hang(),
    "keeps silent": lambda m: None,
    "answers twice": lambda m: say(2 * reply_to(m)),
    "wrong payload": lambda m: say(reply_to(m, echo="other")),
    "wrong type": lambda m: say(reply_to(m, type="ok")),
    "wrong dest": lambda m: say(reply_to({**m, "src": "c99"})),
    "asks and waits": lambda m: send("lin-kv", type="read", key="k", msg_id=1),
    "tells a client": lambda m: [send("c1", type="hello"), say(reply_to(m))],
    "no json": lambda m: say("\x1b[31moops\n"),
    "to nobody": lambda m: say(reply_to(m) + reply_to(m, in_reply_to=5)),
    "blank line": lambda m: say("\n"),
    "endless line": lambda m: [say("x" * (1 << 20)) for _ in range(100)],
    "pauses": lambda m: [pause_once(), say(reply_to(m))],
    "holds stdout": lambda m: hold_stdout_and_leave(),
}
AT_THE_END = {
    "no last newline": lambda: say("{"),
    "fails at the end": lambda: sys.exit(3),
    "ignores the end": hang,
}


def main():
    fault = sys.argv[1]
    left = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    if fault == "ignores SIGTERM":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if fault == "floods stderr":
        sys.stderr.write("what a day\n" * 100_000)
    for line in sys.stdin:
        message = json.loads(line)
        if message["body"]["type"] == "init":
            if fault != "no init":
                say(reply_to(message))
        elif message["body"]["type"] == "bench_stats" and fault == "tells figures":
            say(reply_to(message, **FIGURES))
        elif message["body"]["type"] == "bench_stats":
            say(reply_to(message, type="error", code=10))
        elif fault == "all errors":
            say(reply_to(message, type="error", code=11))
        elif fault == "backwards":
            say("".join(reply_to(json.loads(one)) for one in reversed([line, next(sys.stdin)])))
        elif left == 0 and fault in FAULTS:
            FAULTS[fault](message)
            fault = "none"
        else:
            left -= 1
            if fault == "is slow":
                time.sleep(0.01)
            if fault == "gossips":
                send("n2", type="gossip", seen=[left])
                send("seq-kv", type="read", key="k", msg_id=left)
            if fault == "is busy":
                keep_busy(0.001)
            say(reply_to(message))
    if fault == "ignores SIGTERM":
        hang()
    AT_THE_END.get(fault, lambda: None)()


if __name__ == "__main__":
    main()
