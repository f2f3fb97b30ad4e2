"""Counts against a dictionary: what a cause has drawn before, whatever else lies in the table."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from netsim.engine.compiled.faults import FULL
from tests.engine.compiled import probe
from tests.engine.compiled.probe import Bare, Stop


def causes(chance: random.Random, count: int) -> list[tuple[int, int, int]]:
    """Return (thing, owner, number) at both ends of their ranges and in rows, as claims and dates are."""
    things = [0, 1, 32_766, chance.randrange(32_767)]
    owners = [-1, 0, 1, 32_766, chance.randrange(32_767)]
    first = chance.randrange(2**20)
    numbers = [0, 1, 2**31 - 1, *range(first, first + count)]
    return [(chance.choice(things), chance.choice(owners), chance.choice(numbers)) for _ in range(count)]


@pytest.mark.parametrize("seed", range(6))
def test_each_repetition_of_a_cause_is_counted_by_itself(seed):
    chance = random.Random(seed)
    bare = Bare(room=2048)
    before: Counter[tuple[int, int, int]] = Counter()
    some = causes(chance, 500)
    for cause in chance.choices(some, k=3000):
        assert bare.do(probe.REPEAT, *cause) == before[cause]
        before[cause] += 1
    assert bare.run["count_pool"]["used"][0] == len(before)


@pytest.mark.parametrize("seed", range(6))
def test_purchases_of_one_instant_are_one(seed):
    chance = random.Random(seed)
    bare = Bare(room=1024)
    instants: dict[tuple[int, int, int], list[int]] = {}
    some = causes(chance, 60)
    for now in range(200):
        bare.run["now"] = now
        for cause in chance.choices(some, k=8):
            seen = instants.setdefault(cause, [])
            if not seen or seen[-1] != now:
                seen.append(now)
            assert bare.do(probe.PURCHASE, *cause) == len(seen) - 1


def test_a_cause_counts_its_draws_and_its_purchases_apart():
    bare = Bare()
    assert [bare.do(probe.REPEAT, 4, 2, 9) for _ in range(3)] == [0, 1, 2]
    assert bare.do(probe.PURCHASE, 4, 2, 9) == 0


@pytest.mark.parametrize("room", [4, 8, 64])
def test_a_table_stops_the_run_before_it_is_so_full_that_searches_would_not_end(room):
    bare = Bare(room=room)
    for number in range(3 * room // 4):
        assert bare.do(probe.REPEAT, 0, 0, number) == 0
    with pytest.raises(Stop):
        bare.do(probe.REPEAT, 0, 0, room)
    assert bare.run["fault"][0] == FULL["count"]
    assert [bare.do(probe.REPEAT, 0, 0, number) for number in range(3 * room // 4)] == [1] * (3 * room // 4)
