"""Every figure of a run once more, in plain loops over the records: a second reading of the definitions.

It shares no code with `netsim.outcome`: what both agree on was read twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from netsim.engine.records import Activity, LineEnd, MoveReason, OrderState, Records, StockState
from netsim.model.model import Model, NodeKind

DAY = 86400
YEAR = 365 * DAY
GOOD = (StockState.FREE, StockState.RESERVED)
COMPONENTS = ("call", "queue", "diagnosis", "quote", "parts", "repair", "transport", "customs", "shut")

Figures = dict[tuple[str, str], float | None]


def rows(table: dict[str, Any]) -> list[dict[str, int]]:
    """Return the rows of *table* as dictionaries of Python integers."""
    lists = {name: column.tolist() for name, column in table.items()}
    return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]


def ratio(top: float, bottom: float) -> float | None:
    """Return top / bottom, None where there is nothing to divide by."""
    return top / bottom if bottom else None


def level(changes: Iterable[tuple[int, float]], begin: int, end: int) -> tuple[float, float, float]:
    """Return the mean and the peak in [begin, end) of the running sum of *changes*, and the share of time above 0."""
    at: dict[int, float] = defaultdict(float)
    for time, step in changes:
        at[max(time, begin) if time <= begin else time] += step
    now, mean, above, peak = 0.0, 0.0, 0, None
    times = sorted({begin, *(t for t in at if t < end)}) + [end]
    for here, there in pairwise(times):
        now += at.get(here, 0.0)
        mean += now * (there - here)
        above += (there - here) if now > 0 else 0
        peak = now if peak is None else max(peak, now)
    return mean / (end - begin), float(peak or 0.0), above / (end - begin)


def survival(times: list[tuple[int, bool]]) -> list[tuple[int, float]]:
    """Return the Kaplan-Meier curve of (time, censored) pairs: the times of ends and the survival after them."""
    by: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for t, censored in times:
        by[t][0] += not censored
        by[t][1] += 1
    curve, alive, share = [], len(times), 1.0
    for t in sorted(by):
        if by[t][0]:
            share *= 1 - by[t][0] / alive
            curve.append((t, share))
        alive -= by[t][1]
    return curve


def least_time(curve: list[tuple[int, float]], done: float) -> float | None:
    """Return the first time by which the share *done* has ended."""
    return next((t / DAY for t, share in curve if share <= 1 - done + 1e-12), None)


def area(curve: list[tuple[int, float]]) -> float:
    """Return the area under the curve up to its last event, in days."""
    total, before, share = 0.0, 0, 1.0
    for t, after in curve:
        total += (t - before) * share
        before, share = t, after
    return total / DAY


class SecondReading:
    """One run read for the window from *begin* to before *end*."""

    def __init__(self, scenario: Any, model: Model, records: Records, window: tuple[int, int]) -> None:
        self.scenario, self.model, self.horizon = scenario, model, records.horizon
        self.begin, self.end = window
        self.orders, self.lines, self.requests = rows(records.orders), rows(records.lines), rows(records.requests)
        self.moves, self.work = rows(records.moves), rows(records.work)
        self.consignments = rows(records.consignments)
        self.parts = [scenario.world.parts[name] for name in model.part_names]
        self.kinds = [NodeKind(k) for k in model.nodes.kind.tolist()]

    def figures(self) -> Figures:
        """Return every figure by (KPI, group)."""
        return self.arrival() | self.turnaround() | self.stock() | self.backorders() | self.capacity()

    def inside(self, second: int) -> bool:
        return self.begin <= second < self.end

    def shared(self, a: int, b: int) -> int:
        """Return how many seconds of [a, b) lie in the window."""
        return max(0, min(b, self.end) - max(a, self.begin))

    def open_seconds(self, calendar: int, a: int, b: int) -> int:
        """Return the opening seconds of a calendar in [a, b) and in the window."""
        if calendar < 0:
            return self.shared(a, b)
        hours = self.model.calendars[calendar]
        return sum(
            self.shared(max(a, opens), min(b, closes))
            for opens, closes in zip(hours.opens.tolist(), hours.closes.tolist(), strict=True)
            if closes > a and opens < b
        )

    def lane(self, number: int) -> Any:
        return self.scenario.network.lanes[self.model.lane_names[number]]

    def country(self, lane: int, side: int) -> str:
        place = int((self.model.lanes.origin, self.model.lanes.destination)[side][lane])
        nodes, zones = len(self.model.node_names), len(self.model.zone_names)
        if place < nodes:
            return str(self.model.country_names[self.model.nodes.country[place]])
        if place < nodes + zones:
            return str(self.model.country_names[self.model.zone_country[place - nodes]])
        return str(self.model.country_names[self.model.fleet_country[place - nodes - zones]])

    # Parts arrival

    def arrival(self) -> Figures:
        mine = [line for line in self.lines if self.inside(line["requested"])]
        found: Figures = {("lines", "all"): len(mine)}
        spans = {"par_24h": DAY, "par_72h": 3 * DAY, "par_7d": 7 * DAY, "arrival_rate": None}
        for name, span in spans.items():
            hit = judged = 0
            for line in mine:
                verdict = self.verdict(line, line["deadline"] if span is None else line["requested"] + span)
                hit, judged = hit + (verdict is True), judged + (verdict is not None)
            found[name, "all"] = ratio(hit, judged)
        at_once = [line["reserved"] == line["requested"] and line["rung"] <= 0 for line in mine]
        found["par_0", "all"] = ratio(sum(at_once), len(mine))
        by_order: dict[int, list[bool | None]] = defaultdict(list)
        for line in self.lines:
            if self.inside(self.orders[line["order"]]["created"]):
                by_order[line["order"]].append(self.verdict(line, line["deadline"]))
        judged_orders = [verdicts for verdicts in by_order.values() if None not in verdicts or False in verdicts]
        found["par_order", "all"] = ratio(sum(1 for v in judged_orders if all(v)), len(judged_orders))
        waits = []
        for line in mine:
            stop = line["arrived"] if line["arrived"] >= 0 else line["ended"] if line["ended"] >= 0 else self.horizon
            waits.append((stop - line["requested"]) / DAY)
        found["backorder_wait", "all"] = ratio(sum(waits), len(waits))
        late = [wait for wait, soon in zip(waits, at_once, strict=True) if not soon]
        found["backorder_wait_unfilled", "all"] = ratio(sum(late), len(late))
        return found

    def verdict(self, line: dict[str, int], deadline: int) -> bool | None:
        """Return whether the line was there by its deadline; None where that is not to be said."""
        if 0 <= line["arrived"] <= deadline:
            return True
        if line["arrived"] >= 0:
            return False
        if line["outcome"] == LineEnd.CANCELLED:
            return None if line["ended"] <= deadline else False
        return False if deadline < self.horizon else None

    # Turnaround

    def turnaround(self) -> Figures:
        none = (OrderState.REMOTE, OrderState.UNCOVERED)
        mine = [o for o in self.orders if self.inside(o["created"])]
        found: Figures = {("orders_created", "all"): len(mine)}
        found["orders_closed", "all"] = sum(1 for o in self.orders if self.inside(o["closed"]))
        found["orders_open", "all"] = sum(1 for o in mine if o["closed"] < 0)
        begun = [o for o in mine if o["handed_over"] >= 0 and o["state"] not in none]
        times = []
        for o in begun:
            censored = o["closed"] < 0 or o["state"] == OrderState.CANCELLED
            times.append(((o["closed"] if o["closed"] >= 0 else self.horizon) - o["handed_over"], censored))
        curve = survival(times)
        longest = max((t for t, _ in times), default=0)
        ends = bool(curve) and curve[-1][1] <= 1e-12
        found["tat_mean", "all"] = area(curve) if ends else None
        if ends:
            found["tat_restricted", "all"] = area(curve)
        elif times:
            last = curve[-1] if curve else (0, 1.0)
            found["tat_restricted", "all"] = area(curve) + (longest - last[0]) * last[1] / DAY
        for name, share in (("tat_p50", 0.5), ("tat_p90", 0.9), ("tat_p95", 0.95)):
            found[name, "all"] = least_time(curve, share)
        found["censored_share", "all"] = ratio(sum(censored for _, censored in times), len(times))
        closed = [o for o in begun if o["closed"] >= 0 and o["state"] != OrderState.CANCELLED]
        for name in COMPONENTS:
            found[f"tat_{name}", "all"] = ratio(sum(o[name] for o in closed) / DAY, len(closed))
        promise = int(self.scenario.world.promise.turnaround)
        judged = [(t, c) for t, c in times if t > promise or not c]
        found["on_time", "all"] = ratio(sum(1 for t, c in judged if t <= promise), len(judged))
        found["same_day", "all"] = self.same_day(begun)
        changes = [(o["handed_over"], 1) for o in self.orders if o["handed_over"] >= 0 and o["state"] not in none]
        changes += [
            (o["closed"], -1)
            for o in self.orders
            if o["handed_over"] >= 0 and o["closed"] >= 0 and o["state"] not in none
        ]
        found["backlog", "all"], found["backlog_max", "all"], _ = level(changes, self.begin, self.end)
        return found

    def same_day(self, begun: list[dict[str, int]]) -> float | None:
        hit = judged = 0
        for o in begun:
            if o["received"] < 0:
                continue
            day = self.local_date(o["received"], o["node"])
            if o["closed"] >= 0:
                judged, hit = judged + 1, hit + (self.local_date(o["closed"], o["node"]) == day)
            elif self.local_date(self.horizon, o["node"]) != day:
                judged += 1
        return ratio(hit, judged)

    def local_date(self, second: int, node: int) -> Any:
        country = self.scenario.network.nodes[self.model.node_names[node]].country
        zone = ZoneInfo(self.scenario.world.countries[country].time_zone)
        midnight = datetime.fromisoformat(self.model.start).replace(tzinfo=UTC)
        return (midnight + timedelta(seconds=second)).astimezone(zone).date()

    # Stock

    def served(self) -> Iterator[tuple[int, int, int, int, bool]]:
        """Yield (time, node, part, pieces, given at once) of all that was asked of nodes other than suppliers."""
        moved = defaultdict(int)
        for m in self.moves:
            if m["reason"] == MoveReason.RESERVE and m["subject"] >= 0:
                moved[m["subject"], m["time"]] += m["qty"]
        for i, line in enumerate(self.lines):
            at_once = moved[i, line["requested"]] if line["rung"] <= 0 else 0
            yield line["requested"], line["node"], line["asked"], line["qty"], at_once
        for r in self.requests:
            if self.kinds[r["target"]] != NodeKind.SUPPLIER:
                yield r["asked"], r["target"], r["part"], r["qty"], r["at_once"]

    def stock(self) -> Figures:
        found: Figures = {}
        asked: dict[str, int] = defaultdict(int)
        given: dict[str, int] = defaultdict(int)
        for time, node, _, qty, at_once in self.served():
            if self.inside(time):
                for group in ("all", f"node={self.model.node_names[node]}"):
                    asked[group] += qty
                    given[group] += at_once
        found |= {("fill_rate", group): given[group] / asked[group] for group in asked}
        free: dict[tuple[int, int], list[tuple[int, float]]] = defaultdict(list)
        on_hand, transit, value = [], [], []
        for m in self.moves:
            worth = self.parts[m["part"]].value
            for sign, place, state in ((-1, m["from_place"], m["from_state"]), (1, m["to_place"], m["to_state"])):
                step = sign * m["qty"]
                if state == StockState.FREE:
                    free[place, m["part"]].append((m["time"], step))
                if state in GOOD:
                    on_hand.append((m["time"], step))
                if state == StockState.TRANSIT:
                    transit.append((m["time"], step))
                if state in (*GOOD, StockState.TRANSIT):
                    value.append((m["time"], step * worth))
        points = list(zip(self.model.stock.node.tolist(), self.model.stock.part.tolist(), strict=True))
        ready = [(node, level(free[node, part], self.begin, self.end)[2]) for node, part in points]
        found["ready_rate", "all"] = ratio(sum(share for _, share in ready), len(ready))
        for node in {node for node, _ in ready}:
            shares = [share for n, share in ready if n == node]
            found["ready_rate", f"node={self.model.node_names[node]}"] = sum(shares) / len(shares)
        found["on_hand", "all"] = level(on_hand, self.begin, self.end)[0]
        found["in_transit", "all"] = level(transit, self.begin, self.end)[0]
        found["stock_value", "all"] = level(value, self.begin, self.end)[0]
        found["stock_left", "all"] = sum(step for time, step in value if time < self.end)
        used = sum(
            m["qty"] * self.parts[m["part"]].value
            for m in self.moves
            if m["reason"] == MoveReason.INSTALL and self.inside(m["time"])
        )
        yearly = used * YEAR / (self.end - self.begin)
        found["turns", "all"] = ratio(yearly, found["stock_value", "all"] or 0.0)
        return found

    def backorders(self) -> Figures:
        """Pieces asked of nodes less pieces that left their free stock, or that were taken back."""
        diverted = {r["line"]: r["asked"] for r in self.requests if r["line"] >= 0}
        taken_back = {
            (r["owner"], r["number"], r["origin"], r["part"]): r["asked"] for r in self.requests if r["line"] >= 0
        }
        changes: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for i, line in enumerate(self.lines):
            changes[line["node"]].append((line["requested"], line["qty"]))
            if i in diverted:
                changes[line["node"]].append((diverted[i], -line["qty"]))
        for r in self.requests:
            if self.kinds[r["target"]] == NodeKind.SUPPLIER:
                continue
            changes[r["target"]].append((r["asked"], r["qty"]))
            if r["cancelled"]:
                when = taken_back[r["owner"], r["number"], r["origin"], r["part"]]
                changes[r["target"]].append((when, -r["cancelled"]))
        for m in self.moves:
            if m["from_state"] != StockState.FREE or m["reason"] not in (MoveReason.RESERVE, MoveReason.SHIP):
                continue
            if m["reason"] == MoveReason.SHIP or m["subject"] not in diverted:
                changes[m["from_place"]].append((m["time"], -m["qty"]))
        found: Figures = {}
        for node, steps in changes.items():
            found["backorders", f"node={self.model.node_names[node]}"] = level(steps, self.begin, self.end)[0]
        everywhere = [step for steps in changes.values() for step in steps]
        found["backorders", "all"], found["backorders_max", "all"], _ = level(everywhere, self.begin, self.end)
        return found

    # Benches and repair

    def capacity(self) -> Figures:
        found: Figures = {}
        benches = self.model.benches
        paid: dict[int, float] = defaultdict(float)
        busy: dict[int, float] = defaultdict(float)
        crews = zip(benches.calendar.tolist(), benches.technicians.tolist(), strict=True)
        for b, (calendar, men) in enumerate(crews):
            paid[b] = men * self.open_seconds(calendar, self.begin, self.end)
        for w in self.work:
            if w["start"] >= 0:
                stop = w["end"] if w["end"] >= 0 else self.horizon
                busy[w["bench"]] += self.open_seconds(benches.calendar[w["bench"]], w["start"], stop)
        staffed = [b for b in range(len(benches.node)) if paid[b]]
        found["utilisation", "all"] = ratio(sum(busy[b] for b in staffed), sum(paid[b] for b in staffed))
        for b in staffed:
            found["utilisation", f"node={self.model.node_names[benches.node[b]]}"] = busy[b] / paid[b]
        counts: dict[int, int] = defaultdict(int)
        for m in self.moves:
            if self.inside(m["time"]):
                counts[m["reason"]] += m["qty"]
        found["repair_yield", "all"] = ratio(
            counts[MoveReason.REPAIRED], counts[MoveReason.REPAIRED] + counts[MoveReason.SCRAPPED]
        )
        reached = capacity = 0.0
        for b in staffed:
            node = int(benches.node[b])
            if self.kinds[node] != NodeKind.FACTORY:
                continue
            work = [w for w in self.work if w["bench"] == b and w["activity"] == Activity.FACTORY]
            jobs = sum(1 for w in work if w["attempt"] == 0)
            cores = 0
            for m in self.moves:
                if self.inside(m["time"]):
                    came = m["to_place"] == node and m["to_state"] == StockState.CORE
                    gone = m["from_place"] == node and m["reason"] == MoveReason.BEYOND_REPAIR
                    cores += m["qty"] * (came - gone)
            reached += cores * sum(w["content"] for w in work) / jobs if jobs else 0.0
            capacity += paid[b]
        found["factory_load", "all"] = ratio(reached, capacity)
        return found
