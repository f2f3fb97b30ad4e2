"""Prepared rows: what the kernel reads is what the model says, in the kernel's own numbers."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from netsim.engine.compiled.cache import _COMPILED_IN
from netsim.engine.compiled.compiled_engine import run
from netsim.engine.compiled.layout import RUN, STRUCTS
from netsim.engine.compiled.prepare import CHANGING, Prepared
from netsim.model.model import Model
from netsim.units import DAY
from tests.engine.compiled.everything import levels, model_of, sampled
from tests.test_layers import MODULES, imports_of


@pytest.fixture(scope="module")
def model() -> Model:
    return model_of(days=20)


@pytest.fixture(scope="module")
def prepared(model: Model) -> Prepared:
    return Prepared(model, levels(model, change=5 * DAY))


def behind(address: int, size: int) -> list[int]:
    """Return the 64-bit integers at an address."""
    return list((ctypes.c_int64 * size).from_address(address)) if size else []


def test_every_row_has_the_struct_that_the_run_knows(prepared):
    rows = {name: array for name, array in prepared.rows.items() if name in RUN.fields}
    for name, array in rows.items():
        assert array.dtype == RUN.fields[name].dtype, name
        assert array.flags.c_contiguous, name
    assert {"node", "lane", "point", "bench", "calendar", "duration", "script"} - set(rows) == {"script"}
    assert set(CHANGING) <= set(rows)
    assert set(prepared.settings) <= set(RUN.fields)


def test_calendars_durations_and_dates_lie_where_their_rows_point(model, prepared):
    for row, calendar in zip(prepared.rows["calendar"], model.calendars, strict=True):
        for column in ("opens", "closes", "before"):
            assert behind(int(row[column]), int(row["size"])) == getattr(calendar, column).tolist()
    for row, dates in zip(prepared.rows["dates"], model.departures, strict=True):
        assert behind(int(row["times"]), int(row["size"])) == dates.tolist()
    for row, mean, table in zip(prepared.rows["duration"], model.durations.mean, model.durations.table, strict=True):
        assert (row["mean"], row["random"]) == (mean, table >= 0)
        if table >= 0:
            cells = model.durations.tables[table]
            assert behind(int(row["cells"]), len(cells)) == cells.tolist()


def test_streams_are_named_in_the_order_in_which_the_kernel_counts(model, prepared):
    names = [*model.zone_names, *model.fleet_names, *model.node_names, *model.lane_names]
    assert prepared.streams[: len(names)] == names
    assert prepared.streams[len(names) :] == ["lead/maker/hub"]
    counts = ("owner_count", "node_count", "lane_count")
    assert sum(prepared.settings[name] for name in counts) == len(names)


def test_only_lanes_on_which_all_is_certain_are_never_asked_for_a_mark(model, prepared):
    asked = prepared.stream_is_asked()
    first = len(prepared.streams) - len(model.lane_names) - 1
    assert asked[:first].all()
    assert asked[-1]
    certain = {name for name, draws in zip(model.lane_names, asked[first:-1], strict=True) if not draws}
    assert {name.partition(" /")[0] for name in certain} == {
        "hub -> shop0", "hub -> shop1", "shop0 -> shop1", "shop1 -> shop0", "shop1 -> hub", "plant -> port",
    }  # fmt: skip


def test_priorities_are_ranked_and_lines_come_with_the_first(model, prepared):
    assert prepared.priorities == [0, 1]
    ranks = prepared.rows["point"]["priority"]
    assert [prepared.priorities[rank] for rank in ranks.tolist()] == model.stock.priority.tolist()
    assert prepared.priorities[prepared.settings["line_priority"]] == 0
    assert len(prepared.rows["queue"]) == len(model.stock.node) * 2


def test_a_run_changes_nothing_that_others_share(model, prepared):
    before = {name: array.tobytes() for name, array in prepared.rows.items() if name in RUN.fields}
    engine_rows = run(model, sampled(model), prepared.plan)
    assert len(engine_rows.moves["time"])
    again = Prepared(model, prepared.plan)
    for name, image in before.items():
        assert prepared.rows[name].tobytes() == image, name
        same = again.rows[name]
        pointers = {"calendar", "dates", "duration", "lane"}
        assert name in pointers or same.tobytes() == image, name


def test_nobody_waits_at_the_start(prepared):
    rows = prepared.rows
    assert (rows["queue"]["first"] == -1).all()
    assert (rows["bench"]["queue"] == -1).all()
    assert (rows["lane"]["first_waiting"] == -1).all()
    assert not rows["point"]["waiting"].any()
    assert np.array_equal(rows["bench"]["idle"], prepared.model.benches.technicians)


def test_all_sources_of_numbers_in_the_kernel_count_for_its_cache():
    """What the kernel imports, directly or not, is compiled in; errors and the types of plans hold no numbers."""
    aside = {"netsim.errors", "netsim.plan.plan"}
    found: set[str] = set()
    to_do = {"netsim.engine.compiled.kernel"}
    while to_do:
        name = to_do.pop()
        found.add(name)
        to_do |= (imports_of(name, when_run=True) & set(MODULES)) - found - aside
    counted = {path for pattern in _COMPILED_IN for path in MODULES["netsim"].parent.glob(pattern)}
    assert "netsim.policies.shortage" in found
    assert {name for name in found if MODULES[name] not in counted} == set()


def test_structs_keep_whole_words_together():
    """Entries of a heap are of 16 bytes, so that four children are one line of the processor's cache."""
    assert STRUCTS["Event"].dtype.itemsize == 16
