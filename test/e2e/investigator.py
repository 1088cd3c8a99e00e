# SPDX-License-Identifier: MIT
"""What the tests of `narrows` have in common: where the programs are, and runs of them."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import harness

NARROWS = BADNODE = WIRE = None  # set by main()
PATIENCE = f"--patience={harness.TIME_SCALE}s"
INIT = ('{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1",'
        '"node_ids":["n1"]}}\n')


def narrows(*arguments, **more):
    return subprocess.run([NARROWS, *arguments], capture_output=True, text=True,
                          timeout=4 * harness.PATIENCE_S, check=False, **more)


def start(*arguments, **more):
    """The same, not waited for, and ended by SIGHUP even if the tests are not."""
    return subprocess.Popen([NARROWS, *arguments],
                            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
                            **more)


def good():
    return [harness.node_path(), "--threads", harness.MODE]


def badnode(fault, after=100):
    return [sys.executable, "-B", BADNODE, fault, str(after)]


def echo(number, text="hi"):
    return ('{"src":"c1","dest":"n1","body":{"type":"echo","msg_id":%d,"echo":%s}}\n'
            % (number, json.dumps(text)))


def soon(attempt, holds, tries=4):
    """What an attempt returns: the first that holds, or the last. A busy machine spoils some."""
    for _ in range(tries):
        result = attempt()
        if holds(result):
            break
    return result


def running(words):
    """Processes whose command line has these words."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if words in file.read().replace(b"\0", b" ").decode(errors="replace"):
                    found.append(pid)
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()


def main():
    """Takes NARROWS_NODE NARROWS FOLDER_OF_BAD_NODES [FOLDER_OF_TRANSCRIPTS], runs the tests."""
    global NARROWS, BADNODE, WIRE
    harness.node_path()
    NARROWS = os.path.abspath(sys.argv.pop(1))
    BADNODE = os.path.join(os.path.abspath(sys.argv.pop(1)), "badnode.py")
    if len(sys.argv) > 1 and os.path.isdir(sys.argv[1]):
        WIRE = sys.argv.pop(1)
    harness.main()
