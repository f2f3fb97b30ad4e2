"""Paths taken apart, and what they name in a tree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netsim.spec.addresses import MISSING, find, parse_path, value_at
from netsim.spec.files import ScenarioFile
from netsim.spec.reading import show_path
from netsim.spec.scenario import Scenario, load
from netsim.spec.selectors import Spot
from netsim.units import QuantityError


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("world.promise.turnaround", ("world", "promise", "turnaround")),
        ("network.lanes[a -> b / x].cost[0]", ("network", "lanes", "a -> b / x", "cost", "0")),
        ('network.lanes["a -> b"].cost', ("network", "lanes", "a -> b", "cost")),
        ('world.zones."St. Louis".at[1]', ("world", "zones", "St. Louis", "at", "1")),
        ("network.nodes[ outlets ].bench", ("network", "nodes", "outlets", "bench")),
        ("world.zones['a]b'].units", ("world", "zones", "a]b", "units")),
        ("world.countries[*].hold", ("world", "countries", "*", "hold")),
        ("policies.stock.san luis.target", ("policies", "stock", "san luis", "target")),
    ],
)
def test_a_path_is_taken_apart(text: str, parts: tuple[str, ...]) -> None:
    assert parse_path(text) == parts


@given(st.lists(st.text(st.characters(exclude_characters="\"'\n"), min_size=1).map(str.strip).filter(bool), min_size=1))
def test_paths_are_read_as_they_are_shown(parts: list[str]) -> None:
    whole = ("world", *parts)
    assert parse_path(show_path(whole)) == whole


@pytest.mark.parametrize("text", ["", ".", "a.", "a..b", "a[", "a[]", 'a["b]', "a[b]c", "[", 'a."b'])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_path(text)
    assert "write a path such as" in caught.value.remedy


def test_values_are_found_by_full_paths() -> None:
    tree: dict[str, Any] = {"a": {"b": [1, {"c": None}]}}
    assert value_at(tree, ("a", "b", 1, "c")) is None
    assert value_at(tree, ("a", "b", 0)) == 1
    for path in (("x",), ("a", "b", 2), ("a", "b", "0"), ("a", "b", 0, "c")):
        assert value_at(tree, path) is MISSING


@pytest.fixture
def base(folder: Path) -> Scenario:
    return load(folder / "scenario.yaml")


def spots(scenario: Scenario) -> dict[str, Spot]:
    nodes = {name: Spot(node.kind, node.country or "", node.at) for name, node in scenario.network.nodes.items()}
    return nodes | {name: Spot("zone", zone.country, zone.at) for name, zone in scenario.world.zones.items()}


def test_hits_tell_value_default_and_rank(base: Scenario) -> None:
    def hits(text: str) -> list[tuple[Any, Any, bool]]:
        found = find(base.tree, parse_path(text), root=ScenarioFile, spots=spots(base))
        return [(each.value, each.default, each.wide) for each in found]

    assert hits("world.parts[board].ber") == [("6 %", 0.0, False)]
    assert hits("world.parts.screen.ber") == [(MISSING, 0.0, False)]
    assert hits("network.nodes[outlets].bench.technicians") == [(4, "unlimited", True), (2, "unlimited", True)]

    def ranks(text: str) -> set[int]:
        return {each.rank for each in find(base.tree, parse_path(text), root=ScenarioFile, spots=spots(base))}

    by_name, by_country, by_kind = (ranks(f"network.nodes[{key}].capex") for key in ("oslo", "country:NO", "outlets"))
    assert min(by_name) > max(by_country) > min(by_kind) > min(ranks("network.nodes[*].capex"))
    lane = "venlo -> oslo"
    exact, pair, wide = (ranks(f"network.lanes[{key}].cost") for key in (f"{lane} / express", lane, "venlo -> outlets"))
    assert min(exact) > min(pair) > max(wide)


@pytest.mark.parametrize(
    "text", ["name", "world", "network.nodes[nobody].capex", "world.rates.x", "network.lanes.x.cost"]
)
def test_what_hits_nothing_is_told(base: Scenario, text: str) -> None:
    with pytest.raises(QuantityError) as caught:
        find(base.tree, parse_path(text), root=ScenarioFile, spots=spots(base))
    assert caught.value.remedy
