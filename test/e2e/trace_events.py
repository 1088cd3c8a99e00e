# SPDX-License-Identifier: MIT
"""Reads a trace as the viewers do, and checks it against the rules of its format.

Source: the "Trace Event Format" document; slices of one track must nest, or Perfetto drops them.
"""
import collections
import json

TRACKS = {1: "parse", 2: "dispatch", 3: "serialize"}
COMPONENTS = ["input", "parse", "dispatch_queue", "dispatch", "serialize_queue", "serialize",
              "output"]
SERVICES = ["parse", "dispatch", "serialize"]  # by track


class Malformed(AssertionError):
    """A viewer would refuse this, or show something wrong."""


def check(holds, what):
    if not holds:
        raise Malformed(what)


def ns(micros):
    """Times are microseconds with three decimals: whole nanoseconds."""
    return round(micros * 1000)


def parse(text):
    """The events of a whole array."""
    events = json.loads(text)
    check(isinstance(events, list), "no array")
    return events


def parse_as_viewers_do(text):
    """The same; the closing bracket may be missing, as the format allows."""
    text = text.rstrip()
    return parse(text if text.endswith(b"]") else text.removesuffix(b",") + b"]")


def check_event(event):
    for key, kinds in (("ph", str), ("name", str), ("pid", int), ("tid", int), ("ts", (int, float))):
        check(isinstance(event.get(key), kinds), f"{key} of {event}")
    check(event["ph"] in "MXstfbei" and len(event["ph"]) == 1, f"phase of {event}")
    check(event["ts"] >= 0, f"time of {event}")
    if event["ph"] == "X":
        check(event.get("dur", -1) >= 0, f"duration of {event}")
    if event["ph"] in "stfbe":
        check(isinstance(event.get("id"), int) and event.get("cat"), f"id and category of {event}")
    if event["ph"] in "MX":
        check(isinstance(event.get("args"), dict), f"arguments of {event}")


def check_slices(slices):
    """On a track, one after the other."""
    for track in TRACKS:
        end = 0
        for each in sorted((one for one in slices if one["tid"] == track), key=lambda one: one["ts"]):
            check(ns(each["ts"]) >= end, f"{each} begins before the slice ahead of it ends, at {end}")
            end = ns(each["ts"]) + ns(each["dur"])


class Message:
    """What belongs to one message: its slices by track, its arrows, its own track's events."""

    def __init__(self):
        self.slices, self.arrows, self.whole = {}, [], []

    @property
    def figures(self):
        return self.whole[0]["args"]

    def check(self):
        check(set(self.slices) == set(TRACKS), f"slices of {self.slices}")
        for track, (phase, arrow) in zip(TRACKS, zip("stf", self.arrows)):
            one = self.slices[track]
            check(arrow["ph"] == phase and arrow["tid"] == track, f"arrow {arrow}")
            check(ns(one["ts"]) <= ns(arrow["ts"]) <= ns(one["ts"]) + ns(one["dur"]),
                  f"{arrow} is not inside {one}")
        check(len(self.arrows) == 3 and self.arrows[2].get("bp") == "e", f"arrows {self.arrows}")
        self.check_whole()

    def check_whole(self):
        awaited = ns(self.figures.get("await_us", 0))  # there if the handler waited
        check("".join(one["ph"] for one in self.whole) == ("bbee" if awaited else "be"),
              f"{self.whole}")
        first, last = self.whole[0], self.whole[-1]
        check(last["name"] == first["name"], f"end {last}")
        parts = [ns(self.figures[f"{name}_us"]) for name in COMPONENTS]
        check(sum(parts) + awaited == ns(self.figures["latency_us"]), f"the parts of {self.figures}")
        at = ns(first["ts"])
        for number, (name, part) in enumerate(zip(COMPONENTS, parts)):
            if name in SERVICES:
                one = self.slices[SERVICES.index(name) + 1]
                check(ns(one["args"]["waited_us"]) == parts[number - 1], f"{one} waited otherwise")
                check(one["args"]["msg_id"] == self.figures["msg_id"], f"{one} is another's")
            if name == "dispatch" and awaited:
                self.check_handler(one, at, at + part + awaited)
                at += awaited
            elif name in SERVICES:
                check((ns(one["ts"]), ns(one["dur"])) == (at, part), f"{one} is not at {at}")
            at += part
        check(ns(last["ts"]) == at, f"{last} is not at {at}")

    def check_handler(self, mark, begin, end):
        """One that waited: its way from begin to end, and a mark at its end."""
        check([(one["name"], ns(one["ts"])) for one in self.whole[1:3]]
              == [("handler", begin), ("handler", end)], f"{self.whole} is not from {begin}")
        check(ns(mark["dur"]) <= 1 and ns(mark["ts"]) + ns(mark["dur"]) == end,
              f"{mark} is not at {end}")


def check_trace(events):
    """Checks all of it; the figures of each message in the order of its replies."""
    for event in events:
        check_event(event)
    named = {event["tid"]: event["args"]["name"] for event in events
             if event["name"] == "thread_name"}
    check(named == TRACKS, f"tracks {named}")
    check(any(event["name"] == "process_name" for event in events), "no process_name")
    check_slices([event for event in events if event["ph"] == "X"])
    messages = collections.defaultdict(Message)
    latest = None  # slices carry no id: the arrow behind one does
    for event in events:
        if event["ph"] == "X":
            latest = event
        elif event["ph"] in "stf":
            messages[event["id"]].slices[event["tid"]] = latest
            messages[event["id"]].arrows.append(event)
        elif event["ph"] in "be":
            messages[event["id"]].whole.append(event)
    for message in messages.values():
        message.check()
    check(3 * len(messages) == sum(event["ph"] == "X" for event in events), "slices without arrows")
    return sorted((one.figures for one in messages.values()), key=lambda of: of["msg_id"])


def dropped(events):
    return sum(event["args"]["dropped"] for event in events if event["ph"] == "i")
