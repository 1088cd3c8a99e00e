# SPDX-License-Identifier: MIT
"""Programs that the validation runs: none of them outlives it."""

import os
import signal
import subprocess
import time

_running = set()


class Failed(Exception):
    """A program did not do what was asked."""


def start(command, **more):
    process = subprocess.Popen(command, start_new_session=True, **more)
    _running.add(process)
    return process


def stop(process, patience_s=2.0):
    """Ends it, and what it started, whether it still runs or not."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except (ProcessLookupError, PermissionError):
            break
        try:
            process.wait(patience_s)
            break
        except subprocess.TimeoutExpired:
            continue
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
    _running.discard(process)


def stop_all():
    for process in list(_running):
        stop(process, patience_s=0.5)


def output_of(command, timeout_s):
    """What it prints, when it ends with status 0."""
    process = start(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        output, errors = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired as error:
        raise Failed(f"{os.path.basename(command[0])} takes more than {timeout_s} s") from error
    finally:
        stop(process)
    if process.returncode != 0:
        last = errors.strip().splitlines()[-1:] or ["no word on stderr"]
        raise Failed(f"{os.path.basename(command[0])} ended with status {process.returncode}: "
                     f"{last[0]}")
    return output


def wait_while(process, timeout_s, look, every_s=0.05):
    """Calls `look` until the process ends."""
    deadline = time.monotonic() + timeout_s
    while process.poll() is None:
        look()
        if time.monotonic() > deadline:
            raise Failed(f"{process.args[0]} takes more than {timeout_s} s")
        time.sleep(every_s)
