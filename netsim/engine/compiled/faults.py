"""Faults: why the kernel stops before the horizon, and how it says so."""

from __future__ import annotations

from netsim.engine.compiled.jit import subroutine
from netsim.engine.compiled.layout import POOLS, TABLES

__all__ = ["ENDLESS", "FULL", "TOO_LARGE", "UNSCRIPTED", "Stop", "stop", "too_large", "unscripted"]

FULL = {name: code for code, name in enumerate((*TABLES, *POOLS), start=1)}
"""Codes of what has no room left, by table or field of the run."""
ENDLESS = 97
UNSCRIPTED = 98
TOO_LARGE = 99


class Stop(Exception):  # noqa: N818  # it tells the caller to look at the run, and is none of the user's faults
    """The kernel has stopped; the run's *fault* says why."""


@subroutine
def stop(run, code):
    """Stop the run with a code."""
    run.fault = code
    raise Stop


@subroutine
def too_large(run):
    """Stop the run: a number does not fit its column of the records."""
    run.fault = TOO_LARGE
    raise Stop


@subroutine
def unscripted(run, stream, owner, number, line, purpose, attempt):
    """Stop the run: the tape's script holds no mark at this address."""
    run.fault = UNSCRIPTED
    run.fault_stream = stream
    run.fault_owner = owner
    run.fault_number = number
    run.fault_line = line
    run.fault_purpose = purpose
    run.fault_attempt = attempt
    raise Stop
