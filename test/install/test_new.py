# SPDX-License-Identifier: MIT
"""A project that `narrows new` wrote builds with the installed library and passes its own test, by
the commands that narrows says. Usage: test_new.py SOURCE_ROOT BUILD_ROOT
"""
import shutil
import unittest

import installed
from installed import Installed, blocks, programs


class New(Installed):
    def follow(self, said, *tests):
        """Runs what narrows said to do next, but for the last line, which drives the node."""
        *commands, drive = [line.strip() for line in said.split("Next:\n")[1].splitlines()]
        self.shell("\n".join(commands))
        self.assertTrue(drive.startswith("narrows bench --rate 1000 -- build/"), drive)
        self.shell(drive.replace("--rate 1000", "--max --messages 1000"),
                   folder=self.folder / "my-node")
        for command in tests:
            self.assertIn(command, commands)

    def test_meson(self):
        create, *commands = blocks("docs/INSTALL.md", "A new project", "sh")[0].splitlines()
        self.follow(self.shell(create), *commands)
        self.assert_answers("my-node/build/my-node")
        # Its test fails where the node is wrong.
        handlers = self.folder / "my-node/handlers.cpp"
        handlers.write_text(handlers.read_text().replace("echo_ok", "echo_no"))
        with self.assertRaisesRegex(AssertionError, "is answered with\n.*echo_no"):
            self.shell("meson test -C my-node/build --print-errorlogs")

    def test_the_handlers_of_the_readme(self):
        _, handlers = programs()
        self.shell("narrows new my-node")
        self.write("my-node/handlers.cpp", handlers)
        self.shell("meson setup build --werror && meson compile -C build my-node",
                   folder=self.folder / "my-node")

    @unittest.skipIf(shutil.which("cmake") is None, "no cmake")
    def test_cmake(self):
        commands = blocks("docs/INSTALL.md", "A new project", "sh")[1].splitlines()
        self.follow(self.shell("narrows new my-node --build cmake"), *commands)
        self.assert_answers("my-node/build/my-node")


if __name__ == "__main__":
    installed.main()
