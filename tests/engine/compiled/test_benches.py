"""Compiled benches: the pairing heap against sorted order, and when technicians are called."""

from __future__ import annotations

import heapq
import random

import numpy as np
import pytest

from netsim.engine.compiled.codes import DO_REPAIR, WORK_DONE, WORK_UNDER_WAY
from netsim.engine.compiled.faults import ENDLESS, FULL
from netsim.engine.contract import MOST_ATTEMPTS, Phase
from netsim.model.calendars import OpenHours, make_calendar
from tests.engine.compiled import probe
from tests.engine.compiled.probe import Bare, Stop

HOURS = make_calendar("hours", [(100, 200), (300, 400)])


def laid(*, technicians: int = 0, unlimited: bool = False, calendar: int = -1, room: int = 1024) -> Bare:
    """Return memory with a bench 1 of so many idle technicians; bench 0 is there to be left alone."""
    bare = Bare(room=room)
    columns = {"size": len(HOURS.opens), "opens": HOURS.opens, "closes": HOURS.closes, "before": HOURS.before}
    bare.add("calendar", "Calendar", [columns])
    bench = {"idle": technicians, "unlimited": unlimited, "calendar": calendar, "queue": -1}
    bare.add("bench", "Bench", [{"queue": -1, "calendar": -1}, bench])
    return bare


def join(bare: Bare, story: int, claimed: int = 0, owner: int = 0, number: int = 0, line: int = -1) -> bool:
    return bool(bare.do(probe.JOIN, 1, story, claimed, owner, number, line))


def events(bare: Bare) -> list[tuple[int, int, int, int]]:
    """Return (second, phase, subject, what) of all that was called."""
    found = []
    for time, key, what in bare.events():
        bare.do(probe.PARTS_OF_KEY, key)
        found.append((time, int(bare.out[0]), int(bare.out[1]), what))
    return found


def jobs(chance: random.Random, count: int, *, ties: bool) -> list[tuple[int, int, int, int]]:
    """Return (claimed, owner, number, line) of stories, no two alike, of cores too; with *ties* in all but one."""
    span = 3 if ties else 2**31 - 1
    found: set[tuple[int, int, int, int]] = set()
    while len(found) < count:
        line = chance.choice([-1, 0, 1, 256, 513, 700 + len(found)])
        found.add((chance.randrange(span), chance.randrange(min(span, 32_767)), chance.randrange(span), line))
    return chance.sample(sorted(found), count)


@pytest.mark.parametrize("ties", [True, False])
@pytest.mark.parametrize("seed", range(12))
def test_jobs_are_taken_in_order_however_they_join_and_leave(seed, ties):
    chance = random.Random(seed)
    bare = laid()
    waiting: list[tuple[int, ...]] = []
    eager, most = chance.choice([0.4, 0.55, 0.8]), 0
    for i, job in enumerate(jobs(chance, 600, ties=ties)):
        if chance.random() < 0.3:
            bare.run["now"] += chance.choice([0, 1, 1000])
        story = chance.choice([i, ~i])
        assert join(bare, story, *job)
        heapq.heappush(waiting, (int(bare.run["now"][0]), *job, story))
        most = max(most, len(waiting))
        while waiting and chance.random() > eager:
            assert bare.do(probe.TAKE_JOB, 1) == heapq.heappop(waiting)[-1]
    while waiting:
        assert bare.do(probe.TAKE_JOB, 1) == heapq.heappop(waiting)[-1]
    assert bare.array("bench")["queue"].tolist() == [-1, -1]
    assert bare.run["job_pool"]["used"][0] == most, "places are used again"


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 500])
@pytest.mark.parametrize("order", ["rising", "falling"])
def test_jobs_that_came_in_order_are_taken_in_order(count, order):
    bare = laid()
    claims = list(range(count)) if order == "rising" else list(range(count))[::-1]
    for claimed in claims:
        join(bare, claimed, claimed)
    assert [bare.do(probe.TAKE_JOB, 1) for _ in range(count)] == list(range(count))


