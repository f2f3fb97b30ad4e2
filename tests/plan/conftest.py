"""A small network made by hand: outlets east and west <- hub <- supplier, cores over a factory back to the hub.

Parts are board (repairable), screen (not) and phone (a swap unit). Zone north lies at east, zone south at west.
Ways: outlet <- hub 2 d, hub <- supplier 6 d after a lead of 12 d; cores: outlet -> factory 4 d, factory -> hub 1 d.
"""

from datetime import date

import numpy as np
import pytest

from netsim.model.model import (
    Benches,
    Calendar,
    Channel,
    Durations,
    Lanes,
    Model,
    Modes,
    NodeKind,
    Nodes,
    Ragged,
    Routes,
    Serving,
    StockPoints,
    StockRule,
    Supply,
)
from netsim.spec.world import World
from netsim.tape.demand import catalogue, demand

DAY = 86_400
ONE = 2**32
EAST, WEST, HUB, FACTORY, SUPPLIER = range(5)
BOARD, PHONE, SCREEN = range(3)


def ints(*values):
    return np.array(values, dtype=np.int64)


def part(share):
    return round(share * ONE)


class Small:
    """What of the small network a test may change; `model()` makes the arrays."""

    def __init__(self):
        self.start, self.horizon = date(2026, 1, 1), 365 * DAY
        self.no_fault, self.remote, self.accept = 0.0, 0.0, 1.0
        self.core_return, self.ber, self.good = 1.0, 0.0, 1.0
        self.product = {
            "sales": {"plateau": 30_000.0, "months_before": 3},
            "modes": {
                "board": {"hazard": "10 %/yr", "parts": {"board": 1, "screen": 1}},
                "drop": {"hazard": "20 %/yr", "parts": {"screen": 2}, "chargeable": True},
            },
            "warranty": "5 yr",
            "unit": "phone",
        }
        self.preferences = [([Channel.WALK_IN, Channel.SWAP, Channel.MAIL_IN], 1.0)]
        self.offered = 1 << Channel.WALK_IN
        self.fallback = Channel.LOST
        self.outlets = [[EAST, WEST], [WEST, EAST]]
        self.weights = [3, 1, 1, 1]
        self.gravity = 0
        self.core_target = HUB
        self.target, self.rule, self.lot = 0.95, StockRule.BASE_STOCK, 1
        self.count_cores = ONE
        self.review = -1
        self.calendar = -1
        self.fleets = 0

    @property
    def world(self):
        parts = {name: {"value": "0 EUR"} for name in ("board", "phone", "screen")}
        at = {"at": [0, 0], "country": "XX"}
        zones = {"north": {**at, "share": 0.7}, "south": {**at, "share": 0.3}}
        fleets = {"racks": {**at, "units": 50, "life": "25 d", "parts": {"board": 1}}} if self.fleets else {}
        return World.model_validate(
            {
                "countries": {"XX": {}},
                "parts": parts,
                "products": {"phone": self.product},
                "zones": zones,
                "fleets": fleets,
                "rates": {"no_fault": self.no_fault},
            },
            context={"worth": {"EUR": 1.0}},
        )

    @property
    def demand(self):
        return demand(self.world, self.start, self.horizon)

    def model(self):
        world = self.world
        pairs = catalogue(world)
        points = [(node, piece) for node in (EAST, WEST, HUB) for piece in (BOARD, PHONE, SCREEN)]
        index = np.full((5, 3), -1, dtype=np.int64)
        for number, (node, piece) in enumerate(points):
            index[node, piece] = number
        needs = [
            world.products[product].modes[mode].parts if product in world.products else world.fleets["racks"].parts
            for product, mode in pairs
        ]
        order = {"board": BOARD, "phone": PHONE, "screen": SCREEN}
        customers = 2 + self.fleets
        target = np.full((5, 3), -1, dtype=np.int64)
        if self.core_target >= 0:
            target[:2, BOARD] = index[self.core_target, BOARD]
        many, limits = len(points), np.cumsum([share for _, share in self.preferences])
        mornings = np.arange(400, dtype=np.int64) * DAY
        # Durations: 0 nothing, 1 lead of 12 d, 2 factory work of 8 h, 3 life of 25 d.
        return Model(
            name="small", start=self.start.isoformat(), horizon=self.horizon,
            node_names=("east", "west", "hub", "factory", "supplier"), zone_names=("north", "south"),
            fleet_names=tuple(world.fleets), part_names=("board", "phone", "screen"), lane_names=(),
            mode_names=tuple("/".join(pair) for pair in pairs), country_names=("XX",),
            repairable=ints(1, 0, 0), ber=ints(part(self.ber), 0, 0),
            calendars=(Calendar("half", mornings, mornings + DAY // 2, ints()),),
            departures=(ints(*range(0, 366 * DAY, 7 * DAY)),),
            durations=Durations(ints(0, 12 * DAY, 8 * 3600, 25 * DAY), ints(-1, -1, -1, -1), ()),
            nodes=Nodes(
                ints(NodeKind.OUTLET, NodeKind.OUTLET, NodeKind.WAREHOUSE, NodeKind.FACTORY, NodeKind.SUPPLIER),
                ints(0, 0, 0, 0, 0), ints(-1, -1, -1, -1, -1), ints(-1, -1, -1, 0, -1), ints(0, 0, 0, 0, 0),
                ints(0, 0, 0, 0, 1), ("",) * 5,
            ),
            benches=Benches(
                ints(FACTORY), ints(self.calendar), ints(0), ints(0), ints(2), ints(0), ints(ONE), ints(part(self.good))
            ),
            lanes=Lanes(*(ints() for _ in range(12))),
            routes=Routes(Ragged.of([[], [], [], []]), ints(2 * DAY, 6 * DAY, 4 * DAY, DAY)),
            stock=StockPoints(
                ints(*(node for node, _ in points)), ints(*(piece for _, piece in points)),
                ints(*[self.rule] * many), ints(*[0] * many), ints(*range(many)), ints(*[-1] * many),
                ints(*[self.review] * many), ints(*[0] * many), ints(*[self.count_cores] * many),
                ints(*[part(self.target)] * many), ints(*[self.lot] * many), ("",) * many, index,
            ),
            supply=Supply(
                Ragged.of([[HUB]] * 6 + [[SUPPLIER]] * 3), Ragged.of([[0]] * 6 + [[1]] * 3),
                Ragged.of([[]] * 5), ints(), (), Ragged.of([]), Ragged.of([]), ints(0, 0, 0, 0, 0),
            ),
            modes=Modes(
                ints(*[0] * len(pairs)),
                ints(*(int(mode == "drop") for _, mode in pairs)),
                Ragged.of([[x for name in sorted(need) for x in (order[name], need[name])] for need in needs]),
                ints(*(part(self.no_fault) if product == "phone" else 0 for product, _ in pairs)),
                ints(*(PHONE if product == "phone" and "unit" in self.product else -1 for product, _ in pairs)),
            ),
            serving=Serving(
                Ragged.of([[int(channel) for channel in order] for order, _ in self.preferences]),
                ints(*map(part, limits)),
                ints(*[self.fallback] * customers), self.offered, Ragged.of(self.outlets + [[EAST]] * self.fleets),
                ints(*self.weights, *[1] * self.fleets), self.gravity,
                ints(*[HUB] * customers), ints(*[-1] * customers), ints(*[-1] * customers), 1,
            ),
            returns_next=ints(FACTORY, FACTORY, -1, HUB, -1), returns_route=ints(2, 2, -1, 3, -1), core_target=target,
            core_birth=0, core_return=part(self.core_return), remote=part(self.remote), quote_accept=part(self.accept),
            part_arrival=72 * 3600,
            fleet_units=ints(*[50] * self.fleets), fleet_life=ints(*[3] * self.fleets),
            fleet_mode=ints(*[len(pairs) - 1] * self.fleets), fleet_country=ints(*[0] * self.fleets),
            zone_country=ints(0, 0),
        )  # fmt: skip


@pytest.fixture
def small():
    return Small()
