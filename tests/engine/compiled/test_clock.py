"""The compiled clock against sorted lists: second, then the key of the engine contract."""

from __future__ import annotations

import heapq
import random

import pytest

from netsim.engine.compiled.faults import FULL
from netsim.engine.contract import LEG_BITS, SUBJECT_BITS, Phase, claim_subject, pack
from tests.engine.compiled import probe
from tests.engine.compiled.probe import Bare, Stop

LAST_SUBJECT, LAST_LEG = (1 << SUBJECT_BITS) - 1, (1 << LEG_BITS) - 1


def occurrences(chance: random.Random, count: int, *, seconds: int) -> list[tuple[int, int, int]]:
    """Return (second, key, what) with many ties of seconds, phases and subjects, but no two of one key."""
    subjects = [0, 1, 2, LAST_SUBJECT, *(chance.getrandbits(SUBJECT_BITS) for _ in range(90))]
    found: set[tuple[int, int, int, int]] = set()
    while len(found) < count:
        leg = chance.choice([0, 1, 2, LAST_LEG])
        found.add((chance.randrange(seconds), chance.randint(1, 9), chance.choice(subjects), leg))
    return [(time, pack(phase, subject, leg), i) for i, (time, phase, subject, leg) in enumerate(sorted(found))]


def key_of(bare: Bare, packed: int) -> int:
    """Return the kernel's key of what the contract packs."""
    leg, subject = packed & LAST_LEG, (packed >> LEG_BITS) & LAST_SUBJECT
    return bare.do(probe.KEY, packed >> (SUBJECT_BITS + LEG_BITS), subject, leg)


@pytest.mark.parametrize("seed", range(20))
def test_everything_happens_in_order_however_it_was_called(seed):
    chance = random.Random(seed)
    bare = Bare()
    told = occurrences(chance, chance.choice([1, 2, 5, 6, 40, 700]), seconds=chance.choice([1, 3, 50, 10**9]))
    for time, packed, what in chance.sample(told, len(told)):
        bare.do(probe.AT, time, key_of(bare, packed), what)
    assert bare.events() == [(time, key_of(bare, packed), what) for time, packed, what in sorted(told)]


@pytest.mark.parametrize("seed", range(20))
def test_calls_between_occurrences_find_their_turn(seed):
    chance = random.Random(seed)
    bare = Bare()
    waiting: list[tuple[int, int, int]] = []
    told = occurrences(chance, 900, seconds=chance.choice([2, 30, 10**8]))
    chance.shuffle(told)
    while told or waiting:
        if told and (not waiting or chance.random() < chance.choice([0.3, 0.5, 0.8])):
            time, packed, what = told.pop()
            heapq.heappush(waiting, (time, packed, what))
            bare.do(probe.AT, time, key_of(bare, packed), what)
        else:
            bare.do(probe.NEXT)
            time, packed, what = heapq.heappop(waiting)
            assert tuple(bare.out[:3].tolist()) == (time, key_of(bare, packed), what)
        assert bare.run["event_pool"]["used"][0] == len(waiting)


def test_keys_are_in_the_order_of_the_contract_and_can_be_taken_apart():
    chance, bare = random.Random(1), Bare()
    edges = [(phase, subject, leg) for phase in Phase for subject in (0, LAST_SUBJECT) for leg in (0, LAST_LEG)]
    some = [
        (chance.choice(list(Phase)), chance.getrandbits(SUBJECT_BITS), chance.getrandbits(LEG_BITS)) for _ in range(300)
    ]
    packed = sorted((pack(*parts), parts) for parts in edges + some)
    keys = [bare.do(probe.KEY, *parts) for _, parts in packed]
    assert keys == sorted(set(keys))
    for key, (_, parts) in zip(keys, packed, strict=True):
        bare.do(probe.PARTS_OF_KEY, key)
        assert tuple(bare.out[:3].tolist()) == parts


def test_the_subject_of_a_claim_is_that_of_the_contract():
    bare = Bare()
    for owner, number in ((0, 0), (3, 5), (32_766, (1 << 28) - 1)):
        assert bare.do(probe.CLAIM_SUBJECT, owner, number) == claim_subject(owner, number)


def test_what_comes_at_the_horizon_or_later_never_does():
    bare = Bare(horizon=100)
    for time in (99, 100, 101, 2**60, 0):
        bare.do(probe.AT, time, bare.do(probe.KEY, 1, time % 7, 0), time)
    assert [what for _, _, what in bare.events()] == [0, 99]


def test_a_heap_without_room_stops_the_run_by_its_code():
    bare = Bare(room=3)
    for what in range(3):
        bare.do(probe.AT, 5, what, what)
    with pytest.raises(Stop):
        bare.do(probe.AT, 5, 3, 3)
    assert bare.run["fault"][0] == FULL["event"]
    assert [what for _, _, what in bare.events()] == [0, 1, 2]
