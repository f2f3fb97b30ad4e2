"""A planner's own rules: a shortage policy, a node process and a KPI. Shown in docs/guides/extending.md."""

from datetime import timedelta

import numpy as np

import netsim as ns


@ns.policy("shortage", "nearest-holder")
def nearest_holder(line, view):
    """Return the node that can send the part soonest, if it comes by the line's deadline."""
    in_time = [node for node in view.holders(line.part) if view.now + view.lead_time(node, line.node) <= line.deadline]
    return min(in_time, key=lambda node: (view.lead_time(node, line.node), node), default=None)


@ns.process("kiosk")
def kiosk(order, node, sim):
    """Test the device in a kiosk; one in five works again after a reset, the others need a part."""
    yield node.bench.seize(order)
    yield sim.work(node, order.mark("diagnosis"))
    node.bench.release(order)
    return "ready" if order.chance(0, 0.20) else "parts_needed"


@ns.kpi("weekend_share", unit="share")
def weekend_share(records, scenario, windows):
    """Orders created on a Saturday or Sunday (UTC) / orders created."""
    created = records.orders["created"]
    created = created[(created >= windows.begin) & (created < windows.end)]
    weekdays = np.array([(scenario.start + timedelta(days=day)).weekday() for day in range(7)])
    return float(np.mean(weekdays[created // 86_400 % 7] >= 5)) if created.size else None
