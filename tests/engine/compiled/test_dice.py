"""Compiled draws against the tape's own streams, address by address, and against the SimPy engine's dice."""

from __future__ import annotations

import random
from itertools import product

import numpy as np
import pytest

from netsim.distributions import exponential_table, lookup
from netsim.engine.compiled.codes import CERTAIN
from netsim.engine.compiled.faults import UNSCRIPTED
from netsim.engine.compiled.memory import Memory
from netsim.engine.compiled.prepare import Prepared
from netsim.engine.contract import DATE
from netsim.engine.dice import Dice
from netsim.errors import TapeExhausted
from netsim.model.model import Model
from netsim.tape.purposes import Purpose
from netsim.tape.tape import Tape
from tests.engine.compiled import probe
from tests.engine.compiled.everything import levels, model_of, sampled
from tests.engine.compiled.probe import Stop, ask

MARKS = (0, 1, 2**20 - 1, 2**20, 2**31, 2**32 - 2**20, 2**32 - 2, 2**32 - 1)


@pytest.fixture(scope="module")
def model() -> Model:
    return model_of(days=5)


class Laid:
    """The memory of a run that has not begun."""

    def __init__(self, model: Model, tape: Tape) -> None:
        self._prepared = Prepared(model, levels(model))
        self.streams = self._prepared.streams
        # What a run never asks for has no key: lanes on which all is certain.
        self.asked = np.flatnonzero(self._prepared.stream_is_asked()).tolist()
        self.memory = Memory()
        columns = ("time", "zone", "k", "mode", "cohort", "warranty")
        self.memory.lay_out(self._prepared, tape, {name: np.zeros(0, dtype=np.int64) for name in columns})

    def ask(self, opcode: int, *numbers: int) -> int:
        return ask(self.memory.address, opcode, *numbers)


def addresses(chance: random.Random, owners: int, count: int) -> list[tuple[int, int, int, int, int]]:
    """Return (owner, number, line, purpose, attempt), small ones as they come and the largest that there can be."""
    return [
        (
            owner := chance.choice([DATE, *range(owners)]),
            chance.choice([0, 1, 7, 2**28 - 1, 2**31 - 1] if owner >= 0 else [0, 43_200, 2**31 - 1]),
            chance.choice([0, 0, 1, 256 * 3 + 2, 2**24 - 1]),
            chance.choice([*Purpose, 255]),
            chance.choice([0, 0, 1, 2, 127, 2**32 - 1]),
        )
        for _ in range(count)
    ]


def test_every_mark_is_the_tapes(model):
    chance = random.Random(1)
    tape = sampled(model, seed=99)
    run = Laid(model, tape)
    assert any(run.streams[i].startswith("lead/") for i in run.asked)
    assert any(" -> " in run.streams[i] for i in run.asked)
    for owner, number, line, purpose, attempt in addresses(chance, len(tape.owner_names), 1500):
        i = chance.choice(run.asked)
        wanted = tape.stream(run.streams[i]).mark(owner, number, line, purpose, attempt)
        assert run.ask(probe.MARK, i, owner, number, line, purpose, attempt) == wanted


def test_marks_are_another_replications_on_another_tape(model):
    addresses = [(0, number, 0, Purpose.REPAIR, 0) for number in range(8)]
    found = set()
    for seed in (1, 2):
        run = Laid(model, sampled(model, seed=seed))
        found |= {run.ask(probe.MARK, 0, *address) for address in addresses}
    assert len(found) == 16


def test_every_duration_is_the_simpy_engines(model):
    chance = random.Random(2)
    tape = sampled(model, seed=5)
    run = Laid(model, tape)
    dice = Dice(model.durations)
    durations = range(len(model.durations.mean))
    assert {dice.is_random(duration) for duration in durations} == {True, False}
    for duration in durations:
        for address in addresses(chance, len(tape.owner_names), 60):
            wanted = dice.seconds(duration, tape.stream(run.streams[0]), *address)
            assert run.ask(probe.SECONDS, duration, 0, *address) == wanted


