"""Everything that is observed of a run."""

import numpy as np
import pytest

from netsim import registry
from netsim.engine.records import LineEnd
from netsim.errors import ModelError
from netsim.outcome.kpis import KPIS, SERIES, UNITS, describe
from netsim.outcome.observe import observe
from netsim.study.windows import Windows
from tests.outcome.story import DAY, Story, build_model, build_scenario

SCENARIO = build_scenario(
    world={
        "countries": {"PL": {}},
        "parts": {"screen": {"value": "60 EUR"}},
        "zones": {"warsaw": {"at": [52.23, 21.01], "country": "PL", "units": 1000, "failures": {"screen": "1 %/yr"}}},
    },
    network={"nodes": {"shop": {"kind": "outlet", "country": "PL"}}},
)
MODEL = build_model(
    nodes={"shop": ("outlet", "PL")}, parts=("screen",), zones={"warsaw": "PL"}, modes=(("crack", 0, ()),)
)
WINDOWS = Windows(DAY, 20 * DAY, 40 * DAY)


@pytest.fixture(autouse=True)
def _own_kpis(monkeypatch):
    monkeypatch.setattr(registry, "_kpis", {})


def make_story():
    story = Story()
    story.opening(0, 0, 5)
    for day in (0, 2, 4, 30):
        order = story.order(created=day * DAY, closed=(day + 1) * DAY, transport=DAY)
        story.line(order=order, requested=day * DAY, deadline=(day + 3) * DAY, reserved=day * DAY, arrived=day * DAY,
                   ended=(day + 1) * DAY, outcome=LineEnd.INSTALLED)  # fmt: skip
    story.order(created=5 * DAY)
    return story


def see(story=None):
    records = (story or make_story()).records(WINDOWS.horizon)
    return observe(SCENARIO, MODEL, records, WINDOWS)


def test_every_figure_is_in_the_catalogue_and_every_entry_is_a_figure():
    observed = see()
    everywhere = {kpi for kpi, group, *_ in observed.observations}
    assert everywhere <= set(KPIS)
    assert set(KPIS) - everywhere <= {"landed_cost"}  # by part only, where something was bought
    assert {name for name, *_ in observed.series} <= set(SERIES)


def test_each_figure_stands_once():
    observed = see()
    keys = [(kpi, group) for kpi, group, *_ in observed.observations]
    assert len(keys) == len(set(keys))
    periods = [point[:3] for point in observed.series]
    assert len(periods) == len(set(periods))


def test_shares_lie_between_0_and_1_and_ratios_are_their_parts():
    for kpi, _, value, top, base in see().observations:
        if value is not None and KPIS[kpi].unit == "share" and kpi not in ("utilisation", "factory_load"):
            assert 0 <= value <= 1, kpi
        if value is not None and top is not None and base is not None:
            assert value == pytest.approx(top / base)


@pytest.mark.parametrize("kpi", ["arrival_rate", "on_hand", "orders_created", "on_time", "tat_transport", "backlog"])
def test_nodes_and_countries_add_up_to_all(kpi):
    found = {group: (top, base) for name, group, _, top, base in see().observations if name == kpi}
    for dimension in ("node", "country"):
        members = [pair for group, pair in found.items() if group.startswith(dimension + "=")]
        assert sum(top for top, _ in members) == pytest.approx(found["all"][0])
        if found["all"][1] is not None:
            assert sum(base for _, base in members) == found["all"][1]


def test_samples_are_the_windows_turnarounds_and_waits():
    samples = see().samples
    assert samples["tat"].tolist() == [DAY, DAY, 35 * DAY]
    assert samples["tat_censored"].tolist() == [0, 0, 1]
    assert samples["wait"].tolist() == [0, 0]
    assert samples["wait_censored"].tolist() == [0, 0]
    assert all(isinstance(sample, np.ndarray) for sample in samples.values())


def test_a_run_without_orders_has_null_ratios_and_no_costs():
    observed = see(Story())
    found = {(kpi, group): value for kpi, group, value, *_ in observed.observations}
    assert found["cost", "all"] == found["orders_created", "all"] == 0
    assert all(value is None or value == 0 for value in found.values())


def test_users_kpis_are_asked_for_what_they_name():
    @registry.kpi("weekend_share", unit="share", better="lower")
    def weekend_share(records):
        """Share of claims at weekends."""
        return float(np.mean(records.orders["created"] // DAY % 7 >= 5))

    @registry.kpi("early")
    def early(records, *, model, windows):
        return {f"node={model.node_names[0]}": int((records.orders["created"] < windows.begin).sum()), "all": None}

    found = {(kpi, group): value for kpi, group, value, *_ in see().observations}
    assert found["weekend_share", "all"] == 1 / 5
    assert found["early", "node=shop"] == 1
    assert found["early", "all"] is None
    assert describe("weekend_share").better == "lower"
    assert describe("weekend_share").formula == "Share of claims at weekends."


def test_a_users_kpi_may_not_hide_a_built_in_one():
    registry.kpi("cost")(lambda records: 1)
    with pytest.raises(ModelError, match="KPI cost: this is the name of a built-in KPI; choose another"):
        see()


def test_a_users_kpi_that_fails_is_named():
    registry.kpi("broken")(lambda records: 1 / 0)
    with pytest.raises(ModelError, match="KPI broken failed: ZeroDivisionError"):
        see()


def test_a_users_kpi_must_be_a_number():
    registry.kpi("wordy")(lambda records: "many")
    with pytest.raises(ModelError, match="KPI wordy returned str: return a number"):
        see()


def test_the_catalogue_is_complete():
    for name, kpi in KPIS.items():
        assert kpi.name == name
        assert kpi.unit in UNITS
        assert kpi.label
        assert kpi.formula
    assert {kind.unit for kind in SERIES.values()} <= set(UNITS)
    with pytest.raises(ModelError, match="unknown KPI arival_rate: did you mean `arrival_rate`"):
        describe("arival_rate")
