"""The catalogue of figures: what each KPI is called, measured in, computed from, and which way is better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["KPIS", "SERIES", "UNITS", "Kpi", "SeriesKind", "describe"]

Better = Literal["lower", "higher", ""]

UNITS = {
    "share": "a number from 0 to 1, printed in per cent",
    "d": "calendar days of 24 hours",
    "h": "hours",
    "orders": "service orders",
    "lines": "part lines of service orders",
    "pieces": "pieces of parts or units",
    "consignments": "consignments, one for each lane",
    "money": "the scenario's base currency",
    "money/order": "base currency per order closed",
    "money/piece": "base currency per piece",
    "1/yr": "times a year",
}
"""Units of the KPIs and what they mean."""


@dataclass(frozen=True, slots=True)
class Kpi:
    """One figure: *formula* in words, *text* what a reader must know to use it."""

    name: str
    unit: str
    better: Better
    label: str
    formula: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class SeriesKind:
    """One series: its period (``day`` or calendar ``month``, 0 the first of the run), unit and label."""

    period: Literal["day", "month"]
    unit: str
    label: str


_TABLE: tuple[tuple[str, str, Better, str, str, str], ...] = (
    # Parts arrival
    ("arrival_rate", "share", "higher", "Parts arrival rate", "lines arrived by their deadline / lines judged",
     ("A line has arrived when all its pieces are at the point of use; its deadline is the request plus the "
      "promised part arrival. A line cancelled by its deadline is left out, one cancelled later is a miss, one "
      "open past its deadline is a miss, one whose deadline lies beyond the run is left out and counted in "
      "undecided_share.")),
    ("par_0", "share", "higher", "Lines served at once",
     "lines reserved in full at the point of use when requested / lines",
     "From the free stock of the node itself; a line sent from elsewhere is a miss however fast."),
    ("par_24h", "share", "higher", "Lines arrived within 24 h", "lines arrived within 24 h / lines judged", ""),
    ("par_72h", "share", "higher", "Lines arrived within 72 h", "lines arrived within 72 h / lines judged", ""),
    ("par_7d", "share", "higher", "Lines arrived within 7 d", "lines arrived within 7 d / lines judged", ""),
    ("par_order", "share", "higher", "Orders with all parts in time",
     "orders all of whose lines met their deadline / orders with lines",
     ("Not bounded by the arrival rate of lines: one order with three late lines and one with one line in time "
      "give 1/2 and 1/4.")),
    ("undecided_share", "share", "lower", "Lines not judged",
     "lines open at the end whose deadline lies beyond it / lines",
     "Above 0 the cool-down is too short for the promise."),
    ("lines", "lines", "", "Part lines requested", "lines of service orders requested in the window", ""),
    ("backorder_wait", "d", "lower", "Wait for a part, all lines", "sum of (arrival - request) / lines",
     "A line that is open at the end, or was cancelled, counts with the time it has waited by then."),
    ("backorder_wait_unfilled", "d", "lower", "Wait for a part, lines not served at once",
     "sum of waits / lines not served at once", ""),
    # Stock
    ("fill_rate", "share", "higher", "Fill rate",
     "pieces given from free stock in the second of the request / pieces requested of the node",
     "Requests are those of lines at the node and of other nodes; suppliers are left out."),
    ("ready_rate", "share", "higher", "Ready rate", "time with free stock above 0 / time, over stock points", ""),
    ("backorders", "pieces", "lower", "Backorders, average", "time average of pieces asked of nodes and not yet given",
     "Sum over nodes: a hub's debt to an outlet and the outlet's to its customers both count."),
    ("backorders_max", "pieces", "lower", "Backorders, peak",
     "highest number of pieces asked of nodes and not yet given", ""),
    ("on_hand", "pieces", "lower", "Good stock on hand", "time average of good pieces at nodes, free or reserved", ""),
    ("in_transit", "pieces", "lower", "Good stock in transit", "time average of good pieces on lanes", ""),
    ("cores_on_hand", "pieces", "lower", "Cores at nodes",
     "time average of defective pieces at nodes, queueing at a factory included", ""),
    ("cores_in_transit", "pieces", "lower", "Cores in transit", "time average of defective pieces on lanes", ""),
    ("in_work", "pieces", "", "Cores on benches", "time average of pieces being repaired", ""),
    ("dead_stock_rate", "share", "lower", "Dead stock rate",
     "value of good stock that is 180 d old, of parts nobody used for 180 d / value of good stock, at the window's end",
     ("Null when the window ends before day 180. The oldest piece at a node leaves first; age starts anew at "
      "each node.")),
    ("parts_shipped", "pieces", "", "Parts shipped", "good pieces sent from nodes to other nodes in the window", ""),
    ("consignments", "consignments", "", "Consignments", "departures on lanes in the window, each leg one", ""),
    ("held_share", "share", "lower", "Consignments held at customs",
     "consignments held / consignments that crossed a border", ""),
    ("border_time", "d", "lower", "Time at the border", "mean of (release - arrival at the border)", ""),
    # Orders
    ("orders_created", "orders", "", "Orders created", "orders created in the window",
     "Orders count by the second they were created, lines by the second they were requested."),
    ("orders_closed", "orders", "", "Orders closed", "orders closed in the window, whenever created", ""),
    ("orders_open", "orders", "lower", "Orders open at the end",
     "orders created in the window and open at the end of the run",
     "With the counts by outcome this adds up to the orders created."),
    ("orders_repaired", "orders", "", "Repaired", "orders created in the window that ended repaired", ""),
    ("orders_replaced", "orders", "", "Replaced by a unit",
     "orders created in the window that ended with another unit", ""),
    ("orders_refunded", "orders", "", "Refunded", "orders created in the window that ended with a refund", ""),
    ("orders_part_sent", "orders", "", "Part sent",
     "orders created in the window that ended with a part sent to the customer", ""),
    ("orders_serviced", "orders", "", "Serviced",
     "orders created in the window that ended with a service without parts", ""),
    ("orders_no_fault", "orders", "", "No fault found", "orders created in the window that ended without a fault", ""),
    ("orders_remote", "orders", "", "Solved remotely",
     "orders created in the window that were solved before anyone moved", ""),
    ("orders_rejected_quote", "orders", "", "Quote rejected",
     "orders created in the window whose customer declined a paid repair", ""),
    ("orders_cancelled", "orders", "lower", "Cancelled", "orders created in the window that were cancelled", ""),
    ("orders_uncovered", "orders", "lower", "Uncovered", "orders created in the window that no node could serve", ""),
    ("no_fault_rate", "share", "", "No-fault rate", "orders that ended without a fault / orders created", ""),
    ("remote_rate", "share", "higher", "Remote rate", "orders solved remotely / orders created", ""),
    ("uncovered_rate", "share", "lower", "Uncovered rate", "orders that no node could serve / orders created", ""),
    ("cancel_rate", "share", "lower", "Cancel rate", "orders cancelled / orders created", ""),
    ("replace_rate", "share", "", "Replacement rate", "orders that ended with another unit / orders created", ""),
    ("refund_rate", "share", "lower", "Refund rate", "orders that ended with a refund / orders created", ""),
    ("reject_rate", "share", "lower", "Rejected-quote rate", "orders whose quote was declined / orders created", ""),
    ("lost_rate", "share", "lower", "Devices lost", "consignments of customers' devices lost / such consignments", ""),
    ("first_pass_yield", "share", "higher", "First-pass yield",
     "repaired orders whose first repair passed its test / repaired orders", ""),
    ("backlog", "orders", "lower", "Backlog",
     "time average of orders between handing over and closing", "Little's law: arrival rate times mean turnaround."),
    ("backlog_max", "orders", "lower", "Backlog, peak", "most orders between handing over and closing at once", ""),
    # Turnaround
    ("tat_mean", "d", "lower", "Turnaround, mean", "Kaplan-Meier mean of (closed - handed over)",
     ("Calendar time. Walk-in from reception, mail-in from the courier's pick-up, swap from request at the "
      "counter. Orders open at the end and cancelled ones are censored, not dropped. Null where the longest "
      "turnaround is a censored one: see tat_restricted. Orders solved remotely or not covered have no "
      "turnaround.")),
    ("tat_restricted", "d", "lower", "Turnaround, restricted mean",
     "area under the survival curve up to the longest turnaround seen",
     "Equals tat_mean where that is known, else a lower bound."),
    ("tat_p50", "d", "lower", "Turnaround, median",
     "least time by which half of the orders are closed (Kaplan-Meier)", ""),
    ("tat_p90", "d", "lower", "Turnaround, 90th percentile",
     "least time by which 90 % of the orders are closed (Kaplan-Meier)",
     "Null where more than 10 % are still open at the longest turnaround seen."),
    ("tat_p95", "d", "lower", "Turnaround, 95th percentile",
     "least time by which 95 % of the orders are closed (Kaplan-Meier)", ""),
    ("tat_business", "d", "lower", "Turnaround in opening hours",
     "mean of open time at the serving bench between handing over and closing",
     "Closed orders only; days are of 24 open hours. Nodes without a bench or always open count calendar time."),
    ("tat_call", "d", "lower", "Turnaround: call", "mean time before anyone acts, of closed orders",
     "The nine components add up to the mean turnaround of closed orders."),
    ("tat_queue", "d", "lower", "Turnaround: queue",
     "mean time waiting for a technician in opening hours, of closed orders", ""),
    ("tat_diagnosis", "d", "lower", "Turnaround: diagnosis",
     "mean time in diagnosis in opening hours, of closed orders", ""),
    ("tat_quote", "d", "lower", "Turnaround: quote",
     "mean time waiting for the customer's answer, of closed orders", ""),
    ("tat_parts", "d", "lower", "Turnaround: parts", "mean time waiting for parts, of closed orders", ""),
    ("tat_repair", "d", "lower", "Turnaround: repair",
     "mean time in repair or handover in opening hours, of closed orders", ""),
    ("tat_transport", "d", "lower", "Turnaround: transport",
     "mean time of the device under way, customs apart, of closed orders", ""),
    ("tat_customs", "d", "lower", "Turnaround: customs", "mean time of the device in customs, of closed orders", ""),
    ("tat_shut", "d", "lower", "Turnaround: shut",
     "mean time in queue, diagnosis or repair while the bench is shut, of closed orders", ""),
    ("censored_share", "share", "lower", "Turnarounds censored",
     "turnarounds whose end was not seen / turnarounds", ""),
    ("custody", "d", "lower", "Device out of hands",
     "mean turnaround of closed walk-in and mail-in orders", "A swap hands out another unit at once."),
    ("same_day", "share", "higher", "Closed on the day of reception",
     "orders closed on the local date of reception / orders received",
     ("Local date of the serving node's country, daylight saving included; open orders are misses once that date "
      "has passed.")),
    ("on_time", "share", "higher", "Turnaround in time", "turnarounds within the promise / turnarounds judged",
     "Open or cancelled past the promise is a miss; open or cancelled before it is left out."),
    # Capacity
    ("utilisation", "share", "", "Utilisation", "busy time of technicians / their opening hours",
     "Benches with a limited number of technicians; for a shared bench, the paid share of its hours."),
    ("busy_hours", "h", "", "Busy hours", "work done in opening hours", ""),
    ("factory_load", "share", "", "Factory load", "work that reached factories / their capacity in opening hours",
     ("Cores received, less those beyond repair, at the mean content of the factory's jobs, plus orders' work; "
      "above 1 the queue grows.")),
    ("repair_yield", "share", "higher", "Repair yield", "good pieces / pieces finished, good or scrapped", ""),
    ("beyond_repair_rate", "share", "lower", "Beyond repair",
     "cores screened out / cores screened out, repaired or scrapped", ""),
    ("core_return_rate", "share", "higher", "Core return rate",
     "cores back within 60 d of removal / repairable parts removed",
     ("Back means received by the next node. Cores of one part at one node leave in the order they came; those "
      "whose 60 d are not over at the end are left out unless they are back.")),
    # Money
    ("net_cost", "money", "lower", "Net cost",
     "cost + capital charge + VAT financing + stock left not salvaged - revenue", "The figure to minimise."),
    ("cost", "money", "lower", "Cost", "sum of the six cost categories in the window",
     ("Service, parts, logistics, contact, outlet, compensation; inbound freight, duty and unrecoverable VAT "
      "count when they arise.")),
    ("fixed_cost", "money", "lower", "Fixed cost",
     "rent, storage and fixed fees + set-up written off + wages of rostered technicians, in the window",
     ("The part of cost that does not depend on volume. Rosters, of factories too, are paid idle or not; crews paid by "
      "work done, jobs and fees per order are not in it.")),
    ("cost_per_order", "money/order", "lower", "Cost per order",
     "cost / orders closed in the window", "By channel: only what can be traced to an order."),
    ("revenue", "money", "higher", "Revenue", "paid repairs and other income in the window", ""),
    ("landed_cost", "money/piece", "lower", "Landed cost",
     "(goods + freight + insurance + duty + unrecoverable VAT + other tax + brokerage) / pieces", ""),
    ("cash_tied", "money", "lower", "Cash tied, average",
     "time average of stock + VAT receivable + deposits", "Stock at cost, on hand and under way."),
    ("cash_tied_peak", "money", "lower", "Cash tied, peak",
     "highest value of stock + VAT receivable + deposits in the window", ""),
    ("turns", "1/yr", "higher", "Stock turns",
     "parts used in a year at standard cost / average value of good stock outside suppliers",
     "Scrap, transfers and write-offs are no use."),
    ("days_of_supply", "d", "lower", "Days of supply", "365 / turns", ""),
    ("stock_value", "money", "lower", "Stock value",
     "time average of good stock at standard cost, outside suppliers", ""),
    ("stock_left", "money", "", "Stock left", "stock at standard cost at the window's end", ""),
    ("write_down", "money", "lower", "Stock not salvaged", "(1 - salvage share) x stock left", ""),
    ("capital_charge", "money", "lower", "Capital charge",
     "capital rate x average stock at standard cost x length of the window", "Below the line."),
    ("vat_financing", "money", "lower", "VAT financing",
     "capital rate x average VAT not yet returned x length of the window", "Below the line."),
    ("late_compensation", "money", "lower", "Late compensation",
     "compensation for orders later than the promised turnaround", ""),
)  # fmt: skip

KPIS: dict[str, Kpi] = {row[0]: Kpi(*row) for row in _TABLE}
"""Every built-in KPI by name, in the order in which tables show them."""

SERIES: dict[str, SeriesKind] = {
    "arrivals": SeriesKind("day", "share", "Lines in time by day of request"),
    "backlog": SeriesKind("day", "orders", "Open orders, average of the day"),
    "on_hand": SeriesKind("day", "pieces", "Good stock in the network, average of the day"),
    "arrival_rate": SeriesKind("month", "share", "Parts arrival rate by month of request"),
    "orders": SeriesKind("month", "orders", "Orders created"),
    "tat": SeriesKind("month", "d", "Mean turnaround of closed orders by month of creation"),
    "cost": SeriesKind("month", "money", "Cost"),
    "cost_per_order": SeriesKind("month", "money/order", "Cost per order closed"),
    "cash_tied": SeriesKind("month", "money", "Cash tied, average of the month"),
}
"""Every series: numerator / denominator is the figure of a period."""


def describe(name: str) -> Kpi:
    """Return the catalogue entry of the KPI *name*, built in or registered by the user.

    Raise `ModelError` for an unknown name, with the closest known one.
    """
    from netsim.errors import ModelError, did_you_mean
    from netsim.registry import find_kpis

    own = find_kpis()
    if name in own:
        entry = own[name]
        better: Better = "lower" if entry.better == "lower" else "higher" if entry.better == "higher" else ""
        return Kpi(name, entry.unit, better, name.replace("_", " "), (entry.function.__doc__ or "").partition("\n")[0])
    if name not in KPIS:
        raise ModelError(f"unknown KPI {name}: {did_you_mean(name, [*KPIS, *own]) or 'see netsim.outcome.kpis.KPIS'}")
    return KPIS[name]
