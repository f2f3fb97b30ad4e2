"""The comparer and what comes after it: it finds every kind of difference, tells it well, and makes cases smaller."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from netsim.engine.records import COLUMNS, Records, RequestReason
from netsim.model.model import Model
from netsim.plan.plan import Plan
from tests.equivalence.cases import Case, Ready, prepare
from tests.equivalence.choices import Seeded
from tests.equivalence.comparison import differences, first_differences
from tests.equivalence.engines import Engine, engine
from tests.equivalence.hunt import main
from tests.equivalence.timing import DAY
from tests.equivalence.trial import Failure, Pair, RefusedError, explain, ready_cases, try_case

CELLS = [(table, column) for table, columns in COLUMNS.items() for column in columns]


def cases() -> Iterator[tuple[Case, Ready]]:
    for seed in range(200):
        with contextlib.suppress(RefusedError):
            yield from ready_cases(Seeded(seed))


@pytest.fixture(scope="module")
def lived() -> tuple[Ready, Records]:
    """A run with rows in every table."""
    run = engine("simpy")
    for _, ready in cases():
        records = run(ready.model, ready.tape, ready.plan)
        if all(len(next(iter(getattr(records, table).values()))) > 3 for table in COLUMNS if table != "states"):
            return ready, records
    raise AssertionError("no case has rows in every table")


def changed(records: Records, table: str, column: str, row: int) -> Records:
    """Return records with another value in one cell."""
    cells = getattr(records, table)
    other = cells[column].copy()
    other[row] = other[row] + 1 if other[row] < 100 else other[row] - 1
    return replace(records, **{table: {**cells, column: other}})


def cut(records: Records, table: str) -> Records:
    """Return records without the last row of a table."""
    return replace(records, **{table: {name: cells[:-1] for name, cells in getattr(records, table).items()}})


def test_equal_records_have_no_difference(lived: tuple[Ready, Records]) -> None:
    ready, records = lived
    again = engine("checked")(ready.model, ready.tape, ready.plan)
    assert differences(records, again, ready.model, scenario=ready.scenario) == ""


@pytest.mark.parametrize(("table", "column"), CELLS)
def test_one_changed_cell_is_found_and_told(table: str, column: str, lived: tuple[Ready, Records]) -> None:
    ready, records = lived
    row = len(getattr(records, table)[column]) // 2
    other = changed(records, table, column, row)
    (found,) = first_differences(records, other, ready.model)
    assert (found.table, found.row) == (table, row)
    told = differences(records, other, ready.model, scenario=ready.scenario, names=("old", "new"))
    before, after = getattr(records, table)[column][row], getattr(other, table)[column][row]
    assert f"{table} row {row}" in told
    assert f"{column}: {before}" in told
    assert f", {after}" in told
    assert "  - " in told
    assert "  + " in told


@pytest.mark.parametrize("table", list(COLUMNS))
def test_a_missing_row_is_found(table: str, lived: tuple[Ready, Records]) -> None:
    ready, records = lived
    size = len(next(iter(getattr(records, table).values())))
    if not size:
        return
    for pair, alone in (((records, cut(records, table)), "old"), ((cut(records, table), records), "new")):
        told = differences(*pair, ready.model, scenario=ready.scenario, names=("old", "new"))
        assert f"{table} row {size - 1} is {alone}'s alone" in told


def test_another_type_and_another_horizon_are_found(lived: tuple[Ready, Records]) -> None:
    ready, records = lived
    wide = replace(records, work={**records.work, "part": records.work["part"].astype(np.int64)})
    assert [each.table for each in first_differences(records, wide, ready.model)] == ["work"]
    later = replace(records, horizon=records.horizon + 1)
    assert "the horizon" in differences(records, later, ready.model)


def test_the_earliest_difference_comes_first_and_its_order_is_told(lived: tuple[Ready, Records]) -> None:
    ready, records = lived
    row = int(np.flatnonzero(records.lines["arrived"] > 0)[-1])
    both = changed(changed(records, "lines", "ended", row), "moves", "qty", 0)
    found = first_differences(records, both, ready.model)
    assert [each.second for each in found] == sorted(each.second for each in found)
    assert found[0].table == "moves", "opening stock comes before every line"
    order = int(records.lines["order"][row])
    late = changed(records, "lines", "arrived", row)
    told = differences(records, late, ready.model, scenario=ready.scenario)
    owner = (*ready.model.zone_names, *ready.model.fleet_names)[int(records.orders["zone"][order])]
    assert f"the story of order {owner}/{records.orders['k'][order]}" in told
    story = told[told.index("the story of") :].splitlines()
    assert any(line.startswith("  ") for line in story), "what both runs have in common"
    assert any(line.startswith("- ") for line in story)
    assert any(line.startswith("+ ") for line in story)


def without_laterals(run: Engine) -> Engine:
    """Return an engine that takes every lateral request for an emergency: an error that needs a neighbour to show."""

    def wrong(model: Model, tape: object, plan: Plan) -> Records:
        records = run(model, tape, plan)
        reasons = records.requests["reason"].copy()
        reasons[reasons == RequestReason.LATERAL] = RequestReason.EMERGENCY
        return replace(records, requests={**records.requests, "reason": reasons})

    return wrong


def test_a_failing_case_is_made_small_and_can_be_lived_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = engine("simpy")
    pair = Pair(("simpy", "wrong"), run, without_laterals(run))
    short = (found for found in cases() if found[0].horizon <= 40 * DAY)
    failing, what = next((case, what) for case, ready in short if "differ" in (what := try_case(ready, pair)))
    file = tmp_path / "case.json"
    told = explain(Failure(failing, what), pair, tries=60, file=file)
    assert "reason: 2 (simpy), 3 (wrong)" in told
    small = Case.from_json(file.read_text(encoding="utf-8"))
    assert try_case(prepare(small), pair)
    assert len(small.to_json()) < len(failing.to_json())
    assert small.tree["network"]["lanes"].keys() <= failing.tree["network"]["lanes"].keys()
    assert main(["--case", str(file), "--first", "simpy", "--second", "checked"]) == 0
    assert capsys.readouterr().out.strip() == "equal"


def test_an_engine_that_fails_is_told_with_its_error(lived: tuple[Ready, Records]) -> None:
    ready, _ = lived

    def broken(model: Model, tape: object, plan: Plan) -> Records:
        raise ValueError("no such queue")

    pair = Pair(("simpy", "broken"), engine("simpy"), broken)
    assert try_case(ready, pair) == "broken: ValueError no such queue"
