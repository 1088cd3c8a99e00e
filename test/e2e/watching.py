# SPDX-License-Identifier: MIT
"""What the tests of `narrows top` have in common: profiles to look at, and nodes to watch."""
import json
import math
import os
import sys
import threading

import harness


def component(name, kind, avg, share, **more):
    return {"name": name, "kind": kind, "avg_us": avg, "p50_us": avg, "p99_us": 2 * avg,
            "max_us": 9 * avg, "share_of_mean": share, "share_of_tail": share, **more}


def shares(busy, blocked, idle):
    return {"scv": 0.5, "utilization": busy, "blocked": blocked, "idle": idle, "unaccounted": 0.002}


def figures(window="last", **changes):
    """The body of a bench_stats_ok that has everything."""
    return {
        "type": "bench_stats_ok", "total_messages": 48213, "elapsed_ms": 1000,
        "throughput_per_sec": 48213.0, "avg_latency_us": 1042, "p99_latency_us": 2105,
        "window": window,
        "latency_us": {"avg": 1042.1, "p50": 990, "p90": 1511, "p99": 2105.4, "p999": 4188,
                       "max": 5837.1},
        "stages": [
            component("input", "wait", 0.026, 0.00002),
            component("parse", "service", 0.126, 0.0001, **shares(0.041, 0, 0.957)),
            component("dispatch_queue", "wait", 946.9, 0.909),
            component("dispatch", "service", 20.4, 0.02, **shares(0.97, 0.01, 0.018)),
            component("serialize_queue", "wait", 71.4, 0.0686),
            component("serialize", "service", 0.131, 0.0001, **shares(0.062, 0, 0.936)),
            component("output", "wait", 3.0, 0.003)],
        "bottleneck": {
            "throughput": "dispatch", "latency": "dispatch", "tail": "dispatch",
            "state": "saturated", "headroom": 0.02,
            "confidence": {"throughput": 1.0, "latency": 0.99, "tail": 0.83},
            "tie": {"throughput": None, "latency": None, "tail": "serialize"},
            "explanation": "dispatch is busy 97 % of the time; the pipeline cannot go beyond "
                           "49.7 k/s until dispatch is faster"},
        "checks": {"time_accounting": {"value": 0.004, "held": True},
                   "partition": {"value": 0, "held": True}, "cpu": {"value": None, "held": True}},
        "cpus": 2.0, "errors": {"malformed_lines": 0}, "blocked_ms": 0, "by_type": {},
        "overhead": {"timestamp_ns": 12.0, "clock": "tsc"}, **changes}


def windows():
    return [{"end_s": 100 + i / 4, "seconds": 0.25,
             "messages": int(10_000 + 2_000 * math.sin(i / 15)),
             "avg_us": 900 + 300 * math.sin(i / 15), "wait_us": [1] * 4, "service_us": [1] * 3,
             "busy": [0.04, 0.97, 0.06], "blocked": [0] * 3, "idle": [0.95, 0.02, 0.93]}
            for i in range(240)]


def profile(**changes):
    """The file of a node that has everything."""
    return {**figures("all", **changes), "last": figures(**changes), "windows": windows()}


def write(path, content):
    """As a node does: the file is whole at every moment."""
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(content if isinstance(content, str) else json.dumps(content))
    os.rename(path + ".new", path)


class Rewritten:
    """A profile that is written again and again, as that of a node to which messages flow."""

    def __init__(self, case, path, content):
        self.path = path
        self.content = content
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self.run)
        write(path, content)
        self.thread.start()
        case.addCleanup(self.end)

    def run(self):
        while not self.ends.wait(0.25):
            write(self.path, self.content)

    def end(self):
        self.ends.set()
        self.thread.join()


# A node that knows windows, and holds whoever asks to what was agreed.
NODE_WITH_WINDOWS = r"""
import json, sys
figures = json.loads(sys.argv[1])
asked = 0
for line in sys.stdin:
    m = json.loads(line)
    b = m["body"]
    r = {"type": b["type"] + "_ok", "in_reply_to": b["msg_id"]}
    if b["type"] == "bench_stats":
        asked += 1
        assert b.get("window", "all") in ("all", "last"), line
        assert asked > 1 or "window" not in b, "windows are not known to be known"
        r = {**r, **figures, "window": b.get("window", "all")}
        if r["window"] == "last":
            r["throughput_per_sec"] = 31337
    if "echo" in b:
        r["echo"] = b["echo"]
    print(json.dumps({"src": "n1", "dest": m["src"], "body": r}), flush=True)
"""


def node_with_windows(**changes):
    return [sys.executable, "-B", "-c", NODE_WITH_WINDOWS, json.dumps(figures(**changes))]


# A node that ends at what it does not know, as many do.
NODE_THAT_DIES = r"""
import json, sys
for line in sys.stdin:
    m = json.loads(line)
    b = m["body"]
    if b["type"] not in ("init", "echo"):
        raise RuntimeError("what is " + b["type"] + "?")
    r = {"type": b["type"] + "_ok", "in_reply_to": b["msg_id"]}
    if "echo" in b:
        r["echo"] = b["echo"]
    print(json.dumps({"src": "n1", "dest": m["src"], "body": r}), flush=True)
"""


def node_that_dies():
    return [sys.executable, "-B", "-c", NODE_THAT_DIES]


def age(path, seconds):
    """Makes a file so old."""
    then = os.stat(path).st_mtime - seconds
    os.utime(path, (then, then))


def blocked_node(case, path):
    """A node of ours whose stdout nobody reads, flooded until it takes no more."""
    import fcntl
    from messages import echoes
    ends = harness.stdout_pipe()
    fcntl.fcntl(ends.ours, fcntl.F_SETPIPE_SZ, harness.MIB)
    node = harness.Node(f"--profile-out={path}", reading=False, stdout=ends)
    case.addCleanup(node.kill)
    node.offer(echoes(250_000), quiet_s=0.5)
    return node
