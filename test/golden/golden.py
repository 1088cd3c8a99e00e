# SPDX-License-Identifier: MIT
"""Runs the node on each NAME.in.jsonl here and compares its output with NAME.out.jsonl.

The value of latency_us differs from run to run: it is 0 in the golden files and in the comparison.
NARROWS_ACCEPT=1 writes the outputs instead of comparing them: read the diff before you keep it.
"""
import glob
import os
import re
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "e2e"))

import harness  # noqa: E402  (it is found by the line above)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def masked(output):
    return re.sub(rb'"latency_us": \d+', b'"latency_us": 0', output)


class Golden(unittest.TestCase):
    maxDiff = None

    def test_every_input_gives_its_output(self):
        inputs = sorted(glob.glob(os.path.join(HERE, "*.in.jsonl")))
        self.assertGreater(len(inputs), 5)
        for path in inputs:
            with self.subTest(os.path.basename(path)):
                stdout, stderr, status = harness.run(read(path))
                self.assertEqual(status, 0, stderr)
                self.check(masked(stdout), path.replace(".in.jsonl", ".out.jsonl"))

    def check(self, output, path):
        if os.environ.get("NARROWS_ACCEPT") == "1":
            with open(path, "wb") as file:
                file.write(output)
        self.assertEqual(output.splitlines(), read(path).splitlines())
        self.assertEqual(output, read(path))


if __name__ == "__main__":
    harness.main()
