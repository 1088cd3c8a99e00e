# SPDX-License-Identifier: MIT
"""`narrows tap` with calls that fail: what passes is passed on, or it ends with a word."""
import errno
import os
import signal
import subprocess
import tempfile

import conversation

# Of the allocations, those of its threads: before main the C++ library itself gives up.
FAULTS = [
    "pthread_create:{EAGAIN}:1", "pthread_create:{EAGAIN}:2", "pthread_create:{EAGAIN}:3",
    "sigprocmask:{EINVAL}:1",  # it would not hear of the node's end
    "write:{EFBIG}:2+", "read:{EIO}:3", "read:{EINTR}:2+", "read:{EAGAIN}:2+", "write:{EINTR}:2+",
    "write:{EAGAIN}:2+", "open:{ENOSPC}:1", "write:{ENOSPC}:1", "fork:{EAGAIN}:1",
    *(f"malloc:{{ENOMEM}}:{number}" for number in range(60, 310, 11))]


def problem_of(programs, injector, fault):
    talk = conversation.usual()
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [programs.narrows, "tap", f"--out={folder}/tap", "--", programs.node],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True, env={
                **os.environ, "LD_PRELOAD": injector, "FAULTS_PROGRAM": "narrows",
                "FAULTS": fault.format(**vars(errno))})
        try:
            out, err = process.communicate(b"".join(burst for burst, _ in talk.bursts),
                                           timeout=conversation.PATIENCE_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return "it hangs"
    if process.returncode < 0:
        return f"ended by signal {-process.returncode}; stderr: {err[-200:]!r}"
    if process.returncode == 0:
        return conversation.problem_of_replies(talk, out, True, False)
    return None if err else f"status {process.returncode}, and not a word"


def try_all(programs, injector, tell):
    """How many were tried, and failed."""
    problems = {fault: problem_of(programs, injector, fault) for fault in FAULTS}
    failed = {fault: problem for fault, problem in problems.items() if problem}
    for fault, problem in failed.items():
        tell(fault, problem)
    return len(FAULTS), len(failed)
