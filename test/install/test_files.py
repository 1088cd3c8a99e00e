# SPDX-License-Identifier: MIT
"""What is installed: which files, which symbols of the shared library, and headers that need no
other. Usage: test_files.py SOURCE_ROOT BUILD_ROOT
"""
import concurrent.futures
import os
import re
import unittest

import installed
from installed import Installed, run

# A namespace, a class, and a function that is no member, as a header declares them.
NAMESPACE = re.compile(r"^namespace ([\w:]+) \{", re.M)
CLASS = re.compile(r"^ *(?:class|struct)(?: \[\[\w+\]\])? (\w+)[^;]*?\{", re.M)
FUNCTION = re.compile(r"^(?!inline|template|using|class|struct|friend|constexpr|#|//)"
                      r"(?:\[\[\w+\]\] )?[\w:<>&*, ]*?\b(\w+)\(", re.M)
INTERNAL = re.compile(r"narrows::(json|pipeline|profile)::|\(anonymous namespace\)")


def plain(symbol):
    """`vtable for narrows::Node` and `narrows::Node::on(…)` as narrows::Node and narrows::Node::on,
    without what a template's instance, a lambda's place or an ABI add."""
    symbol = re.sub(r"^(typeinfo|typeinfo name|vtable|VTT) for ", "", symbol)
    while (inner := re.sub(r"<[^<>]*>|\[abi:\w+\]", "", symbol)) != symbol:
        symbol = inner
    return symbol.split("(")[0].split(" ")[-1]


class Files(Installed):
    def test_nothing_is_missing_and_nothing_too_much(self):
        found = {path.relative_to(self.prefix).as_posix()
                 for path in self.prefix.rglob("*") if not path.is_dir()}
        version = self.shell("pkg-config --modversion narrows").strip()
        libdir = self.libdir.relative_to(self.prefix).as_posix()
        abi = ".".join(version.split(".")[:2 if version.startswith("0.") else 1])
        expected = {f"{libdir}/{name}" for name in (
            "libnarrows.a", "libnarrows.so", f"libnarrows.so.{abi}", f"libnarrows.so.{version}",
            "pkgconfig/narrows.pc", "cmake/narrows/narrows-config.cmake",
            "cmake/narrows/narrows-config-version.cmake")}
        expected |= {"bin/narrows", "bin/narrows-node"}
        expected |= {path.relative_to(installed.SOURCE).as_posix()
                     for path in (installed.SOURCE / "include/narrows").rglob("*.hpp")}
        manual = {path for path in found if path.startswith("share/man/")}
        commands = re.findall(r"^  ([a-z]+)  +[a-z]",
                              run([self.prefix / "bin/narrows", "--help"]), flags=re.M)
        self.assertIn("bench", commands)
        if manual:  # help2man was there
            expected |= {f"share/man/man1/{page}.1" for page in
                         ["narrows", "narrows-node", *(f"narrows-{name}" for name in commands)]}
        self.assertEqual(found, expected)
        self.assertEqual(os.readlink(self.libdir / "libnarrows.so"), f"libnarrows.so.{abi}")

    def test_each_header_can_be_included_alone(self):
        headers = sorted((self.prefix / "include").rglob("*.hpp"))
        self.assertGreater(len(headers), 5)

        def compile_alone(header):
            name = header.relative_to(self.prefix / "include").as_posix()
            source = f"alone_{name.replace('/', '_')}.cpp"
            self.write(source, f"#include <{name}>\n" * 2)
            self.shell(f"c++ -std=c++20 -Wall -Wextra -Wpedantic -Werror -fsyntax-only {source} "
                       "$(pkg-config --cflags narrows)")

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(compile_alone, headers))


class Symbols(Installed):
    """A class that a header declares, and a function, are the library's promise; all else is not."""

    def setUp(self):
        self.namespaces, self.classes, self.functions = set(), set(), set()
        for header in (self.prefix / "include").rglob("*.hpp"):
            text = header.read_text(encoding="utf-8")
            self.namespaces |= set("::".join(NAMESPACE.findall(text)).split("::"))
            self.classes |= set(CLASS.findall(text))
            self.functions |= set(FUNCTION.findall(text))
        self.assertIn("testing", self.namespaces)
        self.assertIn("Node", self.classes)
        self.assertIn("options_from", self.functions)

    def is_public(self, symbol):
        """By the names on the way to it: all are classes that a header defines, but the last."""
        *way, last = plain(symbol).split("::")
        if INTERNAL.search(symbol.split("(")[0]) or way[:1] != ["narrows"]:
            return False
        way = [name for name in way if name not in self.namespaces]
        if any(name not in self.classes for name in way):
            return False
        return bool(way) or last in self.classes | self.functions

    def symbols(self, kind, library):
        lines = run(["nm", kind, "--defined-only", "--extern-only", "-C", library]).splitlines()
        return {line.split(" ", 2)[2] for line in lines if re.match(r"[0-9a-f]{16} [A-Z] ", line)}

    def test_only_what_is_public_is_exported(self):
        exported = self.symbols("-D", self.libdir / "libnarrows.so")
        self.assertIn("narrows::Node::run()", exported)
        self.assertEqual([name for name in sorted(exported) if not self.is_public(name)], [],
                         "no header declares these, but src/exports.map exports them")

    def test_all_that_is_public_is_exported(self):
        exported = self.symbols("-D", self.libdir / "libnarrows.so")
        lines = run(["nm", "--defined-only", "--extern-only", "-C", self.libdir / "libnarrows.a"])
        # Not the weak ones: those are inline, and whoever calls them has them.
        defined = {line.split(" ", 2)[2] for line in lines.splitlines()
                   if re.match(r"[0-9a-f]{16} [TDBR] ", line)}
        self.assertIn("narrows::Node::run()", defined)
        self.assertEqual(
            [name for name in sorted(defined) if self.is_public(name) and name not in exported], [],
            "a header declares these, but src/exports.map does not export them")


if __name__ == "__main__":
    installed.main()
