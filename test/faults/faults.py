# SPDX-License-Identifier: MIT
"""Lets a node's calls fail, and kills it, in all ways; says what promise was broken, and how to see
it again.

calls        each call of the C library failing once, and for good, in each way its manual names;
             then N runs (100) with several faults at random
allocations  each allocation failing
kills        N (500) SIGTERMs and as many SIGKILLs at random
tap          the same of `narrows tap`, a fixed list
all          these four
sample       some of each, and what has been found so far: what the test `faults` runs
one          a run with the faults given: MODE CALL:ERROR:NUMBER[+]…, as a failure names them
"""
import argparse
import errno
import sys

import conversation
import injection
import kills
import tap_faults


def tell_trial(trial, problem):
    print(f"FAILED {problem}\n  again: tools/faults one {trial.mode} {' '.join(trial.faults)}",
          flush=True)


def tell_kill(seed, problem):
    print(f"FAILED {problem}\n  again: tools/faults kills 1 --seed {seed}", flush=True)


def calls(options):
    talk = conversation.usual()
    node = injection.Node(options.node, options.injector)
    trials = list(injection.all_trials(node, talk))
    if options.every > 1:
        trials = trials[options.seed % options.every::options.every]
    trials += injection.random_trials(node, talk, options.number or 100, options.seed)
    return injection.try_all(node, trials, talk, tell_trial)


def allocations(options):
    talk = conversation.usual()
    node = injection.Node(options.node, options.injector)
    trials = list(injection.all_trials(node, talk, ["malloc"]))[::options.every]
    return injection.try_all(node, trials, talk, tell_trial)


def kill(options):
    number = options.number or 500
    programs = kills.Programs(options.node, options.narrows)
    return 2 * number, kills.try_kills(programs, number, options.seed, tell_kill)


# What once hung, crashed or lost something, by faults of the same kind.
FOUND = [
    "pthread_create:{EAGAIN}:1", "pthread_create:{EAGAIN}:2", "pthread_create:{EAGAIN}:3",
    "pthread_create:{EAGAIN}:4",  # threads that waited for one that did not start
    "futex:{EINVAL}:2", "futex:{EINVAL}:2+",  # a wake-up lost for ever
    "preadv2:{EINTR}:2+", "preadv2:{EAGAIN}:2+", "read:{EINTR}:1+",  # repeated for ever
    "write:{EINTR}:1+", "write:{EAGAIN}:1+", "write:{EIO}:5+", "pwrite:{EINTR}:2+",
    "sigaction:{EINVAL}:1",  # no signal was caught, and nobody told
    "pwrite:{ENOSPC}:3+", "pwrite:{EIO}:2", "rename:{ENOSPC}:1", "rename:{ENOSPC}:2",
    "ftruncate:{EINTR}:1+", "open:{EMFILE}:1", "close:{EIO}:3",  # files that were not whole, or not tried again
    "poll:{ENOMEM}:1", "write:{EIO}:3",  # lines of the log
    "malloc:{ENOMEM}:2+",  # no memory even for an exception
]


def found():
    for mode in injection.MODES:
        for fault in FOUND:
            yield injection.Trial(mode, [fault.format(**vars(errno))])
        # A file that was thought to be gone, begun anew, and could not be emptied.
        for number in range(4, 14):
            yield injection.Trial(mode, ["ftruncate:4:2+", f"fstat:5:{number}"])


def sample(options):
    talk = conversation.usual()
    node = injection.Node(options.node, options.injector)
    trials = list(found())
    trials += list(injection.all_trials(node, talk))[options.seed % 40::40]
    trials += list(injection.all_trials(node, talk, ["malloc"]))[options.seed % 20::20]
    tried, failed = injection.try_all(node, trials, talk, tell_trial)
    programs = kills.Programs(options.node, options.narrows)
    failed += kills.try_kills(programs, 5, options.seed, tell_kill)
    return tuple(map(sum, zip((tried + 10, failed), tap(options))))


def tap(options):
    programs = kills.Programs(options.node, options.narrows)
    return tap_faults.try_all(programs, options.injector, lambda fault, problem: print(
        f"FAILED tap with {fault}: {problem}\n  again: tools/faults tap", flush=True))


def everything(options):
    done = [calls(options), allocations(options), kill(options), tap(options)]
    return tuple(map(sum, zip(*done)))


def one(options):
    node = injection.Node(options.node, options.injector)
    trial = injection.Trial(options.arguments[0], options.arguments[1:])
    return injection.try_all(node, [trial], conversation.usual(), tell_trial)


COMMANDS = {"calls": calls, "allocations": allocations, "kills": kill, "tap": tap,
            "all": everything, "sample": sample, "one": one}


def parse():
    parser = argparse.ArgumentParser(prog="tools/faults", description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("arguments", nargs="*", metavar="N", help="how many; or MODE FAULT…")
    parser.add_argument("--seed", type=int, default=1, help="of what is random (1)")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="each N-th trial alone")
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    for name in ("node", "narrows", "injector"):
        parser.add_argument(f"--{name}", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.number = None
    if options.seed < 0 or options.every < 1:
        parser.error("--seed is at least 0, and --every at least 1")
    if options.command == "one":
        if len(options.arguments) < 2 or options.arguments[0] not in injection.MODES:
            parser.error("one takes pipeline or inline, and a fault")
    elif options.arguments:
        if len(options.arguments) > 1 or not options.arguments[0].isdecimal():
            parser.error(f"{options.command} takes a number")
        options.number = int(options.arguments[0])
    return options


def main():
    options = parse()
    if options.check:
        return
    tried, failed = COMMANDS[options.command](options)
    print(f"{options.command}: {tried} tried, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
