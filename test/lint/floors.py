# SPDX-License-Identifier: MIT
"""Checks what imports what: the floors of the house, and which headers only one room may see.

Usage: floors.py ROOT          checks the project at ROOT
       floors.py --self-test   plants violations, and checks that each is found
"""
import pathlib
import re
import sys
import tempfile

FLOORS = {  # each floor, and the floors below it that it may see
    "include": set(),
    "src/pch": set(),  # of the standard library alone
    "src/base": {"src/base"},
    "src/json": {"src/base", "src/json"},
    "src/profile": {"src/base", "src/profile"},
    "src/pipeline": {"include", "src/base", "src/json", "src/profile", "src/pipeline"},
    "src/runtime": {"include", "src/base", "src/json", "src/pipeline", "src/runtime"},
    "src": {"include", "src/base", "src/json", "src/profile", "src/pipeline", "src/runtime",
            "src"},  # the face
    "src/testing": {"include", "src/json", "src", "src/testing"},
    "src/workloads": {"include", "src/workloads"},
    "tools": {"include", "src/json", "src/profile", "tools"},
}
FILES = {  # single files on floors of their own
    "src/main.cpp": {"include", "src/workloads"},
    # It counts the CPUs as the node does.
    "tools/narrows/whatif.cpp": {"include", "src/base", "src/json", "src/profile", "tools"},
    # Its simulations run our own workloads.
    "tools/narrows/cluster/cluster.cpp": {"include", "src/workloads", "tools"},
    "tools/narrows/cluster/options.cpp": {"include", "src/workloads", "tools"},
    # The network is the simulated one's, with processes as its nodes.
    "tools/narrows/cluster/processes.hpp": {"include", "src/testing", "tools"},
    "tools/narrows/cluster/processes.cpp": {"include", "src/testing", "tools"},
    # What can be seen is what the node's log takes for it.
    "tools/narrows/text.cpp": {"include", "src/base", "src/json", "tools"},
    "tools/narrows/tap_file.cpp": {"include", "src/base", "src/json", "tools"},
    # Whole writes, and what is put off for ever.
    "tools/narrows/files.cpp": {"include", "src/base", "src/json", "tools"},
    "tools/narrows/tap.cpp": {"include", "src/base", "src/json", "tools"},
}
ONE_ROOM = [  # headers of other people's, and who alone may see them
    (re.compile(r"rapidjson/"), re.compile(r"src/json/")),
    (re.compile(r"(concurrentqueue/)?(concurrentqueue|blockingconcurrentqueue|lightweightsemaphore)\.h$"),
     re.compile(r"src/base/concurrent_queue\.hpp$")),
    (re.compile(r"(spdlog|fmt)/"), re.compile(r"src/pipeline/log_printer\.cpp$")),
    (re.compile(r"(curses|term|ncurses|ncursesw/.*)\.h$"),
     re.compile(r"tools/narrows/top/curses_terminal\.cpp$")),
]
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
# The standard library's headers have no dot and no slash; POSIX's and Linux's end in .h.
STANDARD = re.compile(r"^[a-z_]+$")


def floor_of(path):
    if path.startswith("include/"):
        return "include"
    if path.startswith("tools/"):
        return "tools"
    parts = path.split("/")
    return "src" if len(parts) == 2 else "/".join(parts[:2])


def target_of(name, root, including):
    """The project's file that an include means, or None for a header of somebody else's."""
    folders = ("include", "src", "tools", "tools/narrows", str(pathlib.PurePosixPath(including).parent))
    for folder in folders:
        path = f"{folder}/{name}"
        if (root / path).is_file():
            return path
    return None


def problems_of(path, text, root):
    floor = floor_of(path)
    allowed = FILES.get(path, FLOORS.get(floor))
    if allowed is None:
        yield f"{path}: lies on no floor that is known"
        return
    for bracket, name in INCLUDE.findall(text):
        target = target_of(name, root, path)
        if target is None:
            if bracket == '"':
                yield f'{path}: "{name}" is no file of the project'
            if floor == "include" and not STANDARD.match(name):
                yield f"{path}: a public header may see narrows/ and the standard library, not <{name}>"
            if floor == "src/workloads" and not STANDARD.match(name):
                yield f"{path}: a workload may see narrows/ and the standard library, not <{name}>"
        elif floor == "include":
            if not name.startswith("narrows/"):
                yield f"{path}: a public header may see narrows/ and the standard library, not {target}"
        elif floor_of(target) not in allowed:
            yield f"{path}: {floor} must not see {target}"
        if ".." in name:
            yield f"{path}: an include without .. please: {name}"
        for header, room in ONE_ROOM:
            if header.match(name) and not room.match(path):
                yield f"{path}: <{name}> is for {room.pattern} alone"


def check(root):
    problems = []
    files = 0
    for folder in ("include", "src", "tools"):
        for file in sorted((root / folder).rglob("*")):
            if file.suffix in (".hpp", ".h", ".cpp") and file.is_file():
                files += 1
                path = file.relative_to(root).as_posix()
                problems += problems_of(path, file.read_text(encoding="utf-8"), root)
    if files == 0:
        problems.append(f"{root}: no sources there")
    return problems


