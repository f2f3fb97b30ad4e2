"""Demand scaled by a variant."""

from __future__ import annotations

from typing import Any

import pytest

from netsim.spec.adjusting import adjust_world
from netsim.spec.reading import read_yaml_text
from netsim.spec.selectors import Spot

SPOTS = {"jal": Spot("zone", "MX", None), "nle": Spot("zone", "MX", None), "tex": Spot("zone", "US", None)}


def adjust(text: str) -> tuple[dict[str, Any], list[str], list[str]]:
    world: dict[str, Any] = {
        "zones": {"jal": {"units": 1000, "share": "10 %"}, "nle": {"units": 420000}, "tex": {"share": 0.5}},
        "products": {
            "a": {"sales": {"plateau": 100}},
            "b": {"sales": {"logistic": {"plateau": 40000}}},
            "c": {"sales": {"monthly": [1, 2.5]}},
        },
    }
    document = read_yaml_text("world:\n  adjust:\n    " + text, "v.yaml")
    changes, faults = adjust_world(world, document.tree["world"]["adjust"], document.lines, spots=SPOTS)
    return world, [str(change) for change in changes], [str(fault) for fault in faults]


def test_all_demand_scales_sales_and_installed_bases() -> None:
    world, changes, faults = adjust("demand: 120 %")
    assert faults == []
    assert world["zones"] == {"jal": {"units": 1200, "share": "10 %"}, "nle": {"units": 504000}, "tex": {"share": 0.5}}
    assert [world["products"][name]["sales"] for name in "abc"] == [
        {"plateau": 120},
        {"logistic": {"plateau": 48000}},
        {"monthly": [1.2, 3]},
    ]
    assert "world.zones.nle.units: 420000 -> 504000  (v.yaml:3)" in changes


def test_zones_are_scaled_by_selector_a_name_before_a_country() -> None:
    world, changes, faults = adjust("demand: {country:MX: 110 %, jal: 2, zones: 50 %}")
    assert faults == []
    assert world["zones"] == {"jal": {"units": 2000, "share": 0.2}, "nle": {"units": 462000}, "tex": {"share": 0.25}}
    assert world["products"]["a"]["sales"] == {"plateau": 100}
    assert len(changes) == 4


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("demnd: 120 %", "world.adjust.demnd · unknown field · did you mean `demand`?"),
        ("demand: a lot", "world.adjust.demand · `a lot` is not a number"),
        ("demand: -5 %", "`-5 %` is not a factor"),
        ("demand: {jall: 120 %}", "there is no zone `jall` · did you mean `jal`?"),
        ('demand: {"jal, nle": 120 %, jal: 2}', "scales `jal` a second time, with the rank of `jal, nle`"),
        ("demand: {places country:MX: 2}", "`places` is not a kind of place"),
        ("demand: {country:CA: 2}", "selects no zone"),
        ("demand: {outlets: 2}", "selects no zone"),
        ("demand: {jal within 20 km: 2}", "demand has no distance"),
    ],
)
def test_what_is_refused(text: str, what: str) -> None:
    (fault,) = adjust(text)[2]
    assert fault.startswith("v.yaml:3 · ")
    assert what in fault


def test_an_adjustment_that_is_no_mapping() -> None:
    (fault,) = adjust("- 3")[2]
    assert fault.startswith("v.yaml:2 · world.adjust · is not a mapping · write `adjust: {demand: 120 %}`")
