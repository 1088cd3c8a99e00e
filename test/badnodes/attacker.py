#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An echo node that attacks whoever shows what it says, or is right and only says so in figures.

Usage: attacker.py KIND TEXT, where TEXT is a JSON string, so that it may hold a NUL
KINDS: "figures", or of every second reply "type", "dest", "payload", "error", "key" or "no json"
"""
import json
import sys

import badnode


def figures_of(text):
    """bench_stats with the text for every name."""
    stage = dict(badnode.component(text, text, 0.5), utilization=0.5, scv=1)
    names = {"throughput": text, "latency": text, "tail": text}
    sure = dict.fromkeys(names, 0.5)
    return {**badnode.FIGURES, "stages": [stage, stage],
            "bottleneck": {**names, "tie": names, "confidence": sure, "state": text,
                           "headroom": 1e300, "explanation": text},
            "checks": {text: {"value": 1e300, "held": False}},
            "errors": {text: 1e300}, "window": text, "by_type": {text: {"count": 1}}}


def reply_to(message, **changes):
    """Its text not as JSON escapes, but as the characters themselves, as far as JSON can have them."""
    reply = json.loads(badnode.reply_to(message, **changes))
    return json.dumps(reply, ensure_ascii=False) + "\n"


ATTACKS = {
    "type": lambda m, text: reply_to(m, type=text),
    "dest": lambda m, text: reply_to({**m, "src": text}),
    "payload": lambda m, text: reply_to(m, echo=text),
    "error": lambda m, text: reply_to(m, type="error", code=2**62, text=text),
    "key": lambda m, text: reply_to(m, **{text: text, "echo": None}),
    "no json": lambda m, text: text.replace("\n", "") + "\n",
}


def main(kind, text):
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    for count, line in enumerate(sys.stdin):
        message = json.loads(line)
        if message["body"]["type"] == "bench_stats":
            badnode.say(reply_to(message, **figures_of(text)))
        elif count % 2 == 0 or kind == "figures":
            badnode.say(badnode.reply_to(message))
        else:
            badnode.say(ATTACKS[kind](message, text))


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
