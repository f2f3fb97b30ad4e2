"""Checks of what must flow: customers to service, parts to stock, cores to repair."""

from __future__ import annotations

from netsim.errors import Fault, did_you_mean
from netsim.network.findings import Case, Findings
from netsim.network.flows import used_parts
from netsim.network.reach import customers, outlets_in_reach
from netsim.network.routing import Goods
from netsim.spec.reading import Path

__all__ = ["bans", "customers_served", "opening_dates", "supply_chains", "swap_units", "ways_back", "ways_of_supply"]


def customers_served(case: Case) -> Findings:
    """Yield zones and fleets that no channel of the design reaches.

    Customers beyond ``max_travel`` whom the design gives up (``beyond: lost``) are no fault, unless that is everybody.
    """
    serving = case.scenario.policies.serving
    world = case.scenario.world
    counter = bool({"walk-in", "swap"} & set(serving.channels)) or serving.beyond in ("walk-in", "swap")
    reach = outlets_in_reach(case.scenario, case.network, most=1)
    open_to = {
        name: (counter and bool(reach[name])) or case.flows.mail_in[name] is not None
        for name in customers(case.scenario)
    }
    given_up = counter and serving.max_travel is not None and serving.beyond == "lost" and any(open_to.values())
    for name, served in open_to.items():
        if served or given_up:
            continue
        path = ("world", "zones" if name in world.zones else "fleets", name)
        ban = None
        if serving.mail_in in case.flows.nodes:
            ban = case.router.banned_route(name, serving.mail_in or "", goods="devices") or case.router.banned_route(
                serving.mail_in or "", name, goods="devices"
            )
        if ban is not None:
            yield case.fault(
                path,
                f"nobody serves it: {ban[1].why} (world.bans.{ban[0]}) stops its devices",
                "mail to a node in its own country, or open an outlet there",
            )
        elif counter:
            yield case.fault(
                path,
                "no outlet is in reach and no lane takes its devices to a bench and back",
                f"add an outlet, a larger max_travel, or mail-in with a lane `{name} <-> NODE / courier`",
            )
        else:
            yield case.fault(
                path,
                "no lane takes its devices to a node with a bench and back",
                f"add lanes `{name} <-> NODE / courier` that carry devices, or the channel walk-in with an outlet",
            )


def ways_of_supply(case: Case) -> Findings:
    """Yield sources from which no legal lane or chain of lanes brings parts, and nodes that supply themselves."""
    nodes, written = case.flows.nodes, case.scenario.policies.supply
    for name in nodes:
        sources = case.flows.sources.get(name, ())
        for i, source in enumerate(sources):
            path = ("policies", "supply", name) if name in written else ("network", "nodes", name)
            if source not in nodes:
                continue
            if source == name:
                yield case.fault(path, "the node is its own source", "name another node")
            elif source in sources[:i]:
                yield case.fault(path, f"`{source}` is named twice", "name each source once, by one lane")
            elif case.flows.supply_route(source, name, router=case.router) is None:
                by = case.flows.supplied_by.get((source, name))
                if by is not None and (fault := _unusable_lane(case, path, source, name, "parts", by)):
                    yield fault
                    continue
                ban = case.router.banned_route(source, name, goods="parts")
                if ban is not None:
                    yield case.fault(
                        path,
                        f"{ban[1].why} (world.bans.{ban[0]}) stops parts from `{source}`",
                        "choose a source whose parts may cross the border",
                    )
                else:
                    yield case.fault(
                        path,
                        f"no lane brings parts from `{source}`",
                        f"add a lane `{source} -> {name}`, or name another source",
                    )
    if case.flows.cycle:
        circle = " <- ".join((*case.flows.cycle, case.flows.cycle[0]))
        yield case.fault(
            ("policies", "supply", case.flows.cycle[0]),
            f"supply goes round in a circle: {circle}",
            "let one of them ask a supplier or a node upstream; use a lateral rung for mutual help",
        )


def supply_chains(case: Case) -> Findings:
    """Yield stock points that no supplier and no repair loop ever fills."""
    flows, parts = case.flows, case.scenario.world.parts
    if flows.cycle:
        return
    refilled = {target for origin in flows.serving if (target := flows.core_ends.get(origin, ("", ""))[1])}
    every = frozenset(parts)
    repairable = frozenset(part for part in parts if parts[part].repairable)
    known: dict[str, frozenset[str]] = {}

    def fed(name: str) -> frozenset[str]:
        """Return the parts that a supplier or a repair loop brings to a node in the end."""
        if name not in known:
            found = repairable if name in refilled else frozenset[str]()
            for source in flows.sources.get(name, ()):
                if source in flows.nodes and source != name:
                    supplier = flows.nodes[source].kind == "supplier"
                    found |= every if supplier else fed(source) & frozenset(flows.stocked.get(source, ()))
            known[name] = found
        return known[name]

    for name, held in flows.stocked.items():
        dry = [part for part in held if part not in fed(name)]
        if dry:
            listed = ", ".join(f"`{part}`" for part in dry[:5]) + (f" and {len(dry) - 5} more" if len(dry) > 5 else "")
            path = ("policies", "supply", name) if name in case.scenario.policies.supply else ("network", "nodes", name)
            yield case.fault(
                path,
                f"no supplier stands behind {listed}",
                f"write `policies.supply: {{{name}: SOURCE}}` (its chain must end at a supplier), or a way back",
            )


