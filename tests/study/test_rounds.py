"""Rounds: what a rule asks for is a function of complete rounds, whatever was run before or in between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from netsim.errors import ModelError
from netsim.spec.experiment import Compare
from netsim.spec.scenario import load
from netsim.spec.settings import Setting
from netsim.statistics.precision import Precision
from netsim.statistics.sample import Sample
from netsim.store.packing import RunKey
from netsim.study.cases import Case
from netsim.study.rounds import FixedNumber, Rounds, describe_rule, rule_of
from tests.study.tiny import write_tiny


@dataclass(frozen=True)
class TwoMoreForTheLarger:
    """Asks for two runs of each design, then for two more of the one whose first two have the larger mean."""

    kpis: tuple[str, ...] = ("cost",)

    def next(self, seen):
        if not all(len(kpis["cost"].values) for kpis in seen.values()):
            return dict.fromkeys(seen, 2)
        largest = max(seen, key=lambda design: seen[design]["cost"].values[:2].mean())
        return {design: 4 if design == largest else 2 for design in seen}


@pytest.fixture
def content(tmp_path):
    write_tiny(tmp_path)
    return load(tmp_path / "scenario.yaml")


def rounds_of(cases, rule):
    keys = {case: RunKey(f"hash of {case.scenario}", case.design, 0, 7, "code") for case in cases}
    return Rounds(cases, rule, keys)


def looking(values):
    return lambda case, kpi, count: Sample(np.array(values[case.design][:count], dtype=float))


def asked(todo):
    return [(key.design, key.replication) for key in todo]


def test_designs_of_one_replication_come_together_and_a_fixed_number_asks_once(content):
    cases = [Case("s", name, content) for name in ("a", "b")]
    rounds = rounds_of(cases, FixedNumber(2))
    assert asked(rounds.next(looking({}))) == [("a", 0), ("b", 0), ("a", 1), ("b", 1)]
    assert rounds.next(looking({})) == {}
    assert rounds.counts == {cases[0]: 2, cases[1]: 2}


def test_a_rule_sees_complete_rounds_only_even_where_more_has_been_run(content):
    cases = [Case("s", name, content) for name in ("a", "b")]
    # By all four values `b` is the larger; by the two that the first round asked for it is `a`.
    look = looking({"a": [5, 5, 0, 0], "b": [1, 1, 99, 99]})
    rounds = rounds_of(cases, TwoMoreForTheLarger())
    assert len(rounds.next(look)) == 4
    assert asked(rounds.next(look)) == [("a", 2), ("a", 3)]
    assert rounds.next(look) == {}


def test_each_scenario_goes_by_itself(content):
    cases = [Case(scenario, name, content) for scenario in ("s", "t") for name in ("a", "b")]
    values = {("s", "a"): [9, 9], ("s", "b"): [1, 1], ("t", "a"): [1, 1], ("t", "b"): [9, 9]}

    def look(case, kpi, count):
        return Sample(np.array(values[case.scenario, case.design][:count], dtype=float))

    rounds = rounds_of(cases, TwoMoreForTheLarger())
    assert len(rounds.next(look)) == 8
    more = {(case.scenario, case.design) for case in rounds.next(look).values()}
    assert more == {("s", "a"), ("t", "b")}


def test_points_of_one_world_come_together_replication_by_replication(content):
    levels = (("demand", 1),)
    points = [
        Case("s", f"p{i}", content, (Setting("world.adjust.demand", "set", demand),), levels)
        for i, demand in enumerate(("80 %", "120 %", "80 %"))
    ]
    rounds = rounds_of(points, FixedNumber(2))
    assert asked(rounds.next(looking({}))) == [
        ("p0", 0), ("p2", 0), ("p0", 1), ("p2", 1), ("p1", 0), ("p1", 1),
    ]  # fmt: skip


def test_numbers_texts_and_rules_are_understood_and_described():
    compare = Compare(kpis=("net_cost",), confidence=0.9)
    assert rule_of(3, compare) == FixedNumber(3)
    found = rule_of("until 2 % of tat_mean", compare, apart=True)
    assert found == Precision(kpis=("tat_mean",), relative=0.02, level=0.9, apart=True)
    assert rule_of("until 5 %", compare) == Precision(kpis=("net_cost",), relative=0.05, level=0.9)
    assert rule_of(found, compare) is found
    assert describe_rule(found)["rule"]["name"] == "Precision"
    assert describe_rule(found)["rule"]["relative"] == 0.02
    for wrong in (0, -1, 2_000_000, "until", "sometimes"):
        with pytest.raises(ModelError):
            rule_of(wrong, compare)
