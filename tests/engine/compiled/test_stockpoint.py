"""Compiled queues of a stock point against those of the SimPy engine, under any order of asking and serving."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
import pytest

from netsim.engine.contract import Stream
from netsim.engine.stockpoint import StockPoint
from netsim.tape.purposes import Purpose
from netsim.tape.tape import ScriptedStream, Tape
from tests.engine.compiled import probe
from tests.engine.compiled.everything import model_of, sampled
from tests.engine.compiled.probe import Bare

OWNERS, NODES, PRIORITIES, SECONDS = 3, 4, 3, 400
POINTS = 6  # the first two are asked, by the others and by lines of their own


@dataclass
class Waiter:
    """A claimant of the SimPy engine that remembers the kernel's name for it."""

    who: int
    left: int
    priority: int
    stream: Stream
    cause: tuple[int, int, int]

    def take(self, pieces: int) -> None:
        self.left -= pieces

    def rank(self) -> tuple[int, ...]:
        return self.cause


class Both:
    """The same two stock points twice."""

    def __init__(self, chance: random.Random, ties: str) -> None:
        self.chance = chance
        self.bare = bare = Bare(room=2048)
        self.streams: list[Stream] = _lay_streams(chance, bare, ties)
        run = bare.run
        run["owner_count"], run["priority_count"] = OWNERS, PRIORITIES
        self.nodes = [0, 1, *(chance.randrange(NODES) for _ in range(POINTS - 2))]
        bare.add("point", "Point", [{"node": node} for node in self.nodes])
        bare.add("queue", "Queue", [{"ranked": -1, "first": -1, "last": -1}] * (POINTS * PRIORITIES))
        self.points = [
            StockPoint(p, node, 0, rule=0, priority=0, weight=0, stream=self.streams[node])
            for p, node in enumerate(self.nodes)
        ]
        self.waiters: list[tuple[int, Waiter]] = []
        self.rows = 0

    @property
    def now(self) -> int:
        return int(self.bare.run["now"][0])

    def row_of(self, who: int) -> np.void:
        """Return the kernel's line or request."""
        return self.bare.array("line")[who] if who >= 0 else self.bare.array("request")[~who]  # type: ignore[no-any-return]

    def ask(self) -> None:
        """Let a line or a request ask one of the points. Rows tell all apart, the two kinds too, as causes do."""
        chance, p, row = self.chance, self.chance.randrange(2), self.rows
        self.rows += 1
        cause = chance.randrange(2), chance.randrange(2), row
        left = chance.randint(1, 3)
        if chance.random() < 0.4:
            who, node, priority = row, self.nodes[p], 0
            self.row_of(who)["point"] = p
        else:
            asker = chance.randrange(2, POINTS)
            who, node, priority = ~row, self.nodes[asker], chance.randrange(PRIORITIES)
            self.row_of(who)["asker"] = asker
        kernel_row = self.row_of(who)
        kernel_row["owner"], kernel_row["number"], kernel_row["left"] = cause[0], cause[1], left
        waiter = Waiter(who, left, priority, self.streams[node], cause)
        self.waiters.append((p, waiter))
        self.points[p].enqueue(waiter, self.now)
        self.bare.do(probe.ENQUEUE, p, priority, who)

    def take(self, p: int, waiter: Waiter, pieces: int) -> None:
        """Let a claimant want so many pieces less: it is given them, or asks no more for them."""
        waiter.take(pieces)
        self.points[p].waiting -= pieces
        self.row_of(waiter.who)["left"] -= pieces
        self.bare.array("point")["waiting"][p] -= pieces

    def first(self, p: int) -> Waiter | None:
        """Return who is served next, of whom both must think the same."""
        waiter = self.points[p].first()
        place = self.bare.do(probe.FIRST, p)
        found = None if place < 0 else int(self.bare.array("claimant")["who"][place])
        assert found == (None if waiter is None else waiter.who)
        return waiter  # type: ignore[return-value]

    def check_order(self, p: int) -> None:
        """Both must list the same claimants, in order of rank among those of one second."""
        count = self.bare.do(probe.IN_ORDER, p)
        claimants, listed = self.bare.array("claimant"), []
        for priority in range(PRIORITIES):
            queue = self.bare.array("queue")[p * PRIORITIES + priority]
            place, last = int(queue["first"]), -1
            while place >= 0:
                listed.append(int(claimants["who"][place]))
                place, last = int(claimants["next"][place]), place
            assert last < 0 or last == queue["last"]
        assert count == len(listed)
        living = [who for who in listed if self.row_of(who)["left"] > 0]
        assert living == [waiter.who for waiter in self.points[p].waiting_claimants()]  # type: ignore[attr-defined]

    def drain(self, p: int) -> list[int]:
        """Serve everybody in full, and return whom, in order."""
        served = []
        while (waiter := self.first(p)) is not None:
            served.append(waiter.who)
            self.take(p, waiter, waiter.left)
        return served


