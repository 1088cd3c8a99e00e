# SPDX-License-Identifier: MIT
"""Bad lines by the end that they must come to. A request's msg_id is 7 wherever it has one."""
from messages import echo, request


def _line(text):
    return text.rstrip(b"\n")


def _envelope(text):
    """A message with `text` in the place of `"src":"c1"`."""
    return _line(echo(7)).replace(b'"src":"c1"', text)


def _payload(value):
    return _line(echo(7, value))


def _body(members):
    return _line(request(members))


def _msg_id(value):
    return _body(b'"type":"echo","echo":"hi","msg_id":%s' % value)


BLANK = {
    "an empty line": b"",
    "spaces": b"   ",
    "tabs": b"\t\t",
    "a carriage return": b"\r",
    "a mixture": b" \t \r",
}

# Nothing on stdout, malformed_lines.
MALFORMED_LINES = {
    "an opening brace": b"{",
    "an opening brace and CRLF": b"{\r",
    "a closing brace": b"}",
    "an array": b"[]",
    "an array of a message": b"[" + _line(echo(7)) + b"]",
    "null": b"null",
    "a string": b'"x"',
    "a number": b"12",
    "a literal": b"true",
    "a word": b"hello",
    "an object without members": b"{}",
    "trailing garbage": _line(echo(7)) + b"x",
    "a trailing brace": _line(echo(7)) + b"}",
    "a trailing comma": _line(echo(7)) + b",",
    "two messages on a line": _line(echo(7)) * 2,
    "two messages with a space": _line(echo(7)) + b" " + _line(echo(8)),
    "half of a message": _line(echo(7))[:40],
    "a message without its last brace": _line(echo(7))[:-1],
    "a carriage return and more": _line(echo(7)) + b"\rx",

    "no src": _line(echo(7)).replace(b'"src":"c1",', b""),
    "src a number": _envelope(b'"src":1'),
    "src null": _envelope(b'"src":null'),
    "src an object": _envelope(b'"src":{"a":"c1"}'),
    "src an array": _envelope(b'"src":["c1"]'),
    "src empty": _envelope(b'"src":""'),
    "src twice": _envelope(b'"src":"c1","src":"c1"'),
    "src twice, once escaped": _envelope(rb'"src":"c1","sr\u0063":"c1"'),
    "src twice, the second a number": _envelope(b'"src":"c1","src":1'),
    "src twice, the first a number": _envelope(b'"src":1,"src":"c1"'),
    "body twice": _line(echo(7)).replace(b'"body":', b'"body":{},"body":'),
    "body twice, the second no object": _line(echo(7))[:-1] + b',"body":1}',
    "body twice, the first no object": _line(echo(7)).replace(b'"body":', b'"body":1,"body":'),
    "msg_id twice": _body(b'"type":"echo","msg_id":7,"echo":"hi","msg_id":7'),
    "msg_id twice, once escaped": _body(rb'"type":"echo","msg_id":7,"echo":1,"m\u0073g_id":7'),
    "msg_id twice, in a reply": _body(b'"type":"echo","msg_id":7,"in_reply_to":1,"msg_id":7'),

    "msg_id a string": _msg_id(b'"7"'),
    "msg_id null": _msg_id(b"null"),
    "msg_id true": _msg_id(b"true"),
    "msg_id an array": _msg_id(b"[7]"),
    "msg_id an object": _msg_id(b'{"msg_id":7}'),
    "msg_id a fraction": _msg_id(b"7.5"),
    "msg_id a float": _msg_id(b"1.0"),
    "msg_id with an exponent": _msg_id(b"1e3"),
    "msg_id negative": _msg_id(b"-1"),
    "msg_id minus zero": _msg_id(b"-0"),
    "msg_id 2^63": _msg_id(b"9223372036854775808"),
    "msg_id 2^64": _msg_id(b"18446744073709551616"),
    "msg_id 2^64 + 7": _msg_id(b"18446744073709551623"),
    "msg_id of 30 digits": _msg_id(b"1" * 30),
    "msg_id 1e400": _msg_id(b"1e400"),
    "msg_id the first crashing number": _msg_id(b"128.74836467836484838364836483643636483648e-336"),
    "msg_id the second crashing number": _msg_id(b"1.00000000000e-2147483639"),
    "msg_id with a leading zero": _msg_id(b"07"),

    "a comment": _payload(b"/* no */1"),
    "single quotes": _payload(b"'hi'"),
    "a bare word": _payload(b"hi"),
    "a bare key": _payload(b"{a:1}"),
    "no value": _payload(b""),
    "no colon": _payload(b'{"a" 1}'),
    "no comma": _payload(b'{"a":1 "b":2}'),
    "a comma before a brace": _payload(b'{"a":1,}'),
    "a comma before a bracket": _payload(b"[1,]"),
    "a comma after a bracket": _payload(b"[,1]"),
    "a wrong bracket": _payload(b"[1}"),
    "a colon in an array": _payload(b"[1:2]"),
    "NaN": _payload(b"NaN"),
    "Infinity": _payload(b"Infinity"),
    "minus Infinity": _payload(b"-Infinity"),
    "True": _payload(b"True"),
    "nul": _payload(b"nul"),
    "a plus sign": _payload(b"+1"),
    "a leading point": _payload(b".5"),
    "a final point": _payload(b"1."),
    "a point and an exponent": _payload(b"1.e1"),
    "an exponent without digits": _payload(b"1e"),
    "an exponent of a sign": _payload(b"1e+"),
    "a leading zero": _payload(b"01"),
    "a negative leading zero": _payload(b"-01"),
    "a hexadecimal number": _payload(b"0x10"),
    "a minus sign": _payload(b"-"),
    "a form feed between tokens": _payload(b"\f1"),
    "a vertical tab between tokens": _payload(b"\v1"),
    "a no-break space between tokens": _payload(b"\xc2\xa01"),
    "an unterminated string": _payload(b'"hi'),
    "an unknown escape": _payload(rb'"\x41"'),
    "an escaped apostrophe": _payload(rb'"\'"'),
    "an escaped quote at the end": _payload(b'"hi\\"'),
    "a short unicode escape": _payload(rb'"\u12"'),
    "a unicode escape without hex": _payload(rb'"\u12g4"'),
    "a unicode escape with a sign": _payload(rb'"\u+123"'),

    "a tab in a string": _payload(b'"a\tb"'),
    "an escape character in a string": _payload(b'"a\x1bb"'),
    "a carriage return in a string": _payload(b'"a\rb"'),
    "0x1f in a string": _payload(b'"\x1f"'),
    "0x01 in a key": _payload(b'{"\x01":1}'),
    "a control character in src": _envelope(b'"src":"c\x021"'),

    "NUL alone": b"\x00",
    "NUL in front": b"\x00" + _line(echo(7)),
    "NUL behind": _line(echo(7)) + b"\x00",
    "NUL behind and more": _line(echo(7)) + b"\x00garbage",
    "NUL in a string": _payload(b'"a\x00b"'),
    "NUL in a key": _payload(b'{"\x00":1}'),
    "NUL between tokens": _payload(b"\x001"),
    "NUL for spaces": b" \x00 ",
    "a byte-order mark": b"\xef\xbb\xbf" + _line(echo(7)),
    "a byte-order mark alone": b"\xef\xbb\xbf",
    "a UTF-16 byte-order mark": b"\xff\xfe" + _line(echo(7)),
    "UTF-16": _line(echo(7)).decode().encode("utf-16-le"),

    "an escaped high surrogate alone": _payload(rb'"\ud800"'),
    "an escaped low surrogate alone": _payload(rb'"\udc00"'),
    "two high surrogates": _payload(rb'"\ud800\ud800"'),
    "a high surrogate and a letter": _payload(rb'"\ud800x"'),
    "a high surrogate and another escape": _payload(rb'"\ud800\n"'),
    "a high surrogate and another character": _payload(rb'"\uDBFF\u0041"'),
    "a pair and a low surrogate": _payload(rb'"\ud83d\ude00\udfff"'),
    "a high surrogate in a payload's key": _payload(rb'{"\ud800":1}'),
    "a low surrogate in a payload's key": _payload(rb'{"\udc00":1}'),
    "a low surrogate deep in a payload": _payload(rb'[[{"a":["\uDFFF"]}]]'),
    "a low surrogate in a body's key": _body(rb'"\udc00":1,"type":"echo","msg_id":7,"echo":1'),
    "a high surrogate in an envelope's key": _envelope(rb'"\ud800":1,"src":"c1"'),
    "a low surrogate in src": _envelope(rb'"src":"c\udc00"'),
    "a low surrogate in type": _body(rb'"type":"echo\udc00","msg_id":7'),
}

