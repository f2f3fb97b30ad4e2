"""Single values laid on a scenario by their paths: every change on every kind of field, and every mistake told."""

from __future__ import annotations

import itertools
import pickle
from pathlib import Path
from typing import Any

import pytest

from netsim.distributions import Distribution
from netsim.errors import ScenarioError
from netsim.spec.reading import Origin
from netsim.spec.scenario import Scenario, load
from netsim.spec.settings import Setting, settings_text, with_settings, world_text
from netsim.spec.world import Hazard
from netsim.units import YEAR

MEXICO = Path(__file__).parents[2] / "scenarios" / "launch_mexico"
DAY = 86_400.0


@pytest.fixture
def base(folder: Path) -> Scenario:
    return load(folder / "scenario.yaml")


@pytest.fixture(scope="module")
def mexico() -> Scenario:
    return load(MEXICO / "scenario.yaml", MEXICO / "designs" / "country_warehouse.yaml")


def put(path: str, value: Any) -> Setting:
    return Setting(path, "set", value)


def scale(path: str, value: Any) -> Setting:
    return Setting(path, "scale", value)


def add(path: str, value: Any) -> Setting:
    return Setting(path, "add", value)


def text_at(scenario: Scenario, *path: str | int) -> Any:
    found: Any = scenario.tree
    for part in path:
        found = found[part]
    return found


def faults_of(scenario: Scenario, *settings: Setting) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        with_settings(scenario, settings)
    return [str(fault) for fault in caught.value.faults]


# -- what a setting does ----------------------------------------------------------------------------------------------


ROAD = ("network", "lanes", "wroclaw -> venlo / road")
OSLO = ("network", "nodes", "oslo", "bench", "technicians")
LEVELS = ("policies", "stock", "venlo", "levels")


def reach(scenario: Scenario, steps: tuple[Any, ...]) -> Any:
    """Return what the records hold, by fields and names."""
    found: Any = scenario
    for step in steps:
        found = found[step] if isinstance(found, dict) else getattr(found, step)
    return found


@pytest.mark.parametrize(
    ("path", "value", "where", "found"),
    [
        ("world.promise.turnaround", "3 d", ("world", "promise", "turnaround"), 3 * DAY),
        ("world.countries[NO].clearance", "2 d", ("world", "countries", "NO", "clearance", "mean"), 2 * DAY),
        ("world.countries.NO.clearance.cv", 1.0, ("world", "countries", "NO", "clearance", "cv"), 1.0),
        ("world.rates.no_fault", "20 %", ("world", "rates", "no_fault"), 0.2),
        ("world.zones[spain].failures[board]", "365 %/yr", ("world", "zones", "spain", "failures", "board"), 0.01),
        ("network.nodes[oslo].bench.technicians", 7, OSLO, 7),
        ("network.nodes.oslo.bench.technicians", "unlimited", OSLO, "unlimited"),
        ("network.nodes[shenzhen].lead", {"exponential": "9 d"}, ("network", "nodes", "shenzhen", "lead", "cv"), 1.0),
        ("network.lanes[wroclaw -> venlo].transit", "1 d", (*ROAD, "transit", "mean"), DAY),
        ('network.lanes["wroclaw -> venlo / road"].fifo', True, (*ROAD, "fifo"), True),
        ("network.lanes[wroclaw -> venlo / road].cost", "1 EUR/kg", (*ROAD, "cost", "per_kg"), 1.0),
        ("policies.stock[venlo].rule", "min-max", ("policies", "stock", "venlo", "rule"), "min-max"),
        ("policies.stock[venlo].levels[board]", [100, 400], (*LEVELS, "board"), (100, 400)),
        ("policies.stock[venlo].levels[board][1]", 500, (*LEVELS, "board"), (380, 500)),
        ("policies.stock[venlo].levels[screen]", [5, 9], (*LEVELS, "screen"), (5, 9)),
        ("policies.stock[wroclaw]", {"lot": 3}, ("policies", "stock", "wroclaw", "lot"), 3),
        ("policies.serving.max_travel", "200 km", ("policies", "serving", "max_travel"), 200.0),
        ("policies.core", "at request", ("policies", "core"), "at request"),
        ("policies.shortage[oslo]", ["home"], ("policies", "shortage", "oslo"), ("home",)),
        ("network.nodes[madrid].bench", None, ("network", "nodes", "madrid", "bench"), None),
    ],
)
def test_a_value_is_set_by_its_path(base: Scenario, path: str, value: Any, where: tuple[str, ...], found: Any) -> None:
    changed = with_settings(base, [put(path, value)])
    assert reach(changed, where) == found
    assert changed.hash != base.hash
    assert [change.new for change in changed.changes] == [value]


