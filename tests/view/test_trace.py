"""The story of an order agrees with the records that it is told from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from netsim.engine.records import MoveReason, Records
from netsim.errors import ModelError
from netsim.model.model import Model
from netsim.spec.scenario import Scenario
from netsim.study.study import Study
from netsim.view.commands_show import simulate
from netsim.view.trace import find_order, tell_order
from tests.view.small import write_study


class Run(NamedTuple):
    scenario: Scenario
    model: Model
    records: Records


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    study = Study.from_file(write_study(tmp_path_factory.mktemp("trace")))
    return Run(*simulate(study.cases[0], study.windows.horizon, seed=5, replication=0))


def test_an_order_is_found_by_zone_and_number_by_row_and_as_the_slowest(run: Run) -> None:
    orders = run.records.orders
    row = 7
    name = f"{run.model.zone_names[orders['zone'][row]]}/{orders['k'][row]}"
    assert find_order(run.model, run.records, name) == row
    assert find_order(run.model, run.records, "7") == row
    slowest = find_order(run.model, run.records, "longest")
    closed = np.where(orders["closed"] < 0, run.records.horizon, orders["closed"])
    lasted = np.where(orders["handed_over"] < 0, 0, closed - orders["handed_over"])
    assert lasted[slowest] == lasted.max()


@pytest.mark.parametrize(("name", "told"), [
    ("mexiko/1", "did you mean `mexico`"), ("mexico/999999", "numbers"), ("999999", "rows go from 0"), ("x", "ZONE/K"),
    ("mexico/one", "no order"), ("-1", "no order"),
])  # fmt: skip
def test_an_order_that_is_not_there_is_told(name: str, told: str, run: Run) -> None:
    with pytest.raises(ModelError, match=told):
        find_order(run.model, run.records, name)


def test_every_story_is_in_order_and_begins_with_its_claim(run: Run) -> None:
    orders = run.records.orders
    for row in range(min(60, len(orders["created"]))):
        moments = tell_order(*run, row)
        assert [m.second for m in moments] == sorted(m.second for m in moments)
        assert moments[0].second == orders["created"][row]
        assert moments[0].text.startswith("claim")
        closings = [m for m in moments if m.text.startswith("closed")]
        assert [m.second for m in closings] == ([orders["closed"][row]] if orders["closed"][row] >= 0 else [])


def test_each_part_core_and_money_line_of_an_order_is_told(run: Run) -> None:
    from netsim.outcome.money import order_postings

    records = run.records
    born = records.moves["subject"][records.moves["reason"] == MoveReason.CORE_BORN]
    for row in np.unique(born)[:20].tolist():
        moments = tell_order(*run, row)
        lines = np.flatnonzero(records.lines["order"] == row)
        assert sum("asked for" in m.text for m in moments) == len(lines)
        assert sum("core removed" in m.text for m in moments) == int((born == row).sum())
        money = [m for m in moments if m.kind == "money"]
        assert sum(m.amount or 0 for m in money) == pytest.approx(order_postings(*run, row)["amount"].sum())


def test_a_core_goes_to_the_factory_and_ends_as_stock_or_scrap(run: Run) -> None:
    records = run.records
    ends = np.isin(records.moves["reason"], (MoveReason.REPAIRED, MoveReason.SCRAPPED))
    row = int(records.moves["subject"][ends][0])
    story = [m for m in tell_order(*run, row) if m.kind == "core"]
    texts = " | ".join(m.text for m in story)
    assert "core removed" in story[0].text
    for words in ("leaves by centro -> fixer", "received", "factory repair begins", "factory repair ends"):
        assert words in texts
    assert ("a good part again" in texts) or ("scrapped" in texts)


def test_times_are_told_in_utc_and_where_it_happens(run: Run) -> None:
    moment = tell_order(*run, 0)[0]
    assert moment.utc.startswith("2026-")
    hours = (int(moment.utc[11:13]) - int(moment.local[-5:-3])) % 24
    assert hours == 6, "Mexico City is six hours behind UTC, without summer time"
