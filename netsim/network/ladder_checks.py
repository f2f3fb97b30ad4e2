"""Checks of the shortage ladder: whether anybody could ever give what a rung asks for."""

from __future__ import annotations

from netsim.network.findings import Case, Findings
from netsim.network.flows import lateral_givers, parent_givers
from netsim.network.routing import rungs_of
from netsim.spec.faults import origin_of
from netsim.spec.policies import Rung, Shortage
from netsim.spec.reading import Path

__all__ = ["shortage_rungs"]


def shortage_rungs(case: Case) -> Findings:
    """Yield rungs that no node under their key can ever use, as nobody stands ready to give.

    Ladders that come from one line of the file and say the same belong to one key. Where one of its nodes has a giver,
    the others may go without: an outlet far from all others is no mistake. Only nodes that serve customers climb.
    """
    together: dict[tuple[str, int, int, Rung], list[str]] = {}
    for name in case.flows.serving:
        if name not in case.scenario.policies.shortage or not case.flows.stocked.get(name):
            continue
        file, line, _ = origin_of(("policies", "shortage", name), case.scenario.lines)
        for i, rung in enumerate(rungs_of(case.scenario, name)):
            if not isinstance(rung, str):
                together.setdefault((file, line, i, rung), []).append(name)
    for (_, _, i, rung), names in together.items():
        if not any(_has_giver(case, name, rung) for name in names):
            yield case.fault(_path(case, names[0], i), *_words(case, names, rung))


def _has_giver(case: Case, name: str, rung: Rung) -> bool:
    if rung.lateral is not None:
        return bool(lateral_givers(case.flows, name, rung.lateral, router=case.router))
    return rung.parent is not None and bool(parent_givers(case.flows, name, rung.parent, router=case.router))


def _path(case: Case, name: str, i: int) -> Path:
    ladder = case.scenario.policies.shortage[name]
    return ("policies", "shortage", name, *(("rungs",) if isinstance(ladder, Shortage) else ()), i)


def _words(case: Case, names: list[str], rung: Rung) -> tuple[str, str]:
    """Return what is wrong with a rung without givers, and what to do."""
    shown = f"`{names[0]}`" if len(names) == 1 else f"any of the {len(names)} nodes of this key, such as `{names[0]}`"
    if rung.lateral is not None:
        by = f" by `{rung.lateral.mode}`" if rung.lateral.mode else ""
        lane = f"outlets <-> outlets within 300 km / {rung.lateral.mode or 'lateral'}"
        return f"no neighbour can send parts to {shown}{by}", f"add lanes such as `{lane}`, or drop the rung"
    assert rung.parent is not None
    node, mode = rung.parent.node, rung.parent.mode
    by = f" by `{mode}`" if mode else ""
    what = f"{f'`{node}`' if node else 'no node upstream'} {'cannot' if node else 'can'} send parts to {shown}{by}"
    lane = f"{node or (case.flows.sources.get(names[0]) or ('PARENT',))[0]} -> {names[0]} / {mode or 'express'}"
    return what, f"add lanes such as `{lane}` from a node that stocks the parts, or drop the rung"
