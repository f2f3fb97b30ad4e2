"""Overlays: what merges, what is replaced, what is refused, and what is told of it."""

from __future__ import annotations

import pytest
from pydantic import Field

from netsim.spec.overlay import Layer, Merge, refuse_sections
from netsim.spec.reading import read_yaml_text, show_path
from netsim.spec.records import DistributionValue, Duration, Record, TariffValue
from netsim.spec.shapes import shape_of


class Leg(Record):
    """A lane."""

    time: DistributionValue | None = Field(None, description="a distribution")
    cost: TariffValue | None = Field(None, description="a list")
    wait: Duration = Field(0, description="a value")


class Whole(Record):
    """A tree."""

    legs: dict[str, Leg] = Field(default_factory=dict, description="records by name")
    levels: dict[str, int] = Field(default_factory=dict, description="values by name")
    leg: Leg = Field(default_factory=Leg, description="a record")


BASE = """
legs:
  a: {time: {lognormal: 3 d, cv: 0.5}, cost: [1 EUR/kg, 2 EUR/unit], wait: 1 d}
  b: {wait: 2 d}
levels: {x: 1, y: 2}
"""


def lay(*overlays: str) -> Merge:
    base = read_yaml_text(BASE.lstrip(), "base.yaml")
    merge = Merge(base.tree, base.lines)
    for number, text in enumerate(overlays, start=1):
        document = read_yaml_text(text, f"o{number}.yaml")
        assert document.faults == []
        merge.lay(Layer(document.tree, document.lines), shape_of(Whole))
        merge.seal()
    return merge


def test_records_merge_by_field_and_keep_the_rest() -> None:
    merge = lay("legs: {a: {wait: 5 h}}")
    assert merge.tree["legs"]["a"] == {
        "time": {"lognormal": "3 d", "cv": 0.5},
        "cost": ["1 EUR/kg", "2 EUR/unit"],
        "wait": "5 h",
    }
    assert [str(change) for change in merge.changes] == ["legs.a.wait: 1 d -> 5 h  (o1.yaml:1)"]


def test_values_are_replaced_whole() -> None:
    merge = lay("legs: {a: {time: {uniform: [1 d, 2 d]}, cost: [3 EUR/kg]}}")
    assert merge.tree["legs"]["a"]["time"] == {"uniform": ["1 d", "2 d"]}
    assert merge.tree["legs"]["a"]["cost"] == ["3 EUR/kg"]
    assert [str(change) for change in merge.changes] == [
        "legs.a.time: {lognormal: 3 d, cv: 0.5} -> {uniform: [1 d, 2 d]}  (o1.yaml:1)",
        "legs.a.cost: [1 EUR/kg, 2 EUR/unit] -> [3 EUR/kg]  (o1.yaml:1)",
    ]


def test_collections_merge_by_name() -> None:
    merge = lay("levels: {y: 3, z: 4}")
    assert merge.tree["levels"] == {"x": 1, "y": 3, "z": 4}
    assert [str(c) for c in merge.changes] == ["levels.y: 2 -> 3  (o1.yaml:1)", "levels.z: (none) -> 4  (o1.yaml:1)"]


def test_a_new_record_is_one_change() -> None:
    merge = lay("legs:\n  c:\n    wait: 3 d\nleg: {wait: 1 d}\n")
    assert [str(change) for change in merge.changes] == [
        "legs.c: (none) -> {wait: 3 d}  (o1.yaml:2)",
        "leg: (none) -> {wait: 1 d}  (o1.yaml:4)",
    ]


def test_the_same_value_again_is_no_change() -> None:
    assert lay("levels: {x: 1}").changes == []


def test_null_removes_and_forgets_the_lines() -> None:
    merge = lay("legs: {a: {time: null}, b: null}\n")
    assert merge.tree["legs"] == {"a": {"cost": ["1 EUR/kg", "2 EUR/unit"], "wait": "1 d"}}
    assert [change.new for change in merge.changes] == [None, None]
    assert not any(show_path(path).startswith(("legs.b", "legs.a.time")) for path in merge.lines)


