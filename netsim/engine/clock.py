"""The clock: SimPy's event queue, with our one event class and our own order within a second."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import simpy
from simpy.core import StopSimulation

from netsim.engine.contract import pack
from netsim.errors import ModelError

__all__ = ["Clock", "Occurrence"]

Handler = Callable[[Any], None]


class Occurrence(simpy.Event):
    """An event that calls *handler* with *subject*; it never fails and nobody waits for it."""

    def __init__(self, clock: Clock, key: int, handler: Handler, subject: Any) -> None:
        # SimPy's own constructor would set a pending value; this event is triggered from the start.
        self.env = clock.environment
        self._ok = True
        self._value = subject
        self.handler = handler
        self.key = key
        self.callbacks = clock.callbacks  # type: ignore[assignment]  # SimPy only iterates over it


class Clock:
    """Time in whole seconds, and what is to come.

    `env.timeout`, `env.process` and process ends have priorities of their own that would come before every key of
    ours, so nothing but an `Occurrence` is ever scheduled.
    """

    def __init__(self, horizon: int, *, debug: bool = False) -> None:
        self.environment = simpy.Environment(initial_time=0)
        self.now = 0
        self.horizon = horizon
        self.callbacks: tuple[Callable[[Occurrence], None], ...] = (self._happen_checked if debug else self._happen,)
        self._schedule: Callable[[Occurrence, Any, int], None] = self.environment.schedule  # its heap takes any order
        self._pending: set[tuple[int, int]] | None = set() if debug else None
        self._last = (-1, -1)

    def at(self, time: int, key: int, handler: Handler, subject: Any) -> None:
        """Let *handler* happen at *time*, in the order of *key* (`netsim.engine.contract.pack`) within its second."""
        if self._pending is not None:
            if time < self.now:
                raise ModelError(f"an occurrence for second {time} was scheduled at second {self.now}")
            if (time, key) in self._pending:
                raise ModelError(f"two occurrences at second {time} have the key {key:#x}")
            self._pending.add((time, key))
        self._schedule(Occurrence(self, key, handler, subject), key, time - self.now)

    def run(self) -> None:
        """Let everything happen that comes before the horizon."""
        stop = Occurrence(self, pack(0, 0), _stop, None)
        stop.callbacks = [_stop]
        self._schedule(stop, stop.key, self.horizon - self.now)
        self.environment.run()
        self.now = self.horizon

    def _happen(self, event: Occurrence) -> None:
        self.now = event.env._now  # type: ignore[assignment]  # whole seconds throughout
        event.handler(event._value)

    def _happen_checked(self, event: Occurrence) -> None:
        if self._pending is None:
            raise ModelError("the checking handler needs the set of pending occurrences")
        self._pending.discard((event.env._now, event.key))
        self._happen(event)


def _stop(_: Any) -> None:
    raise StopSimulation(None)
