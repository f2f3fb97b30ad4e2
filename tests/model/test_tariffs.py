"""Prices as arrays: units, defaults, who is paid how, and what the scenario lacks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netsim.errors import ModelError
from netsim.model.tariffs import Regime, Tariffs, compile_tariffs
from tests.outcome import money_case as case
from tests.outcome.story import build_model, build_scenario


def crew(bench: dict[str, Any], **fields: Any) -> Tariffs:
    world = {"countries": {"ES": {"wage": "18 EUR/h"}}}
    network = {"nodes": {"shop": {"kind": "outlet", "bench": bench, **fields}}}
    model = build_model(nodes={"shop": ("outlet", "ES")}, benches={"shop": (1, None)})
    return compile_tariffs(build_scenario(world=world, network=network), model)


def test_figures_stand_where_the_model_counts() -> None:
    tariffs = compile_tariffs(case.scenario(), case.model())
    assert tariffs.parts.value.tolist() == [20, 100]
    assert tariffs.parts.volume[case.SCREEN] == pytest.approx(0.004)
    assert tariffs.parts.duty[:, case.SCREEN].tolist() == [0.05, 0, 0]  # ES, NL, CN
    assert tariffs.countries.recoverable.tolist() == [False, True, True]
    assert tariffs.countries.lag[1] == 10 * 86400
    assert tariffs.products.value.tolist() == [150]
    assert tariffs.lanes.minimum[case.AIR] == 25
    assert tariffs.lanes.per_kg[case.EXPRESS] == 1.2
    assert tariffs.lanes.origin.tolist() == [case.SHENZHEN, case.VENLO, case.MADRID, case.PLANT, -1]
    assert tariffs.lanes.country_from[case.COURIER] == 0


def test_money_per_time_is_per_second() -> None:
    tariffs = compile_tariffs(case.scenario(), case.model())
    np.testing.assert_allclose(tariffs.nodes.fixed * 86400, [12, 24, 0, 0])  # 365/month is 12 a day, from the defaults
    assert tariffs.nodes.wage[case.MADRID] * 3600 == pytest.approx(10)
    assert tariffs.rates.capital * 365 * 86400 == pytest.approx(0.10)
    assert tariffs.rates.late * 86400 == pytest.approx(4)
    assert tariffs.rates.contact == pytest.approx(3)


def test_a_border_costs_only_where_one_is_cleared() -> None:
    tariffs = compile_tariffs(case.scenario(), case.model())
    assert tariffs.lanes.brokerage.tolist() == [5, 0.6, 5, 0, 0]
    assert [Regime(regime) for regime in tariffs.lanes.regime] == [Regime.NORMAL] * 3 + [Regime.NONE] * 2


def test_a_lane_may_name_its_own_brokerage_and_regime() -> None:
    lanes = {key: {**lane, "transit": "1 d"} for key, lane in case.NETWORK["lanes"].items()}
    lanes["shenzhen -> venlo / air"] |= {"regime": "bonded", "customs": {"brokerage": "2 EUR"}}
    tariffs = compile_tariffs(case.scenario(network={"lanes": lanes}), case.model())
    assert tariffs.lanes.brokerage[case.AIR] == 2
    assert tariffs.lanes.regime[case.AIR] == Regime.BONDED


@pytest.mark.parametrize(
    ("bench", "fields", "roster", "work"),
    [
        ({"technicians": 2}, {}, True, False),
        ({"technicians": 2}, {"operator": "own"}, True, False),
        ({"technicians": "unlimited"}, {}, False, True),
        ({"technicians": 2, "share": "25 %"}, {}, False, True),
        ({"technicians": 2, "cost": "18 EUR/unit"}, {}, False, False),
        ({"technicians": 2}, {"operator": "third-party"}, False, False),
    ],
)
def test_who_is_paid_how(bench: dict[str, Any], fields: dict[str, Any], roster: bool, work: bool) -> None:
    nodes = crew(bench, **fields).nodes
    assert (bool(nodes.paid_by_roster[0]), bool(nodes.paid_by_work[0])) == (roster, work)


def test_a_fee_is_for_third_parties_and_a_bench_wage_goes_before_the_countrys() -> None:
    assert crew({"technicians": 1}, fee="9 EUR/order").nodes.fee[0] == 0
    assert crew({"technicians": 1}, fee="9 EUR/order", operator="third-party").nodes.fee[0] == 9
    assert crew({"technicians": 1}).nodes.wage[0] * 3600 == pytest.approx(18)
    assert crew({"technicians": 1, "wage": "25 EUR/h"}).nodes.wage[0] * 3600 == pytest.approx(25)


def test_a_name_that_the_scenario_lacks_is_told() -> None:
    model = build_model(nodes={"madird": ("outlet", "ES")})
    scenario = build_scenario(
        world={"countries": {"ES": {}}}, network={"nodes": {"madrid": {"kind": "outlet"}}}
    )  # fmt: skip
    with pytest.raises(ModelError, match=r"`madird`.*did you mean `madrid`"):
        compile_tariffs(scenario, model)
