"""All pairs of designs as a table: of each KPI the differences, Holm's p values, and what common tapes took away."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from netsim.statistics.paired import PairedDifference, compare_all_pairs
from netsim.view.style import label_of, round_interval
from netsim.view.tables import SIGNIFICANT, WIDTH, Row, Values, plain, scale_of

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["PairRow", "compare_pairs", "pair_tables", "pairs_as_json"]


@dataclass(frozen=True, slots=True)
class PairRow:
    """One KPI over all pairs of designs; *row* is that of the comparison with the baseline."""

    row: Row
    pairs: tuple[PairedDifference, ...]


def compare_pairs(rows: Sequence[Row], values: Values) -> list[PairRow]:
    """Return all pairs of designs for each of *rows*, from the samples of *values*; Holm over the pairs of a KPI."""
    return [PairRow(row, tuple(compare_all_pairs(values(row.measure.kpi, "all"), level=row.level))) for row in rows]


def pair_tables(found: Sequence[PairRow], *, currency: str, labels: Mapping[str, str] | None = None) -> list[Table]:
    """Return one table for each KPI, `WIDTH` columns at most: design minus other, p (Holm), variance removed."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    shown = labels or {}
    tables = []
    for each in found:
        scale, unit = scale_of(each.row, currency)
        title = f"{each.row.measure.label} [{unit}]" if unit else each.row.measure.label
        table = Table(box=box.SIMPLE_HEAD, width=WIDTH, padding=(0, 1, 0, 0))
        table.add_column(escape(title), ratio=46, overflow="fold")
        for head, ratio in (("difference", 22), ("p (Holm)", 10), ("variance removed", 12), ("pairs", 8)):
            table.add_column(head, ratio=ratio, justify="right")
        for pair in each.pairs:
            names = (shown.get(design) or label_of(design) for design in (pair.design, pair.baseline))
            table.add_row(escape(" − ".join(names)), *_cells(pair, scale))
        tables.append(table)
    return tables


def pairs_as_json(found: Sequence[PairRow]) -> list[dict[str, Any]]:
    """Return all pairs as plain data, values in their base units; NaN is None."""
    return [
        {
            "kpi": each.row.measure.kpi,
            "pairs": [
                {
                    "design": pair.design,
                    "baseline": pair.baseline,
                    "difference": plain(pair.difference.mean),
                    "difference_half_width": plain(pair.difference.half),
                    "p_holm": plain(pair.p_adjusted),
                    "differs": pair.is_significant,
                    "variance_removed": plain(pair.variance_removed),
                    "replications": pair.difference.n,
                }
                for pair in each.pairs
            ],
        }
        for each in found
    ]


def _cells(pair: PairedDifference, scale: float) -> list[str]:
    mean, half = round_interval(pair.difference.mean / scale, pair.difference.half / scale)
    signed = mean if mean.startswith(("−", "–")) or not mean.strip("0.,") else f"+{mean}"
    text = f"{signed} ± {half}" if half else signed
    p, removed = pair.p_adjusted, pair.variance_removed
    return [
        f"{text} {SIGNIFICANT if pair.is_significant else ' '}",
        "–" if math.isnan(p) else "< 0.001" if p < 0.001 else f"{p:.3f}",
        "–" if math.isnan(removed) else f"{math.floor(100 * removed + 1e-9):d} %".replace("-", "−"),
        str(pair.difference.n),
    ]
