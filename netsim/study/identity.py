"""What a run is a function of, as hashes: scenario, design and windows, the world, and the code that decides."""

from __future__ import annotations

import hashlib
import importlib
import json
import sys
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from netsim.spec.settings import changes_world, settings_text, world_text
from netsim.study.windows import Windows

if TYPE_CHECKING:
    from netsim.spec.scenario import Scenario
    from netsim.study.cases import Case

__all__ = ["case_hash", "code_version", "run_hash", "tape_hash", "user_modules", "world_hash"]

_DECIDING = ("spec", "network", "policies", "model", "tape", "plan", "engine", "outcome", "theory")


def run_hash(scenario: Scenario, windows: Windows) -> str:
    """Return the hash under which runs of *scenario*, design included, in these *windows* are kept."""
    text = f"{scenario.hash} {windows.begin} {windows.end} {windows.horizon}"
    return hashlib.sha256(text.encode()).hexdigest()


def case_hash(case: Case, windows: Windows) -> str:
    """Return the hash under which runs of *case* are kept; of a point it names the settings, too."""
    base = run_hash(case.content, windows)
    return _digest(base, settings_text(case.settings)) if case.settings else base


def tape_hash(case: Case) -> str:
    """Return a hash of all that the tapes of *case* are made from: cases of equal ones share them."""
    world = world_hash(case.content)
    is_changed = any(map(changes_world, case.settings))
    return _digest(world, world_text(case.settings)) if is_changed else world


def _digest(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


@lru_cache(maxsize=64)  # by identity: the points of a sweep ask for it of one scenario
def world_hash(scenario: Scenario) -> str:
    """Return a hash of all that the tape is made from: the world, in the order in which it was written, and the start.

    The order counts as claims know their zones by number.
    """
    text = json.dumps(
        {
            "start": scenario.start.isoformat(),
            "currency": scenario.tree.get("currency"),
            "world": scenario.tree["world"],
        }
    )
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=8)
def code_version(modules: tuple[str, ...] = ()) -> str:
    """Return the version of netsim with a hash of the code that decides results, that of the user's *modules* too."""
    import netsim

    root = Path(netsim.__file__).parent
    files = sorted(path for name in _DECIDING for path in (root / name).rglob("*.py"))
    files += sorted(root.glob("*.py"))
    sources = [(path.relative_to(root).as_posix(), path) for path in files]
    for name in modules:
        place = getattr(importlib.import_module(name), "__file__", None)
        if place is not None and Path(place).is_file():
            sources.append((name, Path(place)))
    if (script := _script()) is not None:
        sources.append(("script", script))
    digest = hashlib.sha256()
    for label, path in sources:
        content = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{label}:{len(content)}\n".encode() + content)
    return f"{netsim.__version__}+{digest.hexdigest()[:12]}"


def _script() -> Path | None:
    """Return the script that was started, if KPIs of the user's are in it; a worker runs it under another name."""
    from netsim.registry import find_kpis

    main = {"__main__", "__mp_main__"}
    place = getattr(sys.modules.get("__main__"), "__file__", None)
    if place is None or not any(entry.function.__module__ in main for entry in find_kpis().values()):
        return None
    return Path(place) if Path(place).is_file() else None


def user_modules(scenarios: Iterable[Scenario]) -> tuple[str, ...]:
    """Return the modules of the user's own KPIs, and of the rules and processes that *scenarios* name, by name.

    Worker processes import them, as decorators register in the process that imports the module. The script
    that was started is left out: every worker of ours runs it by itself, under another name.
    """
    from netsim.registry import find_kpis, find_policy, find_process, is_code_name

    found = {entry.function.__module__ for entry in find_kpis().values()}
    for scenario in scenarios:
        ladders = (getattr(ladder, "rungs", ladder) for ladder in scenario.policies.shortage.values())
        asked = [("process", node.process or "") for node in scenario.network.nodes.values()]
        asked += [("shortage", rung) for ladder in ladders for rung in ladder if isinstance(rung, str)]
        asked += [("replenishment", rule.rule) for rule in scenario.policies.stock.values()]
        for slot, name in asked:
            if is_code_name(name):
                found.add(name.partition(":")[0])
            elif name and (function := find_process(name) if slot == "process" else find_policy(slot, name)):
                found.add(function.__module__)
    return tuple(sorted(name for name in found if name not in ("__main__", "__mp_main__")))
