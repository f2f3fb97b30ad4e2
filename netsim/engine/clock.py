"""The clock: a SimPy environment that knows one kind of event and our own order within a second."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

import simpy
from simpy.core import EmptySchedule, StopSimulation

from netsim.errors import ModelError

__all__ = ["Clock", "Occurrence"]

Handler = Callable[[Any], None]
_BEFORE_ALL = -1


class Occurrence(simpy.Event):
    """An event that calls *handler* with *subject*; it never fails and nobody waits for it."""

    __slots__ = ("handler", "subject")

    callbacks = ()  # type: ignore[assignment]  # triggered from the start, with nobody to call back
    _ok = True
    _value = None
    # Not SimPy's own constructor: it would prepare callbacks and a value that are never used, and take half as long
    # again as all else that `Clock.at` does.
    __init__ = object.__init__

    handler: Handler
    subject: Any


class Clock(simpy.Environment):
    """Time in whole seconds, and what is to come in order of (second, key).

    `env.timeout`, `env.process` and process ends have priorities of their own that would come before every key of
    ours, so nothing but an `Occurrence` is ever scheduled. Knowing that, `step` leaves out what SimPy does for events
    that fail or have waiters, which takes half of the time per event. *closing*, when set, runs once when nothing more
    is to come in the present second: it is the last of the departures (phase 9).
    """

    now = 0  # a plain attribute: SimPy's property would cost a call at each look at the clock

    def __init__(self, horizon: int, *, debug: bool = False) -> None:
        super().__init__(initial_time=0)
        self.now = 0
        self.horizon = horizon
        self.closing: Callable[[], None] | None = None
        self._pending: set[tuple[int, int]] = set()
        if debug:
            self.at = self._at_checked  # type: ignore[method-assign]

    def at(self, time: int, key: int, handler: Handler, subject: Any) -> None:
        """Let *handler* happen at *time*, in the order of *key* (`netsim.engine.contract.pack`) within its second."""
        occurrence = Occurrence()
        occurrence.handler = handler
        occurrence.subject = subject
        heappush(self._queue, (time, key, 0, occurrence))  # type: ignore[misc]

    def step(self) -> None:
        """Let the next occurrence happen; raise SimPy's `EmptySchedule` if there is none."""
        closing = self.closing
        if closing is not None and (not self._queue or self._queue[0][0] > self.now):
            self.closing = None
            closing()
            return
        if not self._queue:
            raise EmptySchedule
        time, _, _, event = heappop(self._queue)
        self.now = self._now = time  # type: ignore[assignment]
        event.handler(event.subject)  # type: ignore[attr-defined]

    def run_to_horizon(self) -> None:
        """Let everything happen that comes before the horizon."""
        self.at(self.horizon, _BEFORE_ALL, _stop, None)
        queue: list[Any] = self._queue
        try:
            while True:  # `step`, told without calls
                time = queue[0][0]
                if time > self.now:
                    closing = self.closing
                    if closing is not None:
                        self.closing = None
                        closing()
                        continue
                    self.now = self._now = time
                event = heappop(queue)[3]
                handler = event.handler
                handler(event.subject)
        except StopSimulation:
            return

    def _at_checked(self, time: int, key: int, handler: Handler, subject: Any) -> None:
        if time < self.now:
            raise ModelError(f"an occurrence for second {time} was scheduled at second {self.now}")
        if (time, key) in self._pending:
            raise ModelError(f"two occurrences at second {time} have the key {key:#x}")
        self._pending.add((time, key))

        def happen(subject: Any) -> None:
            self._pending.discard((time, key))
            handler(subject)

        Clock.at(self, time, key, happen, subject)


def _stop(_: None) -> None:
    raise StopSimulation
