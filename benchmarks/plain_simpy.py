"""The two-echelon repair network as a SimPy user would write it: a process per order, core and replenishment.

Two variants of one program. `run` has an object for every thing that the network has: benches are Resources (here
without limit), stock is Containers, work and the return lane are timeouts (here of zero length), and each order leaves
one row. `run_bare` leaves out whatever these figures make idle, which a user can do only by writing another program
for each network. Random numbers come from the standard library.
"""

from __future__ import annotations

import random
from collections.abc import Generator
from typing import Any

import simpy

__all__ = ["DAY", "run", "run_bare"]

DAY = 86_400.0
Steps = Generator[Any, Any, None]
Rows = list[tuple[float, float]]


class _Network:
    """A depot with stock and a repair bench, and outlets that it supplies."""

    def __init__(
        self, outlets: int, *, rate: float, stock: int, depot_stock: int, transport: float, repair: float, seed: int
    ) -> None:
        self.env = simpy.Environment()
        self.random = random.Random(seed)
        self.rate, self.transport, self.repair = rate, transport, repair
        self.diagnosis = self.work = self.way_back = 0.0
        self.depot = simpy.Container(self.env, init=depot_stock)
        self.depot_bench = simpy.Resource(self.env, capacity=10**9)
        self.rows: Rows = []
        for _ in range(outlets):
            shelf = simpy.Container(self.env, init=stock)
            bench = simpy.Resource(self.env, capacity=10**9)
            self.env.process(self.failures(shelf, bench))

    def failures(self, shelf: simpy.Container, bench: simpy.Resource) -> Steps:
        while True:
            yield self.env.timeout(self.random.expovariate(self.rate))
            self.env.process(self.order(shelf, bench))

    def order(self, shelf: simpy.Container, bench: simpy.Resource) -> Steps:
        with bench.request() as technician:
            yield technician
            yield self.env.timeout(self.diagnosis)
        asked = self.env.now
        self.env.process(self.core())
        self.env.process(self.replenish(shelf))
        yield shelf.get(1)
        arrived = self.env.now
        with bench.request() as technician:
            yield technician
            yield self.env.timeout(self.work)
        self.rows.append((asked, arrived - asked))

    def replenish(self, shelf: simpy.Container) -> Steps:
        yield self.depot.get(1)
        yield self.env.timeout(self.transport)
        yield shelf.put(1)

    def core(self) -> Steps:
        yield self.env.timeout(self.way_back)
        with self.depot_bench.request() as technician:
            yield technician
            yield self.env.timeout(self.random.expovariate(1 / self.repair))
        yield self.depot.put(1)


class _BareNetwork(_Network):
    """The same without benches, without work and without a way back."""

    def order(self, shelf: simpy.Container, bench: simpy.Resource) -> Steps:
        asked = self.env.now
        self.env.process(self.core())
        self.env.process(self.replenish(shelf))
        yield shelf.get(1)
        self.rows.append((asked, self.env.now - asked))

    def core(self) -> Steps:
        yield self.env.timeout(self.random.expovariate(1 / self.repair))
        yield self.depot.put(1)


def run(outlets: int, *, depot_stock: int, days: int, seed: int, network: type[_Network] = _Network) -> Rows:
    """Return (second asked, seconds waited) of every order."""
    model = network(
        outlets, rate=0.2 / DAY, stock=1, depot_stock=depot_stock, transport=3 * DAY, repair=6 * DAY, seed=seed
    )
    model.env.run(until=days * DAY)
    return model.rows


def run_bare(outlets: int, *, depot_stock: int, days: int, seed: int) -> Rows:
    """Return the same from the variant without idle steps."""
    return run(outlets, depot_stock=depot_stock, days=days, seed=seed, network=_BareNetwork)
