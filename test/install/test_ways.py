# SPDX-License-Identifier: MIT
"""The README's first program, built with the installed library in each way that docs/INSTALL.md
shows. Usage: test_ways.py SOURCE_ROOT BUILD_ROOT
"""
import os
import shutil
import unittest

import installed
from installed import Installed, blocks, first_program


class Ways(Installed):
    def setUp(self):
        super().setUp()
        self.write("main.cpp", first_program())

    def build(self, heading, language, file):
        (text,) = blocks("docs/INSTALL.md", heading, language)
        self.write(file, text)
        (commands,) = blocks("docs/INSTALL.md", heading, "sh")
        self.shell(commands)

    def test_pkg_config(self):
        shared, static = blocks("docs/INSTALL.md", "pkg-config", "sh")
        self.assertEqual((shared.count("\n"), static.count("\n")), (1, 1))
        self.shell(shared)
        self.assertIn("libnarrows.so", " ".join(self.needed("echo")))
        self.assert_answers("echo", LD_LIBRARY_PATH=str(self.libdir))
        self.shell(static)
        self.assertEqual(self.needed("echo"), [])
        self.assert_answers("echo")

    def test_meson(self):
        self.build("Meson", "meson", "meson.build")
        self.assertIn("libnarrows.so", " ".join(self.needed("build/echo")))
        self.assert_answers("build/echo")

    @unittest.skipIf(shutil.which("cmake") is None, "no cmake")
    def test_cmake(self):
        self.build("CMake", "cmake", "CMakeLists.txt")
        self.assertIn("libnarrows.so", " ".join(self.needed("build/echo")))
        self.assert_answers("build/echo")
        lists = self.folder / "CMakeLists.txt"
        lists.write_text(lists.read_text().replace("narrows::narrows", "narrows::narrows_static"))
        self.shell("cmake --build build")
        self.assertEqual([name for name in self.needed("build/echo") if "narrows" in name], [])
        self.assert_answers("build/echo")

    @unittest.skipIf(shutil.which("cmake") is None, "no cmake")
    def test_cmake_where_the_static_library_is_the_only_one(self):
        prefix = self.folder / "static"
        shutil.copytree(self.prefix, prefix, symlinks=True)
        for library in prefix.rglob("libnarrows.so*"):
            library.unlink()
        self.environment = {**self.environment, "CMAKE_PREFIX_PATH": str(prefix), "PATH":
                            os.environ["PATH"]}
        self.build("CMake", "cmake", "CMakeLists.txt")
        self.assertEqual([name for name in self.needed("build/echo") if "narrows" in name], [])
        self.assert_answers("build/echo")

    @unittest.skipIf(shutil.which("cmake") is None, "no cmake")
    def test_versions_that_cmake_takes(self):
        version = self.shell("pkg-config --modversion narrows").strip()
        major, minor, patch = map(int, version.split("."))
        self.assertEqual(major, 0, "what is compatible changes with 1.0")
        taken = ["", f"0.{minor}", version, f"0.{minor}...0.{minor + 1}", f"{version}...{version}",
                 f"0.0.1...<0.{minor}.{patch + 1}", f"{version} EXACT"]
        refused = ["1", "1.0", f"0.{minor + 1}", f"0.{minor - 1}", f"0.{minor}.{patch + 1}",
                   f"0.{minor + 1}...1", f"0.0.1...<{version}", f"0.{minor}.{patch + 1} EXACT"]
        finds = "".join(f"""
unset(narrows_DIR CACHE)
find_package(narrows {wanted} QUIET)
file(APPEND found.txt "{wanted}:${{narrows_FOUND}}\n")
""" for wanted in taken + refused)
        self.write("CMakeLists.txt", "cmake_minimum_required(VERSION 3.19)\n"
                                     f"project(versions LANGUAGES CXX)\n{finds}")
        self.shell("cmake -B build")
        found = dict(line.split(":") for line in
                     (self.folder / "found.txt").read_text().splitlines())
        self.assertEqual([wanted for wanted, how in found.items() if how == "1"], taken)
        self.assertEqual(len(found), len(taken + refused))


if __name__ == "__main__":
    installed.main()
