"""Selection in a study: from the words of its file to the rule, and from its results to the verdict."""

from __future__ import annotations

import json

import pytest

from netsim.errors import ModelError, ScenarioError
from netsim.spec.records import set_source
from netsim.spec.scenario import load
from netsim.spec.selecting import Select
from netsim.statistics.allocation import Allocation
from netsim.statistics.constraints import Limit
from netsim.statistics.knockout import Knockout
from netsim.statistics.selection import Goal
from netsim.statistics.two_stage import TwoStage
from netsim.study.selecting import (
    judge_selection,
    read_rule,
    screen_designs,
    select_best,
    selection_rule,
    show_values,
    tell_rule,
)
from netsim.study.study import Study
from tests.study.tiny import write_tiny


def rule(currencies=("EUR",), designs=None, **fields):
    return selection_rule(Select.model_validate(fields), currencies=currencies, designs=designs)


def faults(currencies=("EUR",), designs=None, **fields):
    select = Select.model_validate(fields)
    set_source(select, "study.yaml", 9)
    with pytest.raises(ScenarioError) as caught:
        selection_rule(select, currencies=currencies, designs=designs)
    return list(map(str, caught.value.faults))


def test_values_come_in_the_units_of_their_kpis():
    found = rule(
        minimise="net_cost",
        indifference="20000 EUR",
        subject_to=["arrival_rate >= 95 % within 0.5 %", "tat_p90 <= 36 h within 3 h"],
    )
    assert found == Knockout(
        Goal("net_cost", "lower"),
        20000.0,
        (Limit("arrival_rate", ">=", 0.95, 0.005), Limit("tat_p90", "<=", 1.5, 0.125)),
    )


def test_each_procedure_has_its_rule():
    assert rule(
        maximise="arrival_rate", indifference="1 %", procedure="nelson-matejcik", confidence="90 %"
    ) == TwoStage(Goal("arrival_rate", "higher"), 0.01, 0.9)
    assert rule(maximise="arrival_rate", budget=300, first=5) == Allocation(
        Goal("arrival_rate", "higher"), 300, first=5
    )
    assert rule(minimise="cost_per_order", indifference="2 EUR/order", budget=90, at_most=50) == Knockout(
        Goal("cost_per_order", "lower"), 2.0, at_most=50, budget=90
    )


def test_a_share_has_a_tolerance_of_one_point():
    assert rule(minimise="net_cost", indifference="1 EUR", subject_to="fill_rate >= 0.9").limits[0].tolerance == 0.01


def test_the_confidence_is_that_of_the_comparison_unless_it_is_given():
    select = Select(minimise="net_cost", indifference="1 EUR")
    assert selection_rule(select, currencies=["EUR"], confidence=0.9).confidence == 0.9


def test_every_mistake_is_told_at_its_place():
    told = faults(
        designs=12,
        minimise="net_cost",
        indifference="3 d",
        subject_to=["arival_rate >= 95 %", "tat_p90 <= 5 EUR", "orders_open <= 0"],
        budget=100,
    )
    assert told == [
        (
            "study.yaml:9 · select.budget · a budget of 100 does not give 12 designs 10 replications each · "
            "give 120 or more"
        ),
        "study.yaml:9 · select.indifference · `3 d` is no value of net_cost in EUR · write it such as `20000 EUR`",
        "study.yaml:9 · select.subject_to[0] · there is no KPI `arival_rate` · did you mean `arrival_rate`?",
        "study.yaml:9 · select.subject_to[1] · `5 EUR` is no value of tat_p90 in d · write it such as `2 d`",
        (
            "study.yaml:9 · select.subject_to[2] · `orders_open <= 0` has no tolerance to go without saying · "
            "give one, such as `within 0.5`"
        ),
    ]


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"minimise": "net_costs", "budget": 50}, "did you mean `net_cost`?"),
        ({"minimise": "net_cost", "indifference": "5"}, "in EUR"),
        ({"minimise": "net_cost", "indifference": "5 USD"}, "write it such as `20000 EUR`"),
        ({"minimise": "cost_per_order", "indifference": "5 EUR/piece"}, "in EUR/order"),
        ({"maximise": "arrival_rate", "indifference": "5 d"}, "per cent"),
        ({"minimise": "tat_mean", "indifference": "5"}, "write it such as `2 d`"),
    ],
)
def test_a_value_in_another_unit_is_refused(fields, what):
    [told] = faults(**fields)
    assert what in told


