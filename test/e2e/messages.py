# SPDX-License-Identifier: MIT
"""The requests that the tests send, and the replies that they expect."""
import json
import re

INIT = (b'{"src":"c0","dest":"n1","body":'
        b'{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}}\n')
INIT_OK = b'{"src": "n1", "dest": "c0", "body": {"type": "init_ok", "in_reply_to": 1, "msg_id": 0}}'


def request(body):
    """A request from c1 with the members of `body` (no braces)."""
    return b'{"src":"c1","dest":"n1","body":{%s}}\n' % body


def echo(msg_id, payload=b'"hi"'):
    return request(b'"type":"echo","msg_id":%d,"echo":%s' % (msg_id, payload))


def echo_ok(in_reply_to, msg_id, payload=b'"hi"'):
    return (b'{"src": "n1", "dest": "c1", "body": {"type": "echo_ok", "echo": %s, '
            b'"in_reply_to": %d, "msg_id": %d}}' % (payload, in_reply_to, msg_id))


def error(code, in_reply_to, msg_id, src=b"n1", dest=b"c1"):
    """What an error reply must match; its text is free, but not empty."""
    head = b'{"src": "%s", "dest": "%s", "body": {"type": "error", "code": %d, "text": ' % (
        src, dest, code)
    tail = b', "in_reply_to": %d, "msg_id": %d}}' % (in_reply_to, msg_id)
    return re.compile(re.escape(head) + rb'"(?:[^"\\]|\\.)+"' + re.escape(tail))


def stats(msg_id, options=b""):
    """A bench_stats request; options such as b'"reset":true'."""
    return request(b'"type":"bench_stats","msg_id":%d%s' % (msg_id, options and b"," + options))


def stats_body(line):
    """The body of a bench_stats_ok line."""
    body = json.loads(line)["body"]
    assert body["type"] == "bench_stats_ok", line
    return body


def echoes(count, payload=b'"hi"'):
    """The input of one init and `count` echoes, msg_id 2 and up."""
    return INIT + b"".join(echo(2 + i, payload) for i in range(count))


def echoes_ok(count, payload=b'"hi"'):
    """The whole output for echoes(count)."""
    replies = [echo_ok(2 + i, 1 + i, payload) for i in range(count)]
    return b"".join(line + b"\n" for line in [INIT_OK] + replies)
