# SPDX-License-Identifier: MIT
"""Faults that a preloaded library lets a node's calls have, and one run of a node with them."""
import concurrent.futures
import errno
import os
import random
import re
import tempfile
from collections import namedtuple

import conversation

E = errno
SHORT = "short"
# What each call may say, by its manual; beside them what its callers treat in a way of its own.
ERRORS = {
    "read": [E.EIO, E.EINTR, E.EAGAIN, SHORT],
    "preadv2": [E.EIO, E.EINTR, E.EAGAIN, E.EOPNOTSUPP, E.EINVAL, SHORT],
    "write": [E.EIO, E.EINTR, E.EAGAIN, E.ENOSPC, E.EPIPE, E.EFBIG, SHORT],
    "pwrite": [E.EIO, E.EINTR, E.ENOSPC, E.EFBIG, SHORT],
    "open": [E.EACCES, E.EINTR, E.EMFILE, E.ENFILE, E.ENOENT, E.ENOMEM, E.ENOSPC, E.EROFS],
    "close": [E.EIO, E.EINTR, E.ENOSPC],
    "rename": [E.EACCES, E.EIO, E.ENOSPC, E.EXDEV],
    "unlink": [E.EIO],
    "ftruncate": [E.EIO, E.EINTR, E.EFBIG],
    "flock": [E.EINTR, E.ENOLCK, E.EWOULDBLOCK],
    "fstat": [E.EIO, E.ENOMEM],
    "stat": [E.EACCES, E.EIO, E.ENOMEM],
    "lstat": [E.EACCES, E.EIO, E.ENOMEM],
    "poll": [E.EINTR, E.ENOMEM],
    "ppoll": [E.EINTR, E.ENOMEM],
    "eventfd": [E.EMFILE, E.ENFILE, E.ENOMEM],
    "fcntl": [E.EMFILE],
    "futex": [E.EAGAIN, E.EINTR, E.EINVAL, E.ENOSYS],
    "pthread_create": [E.EAGAIN, E.EPERM],
    "pthread_sigmask": [E.EINVAL],
    "pthread_setname_np": [E.EIO],
    "pthread_getcpuclockid": [E.ENOENT],
    "sigaction": [E.EINVAL],
    "sched_getaffinity": [E.EPERM],
    "sched_yield": [E.ENOSYS],
    "nanosleep": [E.EINTR],
    "mmap": [E.ENOMEM, E.EACCES],
    "madvise": [E.EFAULT, E.EINVAL, E.ENOMEM],
    "munmap": [E.EINVAL],
    "malloc": [E.ENOMEM],
}
MODES = ("pipeline", "inline")
FEW = 24  # of a call that is made much oftener, some are tried

Node = namedtuple("Node", "path injector")
Trial = namedtuple("Trial", "mode faults")  # faults as FAULTS has them, without commas


def command_of(node, mode):
    return [node.path, f"--threads={mode}"]


def run(node, trial, talk):
    env = {"LD_PRELOAD": node.injector, "FAULTS": ",".join(trial.faults)}
    return conversation.run(command_of(node, trial.mode), talk, env)


def count_calls(node, mode, talk):
    """How often a run without faults calls what."""
    with tempfile.NamedTemporaryFile() as counts:
        env = {"LD_PRELOAD": node.injector, "FAULTS_COUNT": counts.name}
        outcome = conversation.run(command_of(node, mode), talk, env)
        problem = conversation.problem_of(talk, outcome)
        if problem:
            raise SystemExit(f"without faults: {problem}; stderr: {outcome.err.decode()}")
        lines = counts.read().decode().splitlines()
    return {name: int(number) for name, number in map(str.split, lines)}


def problem_of(node, trial, talk):
    """None, or what is wrong with the node under these faults."""
    outcome = run(node, trial, talk)
    # A write that fails may be one to stderr.
    is_heard = not any(re.match(r"(write|poll):.*\+$", fault) for fault in trial.faults)
    lacks_memory = any(fault.startswith("malloc:") for fault in trial.faults)
    problem = conversation.problem_of(talk, outcome, is_heard, may_refuse=lacks_memory)
    return problem and f"{problem}; stderr: {outcome.err.decode(errors='replace')[-300:]!r}"


def numbers_of(count):
    """Which calls of so many are to fail; a few more, as threads' calls vary."""
    if count <= FEW:
        return range(1, count + 3)
    step = max(1, count // FEW)
    return sorted({*range(1, 9), *range(9, count + 3, step)})


def all_trials(node, talk, calls=None):
    """Each call failing once, and from some on, in each way."""
    for mode in MODES:
        counts = count_calls(node, mode, talk)
        for call, errors in ERRORS.items():
            count = counts.get(call, 0)
            if call == "malloc" and calls is None or count == 0 or calls and call not in calls:
                continue
            numbers = range(1, count + 3) if call == "malloc" else numbers_of(count)
            lasting = sorted({1, 2, max(1, count // 2), count})
            for error in errors:
                yield from (Trial(mode, [f"{call}:{error}:{n}"]) for n in numbers)
                yield from (Trial(mode, [f"{call}:{error}:{n}+"]) for n in lasting)


def random_trials(node, talk, number, seed):
    """So many runs with one to four faults at random."""
    choice = random.Random(seed)
    counts = {mode: count_calls(node, mode, talk) for mode in MODES}
    for _ in range(number):
        mode = choice.choice(MODES)
        calls = sorted(call for call in ERRORS if counts[mode].get(call))
        faults = []
        for _ in range(choice.randint(1, 4)):
            call = choice.choice(calls)
            lasting = "+" if choice.random() < 0.15 and call != "malloc" else ""
            number_of_call = choice.randint(1, counts[mode][call] + 1)
            faults.append(f"{call}:{choice.choice(ERRORS[call])}:{number_of_call}{lasting}")
        yield Trial(mode, faults)


def try_all(node, trials, talk, tell):
    """Runs the trials, two at a time; calls tell(trial, problem) for each that fails. How many."""
    tried = failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        work = [(trial, pool.submit(problem_of, node, trial, talk)) for trial in trials]
        for trial, problem in work:
            tried += 1
            if problem.result():
                failed += 1
                tell(trial, problem.result())
    return tried, failed
