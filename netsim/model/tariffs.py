"""Tariffs: prices, wages and taxes of a scenario as arrays, indexed like the Model; money reads nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from netsim.errors import ModelError, did_you_mean
from netsim.model.model import Model
from netsim.network.building import with_defaults
from netsim.spec.network import Lane, Network
from netsim.spec.world import Product, World

__all__ = [
    "CountryTaxes",
    "LanePrices",
    "NodePrices",
    "PartPrices",
    "Priced",
    "ProductPrices",
    "Rates",
    "Regime",
    "Tariffs",
    "compile_tariffs",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
T = TypeVar("T")


class Priced(Protocol):
    """What money needs of a scenario."""

    @property
    def world(self) -> World:
        """The world."""

    @property
    def network(self) -> Network:
        """The network."""


class Regime(IntEnum):
    """Customs regimes of a lane; `NONE` where no border is cleared."""

    NONE = 0
    NORMAL = 1
    BONDED = 2
    TEMPORARY = 3


@dataclass(frozen=True, slots=True)
class NodePrices:
    """One entry a node: *fixed* per second, *capex*, *handling* per piece issued.

    *fee* is per order and 0 unless a third party runs the node. *wage* is per second of one technician, *job* the price
    of a piece of work; *paid_by_roster* where open hours are paid, *paid_by_work* where busy hours are. Neither holds
    where the operator or the piece is paid.
    """

    kind: Ints
    country: Ints
    opens: Ints
    fixed: Floats
    capex: Floats
    handling: Floats
    fee: Floats
    wage: Floats
    job: Floats
    paid_by_roster: Flags
    paid_by_work: Flags


@dataclass(frozen=True, slots=True)
class LanePrices:
    """One entry a lane: the nodes at its ends (-1: customers), their countries, tariff, surcharges and border fee.

    *volumetric* is kg per m3, *fuel* a share of freight, *insurance* of the goods' value; *brokerage* is per entry and
    0 where no border is cleared.
    """

    origin: Ints
    destination: Ints
    country_from: Ints
    country_to: Ints
    per_shipment: Floats
    per_kg: Floats
    per_unit: Floats
    per_order: Floats
    per_m3: Floats
    per_entry: Floats
    of_value: Floats
    minimum: Floats
    volumetric: Floats
    fuel: Floats
    insurance: Floats
    brokerage: Floats
    regime: Ints


@dataclass(frozen=True, slots=True)
class PartPrices:
    """One entry a part: standard *value*, *weight* in kg, *volume* in m3, *repair* cost; *duty* by (country, part)."""

    value: Floats
    weight: Floats
    volume: Floats
    repair: Floats
    duty: Floats


@dataclass(frozen=True, slots=True)
class ProductPrices:
    """One entry a failure mode: value, weight and volume of its device (0 where no product is named)."""

    value: Floats
    weight: Floats
    volume: Floats


@dataclass(frozen=True, slots=True)
class CountryTaxes:
    """One entry a country: *vat*, whether it is *recoverable*, its *lag* in seconds, *other* import tax."""

    vat: Floats
    recoverable: Flags
    lag: Ints
    other: Floats


@dataclass(frozen=True, slots=True)
class Rates:
    """Figures of the whole world; *capital* and *late* are per second, *contact* per order, *disposal* per kg."""

    capital: float
    contact: float
    disposal: float
    salvage: float
    quote_price: float
    supplier_terms: int
    turnaround: int
    late: float
    late_cap: float


@dataclass(frozen=True, slots=True)
class Tariffs:
    """All money figures of a scenario in the base currency."""

    nodes: NodePrices
    lanes: LanePrices
    parts: PartPrices
    products: ProductPrices
    countries: CountryTaxes
    rates: Rates
    place_country: Ints


def compile_tariffs(scenario: Priced, model: Model) -> Tariffs:
    """Return the money figures of *scenario* indexed like *model*.

    *place_country* has one entry a place (nodes, zones, fleets). Node fields that a node leaves out come from
    ``network.defaults`` of its kind. Raises `ModelError` where the model names something that the scenario lacks.
    """
    world, network = scenario.world, scenario.network
    place_country = np.concatenate([model.nodes.country, model.zone_country, model.fleet_country]).astype(np.int64)
    rates, promise = world.rates, world.promise
    return Tariffs(
        nodes=_node_prices(world, network, model),
        lanes=_lane_prices(world, network, model, place_country),
        parts=_part_prices(world, model),
        products=_product_prices(world, model),
        countries=_taxes(world, model),
        rates=Rates(
            capital=rates.capital / 86400,
            contact=rates.contact * rates.contacts_per_order,
            disposal=rates.disposal,
            salvage=rates.salvage,
            quote_price=rates.quote_price,
            supplier_terms=rates.supplier_terms,
            turnaround=promise.turnaround,
            late=promise.late / 86400,
            late_cap=np.inf if promise.late_cap is None else promise.late_cap,
        ),
        place_country=place_country,
    )


def _node_prices(world: World, network: Network, model: Model) -> NodePrices:
    n = len(model.node_names)
    figures = {name: np.zeros(n) for name in ("fixed", "capex", "handling", "fee", "wage", "job")}
    roster, work = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
    for i, name in enumerate(model.node_names):
        spec = _found(network.nodes, name, "node")
        node = with_defaults(spec, network.defaults.get(spec.kind))
        for field in ("fixed", "capex", "handling"):
            figures[field][i] = getattr(node, field) or 0.0
        figures["fixed"][i] /= 365 / 12 * 86400  # money per month of 365/12 days
        bench, outside = node.bench, node.operator == "third-party"
        figures["fee"][i] = (node.fee or 0.0) if outside else 0.0
        country = world.countries.get(model.country_names[model.nodes.country[i]])
        if bench is None:
            continue
        wage = bench.wage if bench.wage is not None else country.wage if country is not None else 0.0
        figures["wage"][i], figures["job"][i] = wage / 3600, bench.cost
        if not outside and not bench.cost:
            work[i] = bench.share is not None or bench.technicians == "unlimited"
            roster[i] = not work[i]
    return NodePrices(
        kind=model.nodes.kind.astype(np.int64),
        country=model.nodes.country.astype(np.int64),
        opens=model.nodes.opens.astype(np.int64),
        paid_by_roster=roster,
        paid_by_work=work,
        **figures,
    )


def _lane_prices(world: World, network: Network, model: Model, place_country: Ints) -> LanePrices:
    m, n = len(model.lane_names), len(model.node_names)
    charges = ("per_shipment", "per_kg", "per_unit", "per_order", "per_m3", "per_entry", "of_value", "minimum")
    figures = {name: np.zeros(m) for name in (*charges, "volumetric", "fuel", "insurance", "brokerage")}
    regime = np.zeros(m, dtype=np.int64)
    country_to = place_country[model.lanes.destination]
    for i, name in enumerate(model.lane_names):
        lane = _lane(network, name)
        for charge in charges:
            figures[charge][i] = getattr(lane.cost, charge)
        for field in ("volumetric", "fuel", "insurance"):
            figures[field][i] = getattr(lane, field)
        if model.lanes.customs[i]:
            regime[i] = Regime.NORMAL if lane.regime in ("auto", "none") else Regime[lane.regime.upper()]
            country = world.countries.get(model.country_names[country_to[i]])
            own = lane.customs.brokerage if lane.customs is not None else None
            figures["brokerage"][i] = own if own is not None else country.brokerage if country is not None else 0.0
    return LanePrices(
        origin=np.where(model.lanes.origin < n, model.lanes.origin, -1).astype(np.int64),
        destination=np.where(model.lanes.destination < n, model.lanes.destination, -1).astype(np.int64),
        country_from=place_country[model.lanes.origin],
        country_to=country_to,
        regime=regime,
        **figures,
    )


def _part_prices(world: World, model: Model) -> PartPrices:
    parts = [_found(world.parts, name, "part") for name in model.part_names]
    countries = [world.countries.get(name) for name in model.country_names]
    duty = [[c.duty.get(part.duty_class, 0.0) if c is not None else 0.0 for part in parts] for c in countries]
    return PartPrices(
        value=_floats(part.value for part in parts),
        weight=_floats(part.weight for part in parts),
        volume=_floats(part.volume for part in parts),
        repair=_floats(part.repair_cost for part in parts),
        duty=np.array(duty, dtype=np.float64).reshape(len(countries), len(parts)),
    )


def _product_prices(world: World, model: Model) -> ProductPrices:
    befallen: list[Product | None] = [world.products.get(name.partition("/")[0]) for name in model.mode_names]
    return ProductPrices(
        value=_floats(product.value if product else 0.0 for product in befallen),
        weight=_floats(product.weight if product else 0.0 for product in befallen),
        volume=_floats(product.volume if product else 0.0 for product in befallen),
    )


def _taxes(world: World, model: Model) -> CountryTaxes:
    countries = [_found(world.countries, name, "country") for name in model.country_names]
    return CountryTaxes(
        vat=_floats(country.vat for country in countries),
        recoverable=np.array([country.vat_recoverable for country in countries], dtype=np.bool_),
        lag=np.array([country.vat_lag for country in countries], dtype=np.int64),
        other=_floats(country.other_tax for country in countries),
    )


def _lane(network: Network, name: str) -> Lane:
    """Return the lane called *name*; a label that only repeats the mode may be left out in the file."""
    if name in network.lanes:
        return network.lanes[name]
    return _found(network.lanes, name.rpartition(" / ")[0] or name, "lane")


def _found(known: dict[str, T], name: str, what: str) -> T:
    if name not in known:
        raise ModelError(f"the model has the {what} `{name}`, the scenario does not; {did_you_mean(name, known)}")
    return known[name]


def _floats(values: Any) -> Floats:
    return np.array(list(values), dtype=np.float64)
