"""Checks of what stands by itself: names, countries, places, capacities, rules."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from netsim.network.findings import Case, Findings
from netsim.network.flows import ways_in
from netsim.network.reach import customers, outlet_names
from netsim.network.routing import rungs_of
from netsim.registry import find_policy, find_process, is_code_name
from netsim.spec.reading import Path
from netsim.spec.ways import way_of

__all__ = ["capacities", "countries", "names", "parts", "positions", "preferences", "stock_rules"]

_RULES = {"base-stock": 1, "reorder-point": 2, "min-max": 2, "order-up-to": 1}
_CHANNELS = ("walk-in", "mail-in", "swap")


def names(case: Case) -> Findings:
    """Yield places that are unknown where lanes or policies name them, and names that mean two places."""
    scenario, known = case.scenario, case.flows.nodes
    here = dict.fromkeys(sorted({*case.network} & {*known, *scenario.world.zones, *scenario.world.fleets}))
    for zone in scenario.world.zones:
        if zone in scenario.network.nodes or zone in scenario.world.fleets:
            yield case.fault(
                ("world", "zones", zone), "the name stands for another place too", "give each place a name of its own"
            )
        if zone not in case.network:
            yield case.fault(
                ("world", "zones", zone),
                "the zone is missing in the edited graph",
                "keep zones and fleets: they belong to the world",
            )
    for fleet in scenario.world.fleets:
        if fleet in scenario.network.nodes:
            yield case.fault(
                ("world", "fleets", fleet), "the name stands for another place too", "give each place a name of its own"
            )
    for link in case.router.links:
        for end in dict.fromkeys((link.origin, link.destination)):
            if end not in here:
                path = ("network", "lanes", _written(case, link.origin, link.destination, link.label))
                yield case.fault(
                    path,
                    f"there is no place `{end}`",
                    case.meant(end, list(here), "add it to network.nodes or drop the lane"),
                )
        if link.origin == link.destination:
            path = ("network", "lanes", _written(case, link.origin, link.destination, link.label))
            yield case.fault(path, "the lane ends where it begins", "drop the lane")
    policies = case.scenario.policies
    ever = dict.fromkeys((*known, *scenario.network.nodes))
    for section in ("stock", "supply", "shortage", "returns"):
        for name in getattr(policies, section):
            if name not in ever:
                yield case.fault(
                    ("policies", section, name),
                    f"there is no node `{name}`",
                    case.meant(name, list(ever), "add it to network.nodes or drop the entry"),
                )
    for name in policies.supply:
        for way in ways_in(policies, name):
            if way.node not in ever:
                yield case.fault(
                    ("policies", "supply", name),
                    f"there is no node `{way.node}`",
                    case.meant(way.node, list(ever), "name a node"),
                )
    for name, back in policies.returns.items():
        target = way_of(back).node
        if target not in known and name in known:
            yield case.fault(
                ("policies", "returns", name),
                f"there is no node `{target}`",
                case.meant(target, list(ever), "name a node"),
            )
    mail_in = policies.serving.mail_in
    if mail_in is not None and mail_in not in known:
        yield case.fault(
            ("policies", "serving", "mail_in"),
            f"there is no node `{mail_in}`",
            case.meant(mail_in, list(ever), "name a node"),
        )
    for name in known:
        for i, rung in enumerate(rungs_of(scenario, name)):
            at: Path = ("policies", "shortage", name, i)
            if isinstance(rung, str):
                if rung != "home" and not _is_known("shortage", rung):
                    yield case.fault(
                        at,
                        f"there is no rung `{rung}`",
                        "write home, {lateral: {}}, {parent: {}} or code `module:function`",
                    )
            elif rung.parent is not None and rung.parent.node is not None and rung.parent.node not in ever:
                yield case.fault(
                    at,
                    f"there is no node `{rung.parent.node}`",
                    case.meant(rung.parent.node, list(ever), "name a node"),
                )


def parts(case: Case) -> Findings:
    """Yield parts that failure modes, units or stock rules name and the world does not have."""
    world = case.scenario.world
    known = list(world.parts)

    def missing(path: Path, part: str) -> Findings:
        if part not in world.parts:
            yield case.fault(path, f"there is no part `{part}`", case.meant(part, known, "add it to world.parts"))

    for name, product in world.products.items():
        for mode, spec in product.modes.items():
            for part, pieces in spec.parts.items():
                path = ("world", "products", name, "modes", mode, "parts", part)
                yield from missing(path, part)
                if pieces < 1:
                    yield case.fault(path, f"{pieces} pieces are no need", "write at least 1, or leave the part out")
        if product.unit is not None:
            yield from missing(("world", "products", name, "unit"), product.unit)
    for name, zone in world.zones.items():
        for part in zone.failures:
            yield from missing(("world", "zones", name, "failures", part), part)
    for name, fleet in world.fleets.items():
        for part, pieces in fleet.parts.items():
            yield from missing(("world", "fleets", name, "parts", part), part)
            if pieces < 1:
                yield case.fault(
                    ("world", "fleets", name, "parts", part),
                    f"{pieces} pieces are no need",
                    "write at least 1, or leave the part out",
                )
    for name, rule in case.scenario.policies.stock.items():
        for section in ("levels", "opening"):
            for part in getattr(rule, section):
                yield from missing(("policies", "stock", name, section, part), part)


def countries(case: Case) -> Findings:
    """Yield places without a country profile, and profiles with an unknown time zone or holiday calendar."""
    world = case.scenario.world
    known = list(world.countries)
    for name, node in case.flows.nodes.items():
        path = ("network", "nodes", name)
        if node.country is None:
            yield case.fault(path, "the node has no country", "write `country:` with a name of world.countries")
        elif node.country not in world.countries:
            yield case.fault(
                (*path, "country"),
                f"there is no country profile `{node.country}`",
                case.meant(node.country, known, "add it to world.countries"),
            )
    for name, customer in customers(case.scenario).items():
        if customer.country not in world.countries:
            section = "zones" if name in world.zones else "fleets"
            yield case.fault(
                ("world", section, name, "country"),
                f"there is no country profile `{customer.country}`",
                case.meant(customer.country, known, "add it to world.countries"),
            )
    for name, country in world.countries.items():
        try:
            ZoneInfo(country.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            yield case.fault(
                ("world", "countries", name, "time_zone"),
                f"there is no time zone `{country.time_zone}`",
                "write an IANA name such as `America/Mexico_City`",
            )
        if country.holidays and not _has_holidays(country.holidays):
            yield case.fault(
                ("world", "countries", name, "holidays"),
                f"there is no holiday calendar `{country.holidays}`",
                "write an ISO country code such as `MX`, with a part such as `US-CA`, or leave it out",
            )
    for name, ban in world.bans.items():
        for end in ("origin", "destination"):
            country_name = getattr(ban, end)
            if country_name != "any" and country_name not in world.countries:
                yield case.fault(
                    ("world", "bans", name, end),
                    f"there is no country profile `{country_name}`",
                    case.meant(country_name, known, "write a country or `any`"),
                )


def positions(case: Case) -> Findings:
    """Yield outlets whose distance from a customer cannot be told, where it decides."""
    counters = outlet_names(case.network)
    serving = case.scenario.policies.serving
    if len(counters) > 1 or serving.max_travel is not None or serving.choose == "gravity":
        for name in counters:
            if case.flows.nodes[name].at is None:
                yield case.fault(
                    ("network", "nodes", name),
                    "customers choose by distance, and the node has no place",
                    "write `at: [latitude, longitude]`",
                )


def capacities(case: Case) -> Findings:
    """Yield benches without technicians or an hour to work in, and suppliers that are asked to do work."""
    for name, node in case.flows.nodes.items():
        path = ("network", "nodes", name)
        if node.bench is not None and node.bench.technicians != "unlimited" and node.bench.technicians < 1:
            yield case.fault(
                (*path, "bench", "technicians"),
                f"{node.bench.technicians} technicians can do no work",
                "write 1 or more, or `unlimited`",
            )
        if node.shift is not None and not node.shift:
            yield case.fault(
                (*path, "shift"), "the node never opens", "write opening hours such as `mon-fri 09:00-18:00`"
            )
        if node.process and not is_code_name(node.process) and find_process(node.process) is None:
            yield case.fault(
                (*path, "process"),
                f"there is no process `{node.process}`",
                "register it with @netsim.process, or write code `module:function`",
            )
        if node.fee and node.operator != "third-party":
            yield case.fault(
                (*path, "fee"),
                "a fee per order is paid to a third party, and the node is run by the brand itself",
                "write `operator: third-party`, or drop the fee",
            )
        if node.kind == "supplier" and node.bench is not None:
            yield case.fault((*path, "bench"), "a supplier has no bench", "make it a factory, or drop the bench")
    for link in case.router.links:
        if not link.lane.carries:
            yield case.fault(
                ("network", "lanes", _written(case, link.origin, link.destination, link.label), "carries"),
                "the lane carries nothing",
                "name parts, cores or devices, or drop the lane",
            )


def stock_rules(case: Case) -> Findings:
    """Yield stock rules that are unknown, or whose levels do not fit them."""
    for name, rule in case.scenario.policies.stock.items():
        path = ("policies", "stock", name)
        if rule.rule not in _RULES and not _is_known("replenishment", rule.rule):
            yield case.fault(
                (*path, "rule"),
                f"there is no rule `{rule.rule}`",
                case.meant(rule.rule, list(_RULES), f"write one of {', '.join(_RULES)}, or code `module:function`"),
            )
        if rule.rule == "order-up-to" and rule.review is None:
            yield case.fault(path, "order-up-to needs times of review", "write `review: mon 06:00`")
        for part, level in rule.levels.items():
            numbers: tuple[int, ...] = level if isinstance(level, tuple) else (level,)
            wanted = _RULES.get(rule.rule, len(numbers))
            at = (*path, "levels", part)
            if len(numbers) != wanted:
                yield case.fault(
                    at,
                    f"{rule.rule} takes {wanted} number{'s' * (wanted > 1)} a part, not {len(numbers)}",
                    "write S, or two numbers such as [s, Q] or [s, S]",
                )
            elif rule.rule == "reorder-point" and (numbers[0] < -1 or numbers[1] < 1):
                yield case.fault(
                    at, f"s = {numbers[0]}, Q = {numbers[1]} orders nothing", "write s of -1 or more and Q of 1 or more"
                )
            elif rule.rule == "min-max" and numbers[0] >= numbers[1]:
                yield case.fault(
                    at, f"s = {numbers[0]} is not below S = {numbers[1]}", "write the smaller number first"
                )
            elif rule.rule in ("base-stock", "order-up-to") and numbers[0] < 0:
                yield case.fault(at, f"a level of {numbers[0]} is below 0", "write 0 or more")
        for part, pieces in rule.opening.items():
            if pieces < 0:
                yield case.fault(
                    (*path, "opening", part), f"an opening stock of {pieces} is below 0", "write 0 or more"
                )
        node = case.flows.nodes.get(name)
        if node is not None and node.kind == "supplier":
            yield case.fault(path, "a supplier keeps no stock of ours", "drop the rule, or make the node a warehouse")


def preferences(case: Case) -> Findings:
    """Yield orders of preference with unknown channels, or whose shares do not add up to all customers."""
    stated = case.scenario.world.preferences
    for order in stated:
        words = [word.strip() for word in order.split(",")]
        for word in words:
            if word not in _CHANNELS:
                yield case.fault(
                    ("world", "preferences", order),
                    f"there is no channel `{word}`",
                    case.meant(word, list(_CHANNELS), f"write {', '.join(_CHANNELS)}"),
                )
        if len(set(words)) < len(words):
            yield case.fault(("world", "preferences", order), "a channel is named twice", "name each channel once")
    total = sum(stated.values())
    if stated and abs(total - 1) > 1e-6:
        yield case.fault(
            ("world", "preferences"), f"the shares add up to {100 * total:.6g} %", "make them add up to 100 %"
        )


def _is_known(slot: str, name: str) -> bool:
    """Return whether a rule is registered, or named as code, which is loaded by who is allowed to."""
    return is_code_name(name) or find_policy(slot, name) is not None


def _has_holidays(code: str) -> bool:
    import holidays

    country, _, part = code.partition("-")
    supported = holidays.list_supported_countries()
    return country in supported and (not part or part in supported[country])


def _written(case: Case, origin: str, destination: str, label: str) -> str:
    """Return the key of a lane as the scenario has it."""
    key = f"{origin} -> {destination} / {label}"
    short = f"{origin} -> {destination}"
    return key if key in case.scenario.network.lanes or short not in case.scenario.network.lanes else short