@pytest.mark.parametrize(
    ("path", "factor", "old", "new"),
    [
        (("world", "zones", "spain", "failures", "board"), "150 %", "0.8 %/yr", "1.2 %/yr"),
        (("world", "zones", "spain", "failures"), 2, None, {"board": "1.6 %/yr", "screen": "4.2 %/yr"}),
        (("world", "promise", "late"), "25 %", "4 EUR/d", "1 EUR/d"),
        (("world", "parts", "board", "value"), 1.1, "100 USD", "110 USD"),
        (("world", "parts", "board", "weight"), 0.5, "200 g", "100 g"),
        (("world", "zones", "spain", "units"), "110 %", 420000, 462000),
        (("network", "nodes", "shenzhen", "lead"), 2, None, {"lognormal": "42 d", "cv": 0.3}),
        (("network", "lanes", "venlo -> oslo / express", "transit"), 2, None, {"uniform": ["2 d", "6 d"]}),
        (("network", "lanes", "venlo -> oslo / express", "cost"), 2, None, ["13 EUR/shipment", "2.4 EUR/kg"]),
        (("network", "lanes", "venlo -> oslo / express", "cost", 0), 2, "6.5 EUR/shipment", "13 EUR/shipment"),
        (("network", "nodes", "wroclaw", "bench", "work"), "50 %", "32 min", "16 min"),
        (("policies", "stock", "venlo", "levels"), "150 %", None, {"board": [570, 60]}),
        (("policies", "stock", "oslo", "levels"), "50 %", None, {"board": 13, "screen": 32}),
        (("network", "nodes", "oslo", "bench", "technicians"), "70 %", 2, 1),
        (("network", "nodes", "oslo", "bench", "technicians"), "75 %", 2, 2),
    ],
)  # fmt: skip
def test_scaling_keeps_the_unit(base: Scenario, path: tuple[Any, ...], factor: Any, old: Any, new: Any) -> None:
    shown = ".".join(path[:2]) + "".join(f"[{part}]" for part in path[2:])
    changed = with_settings(base, [scale(shown, factor)])
    assert text_at(changed, *path) == new
    assert old is None or text_at(base, *path) == old


def test_a_whole_number_that_must_be_positive_stays_one(base: Scenario) -> None:
    lot = with_settings(base, [put("policies.stock[venlo].lot", 3), scale("policies.stock[venlo].lot", "1 %")])
    assert lot.policies.stock["venlo"].lot == 1


def test_a_hazard_by_age_is_scaled_as_a_whole(folder: Path) -> None:
    product = """
  products:
    phone:
      sales: {plateau: 100}
      modes: {old: {hazard: {weibull: {scale: 4 yr, shape: 2}}, parts: {board: 1}}}
"""
    text = (folder / "scenario.yaml").read_text().replace("\n  promise:", product + "  promise:")
    (folder / "scenario.yaml").write_text(text)
    base = load(folder / "scenario.yaml")
    hazard = (
        with_settings(base, [scale("world.products[*].modes[*].hazard", 4)]).world.products["phone"].modes["old"].hazard
    )
    assert isinstance(hazard, Hazard)
    # h(a) = (shape/scale) (a/scale)^(shape-1): with shape 2, four times the hazard is half the scale.
    assert (hazard.weibull.scale, hazard.weibull.shape) == (2 * YEAR, 2)


