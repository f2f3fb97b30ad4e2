"""Compiled opening hours against `OpenHours`, and both against counting seconds."""

from __future__ import annotations

import random

import pytest

from netsim.engine.compiled.codes import NEVER
from netsim.model.calendars import OpenHours, make_calendar
from netsim.model.model import Calendar
from tests.engine.compiled import probe
from tests.engine.compiled.probe import Bare


def random_calendar(seed: int) -> Calendar:
    """Return a calendar of none to forty openings, some of one second, from second 0 or later."""
    chance = random.Random(seed)
    count = (0, 1, 2, 40)[seed % 4]
    t = chance.choice([0, 0, 5])
    spans = []
    for _ in range(count):
        length = chance.choice([1, 2, 9])
        spans.append((t, t + length))
        t += length + chance.choice([1, 1, 4, 30])
    return make_calendar("some", spans)


def laid(calendar: Calendar) -> Bare:
    bare = Bare()
    columns = {"size": len(calendar.opens), "opens": calendar.opens, "closes": calendar.closes}
    bare.add("calendar", "Calendar", [{"size": 0}, {**columns, "before": calendar.before}])
    return bare


@pytest.mark.parametrize("seed", range(16))
def test_every_question_has_the_answer_of_the_simpy_engine(seed):
    calendar = random_calendar(seed)
    bare, hours = laid(calendar), OpenHours(calendar)
    end = int(calendar.closes[-1]) if len(calendar.closes) else 0
    chance = random.Random(seed)
    for t in (*range(-2, min(end, 60) + 3), *range(max(end - 30, 0), end + 3), 2**40):
        assert bare.do(probe.IS_OPEN, 1, t) == hours.is_open(t)
        assert bare.do(probe.NEXT_OPEN, 1, t) == hours.next_open(t)
        assert bare.do(probe.LENGTH_AT, 1, t) == hours.length_at(t)
        for later in (t, t + 1, t + chance.randrange(50), end, end + 9):
            assert bare.do(probe.OPEN_BETWEEN, 1, t, later) == hours.open_between(t, later)
        total = hours.open_between(t, end)
        for work in (-1, 0, 1, 2, chance.randrange(1, 80), total - 1, total, total + 1, 2**40):
            assert bare.do(probe.END_OF_WORK, 1, t, work) == hours.end_of_work(t, work)


@pytest.mark.parametrize("seed", range(12))
def test_every_answer_is_what_counting_seconds_gives(seed):
    calendar = random_calendar(seed)
    bare = laid(calendar)
    end = int(calendar.closes[-1]) if len(calendar.closes) else 0
    spans = list(zip(calendar.opens.tolist(), calendar.closes.tolist(), strict=True))
    is_open = {t for opens, closes in spans for t in range(opens, closes)}
    for t in range(min(end, 80) + 2):
        assert bare.do(probe.IS_OPEN, 1, t) == (t in is_open)
        assert bare.do(probe.NEXT_OPEN, 1, t) == min((s for s in is_open if s >= t), default=NEVER)
        assert bare.do(probe.LENGTH_AT, 1, t) == sum(b - a for a, b in spans if a <= t < b)
        # A second of work that is done lies behind the clock: (t, end] holds the seconds t .. end - 1 of the shift.
        ahead = [s + 1 for s in sorted(is_open) if s >= t]
        for work in (1, 2, 7, len(ahead), len(ahead) + 1):
            wanted = t if work == 0 else ahead[work - 1] if work <= len(ahead) else NEVER
            assert bare.do(probe.END_OF_WORK, 1, t, work) == wanted
        for later in (t, t + 5, end + 3):
            assert bare.do(probe.OPEN_BETWEEN, 1, t, later) == sum(t <= s < later for s in is_open)


def test_the_first_time_after_a_second():
    bare = laid(make_calendar("some", [(3, 4), (7, 9), (20, 21)]))
    assert [bare.do(probe.FIRST_AFTER, 1, t) for t in (0, 2, 3, 6, 7, 19, 20, 99)] == [0, 0, 1, 1, 2, 2, 3, 3]
    assert bare.do(probe.FIRST_AFTER, 0, 5) == 0
