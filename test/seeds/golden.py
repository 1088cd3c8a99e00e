#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A seed gives the same run on every machine, byte for byte: every event, and the history.

Usage: golden.py --narrows NARROWS --golden GOLDEN.json [--update]

GOLDEN.json has a hash a workload, of what it wrote on another machine. --update writes it anew,
which a change of a workload, of the network or of the clients asks for.
"""
import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile

NETWORK = ["--nodes=5", "--seed=42", "--latency=5ms", "--latency-shape=exponential", "--loss=0.05",
           "--duplication=0.05", "--partition=any", "--pause", "--fault-interval=500ms",
           "--duration=3s"]


def run(narrows, workload, folder):
    """The hash of all that happened, and of what clients saw."""
    files = [os.path.join(folder, name) for name in ("events", "history")]
    done = subprocess.run([narrows, "cluster", f"--workload={workload}", *NETWORK,
                           f"--events={files[0]}", f"--history={files[1]}"],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{workload}: {done.stdout}{done.stderr}")
    digest = hashlib.sha256()
    for path in files:
        with open(path, "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--narrows", required=True)
    parser.add_argument("--golden", required=True)
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args()
    with open(options.golden, encoding="utf-8") as file:
        golden = json.load(file)
    with tempfile.TemporaryDirectory() as folder:
        found = {workload: run(options.narrows, workload, folder) for workload in golden}
    if options.update:
        with open(options.golden, "w", encoding="utf-8") as file:
            json.dump(found, file, indent=2)
            file.write("\n")
        return
    other = [workload for workload in golden if found[workload] != golden[workload]]
    print(f"{len(golden)} workloads, {len(other)} other than they were: {', '.join(other)}")
    sys.exit(1 if other else 0)


if __name__ == "__main__":
    main()
