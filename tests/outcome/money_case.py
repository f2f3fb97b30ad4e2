"""One small run whose money is worked out by hand: four nodes, two borders, a repair loop, 59 days.

Spain clears its border with 5 % duty and 16 % VAT, the Netherlands with 21 % VAT; all figures are in EUR.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from netsim.engine.records import Activity, MoveReason, Records, StockState, WorkEnd
from netsim.model.model import Model
from tests.outcome.story import DAY, HOUR, Story, build_model, build_scenario, calendar

MADRID, VENLO, PLANT, SHENZHEN = range(4)
SCREEN, BOARD = range(2)
AIR, EXPRESS, BACK, FORTH, COURIER = range(5)
HORIZON = 59 * DAY

WORLD: dict[str, Any] = {
    "countries": {
        "ES": {
            "vat": "16 %",
            "vat_recoverable": False,
            "vat_lag": "10 d",
            "duty": {"part": "5 %"},
            "brokerage": "0.60 EUR",
            "wage": "10 EUR/h",
        },
        "NL": {"vat": "21 %", "vat_lag": "10 d", "brokerage": "5 EUR"},
        "CN": {},
    },
    "parts": {
        "screen": {"value": "20 EUR", "weight": "0.5 kg", "volume": "4 L", "repairable": False},
        "board": {"value": "100 EUR", "weight": "0.2 kg", "repair_cost": "7 EUR"},
    },
    "products": {
        "phone": {
            "value": "150 EUR",
            "weight": "0.3 kg",
            "sales": {"plateau": 10},
            "modes": {"crack": {"hazard": "1 %/yr"}},
        }
    },
    "zones": {"spain": {"at": [40.4, -3.7], "country": "ES"}},
    "promise": {"turnaround": "5 d", "late": "4 EUR/d", "late_cap": "50 EUR"},
    "rates": {
        "capital": "10 %/yr",
        "contact": "1.50 EUR",
        "contacts_per_order": 2,
        "supplier_terms": "30 d",
        "disposal": "2 EUR",
        "salvage": "80 %",
    },
}

NETWORK: dict[str, Any] = {
    "defaults": {"outlet": {"fixed": "365 EUR/month"}},
    "nodes": {
        "madrid": {"kind": "outlet", "bench": {"technicians": 1}, "capex": "18250 EUR"},
        "venlo": {"kind": "warehouse", "fixed": "730 EUR/month", "handling": "2.1 EUR/unit"},
        "plant": {"kind": "factory", "bench": {"technicians": 1, "cost": "18 EUR/unit"}},
        "shenzhen": {"kind": "supplier"},
    },
    "lanes": {
        "shenzhen -> venlo / air": {"mode": "air", "cost": ["5 EUR/kg", "minimum 25 EUR"], "volumetric": 167},
        "venlo -> madrid / express": {
            "mode": "express",
            "cost": ["6.5 EUR/shipment", "1.2 EUR/kg"],
            "volumetric": 200,
            "fuel": "10 %",
            "insurance": "1 %",
        },
        "madrid -> plant": {"cost": "3 EUR/shipment"},
        "plant -> venlo": {"cost": "0.5 EUR/kg"},
        "spain -> madrid / courier": {"mode": "courier", "cost": "4 EUR/order"},
    },
}


def scenario(world: dict[str, Any] | None = None, network: dict[str, Any] | None = None, *, worth: float = 1.0) -> Any:
    """Return the case's scenario, some top fields of its world or network replaced, all money times *worth*."""
    lanes = deepcopy(NETWORK)
    for lane in lanes["lanes"].values():
        lane["transit"] = "1 d"
    for name, value in (network or {}).items():
        lanes[name] = {**lanes[name], **value}
    merged = deepcopy(WORLD)
    for name, value in (world or {}).items():
        merged[name] = {**merged[name], **value}
    return build_scenario(world=merged, network=lanes, start="2026-01-01", worth=worth)


