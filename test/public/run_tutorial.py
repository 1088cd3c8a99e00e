# SPDX-License-Identifier: MIT
"""Follows docs/TUTORIAL.md: the code it shows stands in the programs of docs/examples/tutorial, what
it puts into files is put there, and its commands print what it says that they print.

Usage: run_tutorial.py PAGE FOLDER_OF_SOURCES NARROWS STEP=PROGRAM...

A block says what it is behind its language: `cpp gossip.cpp` is all of that file, or lines of it,
and from there on the program is the one that is made of it; `json ids.in` is a file that the reader
writes; `console` has commands and what they print. What a `sh` block has is for the reader.
NARROWS_ACCEPT=1 writes what is printed into the page: read the diff before you keep it.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", flags=re.M | re.S)
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
VARIES = ("bench", "stats")  # commands with these words print figures


class Reader:
    """Has a project that `narrows new` wrote, in a folder of its own, and a program for each step."""

    def __init__(self, page, sources, narrows, programs):
        self.page, self.sources, self.narrows = page, sources, narrows
        self.programs = programs
        self.failures = []
        self.shown = set()

    def follow(self, text, folder):
        """The page as it should be."""
        self.folder = pathlib.Path(folder)
        (self.folder / "bin").mkdir()
        (self.folder / "bin/narrows").symlink_to(self.narrows)
        self.shell("narrows new glomers")
        self.folder = self.folder / "glomers"
        (self.folder / "build").mkdir()
        self.use("echo")
        return BLOCK.sub(self.block, text)

    def use(self, step):
        for name, program in (("glomers", step), ("glomers-test", f"test_{step}")):
            path = self.folder / "build" / name
            path.unlink(missing_ok=True)
            if program in self.programs:
                path.symlink_to(self.programs[program])
        self.shown.add(step)

    def block(self, match):
        language, file, text = match.groups()
        if language == "cpp":
            self.code(file, text)
        elif language == "json":
            (self.folder / file).write_text(text, encoding="utf-8")
        elif language == "console":
            return f"```console\n{self.console(text)}```"
        elif language != "sh":
            self.failures.append(f"what is a block of {language}?\n{text}")
        return match[0]

    def code(self, file, text):
        source = self.sources / file
        if not source.exists():
            written = self.folder / file  # by `narrows new`
            if not written.exists() or written.read_text(encoding="utf-8") != text:
                self.failures.append(f"this is not what `narrows new` writes to {file}:\n{text}")
            return
        if text not in source.read_text(encoding="utf-8"):
            self.failures.append(f"this is not in {source}:\n{text}")
        step = source.stem.removeprefix("test_")
        self.use(step)
        if step != source.stem:
            self.shell("build/glomers-test")
            self.shown.add(source.stem)

    def console(self, text):
        """What it is when the commands are run."""
        result = ""
        for command, expected in re.findall(r"^\$ (.*\n)((?:(?!\$ ).*\n)*)", text, flags=re.M):
            printed = self.shell(command)
            if not self.same(command, printed, expected):
                self.failures.append(
                    f"$ {command}prints\n{printed}instead of\n{expected}")
                expected = printed
            result += f"$ {command}{expected}"
        return result

    @staticmethod
    def same(command, printed, expected):
        if not any(word in command for word in VARIES):
            return printed == expected
        if "bench" in command.split():  # a table whose rows depend on what is found
            return Reader.rows(printed) == Reader.rows(expected)
        return NUMBER.sub("0", printed) == NUMBER.sub("0", expected)

    @staticmethod
    def rows(table):
        """What its upper part is about; a machine with other things to do makes a run invalid."""
        found = [line.split()[0] for line in table.split("\n\n")[0].splitlines()]
        return [row for row in found if row != "valid"]

    def shell(self, command):
        top = self.folder if (self.folder / "bin").exists() else self.folder.parent
        path = f"{top / 'bin'}:{os.environ['PATH']}"
        done = subprocess.run(["sh", "-c", command], cwd=self.folder, capture_output=True, text=True,
                              env={**os.environ, "PATH": path}, timeout=120, check=False,
                              stdin=subprocess.DEVNULL)
        is_invalid = done.returncode == 1 and "the load generator, not the node" in done.stderr
        if not is_invalid and (done.returncode != 0 or done.stderr):
            self.failures.append(f"$ {command}\nends with {done.returncode} and says {done.stderr}")
        return done.stdout


def main():
    page, sources, narrows, *programs = sys.argv[1:]
    page = pathlib.Path(page)
    text = page.read_text(encoding="utf-8")
    reader = Reader(page, pathlib.Path(sources), pathlib.Path(narrows).resolve(),
                    {name: pathlib.Path(path).resolve()
                     for name, path in (each.split("=", 1) for each in programs)})
    with tempfile.TemporaryDirectory() as folder:
        found = reader.follow(text, folder)
    for unseen in set(reader.programs) - reader.shown:
        reader.failures.append(f"{unseen} is nowhere on the page")
    if os.environ.get("NARROWS_ACCEPT") == "1":
        page.write_text(found, encoding="utf-8")
    if reader.failures:
        sys.exit("\n\n".join(reader.failures))


main()