def ways_back(case: Case) -> Findings:
    """Yield nodes whose repairable cores reach neither a factory nor a supplier, or have no legal lane on the way."""
    flows, parts = case.flows, case.scenario.world.parts
    repairable = sorted(part for part in used_parts(case.scenario) if part in parts and parts[part].repairable)
    written = case.scenario.policies.returns
    for name in flows.serving:
        if repairable and name not in flows.core_ends and not _told(case, name):
            listed = ", ".join(f"`{part}`" for part in repairable[:5])
            path = ("policies", "returns", name) if name in written else ("network", "nodes", name)
            yield case.fault(
                path,
                f"cores of {listed} have no way from here to a factory or supplier",
                f"write `policies.returns: {{{name}: FACTORY}}`, or `repairable: false` at the parts",
            )
    for name, target in flows.returns.items():
        if target == name and flows.nodes[name].kind != "factory":
            yield case.fault(
                ("policies", "returns", name),
                "cores stay here, where nothing is repaired",
                "name a factory, or a node on the way",
            )
        if target == name or target not in flows.nodes:
            continue
        if flows.nodes[name].kind == "factory" and flows.nodes[target].kind == "supplier":
            yield case.fault(
                ("policies", "returns", name),
                f"the parts repaired here would go to the supplier `{target}`, which takes none into stock",
                "name a node with stock, or leave it out: they stay here",
            )
        goods = flows.returned_goods(name)
        if flows.return_route(name, router=case.router) is None:
            path = ("policies", "returns", name)
            by = flows.returned_by.get(name)
            if by is not None and (fault := _unusable_lane(case, path, name, target, goods, by)):
                yield fault
                continue
            ban = case.router.banned_route(name, target, goods=goods)
            if ban is not None:
                yield case.fault(
                    path,
                    f"{ban[1].why} (world.bans.{ban[0]}) stops {goods} to `{target}`",
                    "repair or scrap them in the country, or name another node",
                )
            else:
                yield case.fault(
                    path,
                    f"no lane takes {goods} to `{target}`",
                    f"add a lane `{name} -> {target}` that carries {goods}",
                )


def bans(case: Case) -> Findings:
    """Yield lanes on which everything that they carry is banned, and cores that may not go all their way back."""
    for link in case.router.links:
        found = [case.router.ban(link, goods) for goods in link.lane.carries]
        if found and all(found) and found[0] is not None:
            name, ban = found[0]
            yield case.fault(
                ("network", "lanes", link.key),
                f"all that the lane carries is banned by {ban.why} (world.bans.{name})",
                "drop the lane",
            )
    yield from _whole_ways_back(case)


def swap_units(case: Case) -> Findings:
    """Yield a design that swaps where no product has a unit to swap."""
    serving, world = case.scenario.policies.serving, case.scenario.world
    if ("swap" in serving.channels or serving.beyond == "swap") and not any(
        product.unit for product in world.products.values()
    ):
        yield case.fault(
            ("policies", "serving"),
            "the design swaps, and no product names its unit",
            "write `unit: PART` at the products",
        )


def opening_dates(case: Case) -> Findings:
    """Yield nodes that open before any of their sources does."""
    nodes, start = case.flows.nodes, case.scenario.start
    for name, node in nodes.items():
        sources = [nodes[source] for source in case.flows.sources.get(name, ()) if source in nodes]
        first = min((max(source.opens or start, start) for source in sources), default=start)
        if first > max(node.opens or start, start):
            yield case.fault(
                ("network", "nodes", name),
                f"it opens before any of its sources, of which the first opens on {first}",
                "let it open later, or a source earlier",
            )


def _whole_ways_back(case: Case) -> Findings:
    """Yield nodes whose cores may go each step of the way back, but not from here to where they are repaired."""
    flows, router = case.flows, case.router
    parts = case.scenario.world.parts
    if not any(part in parts and parts[part].repairable for part in used_parts(case.scenario)):
        return
    for name in flows.serving:
        repairer = flows.core_ends.get(name, (name, ""))[0]
        ban = router.ban_between(name, repairer, goods="cores")
        at, blocked = name, ban is None or flows.returns.get(name) == repairer
        while at != repairer and not blocked:
            blocked = flows.return_route(at, router=router) is None
            at = flows.returns[at]
        if ban is not None and not blocked:
            yield case.fault(
                ("policies", "returns", name),
                f"{ban[1].why} (world.bans.{ban[0]}) stops cores from here to `{repairer}`, whatever way they go",
                "repair or scrap them in the country, or name another node",
            )


def _unusable_lane(case: Case, path: Path, origin: str, destination: str, goods: Goods, by: str) -> Fault | None:
    """Return what is wrong with a lane that a policy names; None if a ban is all that keeps the goods off it."""
    lanes = case.router.between(origin, destination)
    named = case.router.lanes_named(origin, destination, by=by)
    if any(goods in link.lane.carries for link in named):
        return None
    if named:
        return case.fault(
            path,
            f"the lane `{named[0].key}` does not carry {goods}",
            f"add {goods} to what it `carries`, or name another lane",
        )
    labels = [link.label for link in lanes]
    shown = ", ".join(
        f"`{link.label}`" + ("" if link.lane.mode == link.label else f" (mode {link.lane.mode})") for link in lanes
    )
    listed = f"the lanes `{origin} -> {destination}` are {shown}"
    return case.fault(
        path,
        f"no lane `{origin} -> {destination}` is labelled `{by}`, nor is that the mode of one",
        (f"{hint} " if (hint := did_you_mean(by, labels)) else "") + listed
        if lanes
        else f"no lane joins the two directly: add `{origin} -> {destination} / {by}`, or leave `by` out",
    )


def _told(case: Case, name: str) -> bool:
    """Return whether the way back breaks at a name that another check has told of."""
    at, passed = name, set[str]()
    while at in case.flows.returns and at not in passed:
        passed.add(at)
        at = case.flows.returns[at]
    return at not in case.flows.nodes