@pytest.mark.parametrize(
    ("path", "amount", "new"),
    [
        (("network", "nodes", "oslo", "bench", "technicians"), -1, 1),
        (("network", "nodes", "oslo", "bench", "technicians"), "+3", 5),
        (("network", "nodes", "wroclaw", "bench", "work"), "0.5 h", "62 min"),
        (("network", "nodes", "shenzhen", "lead"), "1 wk", {"lognormal": "28 d", "cv": 0.3}),
        (("network", "lanes", "venlo -> oslo / express", "transit"), "12 h", {"uniform": ["1.5 d", "3.5 d"]}),
        (("network", "lanes", "venlo -> oslo / express", "cost"), "0.3 EUR/kg", ["6.5 EUR/shipment", "1.5 EUR/kg"]),
        (("world", "parts", "board", "ber"), "-2 %", "4 %"),
        (("world", "parts", "board", "ber"), 0.01, "7 %"),
        (("world", "parts", "board", "value"), "9 EUR", "110 USD"),
        (("world", "zones", "spain", "failures", "board"), "1 %/yr", "1.8 %/yr"),
        (("policies", "stock", "venlo", "levels"), 10, {"board": [390, 50]}),
    ],
)
def test_adding_converts_into_the_unit_that_is_there(
    base: Scenario, path: tuple[str, ...], amount: Any, new: Any
) -> None:
    shown = ".".join(path[:2]) + "".join(f"[{part}]" for part in path[2:])
    assert text_at(with_settings(base, [add(shown, amount)]), *path) == new


def test_what_is_not_written_is_changed_from_its_default(base: Scenario) -> None:
    changed = with_settings(base, [
        add("world.countries[ES].hold", "5 %"), scale("world.rates.capital", 2), scale("world.rates.quote_price", 2),
        add("world.countries[ES].brokerage", "10 USD"),
    ])  # fmt: skip
    spain, rates = changed.world.countries["ES"], changed.world.rates
    assert (spain.hold, spain.brokerage, rates.quote_price) == (0.05, 9.0, 3.0)
    assert rates.capital == pytest.approx(2 * base.world.rates.capital, rel=1e-9)


def test_a_section_that_is_not_written_can_be_set(folder: Path) -> None:
    text = (folder / "scenario.yaml").read_text()
    (folder / "scenario.yaml").write_text(text[: text.index("policies:")])
    changed = with_settings(load(folder / "scenario.yaml"), [put("policies.serving.max_travel", "50 km")])
    assert changed.policies.serving.max_travel == 50.0


# -- what a path may name -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "hits"),
    [
        ("network.nodes[outlets].bench.technicians", 9, 2),
        ("network.nodes[country:NL].capex", "1 EUR", 2),
        ("network.nodes[madrid, venlo].capex", "1 EUR", 2),
        ("network.nodes[*].label", "x", 5),
        ("network.lanes[venlo -> outlets].loss", "1 %", 2),
        ("network.lanes[* -> venlo].loss", "1 %", 0),
        ("network.lanes[nodes -> venlo].loss", "1 %", 2),
        ("network.lanes[venlo <-> nodes].loss", "1 %", 4),
        ("network.lanes[*].loss", "1 %", 6),
        ("network.lanes[wroclaw -> nodes within 1000 km].loss", "1 %", 1),
        ("policies.stock[outlets].target", "90 %", 2),
        ("world.zones[country:ES].contact", "always", 1),
        ("world.zones[zones].contact", "always", 2),
        ("world.zones[*].failures[*]", "1 %/yr", 3),
        ("network.nodes[nodes].bench.technicians", 9, 3),
        ("network.lanes[nodes -> wroclaw / road].customs", {"brokerage": "1 EUR"}, 2),
    ],
)
def test_selectors_name_many(base: Scenario, path: str, value: Any, hits: int) -> None:
    if not hits:
        assert len(faults_of(base, put(path, value))) == 1
        return
    assert len(with_settings(base, [put(path, value)]).changes) == hits


def test_names_with_marks_are_quoted_or_bracketed(folder: Path) -> None:
    text = (folder / "scenario.yaml").read_text().replace("spain:", "St. Louis:").replace("norway:", "a]b:")
    (folder / "scenario.yaml").write_text(text)
    base = load(folder / "scenario.yaml")
    for path, name in (
        ("world.zones[St. Louis].units", "St. Louis"),
        ('world.zones["St. Louis"].units', "St. Louis"),
        ('world.zones."St. Louis".units', "St. Louis"),
        ('world.zones["a]b"].units', "a]b"),
        ("world.zones['a]b'].units", "a]b"),
    ):
        assert with_settings(base, [put(path, 7)]).world.zones[name].units == 7