INVALID_UTF8 = {
    "a continuation alone": b"\x80",
    "0xff": b"\xff",
    "an overlong slash": b"\xc0\xaf",
    "an overlong NUL": b"\xc0\x80",
    "three bytes overlong": b"\xe0\x80\xaf",
    "four bytes overlong": b"\xf0\x80\x80\xaf",
    "a surrogate": b"\xed\xa0\x80",
    "a pair of surrogates": b"\xed\xa0\xbd\xed\xb8\x80",
    "beyond U+10FFFF": b"\xf4\x90\x80\x80",
    "0xf5": b"\xf5\x80\x80\x80",
    "two of three bytes": b"\xe2\x82",
    "three of four bytes": b"\xf0\x9f\x98",
    "a lead byte and a letter": b"\xc3a",
    "a lead byte alone": b"\xc3",
}
for _name, _bytes in INVALID_UTF8.items():
    MALFORMED_LINES[f"UTF-8: {_name} in a value"] = _payload(b'"a' + _bytes + b'"')
    MALFORMED_LINES[f"UTF-8: {_name} in a key"] = _payload(b'{"' + _bytes + b'":1}')
MALFORMED_LINES["UTF-8: 0xff in src"] = _envelope(b'"src":"c\xff"')
MALFORMED_LINES["UTF-8: 0xff between tokens"] = _payload(b"\xff1")
MALFORMED_LINES["UTF-8: 0xff far behind"] = _payload(b'"' + b"x" * 70_000 + b'\xff"')

