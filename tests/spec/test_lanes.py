"""Lane keys written out to single lanes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from netsim.errors import Fault
from netsim.spec import lanes
from netsim.spec.lanes import expand_lanes, split_single
from netsim.spec.overlay import Layer
from netsim.spec.reading import Path, read_yaml_text
from netsim.spec.selectors import Spot

SPOTS = {
    "hub": Spot("warehouse", "US", (0.0, 0.0)),
    "far": Spot("outlet", "MX", (0.0, 9.0)),
    "mid": Spot("outlet", "MX", (0.0, 3.0)),
    "low": Spot("outlet", "US", (0.0, 1.0)),
    "fab": Spot("factory", "US", None),
    "zed": Spot("zone", "MX", (0.0, 3.1)),
}
DEGREE = 111.2  # km on the equator


def expand(text: str, below: Iterable[str] = (), gone: Iterable[str] = ()) -> tuple[dict[str, Any], list[Fault], Layer]:
    document = read_yaml_text("network:\n  lanes:\n" + "".join(f"    {line}\n" for line in text.splitlines()), "a.yaml")
    faults: list[Fault] = list(document.faults)
    layer = Layer(document.tree["network"]["lanes"], document.lines)
    single = expand_lanes(layer, spots=SPOTS, gone=gone, below=below, faults=faults)
    return single.tree, faults, single


def keys(text: str, below: Iterable[str] = ()) -> list[str]:
    tree, faults, _ = expand(text, below)
    assert faults == []
    return list(tree)


def test_the_label_is_the_mode_unless_written() -> None:
    assert keys("hub -> low: {mode: air}\nhub -> mid / slow: {mode: sea}\nhub -> far: {transit: 1 d}") == [
        "hub -> low / air",
        "hub -> mid / slow",
        "hub -> far / road",
    ]


def test_one_pair_may_have_lanes_by_several_modes() -> None:
    assert keys("hub -> low: {mode: air}\nhub -> low / sea: {mode: sea}") == ["hub -> low / air", "hub -> low / sea"]


def test_lists_and_kinds_are_written_out() -> None:
    assert keys("hub, fab -> low, mid: {mode: road}") == [
        "hub -> low / road",
        "hub -> mid / road",
        "fab -> low / road",
        "fab -> mid / road",
    ]
    assert keys("hub -> outlets country:MX: {mode: road}") == ["hub -> far / road", "hub -> mid / road"]
    assert keys("country:US -> mid: {mode: road}") == ["hub -> mid / road", "low -> mid / road", "fab -> mid / road"]


def test_both_ways_and_never_to_itself() -> None:
    assert keys("low <-> mid: {mode: road}") == ["low -> mid / road", "mid -> low / road"]
    assert sorted(keys("outlets <-> outlets: {mode: road}")) == sorted(
        f"{a} -> {b} / road" for a in ("far", "mid", "low") for b in ("far", "mid", "low") if a != b
    )


def test_a_distance_bounds_the_pairs() -> None:
    assert keys(f"hub -> outlets within {3.5 * DEGREE} km: {{mode: road}}") == [
        "hub -> mid / road",
        "hub -> low / road",
    ]


def test_nearest_keeps_the_nearest_partners_of_each_place_on_the_left() -> None:
    assert keys("zones <-> outlets / courier: {mode: courier, nearest: 1}") == [
        "zed -> mid / courier",
        "mid -> zed / courier",
    ]
    assert sorted(keys("outlets -> outlets: {mode: road, nearest: 1}")) == [
        "far -> mid / road",
        "low -> mid / road",
        "mid -> low / road",
    ]


def test_nearest_is_used_up() -> None:
    tree, _, single = expand("hub -> outlets: {mode: road, nearest: 1}")
    assert tree == {"hub -> low / road": {"mode": "road"}}
    assert not any(path[-1] == "nearest" for path in single.lines)


def test_a_name_beats_a_kind_field_by_field() -> None:
    tree, faults, single = expand("hub -> outlets: {mode: road, transit: 2 d, loss: 1 %}\nhub -> low: {transit: 1 d}")
    assert faults == []
    assert tree["hub -> low / road"] == {"transit": "1 d", "mode": "road", "loss": "1 %"}
    assert tree["hub -> mid / road"]["transit"] == "2 d"
    path: Path = ("network", "lanes", "hub -> low / road")
    assert (single.lines[*path, "transit"].line, single.lines[*path, "loss"].line) == (4, 3)


def test_a_null_takes_one_lane_out_of_a_wider_key_of_its_file() -> None:
    assert keys("hub -> outlets / road: {mode: road}\nhub -> low / road: null") == [
        "hub -> far / road",
        "hub -> mid / road",
    ]


def test_without_label_and_mode_the_one_lane_below_is_meant() -> None:
    below = ["hub -> low / express", "hub -> mid / air", "hub -> mid / sea"]
    assert keys("hub -> low: {transit: 1 d}", below) == ["hub -> low / express"]
    assert expand("hub -> low: null", below)[0] == {"hub -> low / express": None}
    assert expand("hub -> outlets / sea: null", below)[0] == {"hub -> mid / sea": None}
    tree, faults, _ = expand("hub -> mid: null", below)
    assert tree == {}
    assert "means several lanes: `hub -> mid / air`, `hub -> mid / sea`" in faults[0].what


def test_lanes_of_removed_nodes_go_along() -> None:
    tree, faults, _ = expand("hub -> low, old: {mode: road}\nold -> hub: {mode: road}", gone=["old"])
    assert (list(tree), faults) == (["hub -> low / road"], [])


@pytest.mark.parametrize(
    ("text", "what", "remedy"),
    [
        ("hub -> lwo: {mode: road}", "there is no place `lwo`", "did you mean `low`?"),
        ("hub -> oslo: {mode: road}", "there is no place `oslo`", "known are"),
        ("hub: {mode: road}", "`hub` is not a lane", "write a lane such as"),
        ("hub -> low: 3 d", "`3 d` is not a lane", "write `{mode: road"),
        ("hub -> hub: {mode: road}", "leads from a place to itself", "two different places"),
        ("fab -> outlets within 3 km: {mode: road}", "`fab` has no place on the map", "`at: [latitude, longitude]`"),
        ("hub -> low: null", "null removes, but there is no such lane", "leave it out"),
        ("hub -> low / sea: null", "null removes, but there is no such lane", "leave it out"),
        ("hub -> outlets within 3: {mode: road}", "has no unit", "`300 km`"),
    ],
)
def test_what_is_refused(text: str, what: str, remedy: str) -> None:
    (fault,) = expand(text)[1]
    assert (fault.file, fault.line) == ("a.yaml", 3)
    assert fault.path.startswith("network.lanes")
    assert what in fault.what
    assert remedy in fault.remedy


def test_too_many_lanes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "MOST_LANES", 3)
    (fault,) = expand("outlets <-> outlets: {mode: road}")[1]
    assert (fault.what, fault.remedy) == ("makes more than 3 lanes", "add `within 300 km` or `nearest: 8`")


def test_equal_rank_on_one_field_is_an_error() -> None:
    (fault, *_) = expand("hub -> outlets: {mode: road}\nwarehouses -> low: {mode: road}")[1]
    assert (fault.line, fault.what) == (4, "is given twice with equal rank, the other time at a.yaml:3")


def test_a_key_with_a_comma_in_braces_is_refused_with_the_remedy() -> None:
    document = read_yaml_text("lanes: {venlo -> madrid, warsaw: {mode: road}}\n", "a.yaml")
    assert "put quotes around a key with a comma" in document.faults[0].remedy


def test_a_single_key_comes_apart() -> None:
    assert split_single("san luis -> b / air") == ("san luis", "b", "air")
