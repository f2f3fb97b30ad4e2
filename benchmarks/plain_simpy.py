"""The two-echelon repair network as a SimPy user would write it: a process per order, a Container per stock.

No records but each order's wait; random numbers from the standard library.
"""

from __future__ import annotations

import random
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import simpy

DAY = 86_400.0


@dataclass
class Network:
    """A depot with stock and ample repair, and outlets that it supplies."""

    outlets: int
    rate: float
    stock: int
    depot_stock: int
    transport: float
    repair: float
    seed: int
    env: simpy.Environment = field(default_factory=simpy.Environment)
    waits: list[tuple[float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.depot = simpy.Container(self.env, init=self.depot_stock)
        self.shelves = [simpy.Container(self.env, init=self.stock) if self.stock else None for _ in range(self.outlets)]
        for shelf in self.shelves:
            self.env.process(self.failures(shelf))

    def failures(self, shelf: Any) -> Generator[Any, Any, None]:
        while True:
            yield self.env.timeout(self.random.expovariate(self.rate))
            self.env.process(self.order(shelf))

    def order(self, shelf: Any) -> Generator[Any, Any, None]:
        asked = self.env.now
        self.env.process(self.mend())
        self.env.process(self.replenish(shelf))
        yield shelf.get(1)
        self.waits.append((asked, self.env.now - asked))

    def replenish(self, shelf: Any) -> Generator[Any, Any, None]:
        yield self.depot.get(1)
        yield self.env.timeout(self.transport)
        yield shelf.put(1)

    def mend(self) -> Generator[Any, Any, None]:
        yield self.env.timeout(self.random.expovariate(1 / self.repair))
        yield self.depot.put(1)


def run(outlets: int, *, depot_stock: int, days: int, seed: int) -> list[tuple[float, float]]:
    """Return (time asked, wait) of every order, in seconds."""
    network = Network(
        outlets, rate=0.2 / DAY, stock=1, depot_stock=depot_stock, transport=3 * DAY, repair=6 * DAY, seed=seed
    )
    network.env.run(until=days * DAY)
    return network.waits
