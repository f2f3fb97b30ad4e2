"""How a design is run: stock rules, sources, shortage ladder, ways back, serving."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from netsim.spec.records import Departures, Distance, Fraction, Name, Record, require_one
from netsim.spec.ways import Source, WayBack

__all__ = ["LateralRung", "ParentRung", "Policies", "Rung", "Serving", "StockRule"]

Level = Annotated[int, Field(ge=-1_000_000_000, le=1_000_000_000)]
Pieces = Annotated[int, Field(ge=0, le=1_000_000_000)]
Channel = Literal["walk-in", "mail-in", "swap"]


class StockRule(Record):
    """A stock rule of one node: given levels, or a target from which levels are sized."""

    rule: str = Field(
        "base-stock",
        description="base-stock (S-1,S); reorder-point (s,Q); min-max (s,S); order-up-to (R,S); "
        "or code `module:function`",
    )
    levels: dict[Name, Level | tuple[Level, Level]] = Field(
        default_factory=dict,
        description="by part: S for base-stock and order-up-to, [s, Q] for reorder-point, [s, S] for min-max",
    )
    target: Fraction | None = Field(
        None, gt=0, lt=1, description="target fill rate from which levels of parts not named are sized by theory"
    )
    lot: int = Field(1, ge=1, le=1_000_000_000, description="with `target` and reorder-point: the order quantity Q")
    review: Departures | None = Field(
        None, description="local review times of order-up-to; for others also an extra look at these times"
    )
    count_cores: Literal["yes", "yield", "no"] = Field(
        "yes", description="whether cores on their way to this stock count in its position"
    )
    opening: dict[Name, Pieces] = Field(
        default_factory=dict, description="opening stock by part; a part not named opens at its level"
    )
    priority: int = Field(
        0, ge=0, le=100, description="rank of this node's requests at its source; lower is served first"
    )


class LateralRung(Record):
    """Take the part from a neighbour's stock."""

    keep: int | None = Field(None, ge=0, description="free pieces that the giver keeps; none: its reorder point")
    mode: Name | None = Field(None, description="only lanes of this mode or label; none: any lateral lane")


class ParentRung(Record):
    """Take the part from the parent by a faster lane."""

    mode: Name | None = Field(None, description="only lanes of this mode or label; none: the fastest")
    keep: int = Field(0, ge=0, description="free pieces that the parent keeps")
    node: Name | None = Field(None, description="which parent; none: any node that has such a lane and stocks the part")


class Rung(Record):
    """One rung of the shortage ladder: exactly one of the fields."""

    lateral: LateralRung | None = Field(None, description="a neighbour of the same kind")
    parent: ParentRung | None = Field(None, description="a node upstream, by a faster mode")

    @model_validator(mode="after")
    def _one_field(self) -> Self:
        remedy = "write `{lateral: {}}` or `{parent: {}}`; two rungs are two items of the list"
        require_one(self, "lateral", "parent", remedy=remedy)
        return self


class Shortage(Record):
    """The shortage ladder of one node."""

    rungs: tuple[str | Rung, ...] = Field(
        ("home",), description="`home`, {lateral: ...}, {parent: ...}, or code `module:function`, tried in order"
    )
    retry: bool = Field(
        False, description="try the ladder again at reviews and when the home arrival slips past the deadline"
    )


class Serving(Record):
    """Which channel and which node serve a customer."""

    channels: tuple[Channel, ...] = Field(("walk-in",), description="channels that the design offers")
    choose: Literal["nearest", "gravity"] = Field(
        "nearest", description="outlet choice: nearest, or by distance to the power -2"
    )
    max_travel: Distance | None = Field(
        None, description="customers farther from every outlet use `beyond`; none: no limit"
    )
    beyond: Channel | Literal["lost"] = Field("lost", description="channel of customers beyond max_travel")
    mail_in: Name | None = Field(
        None, description="node to which devices are mailed; none: the nearest with a bench and a courier lane"
    )
    swap_check: bool = Field(True, description="swap: a short diagnosis comes before the unit is handed out")


class Policies(Record):
    """How the network is run. Mappings take names, kinds, `country:XX` and lists as keys."""

    stock: dict[str, StockRule] = Field(default_factory=dict, description="stock rule by node")
    supply: dict[str, Source | tuple[Source, ...]] = Field(
        default_factory=dict,
        description="sources of each stock point, first choice first; where several lanes come from a source, `by` "
        "names the label or mode to use; without it the fastest that no parent rung keeps for emergencies",
    )
    shortage: dict[str, tuple[str | Rung, ...] | Shortage] = Field(
        default_factory=dict, description="shortage ladder by node"
    )
    returns: dict[str, WayBack] = Field(
        default_factory=dict,
        description="where cores, and repaired parts, go next from each node; where several lanes lead there, `by` "
        "names the label or mode to use; without it the fastest",
    )
    core: Literal["at replacement", "at request"] = Field(
        "at replacement", description="when a removed part becomes a core"
    )
    serving: Serving = Field(default_factory=Serving, description="channels and choice of outlet")
