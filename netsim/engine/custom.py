"""Custom processes: a user's generator in place of the built-in diagnosis at a node."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from netsim.engine.records import Activity, Component, OrderState
from netsim.engine.service import Order, Service
from netsim.engine.story import GO, WAIT
from netsim.errors import ModelError, TapeExhausted
from netsim.model.model import Model
from netsim.registry import find_process
from netsim.tape.draws import threshold
from netsim.tape.purposes import Purpose, custom

__all__ = ["CustomProcess", "CustomProcesses", "NodeHandle", "OrderHandle", "SimHandle"]

_PURPOSES = {purpose.name.lower(): int(purpose) for purpose in Purpose if purpose != Purpose.CUSTOM}


class OrderHandle:
    """An order as a user's process sees it."""

    def __init__(self, order: Order, process: CustomProcess) -> None:
        self._order = order
        self._process = process
        self._held = False
        self._asked = ""

    def mark(self, purpose: str | int, attempt: int = 0) -> int:
        """Return the tape's mark for *purpose*: a name such as ``diagnosis``, or a number of the user's own from 0.

        Repeats of one purpose for one order count their *attempt* up; the same address gives the same mark for ever.
        """
        number = custom(purpose) if isinstance(purpose, int) else _PURPOSES.get(purpose)
        if number is None:
            raise ModelError(
                f"asks for the unknown purpose {purpose}; use one of {', '.join(_PURPOSES)} or a number from 0"
            )
        order = self._order
        return order.stream.mark(order.owner, order.number, 0, number, attempt)

    def chance(self, purpose: str | int, probability: float | None = None, attempt: int = 0) -> bool:
        """Return whether an event happens: of *probability*, or for ``no_fault`` of the failure mode's own share."""
        if probability is None:
            if purpose != "no_fault":
                raise ModelError(
                    f"asks for chance({purpose!r}), which needs a probability; only no_fault has one of its own"
                )
            limit = self._process.no_fault[self._order.mode]
        else:
            limit = threshold(probability)
        return self.mark(purpose, attempt) < limit

    @property
    def in_warranty(self) -> bool:
        """Return whether the brand pays."""
        return not self._order.paid

    def _ask(self, step: str) -> Order:
        """Note that *step* was asked for, which the process must yield before it asks for another."""
        if self._asked:
            raise ModelError(f"must write `yield {self._asked}`: it goes on when that has come to its end")
        self._asked = step
        return self._order

    def _take(self, step: object) -> bool:
        """Return *step*, which the process has yielded, if it is the one asked for."""
        if not self._asked or not isinstance(step, bool):
            raise ModelError(f"yielded {step!r}; yield what bench.seize, sim.work or sim.wait returns")
        self._asked = ""
        return step


class _BenchHandle:
    """The node's bench as a user's process sees it."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def seize(self, handle: OrderHandle) -> bool:
        """Queue for a technician; yield what this returns."""
        if handle._held:
            raise ModelError("seizes a technician and has one; release that one first")
        order = handle._ask("node.bench.seize(order)")
        handle._held = True
        self._service.enter(order, OrderState.QUEUE_DIAGNOSIS, Component.QUEUE)
        return GO if order.bench is None else order.bench.join(order)

    def release(self, handle: OrderHandle) -> None:
        """Give the technician back."""
        if handle._asked or not handle._held:
            raise ModelError("releases a technician and has none; `yield node.bench.seize(order)` first")
        handle._held = False
        if handle._order.bench is not None:
            handle._order.bench.leave()


class NodeHandle:
    """The node as a user's process sees it."""

    def __init__(self, name: str, service: Service) -> None:
        self.name = name
        self.bench = _BenchHandle(service)


class SimHandle:
    """The run as a user's process sees it."""

    def __init__(self, service: Service, handle: OrderHandle) -> None:
        self._service = service
        self._handle = handle

    @property
    def now(self) -> int:
        """Return the current second."""
        return self._service.clock.now

    def work(self, node: NodeHandle, mark: int) -> bool:
        """Let the node's technician work for the diagnosis time at *mark*; yield what this returns."""
        if not self._handle._held:
            raise ModelError("works and has no technician; `yield node.bench.seize(order)` first")
        service, order = self._service, self._handle._ask("sim.work(node, mark)")
        if order.bench is None:
            return GO
        service.enter(order, OrderState.DIAGNOSIS, Component.DIAGNOSIS)
        seconds = service.dice.at_mark(service.durations[Activity.DIAGNOSIS][order.bench.number], mark)
        return order.bench.work(order, Activity.CUSTOM, seconds)

    def wait(self, seconds: int) -> bool:
        """Let *seconds*, a whole number from 0, pass; yield what this returns."""
        if seconds < 0 or seconds != int(seconds):
            raise ModelError(f"waits {seconds} seconds; write a whole number from 0")
        order = self._handle._ask("sim.wait(seconds)")
        return self._service.appointment(order, self.now + int(seconds))


class CustomProcess:
    """One node's process: a generator ``(order, node, sim)`` that returns ``ready`` or ``parts_needed``."""

    def __init__(
        self, function: Callable[..., Generator[bool, None, str]], name: str, model: Model, service: Service
    ) -> None:
        self._function = function
        self._node = NodeHandle(name, service)
        self._service = service
        self._places = model.zone_names + model.fleet_names
        self.no_fault: list[int] = model.modes.no_fault.tolist()

    def tell(self, order: Order) -> Generator[bool, None, str]:
        """Tell the user's part of *order*'s story; the result says how it goes on.

        Raise ModelError, which names node and order, for whatever goes wrong in the user's code.
        """
        handle = OrderHandle(order, self)
        self._service.enter(order, OrderState.DIAGNOSIS, Component.DIAGNOSIS)
        try:
            steps: Any = self._function(handle, self._node, SimHandle(self._service, handle))
            if not isinstance(steps, Generator):
                raise ModelError("is no generator; let it yield at least once")
            while True:
                try:
                    step = next(steps)
                except StopIteration as end:
                    return self._outcome(handle, end.value)
                if handle._take(step):
                    yield WAIT
        except TapeExhausted:
            raise
        except Exception as error:
            what = str(error) if isinstance(error, ModelError) else f"raised {type(error).__name__}: {error}"
            raise ModelError(
                f"order {order.number} of {self._places[order.owner]}, second {self._service.clock.now}: "
                f"the process of {self._node.name} {what}"
            ) from error

    def _outcome(self, handle: OrderHandle, outcome: object) -> str:
        if outcome not in ("ready", "parts_needed"):
            raise ModelError(f"returned {outcome!r}; return 'ready' or 'parts_needed'")
        if handle._asked:
            raise ModelError(f"must write `yield {handle._asked}`: it goes on when that has come to its end")
        if handle._held:
            raise ModelError("ended with a technician; call node.bench.release(order)")
        return str(outcome)


class CustomProcesses:
    """The custom processes of a model, by node."""

    def __init__(self, model: Model, service: Service) -> None:
        self._of: dict[int, CustomProcess] = {}
        for node, name in enumerate(model.nodes.process):
            if name:
                function = find_process(name)
                if function is None:
                    raise ModelError(
                        f"node {model.node_names[node]}: no process is registered as {name}; decorate one with @process"
                    )
                self._of[node] = CustomProcess(function, model.node_names[node], model, service)

    def of(self, node: int) -> CustomProcess | None:
        """Return the custom process of *node*, or None."""
        return self._of.get(node)
