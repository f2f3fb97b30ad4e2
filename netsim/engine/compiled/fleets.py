"""Fleets: named units that fail after a time in use and count again from their return."""

from __future__ import annotations

from netsim.engine.compiled.clock import AT_CLAIM, at, claim_subject, key_of
from netsim.engine.compiled.codes import DRAW_UP_TIME
from netsim.engine.compiled.dice import seconds
from netsim.engine.compiled.faults import too_large
from netsim.engine.compiled.jit import subroutine

__all__ = ["FAILURE", "open_fleets", "unit_returned"]

FAILURE = 2
"""Leg of a failure's key."""

_LARGEST = (1 << 31) - 1


@subroutine
def open_fleets(run):
    """Call the first failure of every unit."""
    for fleet in range(run.fleet_count):
        for unit in range(run.fleet[fleet].units):
            _call(run, fleet, unit)


@subroutine
def unit_returned(run, owner, number):
    """Call the next failure of a unit whose order has closed."""
    fleet = owner - run.zone_count
    if fleet >= 0:
        _call(run, fleet, number + run.fleet[fleet].units)


@subroutine
def _call(run, fleet, number):
    owner = run.zone_count + fleet
    life = seconds(run, run.fleet[fleet].life, owner, owner, number, 0, DRAW_UP_TIME, 0)
    if run.now + life < run.horizon and number > _LARGEST:
        too_large(run)
    at(run, run.now + life, key_of(AT_CLAIM, claim_subject(owner, number), FAILURE), number)
