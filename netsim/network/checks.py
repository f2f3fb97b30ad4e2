"""Checks before a run: each by name, each fault with what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from netsim.errors import Fault
from netsim.network import flow_checks, ladder_checks, place_checks
from netsim.network.findings import Case, Findings, make_case

if TYPE_CHECKING:
    from netsim.network.graph import Network
    from netsim.spec.scenario import Scenario

__all__ = ["CHECKS", "check", "examine"]

CHECKS: dict[str, Callable[[Case], Findings]] = {
    "names": place_checks.names,
    "parts": place_checks.parts,
    "countries": place_checks.countries,
    "positions": place_checks.positions,
    "capacities": place_checks.capacities,
    "stock rules": place_checks.stock_rules,
    "preferences": place_checks.preferences,
    "customers served": flow_checks.customers_served,
    "ways of supply": flow_checks.ways_of_supply,
    "supply chains": flow_checks.supply_chains,
    "ways back": flow_checks.ways_back,
    "bans": flow_checks.bans,
    "shortage rungs": ladder_checks.shortage_rungs,
    "swap units": flow_checks.swap_units,
    "opening dates": flow_checks.opening_dates,
}
"""All checks by name, in the order in which they are made."""


def check(scenario: Scenario, network: Network) -> list[Fault]:
    """Return every fault of a network, in order of file and line; empty if it can be compiled."""
    return examine(make_case(scenario, network))


def examine(case: Case) -> list[Fault]:
    """Return every fault of a case, in order of file and line."""
    return sorted({fault for look in CHECKS.values() for fault in look(case)})
