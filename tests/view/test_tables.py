from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

from netsim.errors import ModelError
from netsim.statistics.paired import variance_removed
from netsim.statistics.pareto import ParetoSet
from netsim.statistics.sample import Sample
from netsim.view.tables import (
    Measure,
    compare_designs,
    comparison_table,
    explain_marks,
    measures_of,
    rows_as_json,
    tell_membership,
)

COST = Measure("cost", "Cost", "money", "lower")
RATE = Measure("rate", "Parts arrival rate", "share", "higher")
Table = dict[str, list[float]]


def ask(table: dict[str, Table]):  # type: ignore[no-untyped-def]
    def values(kpi: str, group: str) -> Mapping[str, Sample]:
        return {design: Sample(np.array(mine, dtype=float)) for design, mine in table[kpi].items()}

    return values


def leaders(measure: Measure, table: Table) -> tuple[str, ...]:
    (row,) = compare_designs(ask({measure.kpi: table}), [measure], baseline=next(iter(table)))
    return row.leaders


def printed(table: dict[str, Table], measures: list[Measure], *, baseline: str) -> str:
    rows = compare_designs(ask(table), measures, baseline=baseline)
    plain = Console(width=100, force_terminal=False)
    with plain.capture() as captured:
        for each in comparison_table(rows, list(next(iter(table.values()))), currency="EUR"):
            plain.print(each)
    return captured.get()


def test_the_best_is_named_where_every_paired_interval_says_so() -> None:
    assert leaders(COST, {"a": [10, 20, 30], "b": [9, 19.1, 28.9], "c": [15, 26, 36]}) == ("b",)
    assert leaders(RATE, {"a": [0.9, 0.8, 0.85], "b": [0.95, 0.86, 0.9]}) == ("b",)


def test_what_cannot_be_told_from_the_best_ties_with_it() -> None:
    assert leaders(COST, {"a": [10, 20, 30], "b": [12, 17, 32], "c": [50, 60, 70]}) == ("a", "b")


def test_nobody_wins_without_an_interval_or_a_direction() -> None:
    assert leaders(COST, {"a": [10], "b": [5]}) == ()
    assert leaders(Measure("cost", "Cost"), {"a": [10, 11], "b": [5, 6]}) == ()
    assert leaders(COST, {"a": [1, 2, 3], "b": [1, 2, 3]}) == ()
    assert leaders(COST, {"a": [1, 2, 3]}) == ()


def test_a_design_without_a_figure_neither_wins_nor_spoils_the_table() -> None:
    assert leaders(COST, {"a": [1, 2, 3], "b": [math.nan] * 3, "c": [11, 12.1, 12.9]}) == ("a",)
    assert "–" in printed({"cost": {"a": [1, 2, 3], "b": [math.nan] * 3}}, [COST], baseline="a")


def test_a_printed_table_shows_value_difference_and_marks() -> None:
    table = {
        "cost": {"hub": [5.0e6, 5.2e6, 5.4e6], "wh": [4.0e6, 4.21e6, 4.39e6]},
        "rate": {"hub": [0.9, 0.92, 0.94], "wh": [0.91, 0.9, 0.98]},
    }
    text = printed(table, [COST, RATE], baseline="hub")
    assert "M EUR" in text
    assert "★ 4.2 ± 0.5" in text
    assert "−1.00 ± 0.02 *" in text.replace("−1.00 ± 0.03 *", "−1.00 ± 0.02 *")
    assert "(baseline)" in text
    assert text.count("≈") == 2
    assert "92 ± 5" in text


@pytest.mark.parametrize("count", [1, 4, 5, 9])
def test_a_table_of_any_number_of_designs_fits(count: int) -> None:
    rng = np.random.default_rng(1)
    names = [f"a_design_with_a_rather_long_name_{i}" for i in range(count)]
    table = {"cost": {name: list(rng.normal(123456789, 1000, 4)) for name in names}}
    text = printed(table, [COST], baseline=names[-1])
    assert max(map(cell_len, text.splitlines())) <= 100
    compact = "".join(text.split()).lower()
    assert all(f"_{i}".replace("_", "") in compact for i in range(count))


