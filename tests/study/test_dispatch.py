"""Keeping what comes: fast runs share a transaction, slow ones wait for nobody, and nothing is lost at the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from netsim.study import dispatch
from netsim.study.dispatch import Keeper
from netsim.study.packing import PackedRun, RunKey
from netsim.study.runner import Parcel


class Store:
    """Counts what is written at once."""

    def __init__(self) -> None:
        self.written: list[int] = []

    def add_all(self, runs):
        self.written.append(len(runs))
        return len(runs)


def parcel(number: int, records: bytes | None = None) -> Parcel:
    return Parcel(PackedRun(RunKey("s", "d", number, 0, "c")), records)


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(dispatch.time, "monotonic", lambda: now[0])
    return now


def test_runs_that_come_fast_are_written_together(clock):
    store = Store()
    keeper = Keeper(store, Path)
    for number in range(10):
        clock[0] += dispatch.PAUSE / 4
        keeper.take(parcel(number))
        keeper.settle()
    assert store.written == [4, 4]
    keeper.flush()
    keeper.flush()
    assert store.written == [4, 4, 2]


def test_a_slow_run_is_written_at_once(clock):
    store = Store()
    keeper = Keeper(store, Path)
    for number in range(3):
        clock[0] += 2 * dispatch.PAUSE
        keeper.take(parcel(number))
        keeper.settle()
    assert store.written == [1, 1, 1]


def test_records_lie_there_before_their_run_counts_as_finished(tmp_path):
    store = Store()
    keeper = Keeper(store, lambda key: tmp_path / f"{key.design}.npz")
    keeper.take(parcel(0, b"records"))
    assert store.written == []
    assert (tmp_path / "d.npz").read_bytes() == b"records"
