"""Sources and ways back that name their lane: how they are read, laid over, cleaned up and described."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from netsim.errors import ScenarioError
from netsim.spec.policies import Policies
from netsim.spec.scenario import Scenario, load
from netsim.spec.schema import Kind, json_schema
from netsim.spec.ways import Way, way_of, written_end

SUPPLY = "supply: {outlets: venlo, venlo: [wroclaw, shenzhen]}"
RETURNS = "returns: {outlets: wroclaw, wroclaw: venlo}"


@pytest.fixture
def loaded(folder: Path) -> Any:
    """Return a function that loads the scenario with texts replaced, under designs given as text."""

    def make(*edits: tuple[str, str], designs: tuple[str, ...] = ()) -> Scenario:
        path = folder / "scenario.yaml"
        text = path.read_text()
        for old, new in edits:
            assert text.count(old) == 1
            text = text.replace(old, new)
        path.write_text(text)
        files = []
        for i, design in enumerate(designs):
            files.append(folder / f"design{i}.yaml")
            files[-1].write_text(f"design: d{i}\n{design}")
        return load(path, *files)

    return make


def test_a_way_is_a_node_with_or_without_its_lane() -> None:
    read = Policies.model_validate(
        {
            "supply": {"a": "b", "c": ["b", {"from": "d", "by": "sea"}], "e": {"from": " b "}},
            "returns": {"a": {"to": "b", "by": "road"}, "b": "c"},
        }
    )
    assert read.supply == {"a": "b", "c": ("b", Way("d", "sea")), "e": "b"}
    assert read.returns == {"a": Way("b", "road"), "b": "c"}
    assert way_of("b") == Way("b", "")
    assert way_of(Way("b", "sea")) == Way("b", "sea")
    again = Policies.model_validate(read.model_dump(mode="json", include={"supply", "returns"}))
    assert (again.supply, again.returns) == (read.supply, read.returns)
    assert Policies(supply={"a": Way("b", "sea")}).supply == {"a": Way("b", "sea")}


def test_the_node_that_a_written_way_names() -> None:
    assert [written_end(value) for value in ("a", {"from": "b", "by": "c"}, {"to": "d"}, {"by": "c"}, 3)] == [
        "a",
        "b",
        "d",
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("supply", "told"),
    [
        ("{from: shenzhen, bye: sea}", "`bye` is no field of a way · did you mean `by`?"),
        ("{by: sea}", "the way names no node: `from` is missing · write a node, or `{from: shenzhen, by: sea}`"),
        ("{to: shenzhen, by: sea}", "`to` is no field of a way"),
        ("{from: 3, by: sea}", "`3` is not a name"),
        ("{from: shenzhen, by: [sea]}", "`['sea']` is not a name"),
        ("[wroclaw, {from: shenzhen, bye: sea}]", "`bye` is no field of a way · did you mean `by`?"),
    ],
)
def test_a_way_that_is_none_is_told_once_at_its_line(loaded: Any, supply: str, told: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        loaded((SUPPLY, f"supply: {{outlets: venlo, venlo: {supply}}}"))
    assert len(caught.value.faults) == 1
    assert told in str(caught.value)
    assert caught.value.faults[0].line == 35
    assert caught.value.faults[0].path.startswith("policies.supply.venlo")


def test_selectors_overlays_and_the_resolved_text_take_ways_whole(loaded: Any, folder: Path) -> None:
    by_road = (RETURNS, "returns: {outlets: {to: wroclaw, by: road}, oslo: {to: venlo}, wroclaw: venlo}")
    base = loaded((SUPPLY, "supply: {outlets: {from: venlo, by: express}, venlo: [wroclaw, shenzhen]}"), by_road)
    assert base.policies.supply["madrid"] == Way("venlo", "express")
    assert base.policies.returns == {"madrid": Way("wroclaw", "road"), "oslo": "venlo", "wroclaw": "venlo"}
    design = "policies: {supply: {venlo: [{from: shenzhen, by: air}]}, returns: {outlets: {to: venlo}}}\n"
    laid = loaded(designs=(design,))
    assert laid.policies.supply["venlo"] == (Way("shenzhen", "air"),)
    assert laid.policies.returns["madrid"] == "venlo"
    told = {change.path: (change.old, change.new) for change in laid.changes}
    assert told["policies.returns.outlets"] == ({"to": "wroclaw", "by": "road"}, {"to": "venlo"})
    (folder / "resolved.yaml").write_text(laid.resolved())
    again = load(folder / "resolved.yaml")
    assert (again.hash, again.policies) == (laid.hash, laid.policies)


def test_two_overlays_may_not_set_one_way(loaded: Any) -> None:
    designs = ("policies: {returns: {wroclaw: {to: venlo, by: road}}}\n",) * 2
    with pytest.raises(ScenarioError, match="is set by another overlay too"):
        loaded(designs=designs)


def test_a_removed_node_takes_the_ways_that_name_it_along(loaded: Any) -> None:
    supply = (
        "supply: {outlets: [{from: wroclaw, by: road}, {from: venlo, by: express}], venlo: {from: wroclaw, by: road}}"
    )
    less = loaded(
        (SUPPLY, supply),
        (RETURNS, "returns: {outlets: {to: wroclaw, by: road}, venlo: shenzhen}"),
        designs=("network: {nodes: {wroclaw: null}}\n",),
    )
    assert less.policies.supply == {"madrid": (Way("venlo", "express"),), "oslo": (Way("venlo", "express"),)}
    assert less.policies.returns == {"venlo": "shenzhen"}
    told = {change.path for change in less.changes}
    assert {"policies.supply.outlets", "policies.supply.venlo", "policies.returns.outlets"} <= told


def test_the_schema_takes_names_and_ways() -> None:
    good = {
        "supply": {"a": "b", "c": ["b", {"from": "d", "by": "sea"}], "e": {"from": "b"}},
        "returns": {"a": {"to": "b", "by": "road"}, "b": "c"},
    }
    bad = ({"supply": {"a": {"to": "b"}}}, {"returns": {"a": {"by": "road"}}}, {"returns": {"a": ["b"]}})
    kinds: tuple[Kind, ...] = ("scenario", "design")
    for kind in kinds:
        schema = json_schema(kind)
        policies = jsonschema.Draft7Validator(
            {**schema["definitions"]["Policies"], "definitions": schema["definitions"]}
        )
        assert policies.is_valid(good)
        assert not any(policies.is_valid(tree) for tree in bad)