HOUSE = {
    "include/narrows/node.hpp": "#include <vector>\n#include \"narrows/error.hpp\"\n",
    "include/narrows/error.hpp": "",
    "src/base/clock.hpp": "#include <time.h>\n",
    "src/base/concurrent_queue.hpp": "#include <concurrentqueue/concurrentqueue.h>\n",
    "src/json/decode.hpp": "#include <rapidjson/reader.h>\n#include \"base/clock.hpp\"\n",
    "src/profile/books.hpp": "#include \"base/clock.hpp\"\n",
    "src/pipeline/engine.hpp": "#include \"profile/books.hpp\"\n#include \"json/decode.hpp\"\n"
                               "#include \"narrows/node.hpp\"\n",
    "src/runtime/runtime.hpp": "#include \"narrows/node.hpp\"\n#include \"pipeline/engine.hpp\"\n",
    "src/node_parts.hpp": "#include \"runtime/runtime.hpp\"\n#include \"pipeline/engine.hpp\"\n",
    "src/node.cpp": "#include \"narrows/node.hpp\"\n#include \"node_parts.hpp\"\n",
    "src/testing/check.cpp": "#include \"narrows/node.hpp\"\n#include \"json/decode.hpp\"\n"
                             "#include \"node_parts.hpp\"\n",
    "src/main.cpp": "#include \"narrows/node.hpp\"\n#include \"workloads/workloads.hpp\"\n",
    "src/testing/findings.hpp": "#include <string>\n",
    "src/workloads/workloads.hpp": "#include <string>\n#include \"narrows/node.hpp\"\n",
    "tools/narrows/load.cpp": "#include \"profile/books.hpp\"\n",
    "tools/narrows/text.hpp": "",
    "tools/narrows/top/curses_terminal.cpp": "#include \"text.hpp\"\n#include <curses.h>\n",
    "tools/narrows/top/draw.cpp": "#include \"text.hpp\"\n",
}
VIOLATIONS = [
    ("src/base/clock.hpp", '#include "json/decode.hpp"'),
    ("src/base/clock.hpp", '#include "narrows/node.hpp"'),
    ("src/base/clock.hpp", "#include <rapidjson/document.h>"),
    ("src/base/clock.hpp", "#include <concurrentqueue/concurrentqueue.h>"),
    ("src/base/clock.hpp", "#include <concurrentqueue.h>"),
    ("src/json/decode.hpp", '#include "profile/books.hpp"'),
    ("src/json/decode.hpp", '#include "pipeline/engine.hpp"'),
    ("src/json/decode.hpp", '#include "narrows/error.hpp"'),
    ("src/profile/books.hpp", '#include "json/decode.hpp"'),
    ("src/profile/books.hpp", "#  include <rapidjson/reader.h>"),
    ("src/profile/books.hpp", '#include "pipeline/engine.hpp"'),
    ("src/pipeline/engine.hpp", '#include "workloads/workloads.hpp"'),
    ("src/pipeline/engine.hpp", "#include <rapidjson/reader.h>"),
    ("src/pipeline/engine.hpp", "#include <concurrentqueue/blockingconcurrentqueue.h>"),
    ("src/pipeline/engine.hpp", "#include <spdlog/spdlog.h>"),
    ("include/narrows/node.hpp", "#include <fmt/core.h>"),
    ("src/pipeline/engine.hpp", '#include "load.hpp"'),
    ("src/pipeline/engine.hpp", '#include "../base/clock.hpp"'),
    ("src/pipeline/engine.hpp", '#include "runtime/runtime.hpp"'),
    ("src/runtime/runtime.hpp", '#include "node_parts.hpp"'),
    ("src/runtime/runtime.hpp", '#include "profile/books.hpp"'),
    ("src/node.cpp", '#include "workloads/workloads.hpp"'),
    ("src/node.cpp", '#include "testing/findings.hpp"'),
    ("src/testing/check.cpp", '#include "profile/books.hpp"'),
    ("src/testing/check.cpp", '#include "workloads/workloads.hpp"'),
    ("src/testing/check.cpp", "#include <rapidjson/reader.h>"),
    ("src/main.cpp", '#include "pipeline/engine.hpp"'),
    ("src/main.cpp", '#include "base/clock.hpp"'),
    ("src/workloads/workloads.hpp", '#include "json/decode.hpp"'),
    ("src/workloads/workloads.hpp", '#include "base/clock.hpp"'),
    ("src/workloads/workloads.hpp", "#include <unistd.h>"),
    ("include/narrows/node.hpp", '#include "base/clock.hpp"'),
    ("include/narrows/node.hpp", "#include <rapidjson/reader.h>"),
    ("include/narrows/node.hpp", "#include <sys/types.h>"),
    ("tools/narrows/load.cpp", '#include "pipeline/engine.hpp"'),
    ("tools/narrows/load.cpp", '#include "base/clock.hpp"'),
    ("tools/narrows/load.cpp", '#include "workloads/workloads.hpp"'),
    ("tools/narrows/top/draw.cpp", "#include <curses.h>"),
    ("tools/narrows/top/draw.cpp", '#include "base/clock.hpp"'),
    ("src/attic/old.cpp", ""),
]


def build(root, files):
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def self_test():
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        build(root, HOUSE)
        failures += [f"found in a clean house: {problem}" for problem in check(root)]
        for path, line in VIOLATIONS:
            build(root, {path: HOUSE.get(path, "") + line + "\n"})
            found = [problem for problem in check(root) if problem.startswith(path + ":")]
            if not found:
                failures.append(f"not found: {line} in {path}")
            if path in HOUSE:
                build(root, {path: HOUSE[path]})
            else:
                (root / path).unlink()
        if not check(root / "nowhere"):
            failures.append("a folder without sources passes")
    return failures


def main():
    failures = self_test() if sys.argv[1:] == ["--self-test"] else check(pathlib.Path(sys.argv[1]))
    for failure in failures:
        print(failure, file=sys.stderr)
    sys.exit(1 if failures else 0)


main()
