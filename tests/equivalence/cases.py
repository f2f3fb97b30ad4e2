"""Cases: a network, a tape and a plan as plain data, which can be written down, made simpler and lived again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from netsim.model.compile_model import compile_model
from netsim.model.model import Model, NodeKind, StockRule
from netsim.plan.plan import Plan, make_plan
from netsim.spec.files import ScenarioFile
from netsim.spec.scenario import Scenario
from netsim.tape.tape import Tape
from tests.equivalence.choices import Choices
from tests.equivalence.layouts import PORT, THEMES, draw_layout, draw_nodes
from tests.equivalence.roads import draw_roads
from tests.equivalence.rules import draw_policies
from tests.equivalence.tapes import draw_plan, draw_tape
from tests.equivalence.timing import DAY, HOUR, Times
from tests.equivalence.worlds import draw_world

__all__ = ["Case", "Ready", "draw_cases", "prepare"]

_STARTS = ("2026-01-05", "2026-03-20", "2026-10-20", "2024-02-27", "2026-05-01")
_HORIZONS = (40 * DAY, 15 * DAY, 4 * DAY, 120 * DAY, 40 * DAY, 7 * HOUR, 400 * DAY, 90 * DAY + 12_345, 1000 * DAY)


@dataclass(frozen=True)
class Case:
    """One run to be: *tree* is a scenario, *stuck* names nodes whose cores nobody fetches.

    *tape* holds either `seed` or `claims`, `marks` and `default`; *plan* rows are (time, node, part, low, high) and
    hold from that time on; None leaves the levels to the library.
    """

    tree: dict[str, Any]
    horizon: int
    stuck: tuple[str, ...]
    tape: dict[str, Any]
    plan: list[list[Any]] | None

    def to_json(self) -> str:
        """Return the case as text."""
        return json.dumps(self.__dict__, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Case:
        """Return the case that `to_json` wrote."""
        found = json.loads(text)
        return cls(**{**found, "stuck": tuple(found["stuck"])})


@dataclass(frozen=True)
class Ready:
    """A case that can be run: give `model`, `tape` and `plan` to an engine."""

    scenario: Scenario
    model: Model
    tape: Tape
    plan: Plan


def draw_cases(choose: Choices) -> Iterator[Case]:
    """Yield one to four cases on one random network; they differ in tape and plan."""
    times = Times(choose)
    horizon = choose.pick(_HORIZONS)
    claims = choose.pick((12, 30, 3, 80))
    theme = choose.pick(THEMES)
    world = draw_world(choose, times, theme=theme, claims=claims, horizon=horizon)
    layout = draw_layout(choose, theme)
    roads = draw_roads(choose, times, layout, world)
    nodes = draw_nodes(choose, times, layout, world)
    start = date.fromisoformat(choose.pick(_STARTS))
    for node in nodes.values():
        if "opens" in node:
            node["opens"] = str(start + timedelta(days=node["opens"]))
    if roads.has_port:
        nodes[PORT] = {"kind": "warehouse", "country": choose.pick(list(world["countries"]))}
        if choose.chance(30):
            nodes[PORT]["shift"] = times.shift()
    policies = draw_policies(choose, times, layout, roads, world=world, sized=choose.chance(40))
    tree = {
        "start": str(start),
        "world": world,
        "network": {"nodes": nodes, "lanes": roads.lanes},
        "policies": policies,
    }
    _give_ladders_time(tree)
    stuck = tuple(choose.some(layout.serving, most=1)) if choose.chance(10) else ()
    for _ in range(choose.whole(1, 4)):
        tape = draw_tape(choose, times, tree, claims=claims, horizon=horizon)
        yield Case(tree, horizon, stuck, tape, draw_plan(choose, times, tree, horizon=horizon))


def _give_ladders_time(tree: dict[str, Any]) -> None:
    """See to it that nobody looks every second for what is due at once, for days on end.

    A line that waits at home, where nothing is ordered for it yet, looks again when what could be ordered now would be
    there: over a way of no length that is the next second.
    """
    if tree["world"]["promise"]["part_arrival"] in ("0 s", "1800 s"):
        return
    ladders = tree["policies"]["shortage"]
    looking = {name for name, ladder in ladders.items() if ladder["retry"] and "home" in ladder["rungs"]}
    for key, lane in tree["network"]["lanes"].items():
        if lane["transit"] == "0 s" and key.split(" / ")[0].split(" -> ")[1] in looking:
            lane["transit"] = "1 h"


def prepare(case: Case, before: tuple[Case, Ready] | None = None) -> Ready:
    """Return the case ready to be run; the model of the case *before* it serves again if the network is the same.

    Raise `ScenarioError` or `ModelError` if the case is none that the library takes.
    """
    if before is not None and (before[0].tree, before[0].horizon, before[0].stuck) == (
        case.tree,
        case.horizon,
        case.stuck,
    ):
        scenario, model = before[1].scenario, before[1].model
    else:
        scenario = scenario_of(case.tree)
        model = _stick(compile_model(scenario, horizon=case.horizon), case.stuck)
    return Ready(scenario, model, _tape(case, scenario, model), _plan(case, scenario, model))


def scenario_of(tree: dict[str, Any]) -> Scenario:
    """Return the scenario of a tree without the way over a file, which takes ten times as long."""
    whole = {"netsim": 1, "name": "A random network", "currency": {"base": "EUR"}, **tree}
    found = ScenarioFile.model_validate(
        {**whole, "start": date.fromisoformat(tree["start"])}, context={"worth": {"EUR": 1.0}}
    )
    return Scenario(
        name=found.name,
        start=found.start,
        currency=found.currency,
        world=found.world,
        network=found.network,
        policies=found.policies,
        file="random",
        design="as-is",
        variant="",
        hash="",
        tree=whole,
        lines={},
        changes=(),
        documents=(),
    )


def _stick(model: Model, stuck: tuple[str, ...]) -> Model:
    """Return the model with nobody to fetch the cores of some nodes, which a scenario may not have and an engine must.

    Whoever removes a part there waits for no good part from it.
    """
    following, target = model.returns_next.copy(), model.core_target.copy()
    for node, name in enumerate(model.node_names):
        if name in stuck and model.nodes.kind[node] != NodeKind.FACTORY:
            following[node] = -1
    for node in range(len(following)):
        at = node
        while at >= 0 and model.nodes.kind[at] not in (NodeKind.FACTORY, NodeKind.SUPPLIER):
            at = int(following[at])
        if at < 0:
            target[node] = -1
    return replace(model, returns_next=following, core_target=target) if stuck else model


def _tape(case: Case, scenario: Scenario, model: Model) -> Tape:
    if "seed" in case.tape:
        return Tape.sample(
            scenario.world, start=scenario.start, horizon=case.horizon, seed=case.tape["seed"], replication=0
        )
    owners = (*model.zone_names, *model.fleet_names)
    claims = [
        (time, zone, model.mode_names.index(mode), warranty)
        for time, zone, mode, warranty in case.tape["claims"]
        if zone in owners and mode in model.mode_names
    ]
    marks = {tuple(address): mark for *address, mark in case.tape["marks"]}
    return Tape.script(claims, marks=marks, default=case.tape["default"], owner_names=owners)


def _plan(case: Case, scenario: Scenario, model: Model) -> Plan:
    if case.plan is None:
        return make_plan(model, world=scenario.world)
    points = {
        (model.node_names[node], model.part_names[part]): number
        for number, (node, part) in enumerate(zip(model.stock.node.tolist(), model.stock.part.tolist(), strict=True))
    }
    times = sorted({0, *(row[0] for row in case.plan)})
    low = np.tile(model.stock.low, (len(times), 1))
    high = np.tile(model.stock.high, (len(times), 1))
    # Levels that a target would have sized: one piece, ordered one by one.
    low[:, model.stock.target > 0] = 0
    high[:, model.stock.target > 0] = 1
    for time, node, part, first, second in sorted(case.plan, key=lambda row: row[0]):
        number = points.get((node, part))
        if number is None:
            continue
        rule = int(model.stock.rule[number])
        since = times.index(time)
        low[since:, number], high[since:, number] = _fit(rule, first, second)
    return Plan(np.array(times, dtype=np.int64), low, high)


def _fit(rule: int, first: int, second: int) -> tuple[int, int]:
    """Return two numbers as the levels of a rule: (s, Q) with Q of 1 or more, (s, S) with s below S, or (0, S)."""
    if rule == StockRule.REORDER_POINT:
        return first, second
    if rule == StockRule.MIN_MAX:
        return first, first + second
    return 0, max(first, 0)
