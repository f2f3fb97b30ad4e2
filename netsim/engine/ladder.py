"""The shortage ladder: what a line does that its node's free stock cannot serve."""

from __future__ import annotations

from collections.abc import Callable

from netsim.engine.claimants import Line
from netsim.engine.contract import Phase, pack
from netsim.engine.lines import Lines
from netsim.engine.records import RequestReason
from netsim.engine.reviews import Reviews
from netsim.engine.stockpoint import StockPoint
from netsim.engine.supply import Supply
from netsim.errors import ModelError, did_you_mean
from netsim.model.model import NEVER, Model, NodeKind, Rungs
from netsim.policies.shortage import rung_is_taken
from netsim.policies.view import LineView
from netsim.registry import find_policy

__all__ = ["Ladder"]


class Ladder:
    """Climbs the rungs of a node in order: home, lateral, parent or a user's rule; home where none is taken."""

    def __init__(self, model: Model, supply: Supply, lines: Lines, reviews: Reviews) -> None:
        table = model.supply
        self._supply = supply
        self._lines = lines
        self._model = model
        start = table.rungs.start.tolist()
        kinds, keep = table.rungs.values.tolist(), table.keep.tolist()
        givers, ways = table.givers.rows(), table.giver_routes.rows()
        self._rungs: list[list[tuple[int, int, tuple[tuple[int, int], ...], str]]] = [
            [
                (kinds[i], keep[i], tuple(zip(givers[i], ways[i], strict=True)), table.custom[i])
                for i in range(start[node], start[node + 1])
            ]
            for node in range(len(model.node_names))
        ]
        self._retry = table.retry.tolist()
        self._reasons = [
            RequestReason.LATERAL if kind == NodeKind.OUTLET else RequestReason.EMERGENCY
            for kind in model.nodes.kind.tolist()
        ]
        self._rules: dict[str, Callable[..., str | None]] = {}
        self._view = _View(model, supply)
        self._climbs = [any(rung[0] != Rungs.HOME for rung in rungs) for rungs in self._rungs]
        if any(self._retry):
            reviews.on_review = self._retries

    def climb(self, line: Line) -> None:
        """Send *line* to the first rung that serves it in time, or let it wait at home."""
        point = line.point
        if self._climbs[point.node] and not point.can_spare(line.left) and self._diverts(line):
            return
        self._lines.wait(line)

    def _diverts(self, line: Line) -> bool:
        supply, point, now = self._supply, line.point, self._supply.clock.now
        for number, (kind, keep, givers, code) in enumerate(self._rungs[point.node]):
            if kind == Rungs.HOME:
                due = self._home_arrival(line)
                if due <= line.deadline:
                    self._watch(line, due)
                    return False
            elif kind == Rungs.CUSTOM:
                giver = self._ask_user(code, line)
                if giver is not None:
                    node, route = giver
                    self._lines.divert(line, node, route, rung=number, reason=self._reasons[node])
                    return True
            else:
                for node, route in givers:
                    if rung_is_taken(
                        supply.free_at(node, point.part), self._kept(node, point.part, keep), line.left, now,
                        supply.time_from(node, route), line.deadline,
                    ):  # fmt: skip
                        reason = RequestReason.LATERAL if kind == Rungs.LATERAL else RequestReason.EMERGENCY
                        self._lines.divert(line, node, route, rung=number, reason=reason)
                        return True
        return False

    def _home_arrival(self, line: Line) -> int:
        """Return when the node's own replenishment would arrive at its nominal time; `NEVER` if nobody can tell."""
        supply, point, now = self._supply, line.point, self._supply.clock.now
        if line.queued and line.replenishment is not None:  # asked for already: what is late may come at any time
            due = supply.due(line.replenishment)
            return due if due > now else NEVER
        for node, route in point.sources:
            if supply.free_at(node, point.part) >= line.left:
                return now + supply.time_from(node, route)
        return NEVER

    def _kept(self, node: int, part: int, keep: int) -> int:
        if keep >= 0:
            return keep
        number = self._supply.index[node][part]
        return max(0, self._supply.points[number].low) if number >= 0 else 0

    def _watch(self, line: Line, due: int) -> None:
        """Look again once the home arrival is late: what arrives on the due second is handed out at its end."""
        clock, late = self._supply.clock, due + 1
        if self._retry[line.point.node] and max(clock.now, line.watched) < late < clock.horizon:
            line.watched = late
            clock.at(late, pack(Phase.DEADLINE, line.row), self._slipped, line)

    def _slipped(self, line: Line) -> None:
        if line.queued and line.left:
            self._try_again(line.point, line)

    def _retries(self, point: StockPoint) -> None:
        if self._retry[point.node]:
            self._try_again(point, None)

    def _try_again(self, point: StockPoint, only: Line | None) -> None:
        """Climb again for lines that wait at *point*, but not for those that its free stock serves in this instant."""
        free = point.free
        for claimant in point.waiting_claimants() if free or only is None else [only]:
            if claimant.left <= free:
                free -= claimant.left
            elif not isinstance(claimant, Line) or only not in (None, claimant) or not self._diverts(claimant):
                free = 0  # it takes what there is and waits on

    def _ask_user(self, code: str, line: Line) -> tuple[int, int] | None:
        rule = self._rules.get(code)
        if rule is None:
            found = find_policy("shortage", code)
            if found is None:
                raise ModelError(f"no shortage policy is registered as {code}; decorate one with @policy")
            rule = self._rules[code] = found
        names, point = self._model.node_names, line.point
        part = self._model.part_names[point.part]
        try:
            answer = rule(LineView(part, names[point.node], line.left, line.requested, line.deadline), self._view)
            node = None if answer is None else self._view.node(answer)
        except Exception as error:
            what = str(error) if isinstance(error, ModelError) else f"{type(error).__name__}: {error}"
            raise ModelError(
                f"the shortage rule {code} for {part} at {names[point.node]}, order {line.number} of "
                f"{self._model.place_names[len(names) + line.owner]}, second {self._view.now}: {what}; "
                "it must return the name of a node, or None"
            ) from error
        if node is None or node == point.node:
            return None
        route = self._view.route(node, point.node)
        if route is None or self._supply.free_at(node, point.part) < line.left:
            return None
        return node, route


