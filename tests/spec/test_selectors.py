"""Selectors: what they name, whose word counts, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netsim.errors import Fault
from netsim.spec.reading import Origin, Path, read_yaml_text
from netsim.spec.selectors import (
    Spot,
    distances_km,
    parse_lane_key,
    parse_selector,
    resolve_keys,
    split_keys,
)
from netsim.units import QuantityError

SPOTS = {
    "gdl": Spot("outlet", "MX", (20.67, -103.35)),
    "mty": Spot("outlet", "MX", (25.67, -100.31)),
    "dal": Spot("outlet", "US", (32.78, -96.8)),
    "hub": Spot("warehouse", "US", (29.76, -95.37)),
    "fab": Spot("factory", "US", None),
    "szx": Spot("supplier", "CN", None),
    "jalisco": Spot("zone", "MX", (20.6, -103.3)),
}


def chosen(text: str) -> list[str]:
    selector = parse_selector(text)
    return [name for name, spot in SPOTS.items() if selector.matches(name, spot)]


@pytest.mark.parametrize(
    ("text", "names", "rank"),
    [
        ("gdl", ["gdl"], 4),
        ("outlets country:MX", ["gdl", "mty"], 3),
        ("country:MX", ["gdl", "mty"], 2),
        ("outlets", ["gdl", "mty", "dal"], 1),
        ("warehouses", ["hub"], 1),
        ("factories", ["fab"], 1),
        ("suppliers", ["szx"], 1),
        ("zones", ["jalisco"], 1),
        ("zones country: MX", ["jalisco"], 3),
        ("nodes", ["gdl", "mty", "dal", "hub", "fab", "szx"], 0),
        ("nodes country:US", ["dal", "hub", "fab"], 3),
    ],
)
def test_what_a_selector_names_and_its_rank(text: str, names: list[str], rank: int) -> None:
    assert chosen(text) == names
    assert parse_selector(text).rank == rank


def test_a_selector_may_bound_the_distance() -> None:
    assert parse_selector("outlets within 300 km").within == 300.0
    assert parse_selector("outlets").within == float("inf")
    for text, what in (("outlets within 300", "has no unit"), ("outlets within 3 d", "is a duration, not a distance")):
        with pytest.raises(QuantityError, match=what):
            parse_selector(text)


def test_a_kind_that_is_none_is_refused() -> None:
    with pytest.raises(QuantityError) as caught:
        parse_selector("outlet country:MX")
    assert (caught.value.what, caught.value.remedy) == ("`outlet` is not a kind of place", "did you mean `outlets`?")


def test_a_lane_key_has_sides_direction_and_label() -> None:
    key = parse_lane_key("venlo, lodz -> outlets within 300 km / air")
    assert [selector.text for selector in key.left] == ["venlo", "lodz"]
    assert (key.right[0].text, key.right[0].within, key.both, key.label) == ("outlets", 300.0, False, "air")
    assert parse_lane_key("a <-> b").both
    assert parse_lane_key("san luis -> b-2").left[0].text == "san luis"


@pytest.mark.parametrize("text", ["venlo", "a->b", "a -> ", "-> b", "a -> b -> c", "a -> b / x / y", "a, -> b"])
def test_what_is_no_lane(text: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_lane_key(text)
    assert caught.value.remedy


def test_distances_are_great_circles() -> None:
    points = np.array([[0.0, 180.0], [90.0, 50.0], [0.0, 0.0]])
    half_way = np.pi * 6371.0088  # half of a great circle, and a quarter from the equator to the pole
    assert distances_km((0.0, 0.0), points) == pytest.approx([half_way, half_way / 2, 0.0], abs=0.001)


def resolve(text: str) -> tuple[dict[str, Any], dict[Path, Origin], list[Fault]]:
    document = read_yaml_text(text, "a.yaml")
    faults = list(document.faults)
    split, lines = split_keys(document.tree["stock"], document.lines, ("stock",), faults=faults)
    lines = {**document.lines, **lines}
    return resolve_keys(split, lines, ("stock",), spots=SPOTS, faults=faults), lines, faults


def test_a_name_beats_a_country_beats_a_kind_field_by_field() -> None:
    resolved, lines, faults = resolve(
        "stock:\n"
        "  nodes: {a: 0, z: 0}\n"
        "  outlets: {a: 1, b: 1, c: 1, d: 1}\n"
        "  country:MX: {a: 2, b: 2, c: 2}\n"
        "  outlets country:MX: {a: 3, b: 3}\n"
        "  gdl: {a: 4}\n"
    )
    assert faults == []
    assert resolved["gdl"] == {"a": 4, "b": 3, "c": 2, "d": 1, "z": 0}
    assert resolved["dal"] == {"a": 1, "b": 1, "c": 1, "d": 1, "z": 0}
    assert resolved["hub"] == {"a": 0, "z": 0}
    assert "jalisco" not in resolved
    assert [lines["stock", "gdl", field].line for field in "abcdz"] == [6, 5, 4, 3, 2]


def test_values_go_by_rank_too() -> None:
    resolved, _, faults = resolve("stock: {outlets: hub, country:MX: fab, gdl: [fab, hub]}\n")
    assert faults == []
    assert resolved == {"gdl": ["fab", "hub"], "mty": "fab", "dal": "hub"}


def test_a_list_of_names_is_written_out() -> None:
    assert resolve('stock: {"gdl, mty": hub}\n')[0] == {"gdl": "hub", "mty": "hub"}


@pytest.mark.parametrize(
    ("text", "what", "remedy"),
    [
        ("stock:\n  oultets: {a: 1}\n", "there is no node `oultets`", "did you mean `outlets`?"),
        ("stock:\n  jalisco: {a: 1}\n", "there is no node `jalisco`", "known are"),
        ("stock:\n  gdl, gdl: {a: 1}\n", "`gdl` is named twice", "name each once"),
        ("stock:\n  gdl, : {a: 1}\n", "a name is missing beside a comma", "name each once"),
        ("stock:\n  places country:MX: {a: 1}\n", "`places` is not a kind of place", "kinds are"),
    ],
)
def test_keys_that_name_nothing(text: str, what: str, remedy: str) -> None:
    (fault,) = resolve(text)[2]
    assert (fault.file, fault.line, fault.what) == ("a.yaml", 2, what)
    assert remedy in fault.remedy


@pytest.mark.parametrize("value", ["{a: 1}", "hub"])
def test_equal_rank_on_one_field_is_an_error(value: str) -> None:
    (fault, *_) = resolve(f"stock:\n  outlets country:MX: {value}\n  nodes country:MX: {value}\n")[2]
    assert fault.what == "is given twice with equal rank, the other time at a.yaml:2"
    assert fault.line in {2, 3}
    assert "narrow one of the two keys" in fault.remedy
