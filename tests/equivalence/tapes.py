"""Random tapes and plans: sampled ones by a seed, scripted ones with marks at the very ends, and levels by date."""

from __future__ import annotations

from typing import Any

from netsim.tape.purposes import Purpose
from tests.equivalence.choices import Choices
from tests.equivalence.timing import Times

__all__ = ["EXTREMES", "draw_plan", "draw_tape"]

EXTREMES = (0, 2**32 - 1, 1, 2**31, 2**32 - 2, 2**30)
_OF_CLAIMS = (
    Purpose.REMOTE, Purpose.CHANNEL, Purpose.NO_FAULT, Purpose.QUOTE_ACCEPT, Purpose.VISIT, Purpose.DIAGNOSIS,
    Purpose.REPAIR, Purpose.TEST, Purpose.CONTENT_TIME, Purpose.UP_TIME,
)  # fmt: skip
_OF_CORES = (Purpose.CORE_KEPT, Purpose.BER, Purpose.FACTORY_WORK, Purpose.YIELD)
_OF_LANES = (Purpose.TRANSIT, Purpose.CLEARANCE, Purpose.HOLD, Purpose.HOLD_TIME, Purpose.LOSS)


def draw_tape(choose: Choices, times: Times, tree: dict[str, Any], *, claims: int, horizon: int) -> dict[str, Any]:
    """Return a tape for a scenario: half of them sampled, half told claim by claim."""
    if choose.chance(50):
        return {"seed": choose.whole(0, 2**31)}
    dice = choose.fork()
    world, nodes = tree["world"], tree["network"]["nodes"]
    modes = sorted(
        {f"{name}/{mode}" for name, product in world.get("products", {}).items() for mode in product["modes"]}
    )
    modes += sorted({f"base/{part}" for zone in world["zones"].values() for part in zone.get("failures", {})})
    zones, fleets = list(world["zones"]), list(world.get("fleets", {}))
    spread = dice.pick(("ticks", "ticks", "one second", "any", "few"))
    moments = [_moment(dice, times, horizon) for _ in range(3)]

    def moment() -> int:
        if spread == "one second":
            return moments[0]
        if spread == "few":
            return dice.pick(moments)
        return dice.whole(0, horizon - 1) if spread == "any" else _moment(dice, times, horizon)

    told = [
        [moment(), dice.pick(zones), dice.pick(modes), int(dice.chance(75))]
        for _ in range(dice.whole(0 if fleets else 1, min(2 * claims, 60)))
        if modes
    ]
    told.sort()
    tests = [node["bench"].get("test_pass", "100 %") for node in nodes.values() if "bench" in node]
    fails_for_ever = any(each != "100 %" for each in tests)
    default = dice.pick((2**31, 0, 2**30, 1, 2**32 - 1))
    if fails_for_ever and default > 2**31:
        default = 2**31  # a device that never passes its test is repaired until the end of days
    if fleets:
        default = max(default, 2**30)  # a unit that fails in the second of its return fails for ever
    marks = _marks(dice, tree, [*zones, *fleets], claims=len(told), moments=moments) if dice.chance(85) else []
    return {"claims": told, "marks": marks, "default": default}


def draw_plan(choose: Choices, times: Times, tree: dict[str, Any], *, horizon: int) -> list[list[Any]] | None:
    """Return levels by date, or None: those given, or sized from targets."""
    rules = tree["policies"]["stock"]
    if choose.chance(30) and not any("target" in rule for rule in rules.values()):
        return None
    if choose.chance(15):
        return None
    dice = choose.fork()
    dates = [0, *(_moment(dice, times, horizon) for _ in range(dice.whole(0, 4)))]
    parts = list(tree["world"]["parts"])
    rows = {}
    for _ in range(dice.whole(1, 14)):
        key = (dice.pick(dates), dice.pick(sorted(tree["policies"]["supply"])), dice.pick(parts))
        rows[key] = [*key, dice.pick((0, 1, -1, 2, 4)), dice.pick((1, 2, 3, 6))]
    return list(rows.values())


def _moment(dice: Choices, times: Times, horizon: int) -> int:
    most = max((horizon - 1) // times.tick, 0)
    return min(dice.whole(0, min(most, 60)) * times.tick, horizon - 1)


def _marks(
    dice: Choices, tree: dict[str, Any], customers: list[str], *, claims: int, moments: list[int]
) -> list[list[Any]]:
    """Return [stream, number, purpose, line, attempt, mark]: mostly at the ends of the range, many of them equal."""
    found: dict[tuple[Any, ...], int] = {}
    favourite = dice.pick(EXTREMES)

    def mark() -> int:
        if dice.chance(25):
            return dice.whole(0, 2**32 - 1)
        return favourite if dice.chance(40) else dice.pick(EXTREMES)

    each = claims // max(len(customers), 1) + 4
    for customer in customers:
        for number in range(min(each, 25)):
            for purpose in dice.some(_OF_CLAIMS, most=5):
                found[customer, number, int(purpose), 0, 0] = mark()
            for _ in range(dice.whole(0, 3)):
                word = dice.whole(0, 1) * 256 + dice.whole(0, 1)
                found[customer, number, int(dice.pick(_OF_CORES)), word, 0] = mark()
            if dice.chance(20):
                for attempt in range(dice.whole(1, 3)):  # a repair that fails its test time and again
                    found[customer, number, int(Purpose.TEST), 0, attempt] = 2**32 - 1
    numbers = [*range(min(each, 12)), *moments]
    nodes, lanes = tree["network"]["nodes"], tree["network"]["lanes"]
    for lane in lanes:
        for _ in range(dice.whole(0, 6)):
            attempt = dice.pick((0, 0, 1))
            found[lane, dice.pick(numbers), int(dice.pick(_OF_LANES)), 0, attempt] = mark()
    for node in nodes:
        for number in moments:
            found[node, number, int(Purpose.TIE), 0, 0] = mark()
        for _ in range(dice.whole(0, 4)):
            found[node, dice.pick(numbers), int(Purpose.OUTLET), 0, 0] = mark()
        for source in tree["policies"]["supply"].get(node, ()):
            seller = source if isinstance(source, str) else source["from"]
            for _ in range(dice.whole(0, 3)):
                found[f"lead/{seller}/{node}", dice.pick(numbers), int(Purpose.LEAD), 0, dice.pick((0, 1))] = mark()
    return [[*address, mark] for address, mark in found.items()]