class _View:
    """Stock and lead times as a user's rule may see them."""

    def __init__(self, model: Model, supply: Supply) -> None:
        self._model = model
        self._supply = supply
        self._node = {name: i for i, name in enumerate(model.node_names)}
        self._part = {name: i for i, name in enumerate(model.part_names)}
        self._routes: dict[tuple[int, int], int] = {}
        lanes, chains = model.lanes, model.routes.lanes.rows()
        # Ways that bring parts only: others may be closed to them by what they carry or by a ban.
        table = model.supply
        for number in sorted({*table.routes.values.tolist(), *table.giver_routes.values.tolist()} - {-1}):
            chain = chains[number]
            ends = int(lanes.origin[chain[0]]), int(lanes.destination[chain[-1]])
            best = self._routes.get(ends)
            if best is None or model.routes.nominal[number] < model.routes.nominal[best]:
                self._routes[ends] = number

    @property
    def now(self) -> int:
        """Return the current second."""
        return self._supply.clock.now

    def free(self, node: str, part: str) -> int:
        """Return the free pieces of *part* at *node*."""
        return self._supply.free_at(self.node(node), self._part[part])

    def holders(self, part: str) -> list[str]:
        """Return the nodes with free pieces of *part*, by name; suppliers are not among them."""
        number = self._part[part]
        return sorted(
            self._model.node_names[p.node] for p in self._supply.points if p.part == number and p.can_spare(1)
        )

    def lead_time(self, origin: str, destination: str) -> int:
        """Return the nominal seconds of the quickest route between two nodes, `NEVER` if there is none."""
        route = self.route(self.node(origin), self.node(destination))
        return NEVER if route is None else self._supply.time_from(self.node(origin), route)

    def node(self, name: str) -> int:
        """Return the number of a node; ModelError if no node has this name."""
        number = self._node.get(name)
        if number is None:
            raise ModelError(f"there is no node {name!r} {did_you_mean(str(name), self._node)}".strip())
        return number

    def route(self, origin: int, destination: int) -> int | None:
        """Return the quickest route between two nodes by number, or None."""
        return self._routes.get((origin, destination))