def test_a_name_beats_a_kind_and_a_field_its_record(base: Scenario) -> None:
    wide, named = put("network.nodes[outlets].bench.technicians", 9), put("network.nodes[oslo].bench.technicians", 3)
    whole = put("network.nodes[madrid].bench", {"work": "1 h"})
    for settings in itertools.permutations((wide, named, whole)):
        nodes = with_settings(base, settings).network.nodes
        assert nodes["oslo"].bench is not None
        assert nodes["madrid"].bench is not None
        assert (nodes["oslo"].bench.technicians, nodes["madrid"].bench.technicians) == (3, 9)
        assert nodes["madrid"].bench.work == Distribution.fixed(3600.0)


def test_demand_is_scaled_as_a_variant_does(folder: Path, base: Scenario) -> None:
    variant = load(folder / "scenario.yaml", folder / "plus.yaml")
    for setting in (
        put("world.adjust.demand", "120 %"), scale("world.adjust.demand", 1.2), add("world.adjust.demand", "+20 %")
    ):  # fmt: skip
        assert with_settings(base, [setting]).hash == variant.hash
    zones = with_settings(base, [put("world.adjust.demand[country:ES]", "50 %"), put("world.adjust.demand", 2)])
    assert [zone.units for zone in zones.world.zones.values()] == [420000, 600000]


# -- what stays as it is ----------------------------------------------------------------------------------------------


def test_what_is_there_already_changes_nothing(base: Scenario) -> None:
    same = [
        put("world.promise.turnaround", "5 d"), put("network.nodes[oslo].bench.technicians", 2),
        put("network.nodes[shenzhen].lead", {"cv": 0.3, "lognormal": "21 d"}), scale("world.adjust.demand", "100 %"),
        scale("network.lanes[*].cost", 1), add("policies.stock[venlo].levels", 0),
    ]  # fmt: skip
    changed = with_settings(base, same)
    assert (changed.hash, changed.changes) == (base.hash, ())
    assert changed.world is base.world
    assert with_settings(base, []) is base


def test_the_order_of_settings_does_not_matter(base: Scenario) -> None:
    settings = [
        add("network.nodes[outlets].bench.technicians", 1), put("network.nodes[outlets].bench.technicians", 3),
        scale("network.nodes[outlets].bench.technicians", 2), put("world.adjust.demand", "50 %"),
        put("world.zones[spain].units", 100),
    ]  # fmt: skip
    found = {with_settings(base, order).hash for order in itertools.permutations(settings)}
    texts = {settings_text(order) for order in itertools.permutations(settings)}
    assert (len(found), len(texts)) == (1, 1)
    changed = with_settings(base, settings)
    assert text_at(changed, "network", "nodes", "oslo", "bench", "technicians") == 3 * 2 + 1
    assert changed.world.zones["spain"].units == 50


def test_sections_that_are_left_alone_are_the_same_objects(base: Scenario) -> None:
    design = with_settings(base, [put("network.nodes[oslo].bench.technicians", 5), put("policies.core", "at request")])
    assert design.world is base.world
    assert (design.variant, base.tree["world"]) == ("", design.tree["world"])
    world = with_settings(base, [put("world.promise.turnaround", "1 d")])
    assert world.network is base.network
    assert world.policies is base.policies
    assert (world.design, world.variant) == ("as-is", "world.promise.turnaround = 1 d")
    assert base.world.promise.turnaround == 5 * DAY
    assert base.tree["world"]["promise"]["turnaround"] == "5 d"


def test_a_changed_scenario_is_written_out_and_read_again(folder: Path, base: Scenario) -> None:
    changed = with_settings(base, [
        put("network.nodes[oslo].bench", None), scale("world.adjust.demand", "50 %"),
        put("network.lanes[venlo -> oslo].fifo", True), add("policies.stock[*].levels", 1),
    ])  # fmt: skip
    (folder / "written.yaml").write_text(changed.resolved())
    again = load(folder / "written.yaml")
    assert again.hash == changed.hash
    assert again.network.nodes["oslo"].bench is None
    assert pickle.loads(pickle.dumps(changed)).hash == changed.hash


def test_designs_and_settings_come_on_top_of_each_other(folder: Path, base: Scenario) -> None:
    settings = [put("world.promise.turnaround", "1 d"), put("network.nodes[oslo].bench.technicians", 5)]
    first = with_settings(base, settings)
    then = first.with_design(folder / "two_hubs.yaml")
    other = with_settings(base.with_design(folder / "two_hubs.yaml"), settings)
    assert then.hash == other.hash
    assert then.world is first.world
    assert [str(change) for change in then.changes] == [str(change) for change in other.changes]
    twice = with_settings(with_settings(base, settings[:1]), settings[1:])
    assert twice.hash == first.hash


