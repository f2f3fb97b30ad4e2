"""Fleets: named units that fail after a time in use and count again from their return."""

from __future__ import annotations

from collections.abc import Callable

from netsim.engine.clock import Clock
from netsim.engine.contract import Phase, Tape, claim_subject, pack
from netsim.engine.dice import Dice
from netsim.engine.service import Order
from netsim.model.model import Model
from netsim.tape.purposes import Purpose

__all__ = ["Fleets"]


class Fleets:
    """Calls the next failure of every unit: failure *n* of unit *u* of a fleet of U has the number n·U + u."""

    def __init__(
        self, model: Model, tape: Tape, clock: Clock, dice: Dice, claim: Callable[[int, int, int], None]
    ) -> None:
        self._first_owner = len(model.zone_names)
        self._units = model.fleet_units.tolist()
        self._life = model.fleet_life.tolist()
        self._mode = model.fleet_mode.tolist()
        self._streams = [tape.stream(name) for name in model.fleet_names]
        self._clock = clock
        self._dice = dice
        self._claim = claim

    def open(self) -> None:
        """Call the first failure of every unit."""
        for fleet, units in enumerate(self._units):
            for unit in range(units):
                self._call(fleet, unit)

    def returned(self, order: Order) -> None:
        """Call the next failure of a unit whose order has closed."""
        fleet = order.owner - self._first_owner
        if fleet >= 0:
            self._call(fleet, order.number + self._units[fleet])

    def _call(self, fleet: int, number: int) -> None:
        owner = self._first_owner + fleet
        life = self._dice.seconds(self._life[fleet], self._streams[fleet], owner, number, 0, Purpose.UP_TIME)
        time = self._clock.now + life
        if time < self._clock.horizon:
            self._clock.at(time, pack(Phase.CLAIM, claim_subject(owner, number), 2), self._fails, (fleet, number))

    def _fails(self, failure: tuple[int, int]) -> None:
        fleet, number = failure
        self._claim(self._first_owner + fleet, number, self._mode[fleet])
