"""Where a user's own rules, node processes and KPIs are found by name."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from netsim.errors import ModelError

__all__ = [
    "KpiEntry",
    "find_kpis",
    "find_policy",
    "find_process",
    "is_code_name",
    "kpi",
    "load_code",
    "policy",
    "process",
]

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class KpiEntry:
    """A KPI that a user wrote: its name, unit, which way is better, and the function of the records."""

    name: str
    unit: str
    better: str
    function: Callable[..., Any]


_policies: dict[tuple[str, str], Callable[..., Any]] = {}
_processes: dict[str, Callable[..., Any]] = {}
_kpis: dict[str, KpiEntry] = {}


def policy(slot: str, name: str) -> Callable[[F], F]:
    """Return a decorator that registers a decision rule as *name* in the policy slot *slot* (such as ``shortage``)."""

    def register(function: F) -> F:
        _policies[slot, name] = function
        return function

    return register


def process(name: str) -> Callable[[F], F]:
    """Return a decorator that registers a generator ``(order, node, sim)`` as the process of node kind *name*."""

    def register(function: F) -> F:
        _processes[name] = function
        return function

    return register


def kpi(name: str, *, unit: str = "", better: str = "") -> Callable[[F], F]:
    """Return a decorator that registers a function of the records as KPI *name*.

    *better* is ``lower``, ``higher`` or empty. Raise `ModelError` for another word.
    """
    if better not in ("", "lower", "higher"):
        raise ModelError(f'better="{better}" of KPI {name}: write "lower", "higher" or leave it out')

    def register(function: F) -> F:
        _kpis[name] = KpiEntry(name, unit, better, function)
        return function

    return register


def is_code_name(text: str) -> bool:
    """Return whether *text* names Python code, as in ``mypackage.rules:by_contract``."""
    module, colon, function = text.partition(":")
    return bool(colon) and function.isidentifier() and all(part.isidentifier() for part in module.split("."))


def load_code(name: str) -> Callable[..., Any]:
    """Return the function that ``module:function`` names, importing the module.

    Raise `ModelError` if the module cannot be imported or has no such function.
    """
    module_name, _, function_name = name.partition(":")
    try:
        found: Callable[..., Any] = getattr(importlib.import_module(module_name), function_name)
    except (ImportError, AttributeError) as error:
        raise ModelError(f"cannot load {name}: {error}; put its folder on PYTHONPATH or correct the name") from error
    return found


def find_policy(slot: str, name: str) -> Callable[..., Any] | None:
    """Return the rule registered as *name* in *slot*, or the code that *name* names, or None."""
    return load_code(name) if is_code_name(name) else _policies.get((slot, name))


def find_process(name: str) -> Callable[..., Any] | None:
    """Return the node process registered as *name*, or the code that *name* names, or None."""
    return load_code(name) if is_code_name(name) else _processes.get(name)


def find_kpis() -> dict[str, KpiEntry]:
    """Return the user's KPIs by name."""
    return dict(_kpis)
