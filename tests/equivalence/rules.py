"""Random policies: stock rules, sources, ladders, ways back, serving; and plans whose levels change with time."""

from __future__ import annotations

from typing import Any

from tests.equivalence.choices import Choices
from tests.equivalence.layouts import Layout
from tests.equivalence.roads import Roads
from tests.equivalence.timing import Times

__all__ = ["draw_levels", "draw_policies"]

RULES = ("base-stock", "reorder-point", "min-max", "order-up-to")


def draw_policies(
    choose: Choices, times: Times, layout: Layout, roads: Roads, *, world: dict[str, Any], sized: bool
) -> dict[str, Any]:
    """Return the policies of a layout; *sized* permits levels from target fill rates."""
    parts = list(world["parts"])
    stock = {
        name: _rule(choose, times, parts, layout=layout, node=name, sized=sized)
        for name in layout.stocking
        if name in layout.plants or choose.chance(90)
    }
    supply = {name: [_way(roads, each, name, "from") for each in found] for name, found in layout.sources.items()}
    shortage = {name: ladder for name in layout.serving if (ladder := _ladder(choose, layout, roads, name))}
    returns = {name: _way(roads, name, target, "to", end=target) for name, target in layout.returns.items()}
    return {
        "stock": stock,
        "supply": supply,
        "shortage": shortage,
        "returns": returns,
        "core": choose.pick(("at replacement", "at request")),
        "serving": _serving(choose, layout, world, all_may_mail=roads.all_may_mail),
    }


def draw_levels(choose: Choices, rule: str, *, scarce: bool) -> Any:
    """Return the level, or the two levels, of one part."""
    low = choose.pick((0, -1, 1) if scarce else (0, 1, -1, 2, 3))
    return {
        "reorder-point": [low, choose.pick((1, 2) if scarce else (1, 2, 5))],
        "min-max": [low, low + choose.pick((1, 2) if scarce else (1, 2, 4))],
    }.get(rule, choose.pick((1, 0, 2) if scarce else (0, 1, 2, 3, 6)))


def _way(roads: Roads, origin: str, destination: str, field: str, end: str = "") -> Any:
    by = roads.named.get((origin, destination))
    node = end or origin
    return {field: node, "by": by} if by else node


def _rule(choose: Choices, times: Times, parts: list[str], *, layout: Layout, node: str, sized: bool) -> dict[str, Any]:
    whole = node in layout.plants
    name = choose.pick(RULES)
    named = parts if whole else choose.some(parts, least=int(choose.chance(90)))
    ladder, rush = layout.theme == "ladder", layout.theme == "rush"
    scarce = ladder or (rush and node in layout.warehouses)
    if rush and node in layout.shops:
        named = parts
    rule: dict[str, Any] = {
        "rule": name,
        "levels": {part: draw_levels(choose, name, scarce=scarce) for part in named},
    }
    if name == "order-up-to" or choose.chance(75 if ladder or rush else 30):
        rule["review"] = "daily 06:00" if (ladder or rush) and choose.chance(75) else times.schedule()
    if sized and choose.chance(25):
        rule["target"] = choose.pick(("60 %", "95 %"))
        if not whole:
            rule["levels"] = {part: level for part, level in rule["levels"].items() if choose.chance(30)}
        rule["lot"] = choose.pick((1, 3))
    rule["count_cores"] = choose.pick(("yes", "yield", "no"))
    rule["priority"] = choose.pick((0, 0, 0, 0, 1) if rush else (0, 0, 1, 2))
    opening = choose.some(list(rule["levels"])) if choose.chance(20 if scarce else 40) else []
    if opening:
        rule["opening"] = {part: choose.pick((0, 1, 3, 8)) for part in opening}
    return rule


def _ladder(choose: Choices, layout: Layout, roads: Roads, name: str) -> dict[str, Any] | None:
    rungs: list[Any] = []
    if any(pair[1] == name for pair in roads.lateral):
        keep = choose.pick((0, None, 1))
        rungs.append({"lateral": {} if keep is None else {"keep": keep}})
    givers = sorted(pair[0] for pair in roads.taxi if pair[1] == name)
    if givers:
        parent: dict[str, Any] = {"mode": "taxi", "keep": choose.pick((0, 0, 1))}
        if choose.chance(25):
            parent["node"] = choose.pick(givers)
        rungs.append({"parent": parent})
    if any(source not in layout.makers for source in layout.sources[name]) and choose.chance(20):
        rungs.append({"parent": {}})
    ladder = layout.theme == "ladder"
    if not rungs or choose.chance(0 if ladder else 10):
        return None
    rungs = choose.shuffled(rungs)
    if choose.chance(90 if ladder else 60):
        rungs.insert(0 if ladder and choose.chance(70) else choose.whole(0, len(rungs)), "home")
    return {"rungs": rungs, "retry": choose.chance(90 if ladder else 60)}


def _serving(choose: Choices, layout: Layout, world: dict[str, Any], *, all_may_mail: bool) -> dict[str, Any]:
    swaps = any("unit" in product for product in world.get("products", {}).values())
    channels = []
    if layout.shops:
        channels = choose.some(["walk-in", *(["swap"] if swaps else [])], least=0 if all_may_mail else 1)
    if layout.mail and (not channels or choose.chance(90)):
        channels.append("mail-in")
    serving: dict[str, Any] = {
        "channels": channels,
        "choose": choose.pick(("nearest", "gravity")),
        "swap_check": choose.chance(50),
    }
    if layout.mail:
        serving["mail_in"] = layout.mail
    if layout.shops and choose.chance(25):
        serving["max_travel"] = choose.pick(("300 km", "2000 km"))
    beyond = ["lost", *(["walk-in"] if layout.shops else []), *(["mail-in"] if layout.mail else [])]
    serving["beyond"] = choose.pick([*beyond, *(["swap"] if swaps and layout.shops else [])])
    return serving
