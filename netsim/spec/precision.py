"""How many replications a study makes: a number, or as many as it takes (``until 2 % of tat_mean``)."""

from __future__ import annotations

import re
from typing import Annotated, Any

from annotated_types import Ge, Le
from pydantic import Discriminator, Field, GetJsonSchemaHandler, Tag, field_validator, model_validator
from pydantic_core import CoreSchema

from netsim.spec.records import Fraction, Number, Record, require_one
from netsim.units import QuantityError

__all__ = ["Replications", "Until"]

_REMEDY = "write it such as `until 2 %`, `until 2 % of tat_mean` or `{until: 2 %, of: [net_cost, tat_p90]}`"
_TEXT = re.compile(r"\s*until\b\s*(?P<share>.*?)(?:\s+of\b\s*(?P<kpis>.*))?\s*", re.DOTALL)
_SCHEMA = {
    "type": "string",
    "pattern": r"^\s*until\s+\d+\.?\d*\s*%(\s+of\s+.+)?\s*$",
    "examples": ["until 2 %", "until 2 % of tat_mean"],
}


class Until(Record):
    """Replications until KPIs are known closely enough; also a text: ``until 2 % of tat_mean``."""

    until: Annotated[Fraction, Field(gt=0, lt=1)] | None = Field(
        None, description="relative half width: how far the true mean may be from the one found, as a share of itself"
    )
    within: Annotated[Number, Field(gt=0)] | None = Field(
        None, description="or an absolute half width, in the unit of the one KPI in `of`; for means that may be 0"
    )
    of: tuple[str, ...] = Field((), description="KPIs that must all be known as closely; none: those of the comparison")
    confidence: Annotated[Fraction, Field(gt=0.5, lt=1)] | None = Field(
        None, description="confidence; none: that of the comparison"
    )
    jointly: bool = Field(
        False, description="whether the confidence holds for all KPIs of all designs together, not for each"
    )
    at_least: int = Field(10, ge=2, le=1_000_000, description="replications before it looks for the first time")
    at_most: int = Field(500, ge=2, le=1_000_000, description="replications at which it stops in any case")

    @model_validator(mode="before")
    @classmethod
    def _read_text(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        found = _TEXT.fullmatch(value)
        if found is None or not found["share"]:
            raise QuantityError(f"`{value}` does not say how many replications", f"write a number, or {_REMEDY[6:]}")
        kpis = found["kpis"]
        if kpis is not None and not kpis.strip():
            raise QuantityError(f"`{value}` names no KPI after `of`", _REMEDY)
        return {"until": found["share"], **({} if kpis is None else {"of": kpis})}

    @field_validator("of", mode="before")
    @classmethod
    def _read_kpis(cls, value: Any) -> Any:
        return tuple(kpi.strip() for kpi in value.split(",")) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _make_sense(self) -> Until:
        require_one(self, "until", "within", remedy=_REMEDY)
        if self.within is not None and len(self.of) != 1:
            raise QuantityError(
                f"`within` is in the unit of one KPI, and `of` names {len(self.of) or 'none'}",
                "write it such as `{within: 0.5, of: tat_mean}`",
            )
        if len(set(self.of)) < len(self.of) or not all(self.of):
            raise QuantityError(f"`of` names a KPI twice or none: {', '.join(self.of)}", "name each once")
        if self.at_most < self.at_least:
            raise QuantityError(
                f"`at_most` {self.at_most} is below `at_least` {self.at_least}", "give the greater number as `at_most`"
            )
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return the schema of the mapping or the text."""
        found = handler(core_schema)
        whole = handler.resolve_ref_schema(found)
        mapping = dict(whole)
        whole.clear()
        whole.update({"description": mapping.pop("description", ""), "anyOf": [_SCHEMA, mapping]})
        return found


def _meant(value: Any) -> str:
    """Return which of the two a value was meant to be, so that only its own mistakes are told."""
    text = isinstance(value, str) and not re.fullmatch(r"\s*[-+]?\d*\s*", value)
    return "Until" if text or isinstance(value, dict | Until) else "int"


Replications = Annotated[
    Annotated[int, Ge(1), Le(1_000_000), Tag("int")] | Annotated[Until, Tag("Until")], Discriminator(_meant)
]
"""The type of the field: ``30``, ``until 2 %``, or the mapping of an `Until`."""
