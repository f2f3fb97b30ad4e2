"""Custom processes: a user's generator in place of the built-in diagnosis at a node."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from netsim.engine.records import Activity, Component, OrderState
from netsim.engine.service import Order, Service
from netsim.engine.story import GO
from netsim.errors import ModelError
from netsim.model.model import Model
from netsim.registry import find_process
from netsim.tape.purposes import Purpose, custom

__all__ = ["CustomProcess", "CustomProcesses", "NodeHandle", "OrderHandle", "SimHandle"]

_PURPOSES = {purpose.name.lower(): int(purpose) for purpose in Purpose if purpose != Purpose.CUSTOM}


class OrderHandle:
    """An order as a user's process sees it."""

    def __init__(self, order: Order, process: CustomProcess) -> None:
        self._order = order
        self._process = process

    def mark(self, purpose: str | int) -> int:
        """Return the tape's mark for *purpose*: a name such as ``diagnosis``, or a number of the user's own from 0."""
        number = custom(purpose) if isinstance(purpose, int) else _PURPOSES.get(purpose)
        if number is None:
            raise ModelError(f"unknown purpose {purpose}; use one of {', '.join(_PURPOSES)} or a number from 0")
        order = self._order
        return order.stream.mark(order.owner, order.number, 0, number)

    def chance(self, purpose: str | int, probability: float | None = None) -> bool:
        """Return whether an event happens: of *probability*, or for ``no_fault`` of the failure mode's own share."""
        if probability is None:
            if purpose != "no_fault":
                raise ModelError(f"chance({purpose!r}) needs a probability; only no_fault has one of its own")
            limit = self._process.no_fault[self._order.mode]
        else:
            limit = round(probability * 2**32)
        return self.mark(purpose) < limit

    @property
    def in_warranty(self) -> bool:
        """Return whether the brand pays."""
        return not self._order.paid


class _BenchHandle:
    """The node's bench as a user's process sees it."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def seize(self, handle: OrderHandle) -> bool:
        """Queue for a technician; yield what this returns."""
        order = handle._order
        self._service.enter(order, OrderState.QUEUE_DIAGNOSIS, Component.QUEUE)
        return GO if order.bench is None else order.bench.join(order)

    def release(self, handle: OrderHandle) -> None:
        """Give the technician back."""
        if handle._order.bench is not None:
            handle._order.bench.leave()


class NodeHandle:
    """The node as a user's process sees it."""

    def __init__(self, name: str, service: Service) -> None:
        self.name = name
        self.bench = _BenchHandle(service)


class SimHandle:
    """The run as a user's process sees it."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._order: Order | None = None

    @property
    def now(self) -> int:
        """Return the current second."""
        return self._service.clock.now

    def work(self, node: NodeHandle, mark: int) -> bool:
        """Let the node's technician work for the diagnosis time at *mark*; yield what this returns."""
        service, order = self._service, self._order
        if order is None or order.bench is None:
            return GO
        service.enter(order, OrderState.DIAGNOSIS, Component.DIAGNOSIS)
        seconds = service.dice.at_mark(service.durations[Activity.DIAGNOSIS][order.bench.number], mark)
        return order.bench.work(order, Activity.CUSTOM, seconds)

    def wait(self, seconds: int) -> bool:
        """Let *seconds* pass; yield what this returns."""
        if self._order is None:
            return GO
        return self._service.appointment(self._order, self._service.clock.now + seconds)


class CustomProcess:
    """One node's process: a generator ``(order, node, sim)`` that returns ``ready`` or ``parts_needed``."""

    def __init__(
        self, function: Callable[..., Generator[bool, None, str]], name: str, model: Model, service: Service
    ) -> None:
        self._function = function
        self._node = NodeHandle(name, service)
        self._service = service
        self.no_fault: list[int] = model.modes.no_fault.tolist()

    def tell(self, order: Order) -> Generator[bool, None, str]:
        """Tell the user's part of *order*'s story; the result says how it goes on."""
        sim = SimHandle(self._service)
        sim._order = order
        outcome: Any = yield from self._function(OrderHandle(order, self), self._node, sim)
        if outcome not in ("ready", "parts_needed"):
            raise ModelError(f"the process of {self._node.name} returned {outcome!r}; return 'ready' or 'parts_needed'")
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
