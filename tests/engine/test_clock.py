"""The clock: order within a second, the horizon, and what debug mode refuses."""

from __future__ import annotations

import pytest
from simpy.core import EmptySchedule

from netsim.engine import simpy_engine
from netsim.engine.clock import Clock, Occurrence
from netsim.engine.contract import Phase, claim_subject, pack
from netsim.errors import ModelError
from tests.engine.networks import at, live
from tests.engine.test_cores import LOOP
from tests.engine.test_lanes import VIA


def test_a_second_goes_by_phase_then_subject_then_leg():
    clock, told = Clock(10), []
    keys = [
        pack(Phase.GRANT, 0),
        pack(Phase.ARRIVAL, 7),
        pack(Phase.REVIEW, 2, 1),
        pack(Phase.REVIEW, 2),
        pack(Phase.REVIEW, 1, 5),
    ]
    for key in keys:
        clock.at(5, key, told.append, key)
    clock.at(4, pack(Phase.DEPARTURE, 99), told.append, "before")
    clock.run_to_horizon()
    assert told == ["before", *sorted(keys)]
    assert told[1:] == [keys[1], keys[4], keys[3], keys[2], keys[0]]


def test_keys_do_not_run_into_one_another():
    assert pack(Phase.CALENDAR, 2**44 - 1, 2**16 - 1) < pack(Phase.ARRIVAL, 0)
    assert pack(Phase.CLAIM, claim_subject(2**16 - 1, 2**28 - 1), 2**16 - 1) < pack(Phase.REVIEW, 0)
    assert claim_subject(1, 0) > claim_subject(0, 2**28 - 1)


def test_nothing_happens_at_the_horizon():
    clock, told = Clock(10), []
    for time in (9, 10, 11):
        clock.at(time, 0, told.append, time)
    clock.run_to_horizon()
    assert (told, clock.now) == ([9], 10)


def test_steps_happen_one_by_one_until_there_is_none():
    clock, told = Clock(10), []
    clock.at(3, 0, told.append, 3)
    clock.step()
    assert (told, clock.now) == ([3], 3)
    with pytest.raises(EmptySchedule):
        clock.step()


def test_debug_mode_finds_two_occurrences_with_one_key():
    clock = Clock(10, debug=True)
    clock.at(3, pack(Phase.REVIEW, 1), print, None)
    clock.at(4, pack(Phase.REVIEW, 1), print, None)
    with pytest.raises(ModelError, match="two occurrences at second 3 have the key"):
        clock.at(3, pack(Phase.REVIEW, 1), print, None)


def test_debug_mode_lets_a_key_come_back_once_it_has_happened():
    clock, told = Clock(10, debug=True), []

    def again(left):
        told.append(left)
        if left:
            clock.at(3, 5, again, left - 1)

    clock.at(3, 5, again, 2)
    clock.run_to_horizon()
    assert told == [2, 1, 0]


def test_debug_mode_refuses_the_past():
    clock = Clock(10, debug=True)
    clock.at(3, 0, lambda _: clock.at(2, 0, print, None), None)
    with pytest.raises(ModelError, match="scheduled at second 3"):
        clock.run_to_horizon()


class Watched(Clock):
    """Looks at everything that is pending before each step."""

    seen = 0

    def run_to_horizon(self):
        while self.closing is not None or (self._queue and self._queue[0][0] < self.horizon):
            for time, key, _, event in self._queue:
                assert type(event) is Occurrence
                assert time >= self.now
                assert Phase.CALENDAR <= key >> 60 <= Phase.DEPARTURE
            Watched.seen += 1
            self.step()
        self.now = self._now = self.horizon


@pytest.mark.parametrize("network", [LOOP, VIA])
def test_only_our_one_kind_of_event_is_ever_pending(network, monkeypatch):
    claims = [(at(1, hour), "town", "base/board") for hour in range(5)]
    plain = live(network, claims).records.digest()
    monkeypatch.setattr(simpy_engine, "Clock", Watched)
    assert live(network, claims).records.digest() == plain
    assert Watched.seen > 20
