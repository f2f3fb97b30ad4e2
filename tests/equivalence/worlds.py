"""Random worlds: countries with clocks and borders, parts, products, zones, fleets and what customers want."""

from __future__ import annotations

from typing import Any

from tests.equivalence.choices import Choices
from tests.equivalence.timing import DAY, Times, span

__all__ = ["PARTS", "draw_world"]

PARTS = ("board", "screen", "unit", "cell")
_ZONES_OF_TIME = (
    "UTC", "Europe/Berlin", "America/Mexico_City", "Asia/Kolkata", "Pacific/Auckland", "America/New_York",
)  # fmt: skip
_CHANNELS = ("walk-in", "swap", "mail-in")


def draw_world(choose: Choices, times: Times, *, theme: str, claims: int, horizon: int) -> dict[str, Any]:
    """Return a world for a network of some *theme* with *claims*, more or less, within *horizon* seconds."""
    countries = {
        name: _country(choose, times) for name in ("AA", "BB", "CC")[: choose.whole(1, 1 if theme == "rush" else 3)]
    }
    parts = {
        name: {
            "value": f"{9 - i} EUR",
            "weight": "0.2 kg",
            "repairable": choose.chance(95 if theme == "loop" else 70),
            "ber": choose.pick(("0 %", "30 %", "0 %", "100 %")[: 3 if theme == "loop" else 4]),
        }
        for i, name in enumerate(PARTS[: choose.whole(1, 4)])
    }
    names = list(parts)
    zones: dict[str, Any] = {}
    count = choose.whole(3 if theme == "rush" else 1, 4)
    for i in range(count):
        zones[f"zone{i}"] = {
            "at": [choose.pick((0, i, 10 * i)), choose.pick((0, 0, 30))],
            "country": choose.pick(list(countries)),
            "share": f"{100 // count} %",
            "contact": choose.pick(("always", "daytime")),
        }
    fleets = {}
    for i in range(choose.whole(1, 2) if choose.chance(35) else 0):
        fleets[f"fleet{i}"] = {
            "at": [i, 1],
            "country": choose.pick(list(countries)),
            "units": choose.whole(1, 4),
            "life": _life(choose, times, claims=claims, horizon=horizon),
            "parts": {name: choose.whole(1, 2) for name in choose.some(names, most=2)},
        }
    products = {f"phone{i}": _product(choose, names) for i in range(choose.whole(0 if fleets else 1, 2))}
    standing = [zone for zone in zones.values() if choose.chance(30)]
    if not products and not standing:
        standing = list(zones.values())[:1]
    for zone in standing:
        used = choose.some(names, least=1, most=2)
        zone["units"] = 100
        zone["failures"] = {part: _rate(claims, horizon, 100 * len(used) * len(standing)) for part in used}
    for product in products.values():
        share = claims / len(products) / (2 if standing else 1)
        cases = len(product["modes"])
        # Six months of sales before the start and more to come: about 6 plateaus in the field.
        for mode in product["modes"].values():
            mode["hazard"] = _rate(share, horizon, 6 * 100 * cases)
    return {
        "countries": countries,
        "parts": parts,
        **({"products": products} if products else {}),
        "zones": zones,
        **({"fleets": fleets} if fleets else {}),
        **_preferences(choose),
        "promise": {"part_arrival": _promise(choose, times, theme)},
        "rates": {
            "no_fault": choose.pick(("0 %", "20 %", "50 %")),
            "remote": choose.pick(("0 %", "0 %", "0 %", "10 %")),
            "quote_accept": choose.pick(("100 %", "70 %", "0 %")),
            "core_return": choose.pick(("100 %", "60 %", "100 %", "0 %")[: 3 if theme == "loop" else 4]),
        },
    }


def _country(choose: Choices, times: Times) -> dict[str, Any]:
    country: dict[str, Any] = {"time_zone": choose.pick(_ZONES_OF_TIME)}
    if choose.chance(20):
        country["holidays"] = choose.pick(("DE", "MX"))
    if choose.chance(25):
        country["bloc"] = "union"
    if choose.chance(70):
        country["clearance"] = times.spread(3)
    if choose.chance(60):
        country["hold"] = choose.pick(("30 %", "70 %", "100 %"))
        country["hold_time"] = times.spread(4)
    return country


def _product(choose: Choices, parts: list[str]) -> dict[str, Any]:
    product: dict[str, Any] = {
        "sales": {"plateau": 100, "months_before": 6},
        "warranty": choose.pick((span(3650 * DAY), span(60 * DAY), "0 s")),
        "modes": {
            name: {
                "parts": {part: choose.pick((1, 1, 2, 3)) for part in choose.some(parts, least=int(choose.chance(85)))},
                "chargeable": choose.chance(25),
            }
            for name in ("crack", "dead", "wet")[: choose.whole(1, 3)]
        },
    }
    if choose.chance(60):
        product["unit"] = choose.pick(parts)
    if choose.chance(25):
        product["no_fault"] = choose.pick(("0 %", "80 %"))
    return product


def _life(choose: Choices, times: Times, *, claims: int, horizon: int) -> Any:
    """Return a time in use that gives each unit at most as many failures as there are claims, and never none at all."""
    least = max(horizon // max(claims, 1) * 2, 60)
    mean = -(-least // times.tick) * times.tick if times.kind != "odd" else least + choose.whole(0, least)
    return choose.pick((span(mean), {"exponential": span(mean)}, {"uniform": [span(mean // 2), span(2 * mean)]}))


def _promise(choose: Choices, times: Times, theme: str) -> str:
    if theme == "ladder":
        return choose.pick((times.duration(6), times.duration(16), "30 d", "60 d", "1800 s"))
    return choose.pick((times.duration(), times.duration(20), "0 s", "30 d"))


def _preferences(choose: Choices) -> dict[str, Any]:
    shapes = choose.pick((1, 2, 0, 3))
    if not shapes:
        return {}
    orders: dict[str, str] = {}
    for _ in range(shapes):
        channels = choose.shuffled(_CHANNELS)
        orders[", ".join(channels[: choose.whole(1, 3)])] = ""
    shares = {1: ("100 %",), 2: ("50 %", "50 %"), 3: ("20 %", "30 %", "50 %")}[len(orders)]
    return {"preferences": dict(zip(orders, shares, strict=True))}


def _rate(claims: float, horizon: int, units: int) -> str:
    """Return the failures per unit and year that give *claims* within *horizon* among *units*."""
    return f"{claims / units / horizon * 365 * DAY:.6f} /yr"
