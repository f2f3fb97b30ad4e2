"""Random lanes: a legal way for all that a layout needs, direct or through a transfer point, and emergency lanes."""

from __future__ import annotations

from typing import Any

from tests.equivalence.choices import Choices
from tests.equivalence.layouts import PORT, Layout
from tests.equivalence.timing import Times

__all__ = ["Roads", "draw_roads"]


class Roads:
    """The lanes of a network in the making, and what policies may say of them."""

    def __init__(self, choose: Choices, times: Times) -> None:
        self._choose = choose
        self._times = times
        self.lanes: dict[str, Any] = {}
        self.named: dict[tuple[str, str], str] = {}
        """Pairs of nodes for which a policy names the lane, and the lane's label."""
        self.lateral: set[tuple[str, str]] = set()
        self.taxi: set[tuple[str, str]] = set()
        self.all_may_mail = False

    @property
    def has_port(self) -> bool:
        """Return whether some goods change lanes at the port."""
        return any(PORT in key.split(" / ")[0].split(" -> ") for key in self.lanes)

    def add(self, origin: str, destination: str, label: str, **fields: Any) -> None:
        """Add a lane unless there is one of that label."""
        key = f"{origin} -> {destination} / {label}"
        if key not in self.lanes:
            self.lanes[key] = {**self._lane(), **fields}

    def bring(self, origin: str, destination: str, goods: str) -> None:
        """See to it that *goods* can go from one place to another."""
        choose = self._choose
        if choose.chance(20):
            self.add(origin, PORT, "road")
            self.add(PORT, destination, "road")
        elif goods == "cores" and choose.chance(20):
            self.add(origin, destination, "back", carries=["cores"])
        elif goods == "devices":
            self.add(origin, destination, "courier", carries=["devices"], loss=choose.pick(("0 %", "30 %", "100 %")))
        else:
            self.add(origin, destination, "road")
            if choose.chance(12):
                self.add(origin, destination, "slow", mode="sea")
                self.named[origin, destination] = choose.pick(("slow", "sea", "road"))

    def _lane(self) -> dict[str, Any]:
        choose, times = self._choose, self._times
        lane: dict[str, Any] = {"transit": times.spread(4)}
        if choose.chance(35):
            lane["departs"] = times.schedule()
            if choose.chance(50):
                lane["cut_off"] = times.duration(1)
        if choose.chance(25):
            lane["fifo"] = True
        if choose.chance(12):
            lane["regime"] = choose.pick(("normal", "none"))
        if choose.chance(12):
            lane["customs"] = {"clearance": times.spread(2), "hold": choose.pick(("50 %", "0 %"))}
        if choose.chance(15):
            lane["loss"] = "40 %"
        return lane


def draw_roads(choose: Choices, times: Times, layout: Layout, world: dict[str, Any]) -> Roads:
    """Return lanes for a layout's supply, returns and mail, and some for its shortage ladders."""
    roads = Roads(choose, times)
    for name, sources in layout.sources.items():
        for source in sources:
            roads.bring(source, name, "parts")
    for name, target in layout.returns.items():
        roads.bring(name, target, "parts" if name in layout.plants else "cores")
    if layout.mail:
        customers = [*world["zones"], *world.get("fleets", {})]
        mailing = customers if not layout.shops else choose.some(customers, least=1)
        roads.all_may_mail = len(mailing) == len(customers)
        for customer in mailing:
            roads.bring(customer, layout.mail, "devices")
            roads.bring(layout.mail, customer, "devices")
    ladder = layout.theme == "ladder"
    for name in layout.serving:
        for giver in choose.some([other for other in layout.serving if other != name], least=int(ladder)):
            roads.add(giver, name, "lateral", transit=times.spread(2))
            roads.lateral.add((giver, name))
        stocked = [other for other in layout.stocking if other != name and other not in layout.shops]
        for giver in choose.some(stocked, most=2):
            roads.add(giver, name, "taxi", mode="taxi", transit=times.spread(1))
            roads.taxi.add((giver, name))
    return roads
