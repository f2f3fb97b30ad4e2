"""Memory that grows: a run that had too little room tells the same story as one that had enough from the start."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest

from netsim.engine.compiled import memory
from netsim.engine.compiled.compiled_engine import CompiledEngine, run
from netsim.engine.compiled.faults import FULL
from netsim.engine.compiled.memory import Memory
from netsim.engine.records import COLUMNS, Records
from netsim.engine.simpy_engine import run as run_simpy
from netsim.units import DAY
from tests.engine.compiled.everything import levels, model_of, sampled

HASHED = ("count", "lead_count")
ALWAYS_ENOUGH = {"states"}  # one row for each bench, known beforehand


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Begin with the least room that there can be, and count how often each table or pool was full."""
    grown: Counter[str] = Counter()

    def guess(self, prepared, claims):
        least = dict.fromkeys(FULL, 1) | dict.fromkeys(HASHED, 4)
        least |= {"orders": max(claims, 1), "states": len(prepared.rows["bench"])}  # written before the run begins
        for name, room in least.items():
            self._room[name] = max(self._room.get(name, 0), room)

    grow = Memory.grow

    def noted(self, code):
        name = grow(self, code)
        grown[name] += 1
        return name

    monkeypatch.setattr(Memory, "_guess", guess)
    monkeypatch.setattr(Memory, "grow", noted)
    return grown


def lengths(records: Records) -> dict[str, int]:
    return {name: len(getattr(records, name)[next(iter(columns))]) for name, columns in COLUMNS.items()}


def test_every_table_and_pool_may_be_full_at_any_time(tiny):
    model = model_of(days=25)
    arguments = model, sampled(model), levels(model, change=10 * DAY)
    wanted = run_simpy(*arguments)
    engine = CompiledEngine()
    assert engine(*arguments).digest() == wanted.digest()
    assert set(tiny) == set(FULL) - ALWAYS_ENOUGH, "the story must fill them all"
    assert all(lengths(wanted).values())
    tiny.clear()
    assert engine(*arguments).digest() == wanted.digest()
    assert not tiny, "room that was made is kept"


def test_room_grows_from_run_to_run_and_never_shrinks(tiny):
    short, long = model_of(days=3), model_of(days=20)
    engine = CompiledEngine()
    for model in (short, long, short, long):
        arguments = model, sampled(model, seed=8), levels(model)
        assert engine(*arguments).digest() == run_simpy(*arguments).digest()


def test_a_first_guess_that_is_too_small_by_far_does_no_harm(monkeypatch):
    model = model_of(days=25)
    arguments = model, sampled(model), levels(model)
    ample = run(*arguments).digest()
    monkeypatch.setattr(memory, "_LEAST", 8)
    assert run(*arguments).digest() == ample


def test_a_code_of_no_table_grows_nothing():
    assert Memory().grow(max(FULL.values()) + 1) is None


_FORK = """
import os
import numpy as np
from netsim.engine.compiled.memory import _LARGE, _plain
column = _plain(_LARGE, np.dtype(np.int32))
column[:] = 1
if hasattr(os, "fork"):
    child = os.fork()
    if child == 0:
        column[:] = 2
        os._exit(0)
    os.waitpid(child, 0)
assert column.min() == column.max() == 1
"""


def test_a_forked_worker_writes_to_tables_of_its_own():
    subprocess.run([sys.executable, "-c", _FORK], check=True)