def test_wide_letters_fit_too() -> None:
    table = {"cost": {f"区域总仓与海外仓方案{i}": [1.0, 2.0] for i in range(4)}}
    text = printed(table, [COST], baseline="区域总仓与海外仓方案0")
    assert max(map(cell_len, text.splitlines())) <= 100


def test_names_are_not_read_as_markup() -> None:
    assert "[red]" in printed({"cost": {"[red]": [1.0, 2.0], "b": [1.0, 3.0]}}, [COST], baseline="b").lower()


def test_one_replication_is_called_what_it_is() -> None:
    rows = compare_designs(ask({"cost": {"a": [1.0], "b": [2.0]}}), [COST], baseline="a")
    assert "no winner" in explain_marks(rows, replications=1)
    assert "5 replications of each" in explain_marks(rows, replications=5)


def test_unequal_numbers_of_replications_are_told() -> None:
    rows = compare_designs(ask({"cost": {"a": [1.0, 2.0, 4.0], "b": [2.0, 3.0]}}), [COST], baseline="a")
    assert "2 to 3 replications of a design" in explain_marks(rows, replications=3)
    assert rows[0].differences["b"].difference.n == 2


def test_json_has_plain_numbers_and_null_where_there_is_none() -> None:
    rows = compare_designs(ask({"rate": {"a": [0.5, 0.6], "b": [math.nan, math.nan]}}), [RATE], baseline="a")
    (found,) = rows_as_json(rows)
    assert found["designs"]["a"]["mean"] == pytest.approx(0.55)
    assert found["designs"]["b"]["mean"] is None
    assert found["baseline"] == "a"


def test_unknown_kpis_are_refused_with_what_was_meant() -> None:
    described = {"net_cost": {"label": "Net cost", "unit": "money", "better": "lower"}}
    assert measures_of(["net_cost"], described) == [Measure("net_cost", "Net cost", "money", "lower")]
    with pytest.raises(ModelError, match="did you mean `net_cost`"):
        measures_of(["net_cots"], described)


def test_the_variance_that_common_tapes_took_away_stands_below_the_difference() -> None:
    table = {"cost": {"hub": [10.0, 20, 30, 41], "wh": [9.0, 19.5, 29, 40], "apart": [30.0, 10, 41, 20]}}
    text = printed(table, [COST], baseline="hub")
    (line,) = [line for line in text.splitlines() if "variance removed" in line]
    removed = [variance_removed(table["cost"][design], table["cost"]["hub"]) for design in ("wh", "apart")]
    assert removed[0] > 0.99 > 0.2 > removed[1]
    assert [int(word) for word in line.replace("−", "-").split() if word.lstrip("-").isdigit()] == [
        math.floor(100 * share) for share in removed
    ]
    assert "variance removed" not in printed({"cost": {"a": [1.0], "b": [2.0]}}, [COST], baseline="a")


def test_a_ratio_is_that_of_the_sums() -> None:
    tops, lines = np.array([10.0, 90.0]), np.array([20.0, 100.0])
    sample = Sample(tops / lines, tops, lines)
    (row,) = compare_designs(lambda kpi, group: {"a": sample}, [RATE], baseline="a")
    assert row.values["a"].mean == pytest.approx(100 / 120)


def test_who_may_belong_to_the_pareto_set_is_told() -> None:
    sure = {"a_hub": 1.0, "b_shop": 0.62, "c_pool": 0.002}
    lines = tell_membership(ParetoSet(("a_hub", "b_shop"), ("a_hub", "b_shop"), (), (), sure))
    assert lines[0].endswith("A hub > 99 %, B shop 62 %; no other")
    assert lines[1].startswith("undecided is B shop")
    assert tell_membership(ParetoSet(("a",), ("a",), (), (), {"a": math.nan})) == []