_DEEP = 100_000
MALFORMED_LINES["arrays 100,000 deep"] = _payload(b"[" * _DEEP + b"]" * _DEEP)
MALFORMED_LINES["arrays 100,000 deep, never closed"] = _payload(b"[" * _DEEP)
MALFORMED_LINES["objects 100,000 deep"] = _payload(b'{"a":' * _DEEP + b"1" + b"}" * _DEEP)
MALFORMED_LINES["100,000 deep beside the body"] = _envelope(
    b'"deep":' + b"[" * _DEEP + b"]" * _DEEP + b',"src":"c1"')
MALFORMED_LINES["100,000 deep and no object"] = b"[" * _DEEP
MALFORMED_LINES["513 deep"] = _payload(b"[" * 513 + b"]" * 513)

# Error 12 and malformed_requests.
MALFORMED_REQUESTS = {
    "no type": _body(b'"msg_id":7,"echo":"hi"'),
    "a body of msg_id alone": _body(b'"msg_id":7'),
    "type a number": _body(b'"type":1,"msg_id":7'),
    "type null": _body(b'"type":null,"msg_id":7'),
    "type an object": _body(b'"type":{"a":"echo"},"msg_id":7'),
    "type an array": _body(b'"type":["echo"],"msg_id":7'),
    "type twice": _body(b'"type":"echo","type":"echo","msg_id":7,"echo":1'),
    "type twice, once escaped": _body(rb'"type":"echo","t\u0079pe":"echo","msg_id":7,"echo":1'),
    "type twice, the second a number": _body(b'"type":"echo","msg_id":7,"echo":1,"type":1'),
    "dest twice": _line(echo(7)).replace(b'"dest":"n1"', b'"dest":"n1","dest":"n1"'),
    "dest twice, the second a number": _line(echo(7)).replace(b'"dest":"n1"',
                                                              b'"dest":"n1","dest":1'),
    "dest twice, around the body": _line(echo(7))[:-1] + b',"dest":"n1"}',
    "in_reply_to twice": _body(
        b'"type":"echo","msg_id":7,"echo":1,"in_reply_to":1,"in_reply_to":1'),
    "in_reply_to null twice": _body(
        b'"type":"echo","msg_id":7,"echo":1,"in_reply_to":null,"in_reply_to":null'),
    "in_reply_to, then null": _body(
        b'"type":"echo","msg_id":7,"echo":1,"in_reply_to":1,"in_reply_to":null'),
    "init without node_id": _body(b'"type":"init","msg_id":7,"node_ids":["n1"]'),
    "init without node_ids": _body(b'"type":"init","msg_id":7,"node_id":"n1"'),
    "init whose node_id is empty": _body(b'"type":"init","msg_id":7,"node_id":"","node_ids":[]'),
    "init whose node_id is a number": _body(
        b'"type":"init","msg_id":7,"node_id":1,"node_ids":["n1"]'),
    "init whose node_ids is a string": _body(
        b'"type":"init","msg_id":7,"node_id":"n1","node_ids":"n1"'),
    "init whose node_ids is an object": _body(
        b'"type":"init","msg_id":7,"node_id":"n1","node_ids":{"n1":1}'),
    "init whose node_ids has a number": _body(
        b'"type":"init","msg_id":7,"node_id":"n1","node_ids":["n1",2]'),
    "init whose node_ids has an array": _body(
        b'"type":"init","msg_id":7,"node_id":"n1","node_ids":["n1",["n2"]]'),
    "bench_stats whose reset is a string": _body(b'"type":"bench_stats","msg_id":7,"reset":"yes"'),
    "bench_stats whose reset is a number": _body(b'"type":"bench_stats","msg_id":7,"reset":1'),
    "bench_stats whose reset is null": _body(b'"type":"bench_stats","msg_id":7,"reset":null'),
    "bench_stats whose reset is an object": _body(b'"type":"bench_stats","msg_id":7,"reset":{}'),
    "bench_stats of an unknown detail": _body(b'"type":"bench_stats","msg_id":7,"detail":"more"'),
    "bench_stats whose detail is true": _body(b'"type":"bench_stats","msg_id":7,"detail":true'),
}

