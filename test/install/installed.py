# SPDX-License-Identifier: MIT
"""What the tests of the installed library have in common: an installed copy, which was moved from
where it was configured to be; the commands of docs/INSTALL.md; and a node to be asked.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

SOURCE = BUILD = None  # set by main()
PATIENCE_S = 900  # the longest compiles the library
INIT = '{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}}\n'
ECHO = '{"src":"c1","dest":"n1","body":{"type":"echo","msg_id":2,"echo":"hello there"}}\n'
ANSWERS = [
    {"src": "n1", "dest": "c0", "body": {"type": "init_ok", "in_reply_to": 1, "msg_id": 0}},
    {"src": "n1", "dest": "c1",
     "body": {"type": "echo_ok", "echo": "hello there", "in_reply_to": 2, "msg_id": 1}},
]


def run(command, **more):
    """Runs a command, or lines of shell; what it printed. A failure says all that it said."""
    argv = ["sh", "-ec", command] if isinstance(command, str) else command
    with subprocess.Popen(argv, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, start_new_session=True, **more) as process:
        try:
            printed, said = process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # what it started, too
            process.communicate()
            raise AssertionError(f"{command} is not done within {PATIENCE_S} s") from None
    if process.returncode != 0:
        raise AssertionError(
            f"{command} ended with status {process.returncode}\n{printed}{said}")
    return printed


def blocks(file, heading, language):
    """The fenced blocks of a language below a heading of a Markdown file."""
    text = (SOURCE / file).read_text(encoding="utf-8")
    section = re.split(r"^#+ ", text.split(f"# {heading}\n", 1)[1], maxsplit=1, flags=re.M)[0]
    return re.findall(rf"^```{language}\n(.*?)^```$", section, flags=re.M | re.S)


def programs():
    """The C++ of the README."""
    text = (SOURCE / "README.md").read_text(encoding="utf-8")
    return re.findall(r"^```cpp\n(.*?)^```$", text, flags=re.M | re.S)


def first_program():
    return programs()[0]


class Installed(unittest.TestCase):
    """Has an installed copy at `prefix`, an environment that finds it, and a folder to work in."""
    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        cls.top = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.top)
        run(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet",
             "--destdir", cls.top / "staged"])
        options = {option["name"]: option["value"] for option in
                   json.loads(run(["meson", "introspect", "--buildoptions", BUILD]))}
        cls.prefix = cls.top / "moved"
        os.rename(cls.top / "staged" / options["prefix"].lstrip("/"), cls.prefix)
        cls.libdir = cls.prefix / options["libdir"]
        cls.environment = {
            **os.environ, "PKG_CONFIG_PATH": str(cls.libdir / "pkgconfig"),
            "CMAKE_PREFIX_PATH": str(cls.prefix),
            "PATH": f"{cls.prefix / options['bindir']}:{os.environ['PATH']}"}
        cls.environment.pop("LD_LIBRARY_PATH", None)
        cls.environment.pop("DESTDIR", None)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=self.top))

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def shell(self, commands, folder=None, **environment):
        return run(commands, cwd=folder or self.folder, env={**self.environment, **environment})

    def assert_answers(self, program, **environment):
        """The README's program, over real pipes."""
        node = subprocess.run([self.folder / program], input=INIT + ECHO, capture_output=True,
                              text=True, timeout=PATIENCE_S, check=False,
                              env={**self.environment, **environment})
        self.assertEqual((node.returncode, node.stderr), (0, ""))
        self.assertEqual([json.loads(line) for line in node.stdout.splitlines()], ANSWERS)

    def needed(self, program):
        """The shared libraries that a program says it needs."""
        return re.findall(r"NEEDED\)\s+Shared library: \[(.*?)\]",
                          run(["readelf", "-dW", self.folder / program]))


def main():
    """Takes SOURCE_ROOT BUILD_ROOT, runs the tests of the file that was started."""
    global SOURCE, BUILD
    SOURCE, BUILD = (pathlib.Path(sys.argv.pop(1)).resolve() for _ in range(2))
    for tool in ("meson", "pkg-config", "readelf"):
        if shutil.which(tool) is None:
            print(f"{tool} is not installed")
            sys.exit(77)
    unittest.main()
