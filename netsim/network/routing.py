"""Legal ways for goods: which lanes take them across which borders, and how long that takes on average."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Literal

from netsim.distributions import Distribution
from netsim.network.graph import Link, country_of, links, nodes
from netsim.spec.policies import Shortage
from netsim.units import MONTH, WEEK

if TYPE_CHECKING:
    from netsim.network.graph import Network
    from netsim.spec.countries import Country
    from netsim.spec.network import Lane
    from netsim.spec.policies import Rung
    from netsim.spec.scenario import Scenario
    from netsim.spec.world import Ban

__all__ = ["LATERAL", "Goods", "Route", "Router", "border_times", "clears_customs", "mean_wait", "rungs_of"]

Goods = Literal["parts", "cores", "devices"]
Route = tuple[Link, ...]

LATERAL = "lateral"
"""Label of lanes between neighbours, which only the shortage ladder uses."""


def clears_customs(lane: Lane, origin: Country, destination: Country, *, same: bool) -> bool:
    """Return whether goods on the *lane* are cleared at a border; *same* tells that both ends are in one country.

    Regime ``auto``: if the countries differ and are not in one customs union; ``none`` never; any other regime always.
    """
    if lane.regime == "auto":
        return not same and not (origin.bloc and origin.bloc == destination.bloc)
    return lane.regime != "none"


def border_times(lane: Lane, destination: Country) -> tuple[Distribution, float, Distribution]:
    """Return clearance, probability of a hold and hold time on a *lane*: its own figures, else the country's."""
    own = lane.customs
    return (
        own.clearance if own and own.clearance is not None else destination.clearance,
        own.hold if own and own.hold is not None else destination.hold,
        own.hold_time if own and own.hold_time is not None else destination.hold_time,
    )


def mean_wait(lane: Lane) -> float:
    """Return the mean seconds from goods ready to departure: the cut-off and half the mean interval, 0 if at once."""
    if lane.departs is None:
        return 0.0
    period = WEEK if lane.departs.kind == "weekly" else MONTH
    return lane.cut_off + period / len(lane.departs.entries) / 2


def rungs_of(scenario: Scenario, node: str) -> tuple[str | Rung, ...]:
    """Return the shortage ladder of a node; without one its lines wait at home."""
    ladder = scenario.policies.shortage.get(node)
    if ladder is None:
        return ("home",)
    return ladder.rungs if isinstance(ladder, Shortage) else ladder


