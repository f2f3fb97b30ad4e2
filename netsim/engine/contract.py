"""What every engine keeps to: the total order of occurrences, and the shape of a run.

Two occurrences of one second are ordered by phase, then subject, then leg; no two pending ones have all four equal.
Goods of noon therefore serve the demand of noon and catch the truck of noon, whichever engine runs.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Protocol

from netsim.engine.records import Records
from netsim.model.model import Model
from netsim.plan.plan import Plan

__all__ = [
    "AFTER_WORK", "DATE", "LEG_BITS", "MOST_ATTEMPTS", "NEVER_PASSES", "NUMBER_BITS", "PIECES", "PLENTY",
    "SUBJECT_BITS", "Engine", "Phase", "Stream", "Tape", "claim_subject", "pack",
]  # fmt: skip

LEG_BITS = 16
SUBJECT_BITS = 44
MOST_ATTEMPTS = 127
"""Attempts at one repair after which a run is given up: a bench whose work never passes would go on for ever."""
NEVER_PASSES = f"a repair failed its test {MOST_ATTEMPTS + 1} times in a row; raise `test_pass` of its bench"
DATE = -1
"""Owner of a cause that is a date (a review, a departure) rather than a claim."""

NUMBER_BITS = 28
AFTER_WORK = 1 << SUBJECT_BITS - 1
"""Added to a request's row in the key of its lead time: rows of requests and of work count apart, for side by side
their order would hang on what happens elsewhere."""
PIECES = 256
"""A core's line number is its line's times this, and its number among the pieces of that line."""
PLENTY = 1 << 40
"""What a supplier has: more than anyone asks."""


class Phase(IntEnum):
    """What comes first within one second."""

    CALENDAR = 1  # opening (bench)
    ARRIVAL = 2  # arrival of goods (consignment row, leg)
    END = 3  # end of work (work row); then ends of suppliers' lead times (request row + 2^43)
    DEADLINE = 4  # a promise that may have slipped (line row)
    CLAIM = 5  # claim (leg 0), appointment (leg 1), failure of a fleet's unit (leg 2)
    REVIEW = 6  # new level from the plan (stock point, leg 0), review (leg 1), first look (leg 2)
    ALLOCATION = 7  # stock goes to who waits for it (stock point)
    GRANT = 8  # technicians go to the jobs that wait (bench)
    DEPARTURE = 9  # scheduled departure (lane)


def pack(phase: int, subject: int, leg: int = 0) -> int:
    """Return the key of an occurrence among those of its second: phase 4 | subject 44 | leg 16 bits."""
    return (phase << SUBJECT_BITS + LEG_BITS) | (subject << LEG_BITS) | leg


def claim_subject(owner: int, number: int) -> int:
    """Return the subject of claim *number* of zone or fleet *owner*: 16 bits of owner, 28 of number."""
    return (owner << NUMBER_BITS) | number


class Stream(Protocol):
    """The draws of one named thing."""

    def mark(self, owner: int, number: int, line: int, purpose: int, attempt: int = 0) -> int:
        """Return the 32-bit mark at this address."""
        ...


class Tape(Protocol):
    """What an engine asks of a tape: the claims in order, and named streams of marks."""

    @property
    def claims(self) -> Any:
        """Claims as arrays `time, zone, k, mode, cohort, warranty`, in order of (time, zone, k)."""
        ...

    def stream(self, name: str) -> Stream:
        """Return the draws of the thing called *name*."""
        ...


class Engine(Protocol):
    """A function that runs a model."""

    def __call__(self, model: Model, tape: Tape, plan: Plan, *, debug: bool = False) -> Records:
        """Return what happened from second 0 to before the model's horizon."""
        ...
