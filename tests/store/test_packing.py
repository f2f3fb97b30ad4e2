"""Packed runs: what is packed comes back in order, small, and refused where it says one thing twice."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from netsim.errors import ModelError
from netsim.store.packing import RunKey, RunResult, pack_result, unpack_array, unpack_figures, unpack_series

KEY = RunKey("abc", "hub", 3, 7, "1")
ROWS = [("tat", "node=b", 2.5, None, None), ("tat", "all", 0.1 + 0.2, 1e-17, np.int64(3)), ("cost", "all", None, 0, 0)]
POINTS = [("backlog", "all", day, day / 3, 1.0) for day in (10, 9, 2)] + [("cost", "all", 0, -1.0, None)]


def test_figures_come_back_in_order_to_the_last_bit():
    packed = pack_result(RunResult(KEY, observations=ROWS))
    names, numbers = unpack_figures(packed.figures)
    assert names == (("cost", "all"), ("tat", "all"), ("tat", "node=b"))
    assert np.nan_to_num(numbers, nan=-9).tolist() == [[-9, 0, 0], [0.1 + 0.2, 1e-17, 3], [2.5, -9, -9]]


def test_series_come_back_in_order_of_their_periods_as_numbers():
    names, numbers = unpack_series(pack_result(RunResult(KEY, series=POINTS)).series)
    assert names == (("backlog", "all", 2), ("backlog", "all", 9), ("backlog", "all", 10), ("cost", "all", 0))
    assert np.nan_to_num(numbers, nan=-9).tolist() == [[2 / 3, 1], [3, 1], [10 / 3, 1], [-1, -9]]


def test_the_order_of_rows_leaves_no_trace():
    one, other = (pack_result(RunResult(KEY, observations=rows, series=points))
                  for rows, points in ((ROWS, POINTS), (ROWS[::-1], POINTS[::-1])))  # fmt: skip
    assert one == other
    assert pickle.loads(pickle.dumps(one)) == one


def test_samples_keep_their_type():
    array = np.arange(5, dtype=np.int16)
    ((name, kind, blob),) = pack_result(RunResult(KEY, samples={"tat": array})).samples
    assert (name, kind) == ("tat", "int16")
    assert unpack_array(blob).dtype == np.int16
    assert unpack_array(blob).tolist() == array.tolist()


def test_a_run_without_figures_has_no_blobs():
    packed = pack_result(RunResult(KEY, status="failed", error="why"))
    assert (packed.figures, packed.series, packed.samples, packed.error) == (None, None, (), "why")


def test_what_is_told_twice_is_refused():
    with pytest.raises(ModelError, match="tat came twice for group all"):
        pack_result(RunResult(KEY, observations=[ROWS[1], ROWS[1]]))
