"""Every interval method covers as often as it promises, on replications whose answer is known.

The cases are those of the page `docs/background/intervals.md`; each run of the tests draws anew.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from docs.coverage import CASES, PAGE, STEPS, TRIALS, Case, calibrate, calibration_table, coverage_table, measure

FALSE_ALARM = 1e-7
JUDGED = [case for case in CASES if case.theory != "wrong"]
EVERY = pytest.mark.parametrize("case", JUDGED, ids=[case.name for case in JUDGED])


def assert_covers(case: Case, trials: int) -> None:
    """The count lies within exact binomial limits, a false alarm once in ten million on either side.

    Five standard errors would be 50 times as many on the lower side. A method that is right in the long run may fall
    short by the slack of its case; one that promises at least so much has no upper limit.
    """
    found = measure(case, trials, seed=None)
    assert found.covered >= binom.ppf(FALSE_ALARM, trials, case.promise - case.slack)
    if case.theory == "exact":
        assert found.covered <= binom.isf(FALSE_ALARM, trials, case.promise)
    elif case.theory == "in the long run":
        assert found.covered <= binom.isf(FALSE_ALARM, trials, case.promise + 0.015)


@EVERY
def test_coverage(case: Case) -> None:
    assert_covers(case, 100)


@pytest.mark.long
@EVERY
def test_coverage_in_a_thousand_macro_replications(case: Case) -> None:
    assert_covers(case, 1_000)


def test_the_mean_of_ratios_is_left_unused_for_a_reason() -> None:
    (case,) = (case for case in CASES if case.theory == "wrong")
    found = measure(case, 200, seed=None)
    assert found.covered < binom.ppf(FALSE_ALARM, 200, 0.95)


def judge_calibration(n: int, worlds: int, slack: float) -> None:
    found = calibrate(n, worlds, seed=None)
    for _, _, count, told, belonged in found.classes():
        if count >= 20:
            # Designs of one world hang together: at worst its six are one, which gives six times the variance.
            error = np.sqrt(6 * max(told * (1 - told), 0.02) / count)
            assert abs(belonged - told) <= 5.2 * error + slack


def test_probabilities_of_the_pareto_set_are_calibrated() -> None:
    judge_calibration(10, 60, 0.06)


@pytest.mark.long
def test_probabilities_of_the_pareto_set_are_calibrated_in_a_thousand_worlds() -> None:
    judge_calibration(10, 1_000, 0.06)
    judge_calibration(50, 1_000, 0.04)


def test_the_page_shows_every_case_as_the_command_writes_it() -> None:
    page = PAGE.read_text(encoding="utf-8")
    tables = {}
    for name in ("coverage", "membership"):
        mark = f"<!-- measured: {name} -->"
        tables[name] = page[page.index(mark) : page.index("<!-- end -->", page.index(mark))]
    assert f"{TRIALS:,} trials a line" in tables["coverage"]
    assert coverage_table([]) in tables["coverage"]
    rows = [line for line in tables["coverage"].splitlines() if line.startswith("| ")][2:]
    assert len(rows) == len(CASES)
    for case, row in zip(CASES, rows, strict=True):
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert cells[:3] == [case.method, case.data, str(case.n)]
        share = float(cells[5].split(" ± ")[0]) / 100
        if case.theory == "exact":
            assert abs(share - case.promise) <= 5.2 * np.sqrt(0.05 / TRIALS)
        elif case.theory != "wrong":
            assert share >= case.promise - case.slack
    header = calibration_table([calibrate(n, 1) for n in (10, 50)]).splitlines()[0]
    assert header in tables["membership"]
    assert tables["membership"].count("\n| ") == len(STEPS) + 1