class Router:
    """Finds ways through one network; a way found once is remembered.

    Lanes, their nominal seconds and bans are read when the router is made: make a new one after editing the graph.
    """

    def __init__(self, scenario: Scenario, network: Network) -> None:
        self._scenario = scenario
        self._bans = sorted(scenario.world.bans.items())
        self._countries = {name: country_of(network, name) for name in network}
        self.links: tuple[Link, ...] = links(network)
        self.nominal: dict[str, int] = {link.key: self._nominal(link) for link in self.links}
        self._pairs: dict[tuple[str, str], list[Link]] = {}
        self._neighbours: dict[str, set[str]] = {}
        transfers = {name for name, node in nodes(network).items() if node.kind != "supplier"}
        hubs = {name for name, node in nodes(network).items() if node.kind in ("warehouse", "factory")}
        self._onward: dict[bool, dict[str, list[Link]]] = {True: {}, False: {}}  # through hubs only, through all
        for link in self.links:
            self._pairs.setdefault((link.origin, link.destination), []).append(link)
            self._neighbours.setdefault(link.origin, set()).add(link.destination)
            self._neighbours.setdefault(link.destination, set()).add(link.origin)
            if link.destination in transfers and link.label != LATERAL:
                self._onward[False].setdefault(link.origin, []).append(link)
                if link.destination in hubs:
                    self._onward[True].setdefault(link.origin, []).append(link)
        self._found: dict[tuple[str, str, Goods, str | None, bool], Route | None] = {}

    def neighbours(self, place: str) -> set[str]:
        """Return the places with a lane to or from *place*."""
        return self._neighbours.get(place, set())

    def between(self, origin: str, destination: str) -> tuple[Link, ...]:
        """Return the lanes from *origin* straight to *destination*, in order of their labels."""
        return tuple(self._pairs.get((origin, destination), ()))

    def clears(self, link: Link) -> bool:
        """Return whether goods on the lane clear a border."""
        origin, destination = self._country(link.origin), self._country(link.destination)
        if origin is None or destination is None:
            return False
        same = self._countries[link.origin] == self._countries[link.destination]
        return clears_customs(link.lane, origin, destination, same=same)

    def ban(self, link: Link, goods: Goods) -> tuple[str, Ban] | None:
        """Return the first ban, with its name, that keeps *goods* off the lane; None if they are free to go."""
        return self.ban_between(link.origin, link.destination, goods=goods)

    def ban_between(self, origin: str, destination: str, *, goods: Goods) -> tuple[str, Ban] | None:
        """Return the first ban, with its name, on *goods* from one place to another, whatever way they go."""
        if not self._bans:
            return None
        here, there = self._countries.get(origin, ""), self._countries.get(destination, "")
        if here == there:
            return None
        for name, ban in self._bans:
            if ban.goods == goods and ban.origin in ("any", here) and ban.destination in ("any", there):
                return name, ban
        return None

    def route(self, origin: str, destination: str, *, goods: Goods, mode: str | None = None) -> Route | None:
        """Return the lanes that take *goods* from *origin* to *destination*, None if there is no legal way.

        A direct lane goes before any chain, and what is banned from the first country to the last goes neither way.
        With *mode*, only lanes of that mode or label count. Among direct lanes
        the fastest is the usual one. For parts, lanes that a parent rung of the destination keeps for emergencies (the
        mode it names, or the fastest lane if it names none) stand back, and lateral ones are never usual. Chains are
        the shortest in nominal time through warehouses and factories, or failing that through outlets too. Ties go by
        name.
        """
        return self._way(origin, destination, goods, mode, False)

    def named(self, origin: str, destination: str, *, goods: Goods, by: str) -> Route | None:
        """Return the lane of label *by* straight from *origin* to *destination*, else the fastest of that mode.

        None if there is no such lane, or it does not take the *goods*, or a ban is on them.
        """
        lanes = [link for link in self.lanes_named(origin, destination, by=by) if goods in link.lane.carries]
        return (self.fastest(lanes),) if lanes and self.ban(lanes[0], goods) is None else None

    def lanes_named(self, origin: str, destination: str, *, by: str) -> list[Link]:
        """Return the lane between two places that has *by* as its label, else those that have it as their mode."""
        lanes = self.between(origin, destination)
        return [link for link in lanes if link.label == by] or [link for link in lanes if link.lane.mode == by]

    def usual(self, origin: str, destination: str, *, goods: Goods) -> list[Link]:
        """Return the direct lanes of which a route without a named lane is the fastest."""
        lanes = self.between(origin, destination)
        fit = [link for link in lanes if goods in link.lane.carries and self.ban(link, goods) is None]
        return self._usual(destination, fit, goods)

    def banned_route(self, origin: str, destination: str, *, goods: Goods) -> tuple[str, Ban] | None:
        """Return the ban without which there would be a way for *goods*; None if no ban stands in the way."""
        if self.route(origin, destination, goods=goods) is not None:
            return None
        way = self._way(origin, destination, goods, None, True)
        if way is None:
            return None
        bans = (self.ban_between(origin, destination, goods=goods), *(self.ban(link, goods) for link in way))
        return next((ban for ban in bans if ban is not None), None)

    def seconds(self, route: Route) -> int:
        """Return the nominal seconds of a route."""
        return sum(self.nominal[link.key] for link in route)

    def fastest(self, found: list[Link]) -> Link:
        """Return the lane of the least nominal time, ties by name."""
        if len(found) == 1:
            return found[0]
        return min(found, key=lambda link: (self.nominal[link.key], link))

    def _way(self, origin: str, destination: str, goods: Goods, mode: str | None, banned: bool) -> Route | None:
        key = (origin, destination, goods, mode, banned)
        if key not in self._found:
            self._found[key] = self._search(origin, destination, goods, mode, banned)
        return self._found[key]

    def _search(self, origin: str, destination: str, goods: Goods, mode: str | None, banned: bool) -> Route | None:
        if origin == destination:
            return ()
        if not banned and self.ban_between(origin, destination, goods=goods) is not None:
            return None

        def fits(link: Link) -> bool:
            lane = link.lane
            legal = banned or self.ban(link, goods) is None
            return goods in lane.carries and mode in (None, lane.mode, link.label) and legal

        direct = [link for link in self.between(origin, destination) if fits(link)]
        if mode is None:
            direct = self._usual(destination, direct, goods)
        if direct:
            return (self.fastest(direct),)
        through_hubs = self._chain(origin, destination, fits, hubs_only=True)
        return through_hubs or self._chain(origin, destination, fits, hubs_only=False)

    def _usual(self, destination: str, direct: list[Link], goods: Goods) -> list[Link]:
        """Return the direct lanes without lateral ones, and for parts without those kept for emergencies.

        The latter stay if they are all there are.
        """
        direct = [link for link in direct if link.label != LATERAL]
        for rung in rungs_of(self._scenario, destination) if goods == "parts" else ():
            if isinstance(rung, str) or rung.parent is None or len(direct) < 2:
                continue
            mode = rung.parent.mode
            kept = [link for link in direct if mode in (link.label, link.lane.mode)] if mode else [self.fastest(direct)]
            direct = [link for link in direct if link not in kept] or direct
        return direct

    def _chain(self, origin: str, destination: str, fits: Callable[[Link], bool], *, hubs_only: bool) -> Route | None:
        """Return the shortest chain of lanes (Dijkstra 1959), ties by the names along it."""
        queue: list[tuple[int, Route]] = [(0, ())]
        done: set[str] = set()
        while queue:
            time, way = heappop(queue)
            at = way[-1].destination if way else origin
            if at == destination:
                return way
            if at in done:
                continue
            done.add(at)
            onward = [
                link
                for link in self._onward[hubs_only].get(at, ())
                if link.destination not in done and link.destination != destination
            ]
            last = [link for link in self.between(at, destination) if link.label != LATERAL]
            for link in onward + last:
                if fits(link):
                    heappush(queue, (time + self.nominal[link.key], (*way, link)))
        return None

    def _nominal(self, link: Link) -> int:
        lane, seconds = link.lane, mean_wait(link.lane) + link.lane.transit.mean
        destination = self._country(link.destination)
        if destination is not None and self.clears(link):
            clearance, hold, hold_time = border_times(lane, destination)
            seconds += clearance.mean + hold * hold_time.mean
        return round(seconds)

    def _country(self, place: str) -> Country | None:
        country: Country | None = self._scenario.world.countries.get(self._countries.get(place, ""))
        return country
