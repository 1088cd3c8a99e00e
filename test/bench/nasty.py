# SPDX-License-Identifier: MIT
"""Lines that are meant to be expensive: each shape makes a line of about so many bytes.

A shape is a function of a line's number and its size in bytes, newline included. Some shapes keep to
a size of their own (small lines); SMALL names them: they are judged by the line, not by the byte.
"""

import generate

DEEPEST = 400  # below the node's default of 512, as the line and its body are levels, too


def _request(inside):
    """A line whose body holds `inside`, its members' text, beside its type."""
    return b'{"src":"c1","dest":"n1","body":{"type":"echo","msg_id":1,%b}}\n' % inside


AROUND = len(_request(b""))


def _filled(size, around, piece):
    """As many pieces as a line of `size` bytes has room for, the last one without its comma."""
    room = size - AROUND - len(around % b"")
    return _request(around % (piece * max(room // len(piece), 1)).rstrip(b","))


def _repeated(around, piece):
    return lambda _number, size: _filled(size, around, piece)


def _nested(opening, inside, closing):
    def make(_number, size):
        pairs = (size - AROUND - 10) // (len(opening) + len(closing) + 1)
        towers = []
        while pairs > 0:
            height = min(pairs, DEEPEST)
            towers.append(opening * height + inside + closing * height)
            pairs -= height
        return _request(b'"echo":[%b]' % b",".join(towers))
    return make


def _numbered(around, form):
    """Pieces that differ: `form` % a number."""
    def make(_number, size):
        room = size - AROUND - len(around % b"")
        count = max(room // len(form % 100000), 1)
        return _request(around % b",".join(form % (100000 + i) for i in range(count)))
    return make


def _unterminated(_number, size):
    return b'{"src":"c1","dest":"n1","body":{"type":"echo","msg_id":1,"echo":"%b\n' % (
        b"x" * (size - AROUND - 10))


def _garbage(_number, size):
    return b"\xff\x80{[" * ((size - 1) // 4) + b"\n"


def _too_deep(_number, size):
    return b'{"src":"c1","body":' + b"[" * (size - 20) + b"\n"


def _broken_late(_number, size):
    """Valid but for its last value."""
    return _filled(size, b'"echo":[%b', b"[],")[:-3] + b",nul]}}\n"


def _nul(_number, size):
    return b"\0" * (size - 1) + b"\n"


ESCAPES = rb"\"\\\/\b\n\u0041\ud83d\ude00"

LONG = {
    "plain echo": generate.echo,
    "many numbers": _repeated(b'"echo":[%b]', b"1,"),
    "many fractions": _repeated(b'"echo":[%b]', b"-1.5e-7,"),
    "one long number": _repeated(b'"echo":%b', b"7"),
    "long numbers": _repeated(b'"echo":[%b]', b"123456789012345678901234567890.5,"),
    "many keys in the body": _repeated(b"%b", b'"a":1,'),
    "many keys in the body, all other": _numbered(b"%b", b'"k%d":1'),
    "many keys within": _numbered(b'"echo":{%b}', b'"k%d":1'),
    "one key again and again": _repeated(b'"echo":{%b}', b'"a":1,'),
    "empty keys": _repeated(b'"echo":{%b}', b'"":0,'),
    "echo again and again": _repeated(b"%b", b'"echo":1,'),
    "in_reply_to again and again": _repeated(b"%b", b'"in_reply_to":null,'),
    "escaped keys in the body": _repeated(b"%b", rb'"\u0061":1,'),
    "known keys in disguise": _repeated(b"%b", rb'"ech\u006f":1,'),
    "nested arrays": _nested(b"[", b"", b"]"),
    "nested objects": _nested(b'{"":', b"0", b"}"),
    "empty arrays": _repeated(b'"echo":[%b]', b"[],"),
    "empty objects": _repeated(b'"echo":[%b]', b"{},"),
    "empty strings": _repeated(b'"echo":[%b]', b'"",'),
    "short strings": _repeated(b'"echo":[%b]', b'"abcdefgh",'),
    "literals": _repeated(b'"echo":[%b]', b"true,false,null,"),
    "whitespace": _repeated(b'"echo":[%b1]', b" "),
    "tabs and returns": _repeated(b'"echo":[%b1]', b"\t\r"),
    "whitespace around values": _repeated(b'"echo":[%b]', b" 1 ,"),
    "escapes": _repeated(b'"echo":"%b"', ESCAPES),
    "backslashes": _repeated(b'"echo":"%b"', rb"\\"),
    "surrogate pairs": _repeated(b'"echo":"%b"', rb"\ud83d\ude00"),
    "two-byte characters": _repeated(b'"echo":"%b"', "é".encode()),
    "three-byte characters": _repeated(b'"echo":"%b"', "語".encode()),
    "four-byte characters": _repeated(b'"echo":"%b"', "😀".encode()),
    "every other one not ASCII": _repeated(b'"echo":"%b"', "aé".encode()),
    "an escape every sixteen bytes": _repeated(b'"echo":"%b"', rb"abcdefghijklmn\n"),
    "a long key": _repeated(b'"%b":1', b"k"),
    "a long type": lambda number, size: b'{"src":"c1","dest":"n1","body":{"type":"%b"}}\n' % (
        b"t" * (size - 48)),
    "a long src": lambda number, size: b'{"src":"%b","dest":"n1","body":{"type":"echo"}}\n' % (
        b"s" * (size - 50)),
    "no end of a string": _unterminated,
    "garbage": _garbage,
    "too deep": _too_deep,
    "broken in the end": _broken_late,
    "NUL bytes": _nul,
}

SMALL = {
    "plain echo of 96 bytes": lambda number: generate.echo(number, 96),
    "empty lines": lambda _: b"\n",
    "one byte": lambda _: b"x\n",
    "empty objects": lambda _: b"{}\n",
    "only src": lambda _: b'{"src":"c1"}\n',
    "no type": lambda _: b'{"src":"c1","body":{}}\n',
    "a type each": lambda number: b'{"src":"c1","dest":"n1","body":{"type":"t%d","msg_id":%d}}\n' % (
        number, number),
    "a source each": lambda number: b'{"src":"c%d","dest":"n1","body":{"type":"echo","echo":1}}\n' % (
        number),
    "a key each": lambda number: b'{"src":"c1","dest":"n1","body":{"type":"echo","k%d":1}}\n' % number,
    "in_reply_to": lambda number: b'{"src":"c1","dest":"n1","body":{"type":"x","in_reply_to":%d}}\n' % (
        number),
}