def test_null_must_hit() -> None:
    (fault,) = lay("levels: {q: null}").faults
    assert str(fault) == (
        "o1.yaml:1 · levels.q · null removes, but there is nothing to remove · leave it out, or name what is there"
    )
    (meant,) = lay("legs: {a: {wiat: null}}").faults
    assert meant.remedy == "did you mean `wait`?"


def test_the_origin_of_every_value_is_kept() -> None:
    merge = lay("legs:\n  a:\n    wait: 5 h\n    cost:\n      - 3 EUR/kg\n")
    origins = {show_path(path): (origin.file, origin.line) for path, origin in merge.lines.items()}
    assert origins["legs.a.wait"] == ("o1.yaml", 3)
    assert origins["legs.a.cost[0]"] == ("o1.yaml", 5)
    assert "legs.a.cost[1]" not in origins
    assert origins["legs.a.time"] == ("base.yaml", 2)


def test_several_overlays_on_different_fields_stack() -> None:
    merge = lay("legs: {a: {wait: 5 h}}", "legs: {a: {cost: 1 EUR/kg}, c: {wait: 1 d}}", "legs: {c: {cost: 2 EUR/kg}}")
    assert merge.faults == []
    assert merge.tree["legs"]["c"] == {"wait": "1 d", "cost": "2 EUR/kg"}


@pytest.mark.parametrize(
    ("first", "second", "path"),
    [
        ("levels: {x: 3}", "levels: {x: 4}", "levels.x"),
        ("levels: {x: 3}", "levels: {x: 3}", "levels.x"),
        ("levels: {x: 3}", "levels: {x: null}", "levels.x"),
        ("legs: {a: null}", "legs: {a: {wait: 1 d}}", "legs.a.wait"),
        ("legs: {a: {wait: 3 d}}", "legs: {a: null}", "legs.a"),
        ("legs: {a: {time: 3 d}}", "legs: {a: {time: {uniform: [1 d, 2 d]}}}", "legs.a.time"),
        ("legs: {c: {wait: 3 d}}", "legs: {c: {wait: 3 d}}", "legs.c.wait"),
    ],
)
def test_two_overlays_may_not_set_one_field(first: str, second: str, path: str) -> None:
    (fault,) = lay(first, second).faults
    assert (fault.file, fault.line, fault.path) == ("o2.yaml", 1, path)
    assert fault.what == "is set by another overlay too, at o1.yaml:1"
    assert "leave it to one of them" in fault.remedy


def test_the_base_and_the_overlays_are_left_as_they_were() -> None:
    base = read_yaml_text(BASE.lstrip(), "base.yaml")
    overlay = read_yaml_text("legs: {c: {cost: [1 EUR/kg]}}", "o.yaml")
    merge = Merge(base.tree, base.lines)
    merge.lay(Layer(overlay.tree, overlay.lines), shape_of(Whole))
    merge.tree["legs"]["c"]["cost"].append("x")
    assert overlay.tree == {"legs": {"c": {"cost": ["1 EUR/kg"]}}}


@pytest.mark.parametrize(
    ("kind", "text", "what", "remedy"),
    [
        ("design", "world: {}", "a design may not change the world", "put this into a scenario variant"),
        ("variant", "network: {}", "a variant holds the world only", "put this into a design"),
        ("variant", "policies: {}", "a variant holds the world only", "put this into a design"),
        ("design", "start: 2026-01-01", "a design may not change it", "it belongs to the scenario"),
        ("design", "replications: 3", "a design may not say how it is measured", "put this into a study"),
    ],
)
def test_an_overlay_keeps_to_its_part(kind: str, text: str, what: str, remedy: str) -> None:
    document = read_yaml_text(text, "o.yaml")
    (fault,) = refuse_sections(Layer(document.tree, document.lines), kind=kind)
    assert (fault.line, fault.what) == (1, what)
    assert remedy in fault.remedy
