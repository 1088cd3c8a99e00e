# SPDX-License-Identifier: MIT
"""What g++ before 13 would compile to a double destruction is refused, and the error names it.

Usage: run_refused.py INCLUDE_DIR COMPILER…
Exit status: 0 all refused, 1 not, 77 another compiler, which needs none of this.
"""
import concurrent.futures
import subprocess
import sys

HEAD = """
#include <narrows/kv.hpp>
#if !defined(__GNUC__) || defined(__clang__) || __GNUC__ >= 13
#error another compiler
#endif
struct Point { std::string name; int x; };
NARROWS_FIELDS(Point, name, x)
narrows::Task<> f(narrows::Node& node, narrows::SeqKv& kv, std::string t) {
"""
REFUSED = [
    "co_await narrows::offload([t] { return t.size(); });",
    'co_await narrows::retry({}, [&node, t] { return node.rpc(t, narrows::message("x")); });',
    'co_await kv.update<std::string>("k", "", [t](const std::string& old) { return old + t; });',
    'co_await kv.write("k", Point{t, 1});',
    'co_await kv.read_or<Point>("k", {t, 1});',
    'co_await kv.compare_and_set("k", 1, Point{t, 1});',
    'co_await node.rpc("n2", narrows::message("x", Point{t, 1}));',
    'co_await narrows::all(kv.write("k", Point{t, 1}), kv.write("k", 1));',
]


def main(include, compiler):
    def compile_it(statement):
        return subprocess.run(
            [*compiler, "-std=c++20", "-fsyntax-only", f"-I{include}", "-x", "c++", "-"],
            input=HEAD + statement + "\n}\n", capture_output=True, text=True, check=False)

    if "another compiler" in compile_it("").stderr:
        print("not g++ before 13")
        return 77
    clean = compile_it("co_return;")
    failures = [] if clean.returncode == 0 else [clean.stderr]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for statement, done in zip(REFUSED, pool.map(compile_it, REFUSED)):
            if done.returncode == 0 or "give what is awaited a name first" not in done.stderr:
                failures.append(f"{statement}\n{done.stderr}")
    print("\n".join(failures) or f"{len(REFUSED)} refused")
    return 1 if failures else 0


sys.exit(main(sys.argv[1], sys.argv[2:]))