def test_a_queue_without_room_stops_the_run_by_its_code():
    bare = laid(room=2)
    for i in range(2):
        join(bare, i, i)
    with pytest.raises(Stop):
        join(bare, 2, 2)
    assert bare.run["fault"][0] == FULL["job"]


def test_an_idle_technician_is_called_once_in_an_instant():
    bare = laid(technicians=2)
    bare.run["now"] = 50
    for i in range(3):
        assert join(bare, i, i)
    assert events(bare) == [(50, Phase.GRANT, 1, 1)]


def test_nobody_is_called_while_all_are_at_work_and_one_who_leaves_only_where_somebody_waits():
    bare = laid()
    join(bare, 0)
    assert events(bare) == []
    bare.do(probe.LEAVE, 1)
    assert bare.array("bench")["idle"][1] == 1
    assert events(bare) == [(0, Phase.GRANT, 1, 1)]
    bare.array("bench")["granting"] = 0
    bare.do(probe.TAKE_JOB, 1)
    bare.do(probe.LEAVE, 1)
    assert bare.array("bench")["idle"][1] == 2
    assert events(bare) == []


@pytest.mark.parametrize("unlimited", [True, False])
def test_a_bench_that_is_shut_is_called_once_at_its_next_opening(unlimited):
    bare = laid(technicians=0 if unlimited else 1, unlimited=unlimited, calendar=0)
    bare.run["now"] = 200  # shut at the second at which it closes
    for i in range(2):
        assert join(bare, i, i)
    assert events(bare) == [(300, Phase.CALENDAR, 1, 1)]
    bare.run["now"] = 300
    bare.do(probe.OPEN_BENCH, 1)
    assert events(bare) == [(300, Phase.GRANT, 1, 1)]


def test_a_bench_that_never_opens_again_calls_nobody():
    bare = laid(technicians=1, calendar=0)
    bare.run["now"] = 400
    assert join(bare, 0)
    assert events(bare) == []


def test_an_unlimited_bench_takes_a_job_at_once_while_it_is_open():
    bare = laid(unlimited=True, calendar=0)
    bare.run["now"] = 100
    assert not join(bare, 0)
    assert events(bare) == []
    bare.run["now"] = 250
    assert join(bare, 1)
    bare = laid(unlimited=True)
    assert not join(bare, 0)
    bare.do(probe.LEAVE, 1)
    assert bare.array("bench")["idle"][1] == 0, "nobody is counted there"


@pytest.mark.parametrize("calendar", [-1, 0])
def test_work_is_written_and_ends_when_its_content_is_done_in_opening_hours(calendar):
    bare = laid(calendar=calendar)
    bare.run["now"] = 150
    row = bare.do(probe.WORK, 1, ~7, 3, DO_REPAIR, 5, 120, 80, 2)
    end = 230 if calendar < 0 else OpenHours(HOURS).end_of_work(150, 80)
    assert end == (230 if calendar < 0 else 330)
    columns = ("bench", "subject", "activity", "part", "joined", "start", "end", "content", "outcome", "attempt")
    assert [int(bare.array(f"work.{column}")[row]) for column in columns] == [
        1, 3, DO_REPAIR, 5, 120, 150, -1, 80, WORK_UNDER_WAY, 2,
    ]  # fmt: skip
    bare.run["now"] = end
    bare.do(probe.WORK_ENDS, row)
    assert (bare.array("work.end")[row], bare.array("work.outcome")[row]) == (end, WORK_DONE)
    assert events(bare) == [(end, Phase.END, row, ~7)]


def test_more_attempts_than_a_record_can_tell_stop_the_run():
    bare = laid()
    assert np.iinfo(np.int8).max >= MOST_ATTEMPTS
    bare.do(probe.WORK, 1, 0, 0, DO_REPAIR, -1, 0, 1, MOST_ATTEMPTS)
    with pytest.raises(Stop):
        bare.do(probe.WORK, 1, 0, 0, DO_REPAIR, -1, 0, 1, MOST_ATTEMPTS + 1)
    assert bare.run["fault"][0] == ENDLESS
