"""Compiled rows: each number in its own column, and the blank order of the SimPy engine."""

from __future__ import annotations

import random

import numpy as np

from netsim.engine.records import COLUMNS
from tests.engine.compiled import probe
from tests.engine.compiled.probe import Bare


def row_of(bare: Bare, table: str, row: int) -> dict[str, int]:
    return {column: int(bare.array(f"{table}.{column}")[row]) for column in COLUMNS[table]}


def test_a_move_is_written_column_by_column():
    chance, bare = random.Random(1), Bare()
    told = []
    for row in range(50):
        numbers = [chance.randint(-1, int(np.iinfo(kind).max)) for kind in COLUMNS["moves"].values()]
        bare.run["now"] = numbers[0]
        bare.do(probe.MOVE, *numbers[1:])
        told.append(numbers)
        assert bare.run["moves"]["rows"][0] == row + 1
    assert [list(row_of(bare, "moves", row).values()) for row in range(50)] == told


def test_of_a_blank_order_nothing_is_known_but_its_claim():
    bare = Bare()
    for cells in (bare.array(f"orders.{column}") for column in COLUMNS["orders"]):
        cells[:] = 99  # what a run before has left there
    bare.run["now"] = 1234
    bare.do(probe.BLANK_ORDER, 3, 2, 500, 7, 24_300, 1)
    told = {"zone": 2, "k": 500, "mode": 7, "cohort": 24_300, "warranty": 1, "created": 1234}
    unknown = {"parent", "node", "channel"}
    unknown |= {"handed_over", "received", "diagnosed", "complete", "repaired", "ready", "closed"}
    wanted = {column: told.get(column, -1 if column in unknown else 0) for column in COLUMNS["orders"]}
    assert row_of(bare, "orders", 3) == wanted
    assert set(row_of(bare, "orders", 2).values()) == {99}
