"""Random layouts: which nodes there are, who supplies whom, where cores go, to whom customers mail."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.equivalence.choices import Choices
from tests.equivalence.timing import Times

__all__ = ["PORT", "THEMES", "Layout", "draw_layout", "draw_nodes"]

PORT = "port"
"""A warehouse that keeps no stock: goods change lanes there."""


@dataclass
class Layout:
    """Names by kind, from the customers upwards, and the relations between them."""

    shops: list[str]
    warehouses: list[str]
    plants: list[str]
    makers: list[str]
    sources: dict[str, list[str]] = field(default_factory=dict)
    returns: dict[str, str] = field(default_factory=dict)
    mail: str | None = None
    theme: str = "any"

    @property
    def serving(self) -> list[str]:
        """Return the nodes that serve customers."""
        return list(dict.fromkeys([*self.shops, *([self.mail] if self.mail else [])]))

    @property
    def stocking(self) -> list[str]:
        """Return the nodes that ask others for parts."""
        return list(self.sources)


THEMES = ("any", "ladder", "rush", "loop", "any")
"""What a network is about.

*ladder* has lines that wait and neighbours who may help, *loop* factories that repair, *rush* nodes that ask one
warehouse for the same few parts in the same second.
"""


def draw_layout(choose: Choices, theme: str) -> Layout:
    """Return a layout in which every stock ends at a supplier and every way back at a factory or supplier."""
    ladder, loop, rush = theme == "ladder", theme == "loop", theme == "rush"
    shops = [f"shop{i}" for i in range(choose.whole(3 if rush else 1 + ladder, 4))]
    layout = Layout(
        shops=shops,
        warehouses=choose.some(("dc", "hub"), least=int(ladder or rush)),
        plants=choose.some(("plant", "works"), least=int(loop or choose.chance(50)), most=1 + choose.whole(0, 1)),
        makers=["maker", "other"][: choose.pick((1, 1, 2))],
        theme=theme,
    )
    if choose.chance(10 if ladder else 35):
        above = [*layout.warehouses, *layout.plants]
        layout.mail = choose.pick([*above, shops[0]])
        if layout.mail != shops[0] and choose.chance(15):
            layout.shops = shops = []
    keep = [plant for plant in layout.plants if choose.chance(30) or plant == layout.mail]
    for plant in keep:
        layout.sources[plant] = [choose.pick(layout.makers)]
    higher = [*keep, *layout.makers]
    for name in reversed(layout.warehouses):
        layout.sources[name] = _sources(choose, higher)
        higher = [name, *higher]
    for i, name in enumerate(shops):
        others = shops[:i] if choose.chance(10) else []
        layout.sources[name] = _sources(choose, [*others, *higher], usual={"ladder": 50, "rush": 95}.get(theme, 70))
    _draw_returns(choose, layout)
    return layout


def _sources(choose: Choices, higher: list[str], *, usual: int = 70) -> list[str]:
    first = higher[0] if choose.chance(usual) else choose.pick(higher)
    rest = [name for name in higher if name != first]
    return [first, *(choose.shuffled(rest)[: choose.whole(1, 2)] if rest and choose.chance(30) else [])]


def _draw_returns(choose: Choices, layout: Layout) -> None:
    """Send the cores of every node upwards: factories are the likeliest end."""
    ends = [*layout.plants * 3, *(layout.makers if layout.theme != "loop" else [])]
    for name in reversed(layout.warehouses):
        layout.returns[name] = choose.pick(ends)
    for i, name in enumerate(layout.shops):
        onward = [*layout.warehouses, *ends, *(layout.shops[:i] if choose.chance(10) else [])]
        layout.returns[name] = choose.pick(onward)
    holders = [name for name in layout.sources if name not in layout.plants]
    for plant in layout.plants:
        if holders and choose.chance(80):
            others = [other for other in layout.plants if other > plant and other in layout.sources]
            layout.returns[plant] = choose.pick([*holders, *holders, *others])


def draw_nodes(choose: Choices, times: Times, layout: Layout, world: dict[str, Any]) -> dict[str, Any]:
    """Return the nodes of a layout, with benches, shifts and dates of opening."""
    nodes: dict[str, Any] = {}
    homes = [zone["country"] for zone in (*world["zones"].values(), *world.get("fleets", {}).values())]
    countries = list(world["countries"])
    for i, name in enumerate(layout.shops):
        nodes[name] = _node(choose, times, "outlet", country=choose.pick(homes), share=60)
        nodes[name]["at"] = [choose.pick((0, i, 3 * i)), choose.pick((0, 0, 1, 30))]
        if choose.chance(15) and not any(name in sources for sources in layout.sources.values()):
            # The scenario's first day is put in later: this is so many days after it.
            nodes[name]["opens"] = choose.pick((1, 3, 10, 40))
    for name in layout.warehouses:
        share = 70 if name == layout.mail else 10
        nodes[name] = _node(choose, times, "warehouse", country=choose.pick(countries), share=share)
    for name in layout.plants:
        nodes[name] = _node(choose, times, "factory", country=choose.pick(countries), share=80)
    for name in layout.makers:
        nodes[name] = {"kind": "supplier", "country": choose.pick(countries), "lead": times.spread(8)}
        if choose.chance(15):
            nodes[name]["shift"] = times.shift()
    return nodes


def _node(choose: Choices, times: Times, kind: str, *, country: str, share: int) -> dict[str, Any]:
    node: dict[str, Any] = {"kind": kind, "at": [choose.whole(0, 9), 5], "country": country}
    if choose.chance(share):
        node["bench"] = {
            "technicians": choose.pick((1, 1, 2, "unlimited")),
            "diagnosis": times.spread(2),
            "work": times.spread(3),
            "handover": times.spread(1),
            "test_pass": choose.pick(("100 %", "60 %")),
            "good": choose.pick(("100 %", "60 %", "90 %", "0 %")),
        }
    if choose.chance(45):
        node["shift"] = times.shift()
        if choose.chance(25):
            node["receives"] = "always"
    return node
