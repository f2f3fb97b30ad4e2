"""Ways that a policy names: a node, and where several lanes join the pair, by which of them goods go.

``wroclaw`` is a node alone; ``{from: shenzhen, by: sea}`` a source and ``{to: wroclaw, by: road}`` a way back with the
lane. Such a way is a value: overlays replace it whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from netsim.errors import did_you_mean
from netsim.spec.records import Written, read_name
from netsim.units import QuantityError

__all__ = ["END_FIELDS", "Source", "Way", "WayBack", "way_of", "written_end"]

END_FIELDS = {"supply": "from", "returns": "to"}
"""The field that names the node, by the policy in which a way stands."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way to or from a *node*, *by* the lane of that label or mode; an empty *by* leaves the choice to the routes."""

    node: str
    by: str = ""


def way_of(written: str | Way) -> Way:
    """Return what a policy holds as a way: a plain name is one without a lane."""
    return Way(written) if isinstance(written, str) else written


def written_end(value: object) -> str | None:
    """Return the node that a way names as it stands in a file, None if it names none."""
    if isinstance(value, dict):
        value = next((value[field] for field in END_FIELDS.values() if field in value), None)
    return value if isinstance(value, str) else None


def _written_way(policy: str, example: str) -> Written:
    end = END_FIELDS[policy]
    remedy = f"write a node, or `{{{end}: {example}}}` to say by which lane"

    def read(value: object, _worth: Mapping[str, float]) -> str | Way:
        if isinstance(value, Way):
            return value
        if not isinstance(value, dict):
            return read_name(value)
        unknown = next((str(key) for key in value if key not in (end, "by")), None)
        if unknown is not None:
            raise QuantityError(f"`{unknown}` is no field of a way", did_you_mean(unknown, [end, "by"]) or remedy)
        if end not in value:
            raise QuantityError(f"the way names no node: `{end}` is missing", remedy)
        node = read_name(value[end])
        return Way(node, read_name(value["by"])) if "by" in value else node

    def show(value: str | Way) -> Any:
        return value if isinstance(value, str) else {end: value.node, **({"by": value.by} if value.by else {})}

    name = {"type": "string", "minLength": 1, "maxLength": 80}
    by = {**name, "description": "label, or mode, of the lane to take where several join the two"}
    fields = {
        "type": "object",
        "properties": {end: {**name, "description": "the node"}, "by": by},
        "required": [end],
        "additionalProperties": False,
    }
    return Written(f"name or `{{{end}: {example}}}`", read, {"anyOf": [name, fields]}, show)


Source = Annotated[str | Way, _written_way("supply", "shenzhen, by: sea")]
WayBack = Annotated[str | Way, _written_way("returns", "wroclaw, by: road")]