def test_scenarios_of_several_currencies_share_no_money():
    [told] = faults(currencies=("EUR", "USD"), minimise="net_cost", indifference="5 EUR")
    assert "differ in their base currency" in told
    assert rule(currencies=("EUR", "USD"), maximise="arrival_rate", indifference="1 %").indifference == 0.01


@pytest.mark.parametrize(
    "made",
    [
        Knockout(Goal("net_cost", "lower"), 5.0, (Limit("arrival_rate", ">=", 0.9, 0.01),), at_most=40),
        TwoStage(Goal("arrival_rate", "higher"), 0.01, 0.9),
        Allocation(Goal("net_cost", "lower"), 200),
    ],
)
def test_a_rule_is_told_and_read_again(made):
    assert read_rule(json.loads(json.dumps(tell_rule(made)))) == made


def test_a_rule_that_selects_nothing_is_refused():
    with pytest.raises(ModelError, match="FixedNumber selects nothing"):
        read_rule({"name": "FixedNumber", "count": 3})


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    write_tiny(folder)
    base = load(folder / "scenario.yaml")
    designs = {
        "as-is": base,
        **{name: base.with_design(folder / f"{name}.yaml") for name in ("more-stock", "dear-rent")},
    }
    study = Study(designs, replications=12, seed=5, warm_up="10 d", measure="60 d", cool_down="20 d")
    return study.run(workers=1, out=folder / "results", progress=False)


def test_the_verdict_of_runs_that_were_not_made_for_it(results):
    found = select_best(results, minimise="net_cost", indifference="600 EUR")
    assert found["dear-rent"].status == "worse"
    assert found["dear-rent"].behind.mean > 1000  # two months at 800 EUR
    assert found.replications == 36
    assert found.best != "dear-rent"


def test_the_verdict_is_shown_in_units(results):
    show = show_values(results)
    assert show("arrival_rate", 0.9523) == "95.23 %"
    assert show("net_cost", 12345.6) == "12,346 EUR"
    lines = select_best(results, maximise="arrival_rate", indifference="5 %").lines(show)
    assert "indifference 5 %" in lines[1]


def test_the_designs_that_may_be_the_best(results):
    subset = screen_designs(results, minimise="net_cost", confidence="90 %")
    assert "dear-rent" in subset.dropped
    assert (subset.confidence, subset.replications) == (0.9, 12)
    limited = screen_designs(results, minimise="net_cost", subject_to="arrival_rate >= 99.99 %")
    assert set(limited.infeasible) <= {"as-is", "dear-rent", "more-stock"}
    by_record = screen_designs(results, Select(minimise="net_cost", indifference="5 EUR", confidence=0.9))
    assert by_record.kept == subset.kept


def test_the_verdict_of_another_rule(results):
    made = Knockout(Goal("net_cost", "lower"), 50.0, (Limit("arrival_rate", ">=", 0.999, 0.0005),))
    found = judge_selection(made, results)
    assert len(found["as-is"].limits) == 1


def test_words_without_a_meaning_are_refused(results):
    with pytest.raises(ModelError, match="was not run to select"):
        select_best(results)
    with pytest.raises(ModelError, match="exactly one of"):
        select_best(results, minimise="net_cost", maximise="arrival_rate")
    with pytest.raises(ModelError, match="in EUR"):
        select_best(results, minimise="net_cost", indifference="2 d")


@pytest.mark.parametrize(
    "made",
    [
        Knockout(Goal("net_cost", "lower"), 300.0, first=5),
        TwoStage(Goal("net_cost", "lower"), 400.0, first=5),
        Allocation(Goal("net_cost", "lower"), 40, first=5),
    ],
)
def test_a_study_runs_by_the_rule_and_its_results_know_it(made, tmp_path):
    write_tiny(tmp_path)
    base = load(tmp_path / "scenario.yaml")
    designs = {"as-is": base, "dear-rent": base.with_design(tmp_path / "dear-rent.yaml")}
    study = Study(designs, replications=made, seed=5, warm_up="10 d", measure="60 d", cool_down="20 d")
    results = study.run(workers=1, out=tmp_path / "results", progress=False)
    found = select_best(results)
    assert found == judge_selection(made, results)
    assert found.best == "as-is"  # the same but for the rent, on one tape
    assert found["dear-rent"].behind.mean == pytest.approx(800 * 2, rel=0.1)
    assert found.replications == len(results.runs())
