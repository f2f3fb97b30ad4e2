"""The two-echelon repair network as a SimPy user would write it: a process per order, core and replenishment.

Three variants of one program. `run` has an object for every thing that the network has: benches are Resources (here
without limit), stock is Containers, work and the return lane are timeouts (here of zero length), and each order leaves
one row. `run_with_records` also writes down what netsim writes down: orders, lines, requests, consignments, moves and
work. `run_bare` has nothing but what these figures leave to do, which a user can write only anew for each network.
Random numbers come from the standard library.
"""

from __future__ import annotations

import random
from collections.abc import Generator
from typing import Any

import numpy as np
import simpy

__all__ = ["DAY", "run", "run_bare", "run_with_records"]

DAY = 86_400.0
Steps = Generator[Any, Any, None]
Rows = list[tuple[float, ...]]
FREE, RESERVED, TRANSIT, CORE, RETURNING, WORK, INSTALLED, OUTSIDE = range(8)
DEPOT = -1


class _Plain:
    """A depot with stock and a repair bench, and outlets that it supplies."""

    def __init__(self, outlets: int, *, depot_stock: int, seed: int) -> None:
        self.env = simpy.Environment()
        self.random = random.Random(seed)
        self.rate, self.transport, self.repair = 0.2 / DAY, 3 * DAY, 6 * DAY
        self.diagnosis = self.work = self.way_back = 0.0
        self.depot = simpy.Container(self.env, init=depot_stock)
        self.depot_bench = simpy.Resource(self.env, capacity=10**9)
        self.rows: Rows = []
        self.shelves = [simpy.Container(self.env, init=1) for _ in range(outlets)]
        self.benches = [simpy.Resource(self.env, capacity=10**9) for _ in range(outlets)]
        for outlet in range(outlets):
            self.env.process(self.failures(outlet))

    def failures(self, outlet: int) -> Steps:
        while True:
            yield self.env.timeout(self.random.expovariate(self.rate))
            self.env.process(self.order(outlet))

    def order(self, outlet: int) -> Steps:
        with self.benches[outlet].request() as technician:
            yield technician
            yield self.env.timeout(self.diagnosis)
        asked = self.env.now
        self.env.process(self.core(outlet))
        self.env.process(self.replenish(outlet))
        yield self.shelves[outlet].get(1)
        arrived = self.env.now
        with self.benches[outlet].request() as technician:
            yield technician
            yield self.env.timeout(self.work)
        self.rows.append((asked, arrived - asked))

    def replenish(self, outlet: int) -> Steps:
        yield self.depot.get(1)
        yield self.env.timeout(self.transport)
        yield self.shelves[outlet].put(1)

    def core(self, outlet: int) -> Steps:
        yield self.env.timeout(self.way_back)
        with self.depot_bench.request() as technician:
            yield technician
            yield self.env.timeout(self.random.expovariate(1 / self.repair))
        yield self.depot.put(1)


