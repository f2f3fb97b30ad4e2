"""The two-echelon repair network in SupplyNetPy, a library of supply chains on SimPy, where it is installed.

Its nodes buy from nodes and know no repair. The depot is a site that orders one for one from a supplier without limit;
each order travels for an exponential time of its own with a mean of 6 days. That is the repair of a bench without
limit, seen from the depot's shelf (Sherbrooke's METRIC), and so the fill of the outlets is the same number. Customers
wait for ever. What has no place in it: the failed unit itself and its way back, benches and work, and a row for each
order: it counts by node, with logging switched off.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import random
import warnings
from collections.abc import Sequence
from typing import Any

__all__ = ["is_installed", "run", "version"]

_ROOM = 10**6  # shelves without limit


def is_installed() -> bool:
    """Return whether SupplyNetPy can be imported."""
    return importlib.util.find_spec("SupplyNetPy") is not None


def version() -> str:
    """Return the version of SupplyNetPy."""
    return importlib.metadata.version("supplynetpy")


def run(outlets: int, *, depot_stock: int, days: int, spans: Sequence[int], seed: int) -> tuple[int, list[float]]:
    """Return the number of orders in *days*, and the share of those served at once between the days in *spans*."""
    scm: Any = importlib.import_module("SupplyNetPy.Components")
    dice = random.Random(f"SupplyNetPy {seed}")  # not the draws of the plain programs
    one_for_one = {"replenishment_policy": scm.SSReplenishment, "logging": False, "product_sell_price": 1}
    nodes = [
        {"ID": "maker", "name": "maker", "node_type": "infinite_supplier", "logging": False},
        {
            "ID": "depot", "name": "depot", "node_type": "distributor", "capacity": _ROOM, "initial_level": depot_stock,
            "inventory_holding_cost": 0.0, "product_buy_price": 1,
            "policy_param": {"s": depot_stock - 1, "S": depot_stock}, **one_for_one,
        },
    ]  # fmt: skip
    links = [
        {
            "ID": "repair", "source": "maker", "sink": "depot", "cost": 0, "lead_time": lambda: dice.expovariate(1 / 6),
        }
    ]  # fmt: skip
    demands = []
    for number in range(outlets):
        name = f"outlet{number}"
        nodes.append(
            {
                "ID": name, "name": name, "node_type": "retailer", "capacity": _ROOM, "initial_level": 1,
                "inventory_holding_cost": 0.0, "product_buy_price": 1, "policy_param": {"s": 0, "S": 1}, **one_for_one,
            }
        )  # fmt: skip
        links.append({"ID": f"way{number}", "source": "depot", "sink": name, "cost": 0, "lead_time": lambda: 3})
        demands.append(
            {
                "ID": f"customers{number}", "name": f"customers{number}", "demand_node": name,
                "order_arrival_model": lambda: dice.expovariate(0.2), "order_quantity_model": lambda: 1,
                "tolerance": float("inf"), "logging": False,
            }
        )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = scm.create_sc_net(nodes=nodes, links=links, demands=demands)
        count, fills = 0, []
        for stop in (*spans, days):
            scm.simulate_sc_net(net, sim_time=stop, logging=False)
            shops = [net["nodes"][f"outlet{number}"].stats for number in range(outlets)]
            asked = sum(shop.demand_received[0] for shop in shops)
            fills.append(1 - sum(shop.waited[0] for shop in shops) / max(asked, 1))
            count += asked
            scm.reset_stats(net)
    return count, fills[1:-1]  # neither the warm-up nor the end
