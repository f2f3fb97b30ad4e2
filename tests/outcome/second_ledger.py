"""Money once more, in plain loops over the records: costs by category, taxes, what is tied, what a part has cost."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from netsim.engine.records import MoveReason, OrderState, StockState
from netsim.model.model import NodeKind
from tests.outcome.second_reading import DAY, GOOD, YEAR, Figures, SecondReading, level, ratio

MONTH = YEAR / 12
CATEGORIES = ("service", "parts", "logistics", "contact", "outlet", "compensation")


class SecondLedger(SecondReading):
    """The money of one run. Third parties work for fees, and by the piece; it knows no wages."""

    def figures(self) -> Figures:
        return super().figures() | self.money()

    def money(self) -> Figures:
        world = self.scenario.world
        cost: dict[str, float] = dict.fromkeys(CATEGORIES, 0.0)
        revenue = self.add_orders(cost)
        self.add_parts(cost)
        vat = self.add_freight(cost)
        fixed = self.add_places(cost)
        found: Figures = {("cost", f"category={name}"): value for name, value in cost.items()}
        total = sum(cost.values())
        closed = sum(1 for o in self.orders if self.inside(o["closed"]))
        found["cost", "all"], found["revenue", "all"] = total, revenue
        found |= fixed
        found["cost_per_order", "all"] = ratio(total, closed)
        found["late_compensation", "all"] = self.late
        stock = [
            (m["time"], sign * m["qty"] * self.parts[m["part"]].value)
            for m in self.moves
            for sign, state in ((-1, m["from_state"]), (1, m["to_state"]))
            if state in (*GOOD, StockState.TRANSIT)
        ]
        span = self.end - self.begin
        average, _, _ = level(stock, self.begin, self.end)
        owed, _, _ = level(vat, self.begin, self.end)
        left = sum(step for time, step in stock if time < self.end)
        rate = world.rates.capital * 365  # rates are per day
        charge, financing = rate * average * span / YEAR, rate * owed * span / YEAR
        down = (1 - world.rates.salvage) * left
        found["capital_charge", "all"], found["vat_financing", "all"] = charge, financing
        found["write_down", "all"] = down
        found["net_cost", "all"] = total + charge + financing + down - revenue
        found["cash_tied", "all"], found["cash_tied_peak", "all"], _ = level(stock + vat, self.begin, self.end)
        return found | self.landed()

    def add_orders(self, cost: dict[str, float]) -> float:
        world, revenue, self.late = self.scenario.world, 0.0, 0.0
        given: dict[int, float] = defaultdict(float)
        for m in self.moves:
            if m["reason"] == MoveReason.INSTALL:
                given[self.lines[m["subject"]]["order"]] += m["qty"] * self.parts[m["part"]].value
        for i, o in enumerate(self.orders):
            if self.inside(o["created"]):
                cost["contact"] += world.rates.contact * world.rates.contacts_per_order
            self.late += self.owed_late(o)
            if not self.inside(o["closed"]):
                continue
            if o["node"] >= 0 and o["state"] not in (OrderState.REMOTE, OrderState.UNCOVERED, OrderState.CANCELLED):
                node = self.scenario.network.nodes[self.model.node_names[o["node"]]]
                cost["service"] += node.fee or 0.0
            if o["paid"] and o["state"] == OrderState.REPAIRED:
                revenue += world.rates.quote_price * given[i]
            if o["state"] == OrderState.REFUNDED:
                cost["compensation"] += self.device(i).value
        cost["compensation"] += self.late
        return revenue

    def owed_late(self, order: dict[str, int]) -> float:
        """Return what falls due in the window for lateness: at closing, or in the last second while it is open."""
        promise, closed = self.scenario.world.promise, order["closed"]
        if order["handed_over"] < 0 or not self.inside(closed if closed >= 0 else self.horizon - 1):
            return 0.0
        until = closed if closed >= 0 else self.horizon
        due = max(0, until - order["handed_over"] - int(promise.turnaround)) / DAY * promise.late
        return due if promise.late_cap is None else min(due, promise.late_cap)

    def add_parts(self, cost: dict[str, float]) -> None:
        """Used and lost pieces at standard cost, less repaired ones; components and jobs of repair; disposal."""
        nodes = [self.scenario.network.nodes[name] for name in self.model.node_names]
        for m in self.moves:
            if not self.inside(m["time"]):
                continue
            part, reason = self.parts[m["part"]], m["reason"]
            good = (*GOOD, StockState.TRANSIT)
            if reason == MoveReason.INSTALL or (reason == MoveReason.LOST and m["from_state"] in good):
                cost["parts"] += m["qty"] * part.value
            if reason == MoveReason.REPAIRED:
                cost["parts"] -= m["qty"] * part.value
            if reason in (MoveReason.REPAIRED, MoveReason.SCRAPPED):
                bench = nodes[m["from_place"]].bench
                cost["parts"] += m["qty"] * (part.repair_cost + (bench.cost if bench else 0.0))
            if reason in (MoveReason.SCRAPPED, MoveReason.BEYOND_REPAIR):
                cost["logistics"] += m["qty"] * part.weight * self.scenario.world.rates.disposal
            if reason == MoveReason.SHIP:  # cores that go out are pieces issued too
                cost["logistics"] += m["qty"] * (nodes[m["from_place"]].handling or 0.0)

    def add_freight(self, cost: dict[str, float]) -> list[tuple[int, float]]:
        """Add freight, insurance, brokerage and taxes to *cost*; return the changes of the VAT to be had back."""
        world = self.scenario.world
        self.vat: list[tuple[int, float]] = []
        self.bond: dict[tuple[str, int], list[tuple[int, int, float]]] = defaultdict(list)
        self.came: dict[tuple[str, str, int], list[float]] = defaultdict(lambda: [0.0, 0.0])
        contents: dict[int, list[dict[str, int]]] = defaultdict(list)
        for m in self.moves:
            if m["reason"] in (MoveReason.PURCHASE, MoveReason.SHIP, MoveReason.FORWARD):
                contents[m["subject"]].append(m)
        for i, c in enumerate(self.consignments):
            lane, origin, to = self.lane(c["lane"]), self.country(c["lane"], 0), self.country(c["lane"], 1)
            cores = any(m["to_state"] == StockState.RETURNING for m in contents[i])
            items = [(self.parts[m["part"]], m["qty"], m) for m in contents[i]]
            if c["order"] >= 0:
                items = [(self.device(c["order"]), 1, {})]
            n, weight = sum(q for _, q, _ in items), sum(q * x.weight for x, q, _ in items)
            volume = sum(q * x.volume for x, q, _ in items)
            value = 0.0 if cores else sum(q * x.value for x, q, _ in items)
            t = lane.cost
            charge = t.per_shipment + t.per_kg * max(weight, volume * lane.volumetric) + t.per_unit * n
            freight = max(t.minimum, charge + t.per_m3 * volume + t.of_value * value) * (1 + lane.fuel)
            insured, broker = lane.insurance * value, 0.0
            if origin != to:
                own = lane.customs.brokerage if lane.customs else None
                broker = world.countries[to].brokerage if own is None else own
            if self.inside(c["departed"]):
                cost["logistics"] += freight + insured
            if self.inside(c["released"]):
                cost["logistics"] += broker
            kilos = [max(q * x.weight, q * x.volume * lane.volumetric) for x, q, _ in items]
            for (x, q, m), kilo in zip(items, kilos, strict=True):
                if cores or c["order"] >= 0:
                    break
                cif = q * x.value * (1 + lane.insurance) + freight * kilo / sum(kilos)
                extra = cif - q * x.value + broker * kilo / sum(kilos)
                crosses = origin != to
                if crosses and lane.regime in ("auto", "normal"):
                    if c["released"] >= 0:
                        extra += self.tax(cost, c["released"], to, x, cif)
                elif crosses and c["released"] >= 0:
                    self.bond[to, m["part"]].append((c["released"], q, cif))
                    extra += self.levies(to, x, cif)[0]
                bought = m["reason"] == MoveReason.PURCHASE
                repaired = not bought and self.kinds[m["from_place"]] == NodeKind.FACTORY
                if (bought or crosses) and not repaired and self.inside(c["released"] if crosses else c["departed"]):
                    entry = self.came["" if bought else origin, to, m["part"]]
                    entry[0], entry[1] = entry[0] + q, entry[1] + extra + (q * x.value if bought else 0.0)
        self.draw_bond(cost)
        return self.vat

    def levies(self, country: str, part: Any, cif: float) -> tuple[float, float]:
        """Return what an import costs for good, and the VAT that comes back."""
        rules = self.scenario.world.countries[country]
        duty = cif * rules.duty.get(part.duty_class, 0.0)
        other, vat = rules.other_tax * (cif + duty), rules.vat * (cif + duty)
        return (duty + other, vat) if rules.vat_recoverable else (duty + other + vat, 0.0)

    def tax(self, cost: dict[str, float], second: int, country: str, part: Any, cif: float) -> float:
        gone, back = self.levies(country, part, cif)
        if self.inside(second):
            cost["logistics"] += gone
        lag = int(self.scenario.world.countries[country].vat_lag)
        self.vat += [(second, back), (second + lag, -back)] if back else []
        return gone

    def draw_bond(self, cost: dict[str, float]) -> None:
        """Tax bonded pieces, first in first out, when they are used up in the country; what leaves it pays nothing."""
        good = (*GOOD, StockState.TRANSIT)
        for (country, part), entries in self.bond.items():
            queue = [(second, cif / q) for second, q, cif in sorted(entries) for _ in range(q)]
            for m in self.moves:
                if m["part"] != part or m["from_state"] not in good or self.held_in(m, "from") != country:
                    continue
                if m["to_state"] in good and self.held_in(m, "to") == country:
                    continue
                for _ in range(m["qty"]):
                    if queue and queue[0][0] <= m["time"]:
                        _, cif = queue.pop(0)
                        if m["reason"] == MoveReason.INSTALL:
                            self.tax(cost, m["time"], country, self.parts[part], cif)

    def held_in(self, move: dict[str, int], side: str) -> str:
        """Return the country of a piece before or after a move; under way it is where its lane leads."""
        place, state = move[f"{side}_place"], move[f"{side}_state"]
        if state == StockState.TRANSIT:
            return self.country(place, 1)
        return str(self.model.country_names[self.model.nodes.country[place]]) if place >= 0 else ""

    def landed(self) -> Figures:
        """Return landed costs; goods come from suppliers to one country and go on from there."""
        found: Figures = {}
        for part, name in enumerate(self.model.part_names):
            first = {to: entry for (origin, to, p), entry in self.came.items() if p == part and not origin}
            cost = {to: spent / pieces for to, (pieces, spent) in first.items()}
            for (origin, to, p), (pieces, spent) in self.came.items():
                if p == part and origin:
                    cost[to] = cost[origin] + spent / pieces
            used: dict[str, int] = defaultdict(int)
            for m in self.moves:
                if m["part"] == part and m["reason"] == MoveReason.INSTALL and self.inside(m["time"]):
                    used[self.held_in(m, "from")] += m["qty"]
            if cost and any(used[country] for country in cost):
                total = sum(used[country] * each for country, each in cost.items())
                found["landed_cost", f"part={name}"] = total / sum(used[country] for country in cost)
        return found

    def device(self, order: int) -> Any:
        mode = self.model.mode_names[self.orders[order]["mode"]]
        return self.scenario.world.products[mode.partition("/")[0]]

    def add_places(self, cost: dict[str, float]) -> Figures:
        """Add rents and write-off to *cost*; they are all that is fixed, as there are no wages."""
        span, fixed = self.end - self.begin, dict.fromkeys(["all"], 0.0)
        for name, node in self.scenario.network.nodes.items():
            rent = (node.fixed or 0.0) * YEAR / MONTH * span / YEAR
            set_up = (node.capex or 0.0) * span / (5 * YEAR)
            cost["outlet" if node.kind == "outlet" else "logistics"] += rent
            cost["outlet"] += set_up
            country = self.model.country_names[self.model.nodes.country[self.model.node_names.index(name)]]
            for group in ("all", f"node={name}", f"country={country}"):
                fixed[group] = fixed.get(group, 0.0) + rent + set_up
        return {("fixed_cost", group): amount for group, amount in fixed.items()}