# Nothing on stdout, and malformed_requests.
SILENT_MALFORMED_REQUESTS = {
    "no body": b'{"src":"c1","dest":"n1"}',
    "no body, and a msg_id beside it": b'{"src":"c1","dest":"n1","msg_id":7,"type":"echo"}',
    "body null": b'{"src":"c1","dest":"n1","body":null}',
    "body a string": b'{"src":"c1","dest":"n1","body":"{}"}',
    "body a number": b'{"src":"c1","dest":"n1","body":7}',
    "body an array": b'{"src":"c1","dest":"n1","body":[{"type":"echo","msg_id":7}]}',
    "an empty body": b'{"src":"c1","dest":"n1","body":{}}',
    "no type, no msg_id": _body(b'"echo":"hi"'),
    "type twice, no msg_id": _body(b'"type":"echo","type":"echo"'),
}

UNKNOWN_TYPES = {
    "an unknown type": _body(b'"type":"nope","msg_id":7'),
    "a type that only begins like echo": _body(b'"type":"echo2","msg_id":7,"echo":1'),
    "a reply's type": _body(b'"type":"echo_ok","msg_id":7,"echo":1'),
    "a type with an escaped NUL behind": _body(rb'"type":"echo\u0000","msg_id":7,"echo":1'),
    "another case": _body(b'"type":"Echo","msg_id":7,"echo":1'),
}

INIT_CONFLICTS = {
    "init for another node": _body(b'"type":"init","msg_id":7,"node_id":"n2","node_ids":["n2"]'),
}

HANDLER_ERRORS = {
    "echo without echo": _body(b'"type":"echo","msg_id":7'),
    "bench_echo without echo": _body(b'"type":"bench_echo","msg_id":7,"other":1'),
}
