"""The network that a design builds: nodes with benches and shifts, lanes with transit, tariff and regime."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from netsim.distributions import Distribution
from netsim.spec.records import (
    CalendarDate,
    Departures,
    DistributionValue,
    Duration,
    Fraction,
    LocalShift,
    Money,
    MoneyPerHour,
    MoneyPerMonth,
    MoneyPerOrder,
    MoneyPerUnit,
    Name,
    Place,
    Record,
    Tariff,
    TariffValue,
)

__all__ = ["Bench", "Customs", "Lane", "Network", "Node", "NodeFields"]


class Bench(Record):
    """The technicians of a node and their work; without a bench work takes no time."""

    technicians: Annotated[int, Field(ge=0, le=1_000_000)] | Literal["unlimited"] = Field(
        "unlimited", description="number of technicians (stations)"
    )
    diagnosis: DistributionValue = Field(
        Distribution.fixed(0.0), description="time to find the fault, or that there is none"
    )
    work: DistributionValue = Field(Distribution.fixed(0.0), description="time of one repair")
    handover: DistributionValue = Field(Distribution.fixed(0.0), description="time of handing over a swap unit")
    test_pass: Fraction = Field(
        1.0, gt=0, description="probability that a repair passes its test; else it is done again"
    )
    good: Fraction = Field(
        1.0, description="yield: probability that a core leaves the bench as a good part, else it is scrapped"
    )
    share: Fraction | None = Field(
        None, gt=0, description="part of the technicians' time that this brand pays for; none: all of it"
    )
    wage: MoneyPerHour | None = Field(None, description="loaded wage; none: the country's")
    cost: MoneyPerUnit = Field(0.0, description="price per job, where the bench is paid by the piece")


class NodeFields(Record):
    """What `network.defaults.<kind>` may hold for all nodes of a kind."""

    label: str | None = Field(None, description="name to print")
    at: Place | None = Field(None, description="latitude and longitude")
    country: Name | None = Field(None, description="name in world.countries")
    shift: LocalShift | None = Field(None, description="local opening hours; none: always open")
    receives: Literal["open", "always"] | None = Field(
        None, description="whether goods are received in opening hours only (default) or always"
    )
    bench: Bench | None = Field(None, description="technicians and their work")
    fixed: MoneyPerMonth | None = Field(None, description="rent and fixed fees a month")
    capex: Money | None = Field(None, description="set-up cost, paid on the first day, written off over 5 years")
    handling: MoneyPerUnit | None = Field(None, description="cost per piece picked, packed and issued")
    fee: MoneyPerOrder | None = Field(None, description="fee per order to the operator of the outlet")
    operator: Literal["own", "third-party"] | None = Field(
        None, description="who runs it: own technicians are paid wages, others the fee"
    )
    lead: DistributionValue | None = Field(
        None, description="supplier: time from purchase order to goods ready to leave"
    )
    process: str | None = Field(
        None, description="a registered process, or code `module:function`, in place of the built-in one"
    )
    opens: CalendarDate | None = Field(None, description="first day of service; none: from the start")


class Node(NodeFields):
    """A place where something happens."""

    kind: Literal["outlet", "warehouse", "factory", "supplier"] = Field(description="what the node is")


class Customs(Record):
    """Border figures of one lane that differ from its country's."""

    clearance: DistributionValue | None = Field(None, description="time from the border to release, without a hold")
    hold: Fraction | None = Field(None, description="probability of a hold")
    hold_time: DistributionValue | None = Field(None, description="extra time of a held consignment")
    brokerage: Money | None = Field(None, description="broker's fee per entry")


class Lane(Record):
    """A way for goods from one place to another by one mode."""

    mode: Name = Field("road", description="road, express, air, sea, courier ...")
    transit: DistributionValue = Field(description="time under way, without customs")
    departs: Departures | None = Field(
        None, description="local departure times; none: at once, each consignment by itself"
    )
    cut_off: Duration = Field(0, description="how long before a departure goods must be ready")
    cost: TariffValue = Field(default_factory=Tariff, description="freight: per shipment, kg, unit, m3, or % of value")
    volumetric: float = Field(
        0.0, ge=0, le=10000, description="kg per m3 for chargeable weight, such as 167 (air), 200 (express), 1000 (sea)"
    )
    fuel: Fraction = Field(0.0, description="fuel surcharge on freight")
    insurance: Fraction = Field(0.0, description="insurance as a share of the goods' value")
    regime: Literal["auto", "none", "normal", "bonded", "temporary"] = Field(
        "auto",
        description="customs: auto (normal across a border, else none), none, normal, bonded, "
        "or temporary import for repair (no tax if it leaves again)",
    )
    customs: Customs | None = Field(None, description="border figures that differ from the country's")
    fifo: bool = Field(False, description="consignments arrive in the order in which they left (no overtaking)")
    loss: Fraction = Field(0.0, description="probability that a customer's device is lost")
    nearest: int | None = Field(
        None, ge=1, description="with a selector: keep the lanes to this many nearest partners only"
    )
    carries: tuple[Literal["parts", "cores", "devices"], ...] = Field(
        ("parts", "cores", "devices"), description="goods the lane takes"
    )


class Network(Record):
    """What a design builds."""

    defaults: dict[Literal["outlet", "warehouse", "factory", "supplier"], NodeFields] = Field(
        default_factory=dict, description="values for all nodes of a kind, unless the node says otherwise"
    )
    nodes: dict[Name, Node] = Field(default_factory=dict, description="nodes")
    lanes: dict[str, Lane] = Field(
        default_factory=dict, description="lanes: `FROM -> TO` or `FROM -> TO / LABEL`; `<->` for both ways"
    )
