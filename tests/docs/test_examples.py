"""The module that the guide shows: its rules do what the guide says, named by code and by registered name."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import netsim as ns
from docs.blocks import ROOT
from netsim.engine.records import OrderState, Records
from netsim.policies.view import LineView
from netsim.registry import find_kpis
from netsim.study.windows import Windows

_SCENARIO = ROOT / "scenarios" / "two_echelon" / "scenario.yaml"
_EXAMPLES = ROOT / "docs" / "examples"
_YEAR = 365 * 86_400


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Return the module; what it registers is taken back, so that other tests do not see it."""
    from netsim import registry

    kept = [dict(table) for table in (registry._policies, registry._processes, registry._kpis)]
    monkeypatch.syspath_prepend(str(_EXAMPLES))
    sys.modules.pop("my_rules", None)
    import my_rules

    yield my_rules
    sys.modules.pop("my_rules", None)
    for table, before in zip((registry._policies, registry._processes, registry._kpis), kept, strict=True):
        table.clear()
        table.update(before)


def lived(scenario: ns.Scenario, seed: int = 5) -> Records:
    model = ns.compile_model(scenario, horizon=_YEAR)
    tape = ns.Tape.sample(scenario.world, start=scenario.start, horizon=_YEAR, seed=seed, replication=0)
    records = ns.run(model, tape, ns.make_plan(model))
    ns.check_balance(model, records)
    return records


class _View:
    """Three holders: a near one, an equally near one of a later name, and one too far for the deadline."""

    now = 100

    def free(self, node: str, part: str) -> int:
        return 1

    def holders(self, part: str) -> list[str]:
        return ["far", "near-b", "near-a"]

    def lead_time(self, origin: str, destination: str) -> int:
        return {"far": 1000, "near-a": 50, "near-b": 50}[origin]


def test_nearest_holder_takes_the_soonest_then_the_first_by_name(rules) -> None:
    line = LineView("unit", "outlet", 1, 100, 500)
    assert rules.nearest_holder(line, _View()) == "near-a"


def test_nearest_holder_refuses_what_comes_late(rules) -> None:
    assert rules.nearest_holder(LineView("unit", "outlet", 1, 100, 120), _View()) is None


def test_policy_from_yaml_by_code_and_by_registered_name_agree(rules, tmp_path: Path) -> None:
    by_code = ns.load(_SCENARIO, _EXAMPLES / "neighbours.yaml", allow_code=True)
    text = (_EXAMPLES / "neighbours.yaml").read_text(encoding="utf-8")
    named = tmp_path / "named.yaml"
    named.write_text(text.replace('"my_rules:nearest_holder"', "nearest-holder"), encoding="utf-8")
    first = lived(by_code)
    assert first.digest() == lived(ns.load(_SCENARIO, named)).digest()
    laterals = (first.lines["rung"] == 0) & (first.lines["source"] != first.lines["node"])
    assert laterals.any()
    late = first.lines["arrived"][laterals] > first.lines["deadline"][laterals]
    assert not late.any()  # nothing is random on these lanes, and the rule looks at the deadline


def test_kiosks_send_a_fifth_of_the_customers_home(rules) -> None:
    records = lived(ns.load(_SCENARIO, _EXAMPLES / "kiosks.yaml", allow_code=True))
    state = records.orders["state"]
    diagnosed = records.orders["diagnosed"] >= 0
    share = np.mean(state[diagnosed] == OrderState.SERVICED)
    spread = 5 * np.sqrt(0.2 * 0.8 / diagnosed.sum())  # five standard errors of a share
    assert abs(share - 0.2) < spread
    with_lines = np.isin(np.arange(len(state)), records.lines["order"])
    assert not with_lines[state == OrderState.SERVICED].any()


def test_weekend_share_of_a_week_is_two_sevenths(rules) -> None:
    scenario = ns.load(_SCENARIO)
    days = np.arange(14) * 86_400
    empty = {"created": days.astype(np.int32)}
    records = Records(empty, {}, {}, {}, {}, {}, {}, {}, horizon=_YEAR)
    function = find_kpis()["weekend_share"].function
    assert function(records, scenario, Windows(0, 14 * 86_400, _YEAR)) == pytest.approx(2 / 7)
    assert function(records, scenario, Windows(20 * 86_400, 21 * 86_400, _YEAR)) is None


def test_files_that_name_code_are_refused_without_permission() -> None:
    with pytest.raises(ns.ScenarioError, match="allow-code"):
        ns.load(_SCENARIO, _EXAMPLES / "kiosks.yaml")


def test_the_card_of_the_small_scenario_tells_the_exact_fill() -> None:
    from netsim.theory.spares import two_echelon

    exact = two_echelon([0.2] * 20, [1] * 20, transport=3, depot_stock=24, depot_lead=6)
    card = (_SCENARIO.parent / "README.md").read_text(encoding="utf-8")
    assert f"{exact.bases.fill[0]:.5f}" in card