def test_settings_are_compared_by_what_they_say() -> None:
    one = Setting("world.promise.turnaround", "set", {"b": [1, 2], "a": "x"}, Origin("a.yaml", 3))
    two = Setting("world.promise.turnaround", "set", {"a": "x", "b": (1, 2)})
    assert len({one, two}) == 1
    assert one != Setting("world.promise.turnaround", "set", {"a": "x", "b": [1, 3]})
    assert put("a", 1) != put("a", True)
    assert put("a", "1") != put("a", 1)
    assert pickle.loads(pickle.dumps(one)) == one


def test_the_world_of_a_tape_is_told_by_its_settings() -> None:
    world = [put("world.countries[MX].hold", "2 %"), scale("world.adjust.demand", 2)]
    design = [put("network.nodes[x].capex", "2 EUR")]
    assert world_text([*world, *design]) == world_text(reversed(world)) == settings_text(world)
    assert world_text(design) == settings_text([]) == "[]"
    assert world_text([put('"world".zones.a.units', 1)]) != world_text([put("worldly", 1)]) == "[]"
    assert settings_text([put("world.zones[a].units", 1)]) == settings_text([put('world."zones"["a"].units', 1)])


# -- mistakes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        (put("wrld.promise", 1), "did you mean `world`?"),
        (put("currency.base", "USD"), "is not a part of a scenario that can be set"),
        (put("world.promise.turnarond", "1 d"), "did you mean `turnaround`?"),
        (put("world.countries[XX].vat", "1 %"), "known are CN, ES, NL, NO"),
        (put("world.zones[spian].units", 1), "did you mean `spain`?"),
        (put("network.nodes[oslu].capex", "1 EUR"), "did you mean `oslo`?"),
        (put("network.nodes[factorys].capex", "1 EUR"), "did you mean `factories`?"),
        (put("network.nodes[country:FR].capex", "1 EUR"), "hits nothing"),
        (put("network.nodes[warehouses].bench.technicians", 1), "`network.nodes.venlo.bench` is not there"),
        (put("network.lanes[venlo -> osl].transit", "1 d"), "did you mean `oslo`?"),
        (put("network.lanes[venlo -> shenzhen].transit", "1 d"), "there is no lane `venlo -> shenzhen`"),
        (put("network.lanes[venlo].transit", "1 d"), "is not a lane"),
        (put("network.defaults.outlet.capex", "1 EUR"), "name the nodes, such as"),
        (put("network.nodes", {}), "is a whole collection"),
        (put("world", {}), "is a whole section"),
        (put("policies.stock[oslo].levels[bord]", 1), "did you mean `board`?"),
        (put("policies.stock[shenzhen].target", "90 %"), "has none for `shenzhen`"),
        (put("world.countries[ES].duty[prt]", "1 %"), "did you mean `part`?"),
        (put("world.promise.turnaround.unit", 1), "which has no `unit`"),
        (put("network.lanes[venlo -> oslo].cost[2]", "1 EUR/kg"), "is a list of 2, which has no `2`"),
        (put("world.zones[spain.units", 1), "does not close"),
        (put("world..units", 1), "is not a path"),
        (put("", 1), "the path is empty"),
        (put("network.nodes[oslo]", None), "takes a place away"),
        (put("world.promise.turnaround", "3"), "has no unit"),
        (put("world.rates.no_fault", "120 %"), "above 100 %"),
        (put("network.nodes[oslo].bench.technicians", 1.5), "whole number"),
        (put("network.nodes[oslo].process", "my.code:run"), "names Python code"),
        (scale("world.promise", 2), "is a record of several values"),
        (scale("policies.core", 2), "is not a quantity"),
        (scale("world.promise.turnaround", "2 d"), "carries a unit"),
        (scale("world.promise.turnaround", -1), "is not a factor"),
        (scale("world.promise.late_cap", 2), "there is no value, and no default"),
        (scale("world.rates.salvage", 2), "above 100 %"),
        (add("world.promise.turnaround", "1 kg"), "is a weight, not a duration"),
        (add("world.promise.turnaround", 1), "has no unit"),
        (add("world.promise.turnaround", "-9 d"), "is negative"),
        (add("network.nodes[oslo].bench.technicians", "1 d"), "a bare number is wanted"),
        (add("network.lanes[venlo -> oslo].cost", "1 EUR/m3"), "no charge of"),
        (add("world.promise.turnaround", "much"), "is not an amount"),
        (put("world.adjust.supply", 1), "only demand can be adjusted"),
        (put("world.adjust.demand", "a lot"), "write a factor"),
        (put("world.adjust.demand[spian]", 1), "did you mean `spain`?"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_remedy(base: Scenario, setting: Setting, told: str) -> None:
    placed = Setting(setting.path, setting.change, setting.value, Origin("sweep.yaml", 12))
    found = faults_of(base, placed)
    assert len(found) == 1, found
    assert found[0].startswith("sweep.yaml:12 · ")
    assert told in found[0]


def test_two_settings_of_one_rank_may_not_set_one_value(base: Scenario) -> None:
    found = faults_of(
        base, put("network.nodes[outlets].capex", "1 EUR"), put("network.nodes[outlets].capex", "2 EUR"),
        put("network.lanes[*].fifo", True), put("world.adjust.demand", 1), scale("world.adjust.demand", 2),
    )  # fmt: skip
    assert len(found) == 3  # two outlets, one demand
    assert any("adjusts demand a second time" in fault for fault in found)


def test_all_mistakes_are_told_at_once(base: Scenario) -> None:
    found = faults_of(base, put("world.promise.late", "4 d"), put("world.x", 1), scale("policies.core", 2))
    assert len(found) == 3


def test_demand_of_a_world_without_customers_cannot_be_scaled(folder: Path) -> None:
    text = (folder / "scenario.yaml").read_text()
    start, end = text.index("  zones:"), text.index("  promise:")
    fleets = "  fleets: {trams: {at: [40.4, -3.7], country: ES, units: 5, life: 9 d, parts: {board: 1}}}\n"
    (folder / "scenario.yaml").write_text(text[:start] + fleets + text[end:])
    base = load(folder / "scenario.yaml")
    assert "hits nothing" in faults_of(base, put("world.adjust.demand", "50 %"))[0]
    assert with_settings(base, [scale("world.fleets[fleets].units", "50 %")]).world.fleets["trams"].units == 3


# -- the Mexican launch -----------------------------------------------------------------------------------------------


def test_the_levers_of_the_mexican_launch(mexico: Scenario) -> None:
    changed = with_settings(mexico, [
        scale("world.adjust.demand", "60 %"),
        put("world.countries[MX].hold", "20 %"),
        scale("world.countries[MX].clearance", 2),
        scale("world.products[*].modes[*].hazard", "110 %"),
        put("policies.stock[cuautitlan-warehouse].target", "90 %"),
        add("network.nodes[outlets].bench.technicians", 1),
        scale("network.lanes[laredo-hub -> cuautitlan-warehouse].cost", "150 %"),
        scale("network.lanes[laredo-hub -> cuautitlan-warehouse].customs.clearance", "50 %"),
    ])  # fmt: skip
    phone, border = changed.world.products["phone"], changed.world.countries["MX"]
    assert phone.sales.logistic is not None
    assert phone.sales.logistic.plateau == 24000
    assert (border.hold, border.clearance.mean) == (0.2, 31 * 3600.0)
    for name, mode in phone.modes.items():
        before = mexico.world.products["phone"].modes[name].hazard
        assert not isinstance(before, Hazard)
        assert mode.hazard == pytest.approx(1.1 * before, rel=1e-9)
    assert changed.policies.stock["cuautitlan-warehouse"].target == 0.9
    lane = changed.network.lanes["laredo-hub -> cuautitlan-warehouse / road"]
    assert (lane.cost.per_shipment, lane.cost.per_kg) == pytest.approx((270.0, 0.9))
    assert lane.customs is not None
    assert lane.customs.clearance is not None
    assert lane.customs.clearance.mean == 31 * 3600.0
    for name, node in changed.network.nodes.items():
        before_bench = mexico.network.nodes[name].bench
        if node.kind == "outlet" and node.bench is not None and before_bench is not None:
            assert isinstance(before_bench.technicians, int)
            assert node.bench.technicians == before_bench.technicians + 1
