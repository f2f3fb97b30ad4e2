"""Pools and tables: places are used again, the last one freed first, and room that is full stops the run."""

from __future__ import annotations

import random

import pytest

from netsim.engine.compiled.faults import FULL
from tests.engine.compiled import probe
from tests.engine.compiled.probe import Bare, Stop


@pytest.mark.parametrize("seed", range(5))
def test_no_place_is_given_to_two_and_the_last_that_was_freed_comes_first(seed):
    chance = random.Random(seed)
    bare = Bare(room=64)
    held: list[int] = []
    freed: list[int] = []
    most = 0
    for _ in range(2000):
        if held and (len(held) == 64 or chance.random() < 0.5):
            place = held.pop(chance.randrange(len(held)))
            bare.do(probe.RELEASE, place)
            freed.append(place)
        else:
            place = bare.do(probe.ACQUIRE)
            assert place == (freed.pop() if freed else most)
            assert place not in held
            held.append(place)
            most = max(most, place + 1)
    assert bare.run["goods_pool"]["used"][0] == most


def test_a_pool_without_room_stops_the_run_by_its_code():
    bare = Bare(room=2)
    assert [bare.do(probe.ACQUIRE) for _ in range(2)] == [0, 1]
    with pytest.raises(Stop):
        bare.do(probe.ACQUIRE)
    assert bare.run["fault"][0] == FULL["goods"]


def test_rows_are_numbered_until_their_table_is_full():
    bare = Bare(room=3)
    assert [bare.do(probe.NEW_ROW) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(Stop):
        bare.do(probe.NEW_ROW)
    assert (bare.run["fault"][0], bare.run["reviews"]["rows"][0]) == (FULL["reviews"], 3)


def test_every_table_and_pool_has_a_code_of_its_own():
    assert len(set(FULL.values())) == len(FULL)
    assert 0 not in FULL.values()
