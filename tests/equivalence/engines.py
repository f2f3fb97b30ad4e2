"""The engines that are compared, by name; each is a function of model, tape and plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from netsim.engine.contract import Stream
from netsim.engine.records import Records
from netsim.model.model import Model
from netsim.plan.plan import Plan
from netsim.tape.purposes import Purpose
from netsim.tape.tape import Tape

__all__ = ["ENGINES", "SECOND", "CountingTape", "Engine", "engine"]

Engine = Callable[[Model, Any, Plan], Records]


def _simpy() -> Engine:
    from netsim.engine.simpy_engine import run

    return run


def _checked() -> Engine:
    """Return the SimPy engine that checks that no two pending occurrences have one key."""
    from netsim.engine.simpy_engine import run

    return lambda model, tape, plan: run(model, tape, plan, debug=True)


def _compiled() -> Engine:
    from netsim.engine.compiled.compiled_engine import run

    return run


def _reused() -> Engine:
    """Return the compiled engine that keeps its buffers: what one run leaves there must not reach the next."""
    from netsim.engine.compiled.compiled_engine import CompiledEngine

    return CompiledEngine()


ENGINES: dict[str, Callable[[], Engine]] = {
    "simpy": _simpy,
    "checked": _checked,
    "compiled": _compiled,
    "reused": _reused,
}
"""How to get each engine; only those that are asked for are imported."""

SECOND = "reused"
"""The engine that is held against the SimPy engine."""


def engine(name: str) -> Engine:
    """Return the engine of that name."""
    return ENGINES[name]()


class CountingTape:
    """A tape that counts, by purpose, the marks that an engine asks for, and remembers the streams of one purpose."""

    def __init__(self, tape: Tape) -> None:
        self.claims = tape.claims
        self.asked: dict[int, int] = {}
        self.again = 0
        """How many marks were asked for with an attempt above 0."""
        self.tied: dict[int, set[str]] = {}
        """The nodes that tied in one second, by the second."""
        self._tape = tape

    def stream(self, name: str) -> Stream:
        """Return the stream of that name, counted."""
        return _CountingStream(self, name, self._tape.stream(name))


class _CountingStream:
    def __init__(self, tape: CountingTape, name: str, stream: Stream) -> None:
        self._tape, self._name, self._stream = tape, name, stream

    def mark(self, owner: int, number: int, line: int, purpose: int, attempt: int = 0) -> int:
        """Return the mark."""
        asked = self._tape.asked
        asked[int(purpose)] = asked.get(int(purpose), 0) + 1
        self._tape.again += attempt > 0
        if purpose == Purpose.TIE:
            self._tape.tied.setdefault(number, set()).add(self._name)
        return self._stream.mark(owner, number, line, purpose, attempt)