def _lay_streams(chance: random.Random, bare: Bare, ties: str) -> list[Stream]:
    """Return the streams of the nodes, and give the kernel the same: *drawn* by chance, *few* marks, or all *equal*."""
    if ties == "drawn":
        model = model_of(days=2)
        tape: Tape = sampled(model, seed=chance.randrange(1000))
        names = [*(f"owner {i}" for i in range(OWNERS)), *model.node_names[:NODES]]
        bare.put("key", tape.keys(names))
        return [tape.stream(name) for name in names[OWNERS:]]
    addresses = [(f"node {node}", time, int(Purpose.TIE)) for node in range(NODES) for time in range(SECONDS)]
    marks = {address: chance.randrange(3) for address in addresses if ties == "few"}
    columns = ("stream", "number", "purpose", "line", "attempt", "mark")
    rows = [(OWNERS + int(name[5:]), time, purpose, 0, 0, mark) for (name, time, purpose), mark in marks.items()]
    bare.add("script", "Script", [dict(zip(columns, row, strict=True)) for row in rows])
    bare.run["scripted"], bare.run["script_size"], bare.run["script_default"] = 1, len(rows), 9
    return [ScriptedStream(f"node {node}", marks, 9) for node in range(NODES)]


@pytest.mark.parametrize("ties", ["drawn", "few", "equal"])
@pytest.mark.parametrize("seed", range(8))
def test_both_engines_serve_the_same_claimant_next_whatever_happens(seed, ties):
    chance = random.Random(seed)
    both = Both(chance, ties)
    asks, serves = chance.choice([(5, 3), (3, 3), (8, 2)])
    for _ in range(500):
        what = chance.choices(["ask", "serve", "void", "list", "tick"], [asks, serves, 1, 0.5, chance.choice([0.3, 2])])
        p = chance.randrange(2)
        if what == ["ask"]:
            both.ask()
        elif what == ["serve"]:
            waiter = both.first(p)
            if waiter is not None:
                both.take(p, waiter, chance.randint(1, waiter.left))
        elif what == ["void"]:
            living = [(q, waiter) for q, waiter in both.waiters if waiter.left > 0]
            if living:
                q, waiter = chance.choice(living)
                both.take(q, waiter, waiter.left if chance.random() < 0.7 else 1)
        elif what == ["list"]:
            both.check_order(p)
        elif both.now < SECONDS - 1:
            both.bare.run["now"] += 1
        assert both.bare.array("point")["waiting"][p] == both.points[p].waiting
    for p in range(2):
        both.check_order(p)
        both.drain(p)
        assert both.first(p) is None
    assert both.bare.array("point")["waiting"].tolist() == [0] * POINTS


@pytest.mark.parametrize("ties", ["drawn", "few", "equal"])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 9, 31, 32, 33, 700])
def test_all_of_one_instant_are_served_in_order_of_their_marks(count, ties):
    both = Both(random.Random(count), ties)
    for _ in range(count):
        both.ask()
    assert len(both.drain(0)) + len(both.drain(1)) == count


def test_places_of_the_served_are_used_again():
    both = Both(random.Random(4), "drawn")
    for _ in range(30):
        for _ in range(20):
            both.ask()
        both.drain(0)
        both.drain(1)
        both.bare.run["now"] += 1
    assert both.bare.run["claimant_pool"]["used"][0] == 20


def test_what_can_be_spared_is_what_nobody_waits_for():
    both = Both(random.Random(5), "drawn")
    for _ in range(10):
        both.ask()
    for p in range(2):
        waiting = both.points[p].waiting
        for free in range(waiting - 2, waiting + 4):
            both.points[p].free = free
            both.bare.array("point")["free"][p] = free
            for pieces in range(4):
                assert both.bare.do(probe.CAN_SPARE, p, pieces) == both.points[p].can_spare(pieces)