class _Recorded(_Plain):
    """The same, with the tables of `netsim.engine.records` as lists of rows."""

    def __init__(self, outlets: int, *, depot_stock: int, seed: int) -> None:
        super().__init__(outlets, depot_stock=depot_stock, seed=seed)
        self.lines: Rows = []
        self.requests: Rows = []
        self.consignments: Rows = []
        self.moves: Rows = []
        self.jobs: Rows = []
        self.orders: Rows = []

    def move(self, origin: int, state: int, to: int, into: int, subject: int) -> None:
        self.moves.append((self.env.now, 0, 1, origin, state, to, into, 0, subject))

    def order(self, outlet: int) -> Steps:
        env, created = self.env, self.env.now
        with self.benches[outlet].request() as technician:
            yield technician
            start = env.now
            yield env.timeout(self.diagnosis)
            self.jobs.append((outlet, len(self.orders), 0, 0, created, start, env.now, self.diagnosis, 1, 0))
        diagnosed = env.now
        self.env.process(self.core(outlet))
        self.env.process(self.replenish(outlet))
        yield self.shelves[outlet].get(1)
        complete = env.now
        self.move(outlet, FREE, outlet, RESERVED, len(self.lines))
        self.lines.append(
            (0, 0, 0, 0, 1, outlet, outlet, 0, diagnosed, diagnosed + 3 * DAY, complete, complete, complete, 1)
        )
        with self.benches[outlet].request() as technician:
            yield technician
            start = env.now
            yield env.timeout(self.work)
            self.jobs.append((outlet, len(self.orders), 1, 0, complete, start, env.now, self.work, 1, 0))
        self.move(outlet, RESERVED, outlet, INSTALLED, len(self.lines))
        self.rows.append((diagnosed, complete - diagnosed))
        self.orders.append(
            (outlet, 0, -1, 0, 0, -1, 1, 0, outlet, 0, 16, 0, created, created, created, diagnosed, complete, env.now,
             env.now, env.now, 0, 0, 0, 0, complete - diagnosed, 0, 0, 0, 0)
        )  # fmt: skip

    def replenish(self, outlet: int) -> Steps:
        asked = self.env.now
        yield self.depot.get(1)
        filled = self.env.now
        self.move(DEPOT, FREE, outlet, TRANSIT, len(self.consignments))
        yield self.env.timeout(self.transport)
        self.move(outlet, TRANSIT, outlet, FREE, len(self.consignments))
        self.consignments.append((outlet, 0, -1, outlet, 0, -1, filled, -1, -1, self.env.now, 0, 1))
        self.requests.append((outlet, DEPOT, 0, 1, outlet, 0, 0, -1, asked, filled == asked, filled, self.env.now, 0))
        yield self.shelves[outlet].put(1)

    def core(self, outlet: int) -> Steps:
        env, born = self.env, self.env.now
        self.move(outlet, OUTSIDE, outlet, CORE, 0)
        self.move(outlet, CORE, outlet, RETURNING, 0)
        yield env.timeout(self.way_back)
        self.move(outlet, RETURNING, DEPOT, CORE, 0)
        self.consignments.append((outlet, 0, -1, outlet, 0, -1, born, -1, -1, env.now, 0, 1))
        joined = env.now
        with self.depot_bench.request() as technician:
            yield technician
            start, content = env.now, self.random.expovariate(1 / self.repair)
            self.move(DEPOT, CORE, DEPOT, WORK, 0)
            yield env.timeout(content)
            self.jobs.append((DEPOT, 0, 3, 0, joined, start, env.now, content, 1, 0))
        self.move(DEPOT, WORK, DEPOT, FREE, 0)
        yield self.depot.put(1)

    def tables(self) -> list[np.ndarray[Any, Any]]:
        """Return the tables as arrays, as netsim leaves them."""
        tables = (self.orders, self.lines, self.requests, self.consignments, self.moves, self.jobs)
        return [np.array(table, dtype=np.float64).astype(np.int32) for table in tables]


class _Bare(_Plain):
    """The same without benches, without work and without a way back."""

    def order(self, outlet: int) -> Steps:
        asked = self.env.now
        self.env.process(self.core(outlet))
        self.env.process(self.replenish(outlet))
        yield self.shelves[outlet].get(1)
        self.rows.append((asked, self.env.now - asked))

    def core(self, outlet: int) -> Steps:
        yield self.env.timeout(self.random.expovariate(1 / self.repair))
        yield self.depot.put(1)


def run(outlets: int, *, depot_stock: int, days: int, seed: int) -> Rows:
    """Return (second asked, seconds waited) of every order."""
    program = _Plain(outlets, depot_stock=depot_stock, seed=seed)
    program.env.run(until=days * DAY)
    return program.rows


def run_with_records(outlets: int, *, depot_stock: int, days: int, seed: int) -> Rows:
    """Return the same from the variant that keeps all records."""
    program = _Recorded(outlets, depot_stock=depot_stock, seed=seed)
    program.env.run(until=days * DAY)
    program.tables()
    return program.rows


def run_bare(outlets: int, *, depot_stock: int, days: int, seed: int) -> Rows:
    """Return the same from the variant without idle steps."""
    program = _Bare(outlets, depot_stock=depot_stock, seed=seed)
    program.env.run(until=days * DAY)
    return program.rows