@pytest.mark.parametrize("mark", MARKS)
def test_durations_and_exponentials_at_the_ends_of_their_tables(model, mark):
    tape = Tape.script([], owner_names=(*model.zone_names, *model.fleet_names), default=mark)
    run = Laid(model, tape)
    dice = Dice(model.durations)
    for duration in range(len(model.durations.mean)):
        assert run.ask(probe.SECONDS, duration, 0, 0, 0, 0, 1) == dice.at_mark(duration, mark)
    assert run.ask(probe.EXPONENTIAL, mark) == lookup(exponential_table().cells, mark)


@pytest.mark.parametrize("mark", MARKS)
def test_a_chance_is_a_mark_below_its_threshold(model, mark):
    tape = Tape.script([], owner_names=(*model.zone_names, *model.fleet_names), default=mark)
    run = Laid(model, tape)
    for threshold in {0, 1, mark, mark + 1, 2**31, CERTAIN - 1, CERTAIN}:
        assert run.ask(probe.CHANCE, threshold, 0, 0, 3, Purpose.TEST, 1) == (mark < threshold)


def test_what_is_certain_and_what_never_happens_draws_nothing(model):
    tape = Tape.script([], owner_names=(*model.zone_names, *model.fleet_names), strict=True)
    run = Laid(model, tape)
    assert run.ask(probe.CHANCE, 0, 0, 0, 3, Purpose.TEST, 1) == 0
    assert run.ask(probe.CHANCE, CERTAIN, 0, 0, 3, Purpose.TEST, 1) == 1
    dice = Dice(model.durations)
    for duration in range(len(model.durations.mean)):
        if not dice.is_random(duration):
            assert run.ask(probe.SECONDS, duration, 0, 0, 0, 0, 1) == model.durations.mean[duration]
    with pytest.raises(Stop):
        run.ask(probe.CHANCE, 1, 0, 0, 3, Purpose.TEST, 1)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_a_script_is_read_as_its_streams_read_it(model, seed, strict):
    chance = random.Random(seed)
    names = (model.zone_names[0], model.node_names[0], model.lane_names[1], "lead/maker/hub")
    marks = {}
    for stream, number, purpose in product((*names, "nobody"), (0, 1, 2**31 - 1), (Purpose.TIE, Purpose.LEAD)):
        for rest in chance.sample([(), (0,), (1,), (0, 0), (0, 1), (1, 0), (1, 1), (2**24 - 1, 2**32 - 1)], k=3):
            marks[stream, number, purpose, *rest] = chance.getrandbits(32)
    owners = (*model.zone_names, *model.fleet_names)
    tape = Tape.script([], owner_names=owners, marks=marks, default=77, strict=strict)
    run = Laid(model, tape)
    missing = found = 0
    for name, number, purpose in product(names, (0, 1, 2, 2**31 - 1), (Purpose.TIE, Purpose.LEAD, Purpose.GAP)):
        for line, attempt in ((0, 0), (1, 0), (0, 1), (1, 1), (2**24 - 1, 2**32 - 1), (5, 0)):
            owner = chance.choice([DATE, 0, len(owners) - 1])  # no part of a script
            try:
                wanted = tape.stream(name).mark(owner, number, line, purpose, attempt)
            except TapeExhausted:
                wanted = None
            stream = run.streams.index(name)
            address = (stream, owner, number, line, purpose, attempt)
            if wanted is not None:
                assert run.ask(probe.MARK, *address) == wanted
                found += wanted != 77
                continue
            missing += 1
            with pytest.raises(Stop):
                run.ask(probe.MARK, *address)
            stopped = run.memory.run[0]
            fields = ("stream", "owner", "number", "line", "purpose", "attempt")
            assert stopped["fault"] == UNSCRIPTED
            assert tuple(int(stopped[f"fault_{field}"]) for field in fields) == address
    assert found > 20
    assert (missing > 20) == strict
