"""The reference of KPIs and series, from `netsim.outcome.kpis`."""

from __future__ import annotations

import itertools

from docs.pages import NOTE, table
from netsim.outcome.accounts import CATEGORIES
from netsim.outcome.kpis import KPIS, SERIES, UNITS

_HEADINGS = {
    "arrival_rate": "Parts arrival",
    "fill_rate": "Stock and goods",
    "orders_created": "Orders",
    "tat_mean": "Turnaround",
    "utilisation": "Capacity and repair",
    "net_cost": "Money",
}
"""First KPI of each section."""

_HEAD = """
# KPIs

Every figure of a run, as `netsim.outcome.observe` computes it from the records. Names are those of study files
(`compare: {kpis: [...]}`), of `--kpi` and of `Results.compare`. How to add your own:
[extending](../guides/extending.md#a-kpi-of-your-own).

**Which orders and lines count.** With a window from *begin* to before *end*, orders count by the second in which they
were created, lines by the second in which they were requested. The run goes on with live demand for the cool-down,
so that orders of the window can finish; what is still open then is never dropped: it is a miss where a deadline has
passed, and censored (Kaplan and Meier) where a time is measured.

**Groups.** Each KPI is given for `all`, and where it makes sense by one dimension: `node=`, `part=`, `country=`,
`channel=`, and for cost `category=`, of which there are six: CATEGORIES.

**Better** says which way is better; empty: neither.
"""


def page() -> str:
    """Return the page."""
    text = NOTE + _HEAD.replace("CATEGORIES", ", ".join(f"`{name}`" for name in CATEGORIES))
    text += "\n## Units\n\n" + table(["Unit", "Means"], [[f"`{unit}`", words] for unit, words in UNITS.items()])
    starts = [*list(_HEADINGS), ""]
    names = list(KPIS)
    for start, following in itertools.pairwise(starts):
        members = names[names.index(start) : names.index(following) if following else None]
        text += f"\n## {_HEADINGS[start]}\n\n" + table(
            ["KPI", "Unit", "Better", "What", "Formula", "To know"],
            [[f"`{k.name}`", k.unit, k.better, k.label, k.formula, k.text] for k in (KPIS[name] for name in members)],
        )
    text += "\n## Series\n\nNumerator / denominator of each period of the whole run; periods count from 0.\n\n"
    return text + table(
        ["Series", "Period", "Unit", "What"],
        [[f"`{name}`", kind.period, kind.unit, kind.label] for name, kind in SERIES.items()],
    )
