"""netsim: discrete-event simulation of after-sales service networks.

The names below are found when they are first used, so that ``import netsim`` loads nothing heavy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = [
    "ModelError",
    "NetsimError",
    "Plan",
    "Records",
    "Results",
    "Scenario",
    "ScenarioError",
    "Study",
    "Sweep",
    "Tape",
    "advise",
    "build_network",
    "check_balance",
    "compile_model",
    "kpi",
    "load",
    "load_results",
    "make_plan",
    "merge_results",
    "observe",
    "policy",
    "process",
    "replay",
    "run",
    "select_best",
]

if TYPE_CHECKING:
    from netsim.engine.records import Records
    from netsim.engine.simpy_engine import run
    from netsim.errors import ModelError, NetsimError, ScenarioError
    from netsim.model.compile_model import compile_model
    from netsim.network.building import build as build_network
    from netsim.outcome.balance import check_balance
    from netsim.outcome.observe import observe
    from netsim.plan.plan import Plan, make_plan
    from netsim.registry import kpi, policy, process
    from netsim.spec.scenario import Scenario, load
    from netsim.study.advice import advise
    from netsim.study.loading import load_results
    from netsim.study.merge import merge_results
    from netsim.study.replay import replay
    from netsim.study.results import Results
    from netsim.study.selecting import select_best
    from netsim.study.study import Study
    from netsim.study.sweep import Sweep
    from netsim.tape.tape import Tape

_HOMES = {
    "ModelError": "netsim.errors",
    "NetsimError": "netsim.errors",
    "Plan": "netsim.plan.plan",
    "Records": "netsim.engine.records",
    "Results": "netsim.study.results",
    "Scenario": "netsim.spec.scenario",
    "ScenarioError": "netsim.errors",
    "Study": "netsim.study.study",
    "Sweep": "netsim.study.sweep",
    "Tape": "netsim.tape.tape",
    "advise": "netsim.study.advice",
    "build_network": "netsim.network.building:build",
    "check_balance": "netsim.outcome.balance",
    "compile_model": "netsim.model.compile_model",
    "kpi": "netsim.registry",
    "load": "netsim.spec.scenario",
    "load_results": "netsim.study.loading",
    "make_plan": "netsim.plan.plan",
    "merge_results": "netsim.study.merge",
    "observe": "netsim.outcome.observe",
    "policy": "netsim.registry",
    "process": "netsim.registry",
    "replay": "netsim.study.replay",
    "run": "netsim.engine.simpy_engine",
    "select_best": "netsim.study.selecting",
}
"""Where each public name lives: the module, and after a colon its name there if it differs."""


def __getattr__(name: str) -> Any:
    """Return the public name *name*, importing the module that holds it."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'netsim' has no attribute {name!r}")
    module, _, inner = home.partition(":")
    found = getattr(importlib.import_module(module), inner or name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted([*globals(), *__all__])
