"""The JSON Schemas that editors use: draft-07, true of what loads, false of what does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from netsim.spec.reading import read_yaml, read_yaml_text
from netsim.spec.schema import Kind, json_schema

KINDS: tuple[Kind, ...] = ("scenario", "design", "variant", "study")


def mistakes(kind: Kind, tree: Any) -> list[str]:
    return [error.json_path for error in jsonschema.Draft7Validator(json_schema(kind)).iter_errors(tree)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_schema_is_sound_and_described(kind: Kind) -> None:
    schema = json_schema(kind)
    jsonschema.Draft7Validator.check_schema(schema)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    text = json.dumps(schema)
    assert "$defs" not in text
    assert "prefixItems" not in text
    for name, content in schema["properties"].items():
        assert content.get("description"), name


def test_what_loads_is_true_of_its_schema(folder: Path) -> None:
    assert mistakes("scenario", read_yaml(folder / "scenario.yaml").tree) == []
    assert mistakes("design", read_yaml(folder / "two_hubs.yaml").tree) == []
    assert mistakes("variant", read_yaml(folder / "plus.yaml").tree) == []
    study = "study: x\nwindows: {measure: 2 yr}\ndesigns: {as-is: [], hub: [a.yaml, b.yaml]}\n"
    assert mistakes("study", read_yaml_text(study, "s.yaml").tree) == []


@pytest.mark.parametrize(
    ("kind", "text", "path"),
    [
        ("design", "design: x\nnetwork: {nodes: {a: {fixed: 3}}}", "$.network.nodes"),
        ("design", "design: x\nnetwork: {nodes: {a: {fixd: 3 EUR/month}}}", "$.network.nodes"),
        ("design", "design: x\nnetwork: {lanes: {a -> b: {transit: 3 kg}}}", "$.network.lanes"),
        ("design", "design: x\nworld: {}", "$"),
        ("design", "network: {}", "$"),
        ("variant", "variant: x\nworld: {adjust: {demand: much}}", "$.world.adjust.demand"),
        ("study", "study: x\nwindows: {measure: 2}", "$.windows.measure"),
        ("scenario", "netsim: 2", "$.netsim"),
    ],
)
def test_what_does_not_load_is_marked(kind: Kind, text: str, path: str) -> None:
    assert path in mistakes(kind, read_yaml_text(text, "a.yaml").tree)


def test_overlays_may_remove_by_null(folder: Path) -> None:
    text = "design: x\nnetwork: {nodes: {a: null, b: {shift: null}}, lanes: {a -> b: null}}\n"
    assert mistakes("design", read_yaml_text(text, "a.yaml").tree) == []
    scenario = read_yaml(folder / "scenario.yaml").tree
    scenario["network"]["nodes"]["madrid"] = None
    assert mistakes("scenario", scenario) == ["$.network.nodes.madrid"]


def test_defaults_are_shown_as_a_planner_writes_them() -> None:
    definitions = json_schema("scenario")["definitions"]
    assert definitions["Promise"]["properties"]["part_arrival"]["default"] == "3 d"
    assert definitions["Rates"]["properties"]["no_fault"]["default"] == "0 %"
    assert definitions["Bench"]["properties"]["work"]["default"] == "0 d"