def model() -> Model:
    """Return the case's model: Madrid is open 10 hours on the days 1 and 2."""
    shift = calendar((DAY + 9 * HOUR, DAY + 19 * HOUR), (2 * DAY + 9 * HOUR, 2 * DAY + 19 * HOUR))
    return build_model(
        nodes={
            "madrid": ("outlet", "ES"),
            "venlo": ("warehouse", "NL"),
            "plant": ("factory", "NL"),
            "shenzhen": ("supplier", "CN"),
        },
        lanes={
            "shenzhen -> venlo / air": ("shenzhen", "venlo", True),
            "venlo -> madrid / express": ("venlo", "madrid", True),
            "madrid -> plant / road": ("madrid", "plant", True),
            "plant -> venlo / road": ("plant", "venlo", False),
            "spain -> madrid / courier": ("spain", "madrid", False),
        },
        parts=("screen", "board"),
        zones={"spain": "ES"},
        modes=(("phone/crack", 0, ()),),
        benches={"madrid": (1, shift), "plant": (1, None)},
        horizon=HORIZON,
        start="2026-01-01",
        repairable=(0, 1),
    )


def told() -> Story:
    """Return the case's story.

    Order 0, paid, takes a screen; order 1, mailed in, takes a board 3 days late and its core is repaired and sent to
    Venlo; order 2 is open at the end, 14 days late. Five screens are bought; one screen is scrapped in Venlo.
    """
    story = Story()
    story.opening(VENLO, SCREEN, 3)
    story.opening(VENLO, BOARD, 2)
    story.order(created=DAY, closed=3 * DAY, node=MADRID, channel=0, paid=1)
    story.order(created=4 * DAY, closed=12 * DAY, node=MADRID, channel=1)
    story.order(created=40 * DAY, node=MADRID, channel=0)
    first = story.line(order=0, asked=SCREEN, node=MADRID)
    second = story.line(order=1, asked=BOARD, node=MADRID)

    story.goods(SCREEN, 1, VENLO, EXPRESS, MADRID, departed=DAY, received=2 * DAY, at_border=2 * DAY, released=2 * DAY)
    story.install(2 * DAY + 10 * HOUR, MADRID, SCREEN, first)
    story.ship(lane=COURIER, order=1, departed=4 * DAY, received=5 * DAY)
    story.goods(
        SCREEN, 5, SHENZHEN, AIR, VENLO, departed=5 * DAY, received=15 * DAY, at_border=14 * DAY, released=15 * DAY,
        reason=MoveReason.PURCHASE,
    )  # fmt: skip
    story.goods(
        BOARD, 1, VENLO, EXPRESS, MADRID, departed=8 * DAY, received=9 * DAY, at_border=9 * DAY, released=9 * DAY
    )
    story.install(10 * DAY, MADRID, BOARD, second)
    story.move(
        10 * DAY, BOARD, (MADRID, StockState.OUTSIDE), (MADRID, StockState.CORE), MoveReason.CORE_BORN, subject=1
    )
    story.goods(BOARD, 1, MADRID, BACK, PLANT, departed=12 * DAY, received=14 * DAY, released=14 * DAY, core=True)
    story.move(15 * DAY, BOARD, (PLANT, StockState.CORE), (PLANT, StockState.WORK), MoveReason.TO_BENCH, subject=1)
    story.work(
        bench=1, subject=1, activity=Activity.FACTORY, part=BOARD, start=15 * DAY, end=16 * DAY, outcome=WorkEnd.DONE
    )
    story.move(16 * DAY, BOARD, (PLANT, StockState.WORK), (PLANT, StockState.FREE), MoveReason.REPAIRED, subject=1)
    story.goods(BOARD, 1, PLANT, FORTH, VENLO, departed=16 * DAY, received=17 * DAY)
    story.move(20 * DAY, SCREEN, (VENLO, StockState.FREE), (VENLO, StockState.SCRAP), MoveReason.SCRAPPED, subject=-1)
    return story


def records() -> Records:
    return told().records(HORIZON)
