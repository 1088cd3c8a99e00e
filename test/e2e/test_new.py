# SPDX-License-Identifier: MIT
"""`narrows new`: what it writes, and what it refuses. That the project builds is test/install's.

Usage: test_new.py NARROWS_NODE NARROWS FOLDER_OF_BAD_NODES
"""
import os
import subprocess

import investigator as inv
from investigator import Folder, narrows


class New(Folder):
    def new(self, *arguments):
        done = narrows("new", *arguments, cwd=self.folder)
        return done.stdout, done.stderr, done.returncode

    def assert_refused(self, arguments, status, *named):
        before = sorted(os.listdir(self.folder))
        stdout, stderr, found = self.new(*arguments)
        self.assertEqual((stdout, found), ("", status), stderr)
        self.assertEqual(stderr.count("\n"), 1, stderr)
        for words in named:
            self.assertIn(words, stderr)
        self.assertEqual(sorted(os.listdir(self.folder)), before)

    def test_it_says_what_it_wrote_and_what_to_do_next(self):
        for build, file, command in (("meson", "meson.build", "meson setup build"),
                                     ("cmake", "CMakeLists.txt", "cmake -B build")):
            with self.subTest(build):
                name = f"my-{build}_node2"
                stdout, stderr, status = self.new(name, f"--build={build}")
                self.assertEqual((stderr, status), ("", 0))
                written, then = stdout.split("Next:\n")
                self.assertEqual(
                    sorted(line.strip() for line in written.splitlines()[1:]),
                    sorted(f"{name}/{each}" for each in os.listdir(self.path(name))))
                self.assertEqual(
                    set(os.listdir(self.path(name))),
                    {".gitignore", "README.md", "handlers.cpp", "handlers.hpp", "main.cpp",
                     "test.cpp", file})
                self.assertTrue(then.startswith(f"  cd {name}\n  {command}"), then)
                for each in os.listdir(self.path(name)):
                    self.assertNotRegex(self.read(f"{name}/{each}"), "@[A-Z]+@")
                self.assertIn(command, self.read(f"{name}/README.md"))
                self.assertIn(f"# {name}\n", self.read(f"{name}/README.md"))

    def test_an_empty_folder_is_filled(self):
        os.mkdir(self.path("empty"))
        self.assertEqual(self.new("empty")[2], 0)
        self.assertIn("main.cpp", os.listdir(self.path("empty")))

    def test_what_is_there_stays_as_it_is(self):
        os.mkdir(self.path("full"))
        for name in ("full/main.cpp", "file"):
            with open(self.path(name), "w", encoding="utf-8") as file:
                file.write("mine")
        os.symlink("nowhere", self.path("dangling"))
        for name in ("full", "file", "dangling"):
            with self.subTest(name):
                self.assert_refused([name], 2, name, "new or empty folder")
        self.assertEqual(os.listdir(self.path("full")), ["main.cpp"])
        self.assertEqual(self.read("full/main.cpp"), "mine")

    def test_odd_names(self):
        for name in ("", ".", "..", "a/b", "/tmp/a", "Node", "1st", "_a", "two words", "tür", "a.b",
                     "a;b", "a" * 65, "test", "all", "install", "meson-x", "narrows", "a\nb"):
            with self.subTest(name):
                self.assert_refused([name], 2, "NAME takes a small letter")
        self.assert_refused(["--", "a"], 2)
        self.assert_refused([], 2, "NAME")
        self.assert_refused(["a", "b"], 2)
        self.assert_refused(["a", "--build=make"], 2, "--build takes meson or cmake", "make")

    def test_a_folder_that_cannot_be_made(self):
        done = subprocess.run(["sh", "-c", 'mkdir gone; cd gone; rmdir ../gone; exec "$0" new a',
                                   inv.NARROWS], capture_output=True, text=True, check=False,
                                  cwd=self.folder)
        self.assertEqual((done.stdout, done.returncode), ("", 3))
        self.assertIn("cannot make a: No such file or directory", done.stderr)

    def test_a_full_disk_leaves_nothing_behind(self):
        # No file may be longer than 0 bytes: as a full disk is.
        done = subprocess.run(["sh", "-c", 'ulimit -f 0; trap "" XFSZ; exec "$0" new node',
                                   inv.NARROWS], capture_output=True, text=True, check=False,
                                  cwd=self.folder)
        self.assertEqual((done.stdout, done.returncode), ("", 3), done.stderr)
        self.assertIn("cannot write node/main.cpp: File too large", done.stderr)
        self.assertEqual(os.listdir(self.folder), [])


if __name__ == "__main__":
    inv.main()
