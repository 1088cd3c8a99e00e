# SPDX-License-Identifier: MIT
"""Text that attacks whoever shows it, and what may be shown of it."""
import unicodedata

# A terminal: colours, its title, a report that it types itself, C1 controls. A reader: text from
# right to left, of no width, behind a line's end, tags. A page, a shell, a table of cells.
TERMINAL = "\x1b[31m\x1b]0;owned\x07\x1b[6n\x9b31m\x85\x7f\b\r\0"
READER = "\u202e\u2066\u200b\u200f\u2028\u2029\ufeff\xad\u061c\ufff9\u3164\ufe0f\U000e0041"
PAGE = ("</script><script>document.documentElement.dataset.owned=1;alert(1)</script>"
        "<img src=x onerror=document.documentElement.dataset.owned=1>&lt;\"'")
SHELL = "=cmd|'/C calc'!A0;`touch owned`$(touch owned)"
ALL = TERMINAL + READER + PAGE + SHELL
EACH = {"terminal": TERMINAL, "reader": READER, "page": PAGE, "shell": SHELL}
NO_UTF8 = b"\x9b31m\xff\xc0\x80\xed\xa0\x80\x1b[31m"

# Of the format characters those that can be seen: Arabic number signs and the like.
SEEN_FORMATS = set("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2"
                   "\U000110bd\U000110cd")
# Of no width, though letters or marks.
BLANK = set("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0"
            ) | {chr(code) for code in range(0xfe00, 0xfe10)}


def is_unseen(character):
    category = unicodedata.category(character)
    return (category in ("Cc", "Zl", "Zp") and character != "\n"
            or category == "Cf" and character not in SEEN_FORMATS
            or character in BLANK)


def unseen_in(data):
    """What of it could control a terminal or mislead a reader; it is UTF-8, or that fails."""
    return sorted({f"U+{ord(one):04X}" for one in data.decode("utf-8") if is_unseen(one)})
