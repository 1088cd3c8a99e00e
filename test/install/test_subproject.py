# SPDX-License-Identifier: MIT
"""The library as a meson subproject, as docs/INSTALL.md shows it; what is installed is not seen.

Usage: test_subproject.py SOURCE_ROOT BUILD_ROOT [Configured|Built]
"""
import json
import os

import installed
from installed import Installed, blocks, first_program, run

HEADING = "Without installing: a Meson subproject"


class Project(Installed):
    def setUp(self):
        super().setUp()
        (self.project,) = blocks("docs/INSTALL.md", HEADING, "meson")
        self.write("meson.build", self.project)
        self.write("main.cpp", first_program())
        (self.folder / "subprojects").mkdir()
        os.symlink(installed.SOURCE, self.folder / "subprojects/narrows")
        self.environment = {**os.environ, "PKG_CONFIG_PATH": "", "CMAKE_PREFIX_PATH": ""}


class Configured(Project):
    def introspected(self, what):
        return json.loads(run(["meson", "introspect", f"--{what}", self.folder / "build"]))

    def targets(self):
        """What is built without being asked for."""
        return {os.path.basename(target["filename"][0]) for target in self.introspected("targets")
                if target["build_by_default"]}

    def test_it_is_the_library_alone(self):
        self.shell("meson setup build")
        self.assertEqual(self.targets(), {"echo", "libnarrows.a"})
        self.assertEqual(self.introspected("installed"), {})

    def test_it_can_be_had_whole_or_shared(self):
        self.shell("meson setup build -Dnarrows:tests=enabled -Dnarrows:tools=enabled "
                   "-Dnarrows:examples=enabled -Dnarrows:default_library=shared")
        self.assertIn("libnarrows.so", str(self.introspected("installed")))
        self.assertLessEqual({"echo", "narrows", "narrows-node", "counter", "primes"},
                             self.targets())


class Built(Project):
    def test_it_answers(self):
        # Not optimized, for a short build.
        self.write("meson.build", self.project.replace("buildtype=release", "buildtype=plain"))
        (commands,) = blocks("docs/INSTALL.md", HEADING, "sh")
        self.shell(commands)
        self.assertNotIn("libnarrows.so", " ".join(self.needed("build/echo")))
        self.assert_answers("build/echo")


if __name__ == "__main__":
    installed.main()
