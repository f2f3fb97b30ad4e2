"""The world: what a planner cannot choose (demand, failures, promises, prices of time, bans)."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from netsim.spec.countries import Country
from netsim.spec.records import (
    DistributionValue,
    Duration,
    Fraction,
    Money,
    MoneyPerDay,
    Name,
    Number,
    PerTime,
    Place,
    PositiveDuration,
    Record,
    Volume,
    Weight,
    require_one,
)

__all__ = [
    "Ban",
    "FailureMode",
    "Fleet",
    "Hazard",
    "Logistic",
    "Part",
    "Product",
    "Promise",
    "Rates",
    "Sales",
    "Weibull",
    "World",
    "Zone",
]


Pieces = Annotated[int, Field(ge=0, le=255)]


class Part(Record):
    """A spare part, or a whole unit kept for swaps (a unit is a part like any other)."""

    label: str = Field("", description="name to print")
    value: Money = Field(description="standard goods cost of a piece")
    weight: Weight = Field(0.0, description="weight of a packed piece")
    volume: Volume = Field(0.0, description="volume of a packed piece")
    duty_class: str = Field("part", description="class that the countries' duty rates name")
    repairable: bool = Field(True, description="whether the defective piece (core) can be repaired")
    ber: Fraction = Field(0.0, description="probability that a core turns out beyond economic repair at screening")
    repair_cost: Money = Field(0.0, description="components used up in one repair of a core, good or not")


class Weibull(Record):
    """A hazard h(a) = (shape/scale)(a/scale)^(shape-1) of a unit of age a (minimal repair)."""

    scale: PositiveDuration = Field(description="characteristic life")
    shape: float = Field(gt=0, le=20, description="below 1: infant mortality; 1: constant; above 1: wear-out")


class Hazard(Record):
    """A failure rate that changes with age."""

    weibull: Weibull = Field(description="Weibull hazard by the age of the unit")


class FailureMode(Record):
    """One way in which a product fails, and the parts that its repair takes."""

    label: str = Field("", description="name to print")
    hazard: PerTime | Hazard = Field(description="genuine faults per unit and time, constant or by age")
    parts: dict[Name, Pieces] = Field(default_factory=dict, description="pieces of each part that the repair takes")
    chargeable: bool = Field(False, description="the customer pays even within warranty (accidental damage)")
    capture: Fraction = Field(1.0, description="share of such failures that reach this network at all")


class Logistic(Record):
    """Sales that ramp up along a logistic curve: plateau / (1 + exp(-(t - midpoint) / scale))."""

    plateau: float = Field(ge=0, le=1e10, description="units a month in the end")
    midpoint: Duration = Field(description="time from the start of sales to half the plateau")
    scale: PositiveDuration = Field(description="time constant of the ramp; 10 % to 90 % takes 4.4 of it")


class Sales(Record):
    """Units sold a month, from the month of *start* on; exactly one of the three forms."""

    logistic: Logistic | None = Field(None, description="a launch ramp")
    plateau: float | None = Field(None, ge=0, le=1e10, description="the same number of units every month")
    monthly: tuple[float, ...] | None = Field(None, description="units of each month, one number a month")
    months_before: int = Field(
        0, ge=0, le=600, description="months of sales before the scenario starts (the base already in the field)"
    )
    end: Duration | None = Field(None, description="end of sale, counted from the scenario's start")

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        remedy = "keep one; an overlay that gives another form takes the old one away, such as `plateau: null`"
        require_one(self, "logistic", "plateau", "monthly", remedy=remedy)
        return self


class Product(Record):
    """What is sold and breaks: sales, warranty, failure modes, seasonality."""

    label: str = Field("", description="name to print")
    value: Money = Field(0.0, description="unit cost; what a lost device is compensated with")
    weight: Weight = Field(0.0, description="weight of a packed device sent by courier")
    volume: Volume = Field(0.0, description="volume of a packed device sent by courier")
    duty_class: str = Field("device", description="class that the countries' duty rates name")
    sales: Sales = Field(description="units sold a month in the whole market that the zones share")
    warranty: Duration = Field(0, description="time from sale in which the brand pays")
    half_life: PositiveDuration | None = Field(
        None, description="time after which half of the units have left use; none: all stay"
    )
    modes: dict[Name, FailureMode] = Field(description="failure modes")
    season: tuple[float, ...] = Field(
        (1.0,) * 12,
        min_length=12,
        max_length=12,
        description="index of failures, January to December; scaled to mean 1",
    )
    report_in: Fraction = Field(1.0, description="share of faults in warranty that are reported")
    report_out: Fraction = Field(1.0, description="share of faults out of warranty that are reported")
    no_fault: Fraction | None = Field(
        None, lt=1, description="share of claims without a fault or with software only; none: world.rates.no_fault"
    )
    unit: Name | None = Field(None, description="the part that is the whole unit, given out in a swap")


class Zone(Record):
    """A demand zone: where customers live, and how many of the units are theirs."""

    label: str = Field("", description="name to print")
    at: Place = Field(description="latitude and longitude of its centre")
    country: Name = Field(description="name in world.countries")
    population: float = Field(0.0, ge=0, description="inhabitants, for coverage and maps")
    share: Fraction = Field(0.0, description="share of every product's sales")
    units: float = Field(
        0.0, ge=0, le=1e12, description="installed base that stays as it is (the simple form of demand)"
    )
    failures: dict[Name, PerTime] = Field(
        default_factory=dict, description="with `units`: faults per unit and time by part, one piece each"
    )
    contact: Literal["daytime", "always"] = Field("daytime", description="claims arise 08-22 local, or at any hour")


class Fleet(Record):
    """A finite number of named units that fail after a time in use and count again from their return."""

    label: str = Field("", description="name to print")
    at: Place = Field(description="latitude and longitude")
    country: Name = Field(description="name in world.countries")
    units: int = Field(ge=1, le=1_000_000, description="number of units")
    life: DistributionValue = Field(description="time in use from return to the next failure")
    parts: dict[Name, Pieces] = Field(default_factory=dict, description="pieces of each part that a repair takes")


class Promise(Record):
    """What has been promised to customers."""

    turnaround: Duration = Field(5 * 86400, description="promised turnaround time")
    part_arrival: Duration = Field(
        72 * 3600, description="promised time from request to arrival of a part at the point of use"
    )
    late: MoneyPerDay = Field(
        0.0, description="compensation per day that an order is late; part of a day counts as that part"
    )
    late_cap: Money | None = Field(None, description="most compensation per order; none: no cap")


class Rates(Record):
    """Rates that hold for the whole world unless a product says otherwise."""

    capital: PerTime = Field(
        0.1 / 365, description="capital charge on stock, below the line; an assumption unless given"
    )
    no_fault: Fraction = Field(0.0, lt=1, description="share of claims without a fault or with software only")
    remote: Fraction = Field(0.0, description="share of claims solved remotely, before anyone moves")
    quote_accept: Fraction = Field(1.0, description="share of customers who accept a paid repair")
    quote_price: Number = Field(1.5, ge=0, description="price of a paid repair as a multiple of its parts' value")
    core_return: Fraction = Field(
        1.0, description="share of removed repairable parts that become cores; the rest is lost"
    )
    contact: Money = Field(0.0, description="cost of one contact with the call centre")
    contacts_per_order: float = Field(1.0, ge=0, le=100, description="contacts per order")
    supplier_terms: Duration = Field(0, description="time from receipt to payment of a supplier")
    disposal: Money = Field(0.0, description="cost of disposing of a scrapped piece, per kg")
    salvage: Fraction = Field(1.0, description="share of the value of stock left at the end that counts in net cost")


class Ban(Record):
    """Goods that may not go from one country to another, on a lane, a chain of lanes, or as cores to their repairer."""

    origin: Name = Field(description="country name, or `any`")
    destination: Name = Field(description="country name, or `any`")
    goods: Literal["parts", "cores", "devices"] = Field(description="what is banned")
    why: str = Field(description="the rule's name, told to the user")


class World(Record):
    """Everything that the planner cannot choose."""

    countries: dict[Name, Country] = Field(description="country profiles")
    parts: dict[Name, Part] = Field(default_factory=dict, description="spare parts and swap units")
    products: dict[Name, Product] = Field(
        default_factory=dict, description="products sold, with sales and failure modes"
    )
    zones: dict[Name, Zone] = Field(default_factory=dict, description="demand zones")
    fleets: dict[Name, Fleet] = Field(default_factory=dict, description="finite fleets of named units")
    preferences: dict[str, Fraction] = Field(
        default_factory=dict,
        description="share of customers by order of preference, such as `walk-in, mail-in: 80 %`; "
        "the first that the design offers is taken",
    )
    promise: Promise = Field(Promise(), description="promises to customers")
    rates: Rates = Field(Rates(), description="rates for all products")
    bans: dict[Name, Ban] = Field(default_factory=dict, description="goods that may not cross a border")
