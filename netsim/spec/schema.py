"""The JSON Schema of each kind of file, for editors: draft-07, with tables and, in overlays, nulls allowed."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import CoreSchema

from netsim.spec.experiment import Study
from netsim.spec.files import ScenarioFile
from netsim.spec.records import Written
from netsim.spec.sweep import Sweep

__all__ = ["json_schema"]

Kind = Literal["scenario", "design", "variant", "study", "sweep"]

_DRAFT = "http://json-schema.org/draft-07/schema#"
_TABLE = {
    "table": {
        "description": "CSV or Excel file with one record a row, beside or instead of records written here",
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
    },
    "sheet": {"type": "string", "description": "sheet of an Excel table"},
}
_FACTOR = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*%\s*$"}]}
_ADJUST = {
    "type": "object",
    "description": "demand scaled without restating it",
    "properties": {"demand": {"anyOf": [_FACTOR, {"type": "object", "additionalProperties": _FACTOR}]}},
    "additionalProperties": False,
}


def json_schema(kind: Kind) -> dict[str, Any]:
    """Return the draft-07 JSON Schema of a ``scenario``, ``design``, ``variant``, ``study`` or ``sweep`` file."""
    if kind == "study" or kind == "sweep":
        return _finish(_generate(Study if kind == "study" else Sweep), f"a {kind}")
    whole = _generate(ScenarioFile)
    _allow_tables(whole)
    if kind == "scenario":
        return _finish(whole, "a scenario")
    sections = ("world",) if kind == "variant" else ("network", "policies")
    properties = {section: whole["properties"][section] for section in sections}
    root: dict[str, Any] = {
        "type": "object",
        "properties": {
            kind: {"type": "string", "description": f"name of the {kind}"},
            "why": {"type": "string", "description": f"what the {kind} is for"},
            **properties,
        },
        "required": [kind],
        "additionalProperties": False,
        "definitions": whole["definitions"],
    }
    for definition in root["definitions"].values():
        _loosen(definition)
    if kind == "variant":
        root["definitions"]["World"]["properties"]["adjust"] = _ADJUST
    return _finish(root, f"a {kind}")


class _Generator(GenerateJsonSchema):
    """Shows defaults as a planner would write them."""

    def default_schema(self, schema: Any) -> dict[str, Any]:
        """Return the schema of a field with a default."""
        inner = self.generate_inner(schema["schema"])
        if "default" not in schema:
            return inner
        default, written = schema["default"], _written(schema["schema"])
        if default is None:
            return inner
        if written is not None:
            default = written.show(default)
        elif isinstance(default, BaseModel):
            return inner
        shown = {**inner, "default": list(default) if isinstance(default, tuple) else default}
        return shown if "$ref" not in inner else {"allOf": [inner], "default": shown["default"]}


def _written(schema: CoreSchema) -> Written | None:
    found: Any = schema
    while isinstance(found, dict):
        written = (found.get("metadata") or {}).get("netsim_written")
        if isinstance(written, Written):
            return written
        found = found.get("schema")
    return None


def _generate(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema(ref_template="#/definitions/{model}", schema_generator=_Generator)


def _finish(schema: dict[str, Any], title: str) -> dict[str, Any]:
    definitions = schema.pop("definitions", None) or schema.pop("$defs", {})
    finished: dict[str, Any] = _older({**schema, "definitions": definitions})
    return {"$schema": _DRAFT, **finished, "title": f"netsim: {title}"}


def _older(value: Any) -> Any:
    """Return *value* in the words of draft-07: tuples by `items`, nothing beside a `$ref`, no generated titles."""
    if isinstance(value, list):
        return [_older(item) for item in value]
    if not isinstance(value, dict):
        return value
    older = {key: _older(item) for key, item in value.items() if not (key == "title" and isinstance(item, str))}
    if "prefixItems" in older:
        older["items"] = older.pop("prefixItems")
    if "$ref" in older and len(older) > 1:
        older["allOf"] = [{"$ref": older.pop("$ref")}]
    return older


def _allow_tables(schema: dict[str, Any]) -> None:
    """Let every collection of records be a table."""
    definitions = schema["definitions"] = schema.pop("$defs", {})
    for definition in definitions.values():
        for content in definition.get("properties", {}).values():
            members = content.get("additionalProperties")
            if isinstance(members, dict) and "$ref" in members:
                content["properties"] = {**content.get("properties", {}), **_TABLE}
                content.pop("propertyNames", None)


def _loosen(definition: dict[str, Any]) -> None:
    """Let an overlay leave any field out, and remove any by null."""
    if "properties" not in definition:
        return
    definition.pop("required", None)
    for name, content in definition["properties"].items():
        members = content.get("additionalProperties")
        if isinstance(members, dict):
            content["additionalProperties"] = {"anyOf": [members, {"type": "null"}]}
        description = content.get("description")
        loose = {"anyOf": [content, {"type": "null"}]}
        definition["properties"][name] = {**loose, "description": description} if description else loose
