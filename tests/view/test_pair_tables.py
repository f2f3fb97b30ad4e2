"""All pairs as printed: what they say is what the statistics say."""

from __future__ import annotations

import json

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

from netsim.statistics.paired import compare_all_pairs
from netsim.statistics.sample import Sample
from netsim.view.pair_tables import PairRow, compare_pairs, pair_tables, pairs_as_json
from netsim.view.tables import Measure, compare_designs

COST = Measure("cost", "Net cost", "money", "lower")


def found_of(table: dict[str, list[float]]) -> list[PairRow]:
    samples = {design: Sample(np.array(values, dtype=float)) for design, values in table.items()}
    rows = compare_designs(lambda kpi, group: samples, [COST], baseline=next(iter(table)))
    return compare_pairs(rows, lambda kpi, group: samples)


def printed(table: dict[str, list[float]]) -> str:
    plain = Console(width=100, force_terminal=False)
    with plain.capture() as captured:
        for each in pair_tables(found_of(table), currency="EUR"):
            plain.print(each)
    return captured.get()


def test_each_pair_is_a_line_with_what_was_found() -> None:
    text = printed({"hub": [1e6, 2e6, 3.1e6], "[red]": [2e6, 3e6, 4.11e6], "wh": [1e6, 5e6, 2e6]})
    lines = [line for line in text.splitlines() if " − " in line]
    assert [line.split("  ")[0].strip() for line in lines] == ["[red] − Hub", "Wh − Hub", "Wh − [red]"]
    assert "+1.003 ± 0.014 *" in lines[0]
    assert "99 %" in lines[0]
    assert "M EUR" in text
    assert max(map(cell_len, text.splitlines())) <= 100


def test_one_replication_has_no_p_value() -> None:
    (line,) = [line for line in printed({"a": [1.0], "b": [2.0]}).splitlines() if " − " in line]
    assert line.count("–") == 2
    assert "*" not in line


def test_json_is_what_the_statistics_say() -> None:
    table = {"a": [1.0, 2, 3], "b": [2.0, 3, 5], "c": [5.0, 1, 2]}
    (found,) = pairs_as_json(found_of(table))
    known = compare_all_pairs(table)
    assert [(row["design"], row["baseline"]) for row in found["pairs"]] == [(p.design, p.baseline) for p in known]
    assert [row["p_holm"] for row in found["pairs"]] == pytest.approx([p.p_adjusted for p in known])
    assert [row["replications"] for row in found["pairs"]] == [3, 3, 3]
    json.dumps(found, allow_nan=False)
    assert pairs_as_json(found_of({"a": [1.0], "b": [2.0]}))[0]["pairs"][0]["p_holm"] is None
