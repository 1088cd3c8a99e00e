#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An echo node as somebody might write it, which keeps a journal of all that it was asked.

Every 500 messages it writes the whole journal anew: docs/INVESTIGATING.md finds that out.
With --append it writes what is new, and no more.
"""
import json
import sys
import tempfile

journal = []
written = 0
appends = "--append" in sys.argv


def save(file):
    global written
    if not appends:
        file.seek(0)
        file.truncate()
        written = 0
    for message in journal[written:]:
        file.write(json.dumps(message) + "\n")
    written = len(journal)
    file.flush()


def main():
    with tempfile.TemporaryFile("w", encoding="utf-8") as file:
        for line in sys.stdin:
            message = json.loads(line)
            body = message["body"]
            journal.append(message)
            if len(journal) % 500 == 0:
                save(file)
            reply = {**body, "type": body["type"] + "_ok", "in_reply_to": body["msg_id"]}
            if body["type"] not in ("init", "echo"):
                reply = {"type": "error", "code": 10, "in_reply_to": body["msg_id"]}
            print(json.dumps({"src": message["dest"], "dest": message["src"], "body": reply}),
                  flush=True)


if __name__ == "__main__":
    main()
