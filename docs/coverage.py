"""Measures how often every interval method covers an answer that is known, for docs/background/intervals.md.

    python -m docs.coverage                 # print the tables
    python -m docs.coverage --trials 1000   # of fewer trials
    python -m docs.coverage --write         # write them into the page

A trial draws replications anew and asks a method of `netsim.statistics` for its interval at 95 %; the answer is known,
so that it can be counted how often the interval holds it.
"""

from __future__ import annotations

import argparse
import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from docs.stopping import exponential, lines_in_time, lognormal, normal, waits
from netsim.statistics.intervals import sample_interval, t_interval, welch_interval
from netsim.statistics.membership import pareto_probabilities, undominated
from netsim.statistics.paired import PairedDifference, compare_all_pairs, compare_with_baseline, paired_difference
from netsim.statistics.quantiles import quantile_interval
from netsim.statistics.sample import Sample, Sampled
from netsim.statistics.survival import percentile_interval
from netsim.theory.queues import mmc_wait

PAGE = Path(__file__).parent / "background" / "intervals.md"
TRIALS = 10_000
LEVEL = 0.95
FloatArray = NDArray[np.float64]
Trial = Callable[[np.random.Generator, int], bool]


@dataclass(frozen=True, slots=True)
class Case:
    """One method on one kind of replications; a *trial* with so many of them says whether the answer was covered."""

    method: str
    data: str
    n: int
    trial: Trial
    theory: str = "exact"
    """What theory says of the promise: ``exact``, ``at least``, ``in the long run``; ``wrong`` of what is not used."""
    promise: float = LEVEL
    slack: float = 0.0
    """What a method that is right in the long run may be off at this number, by which the tests judge it."""

    @property
    def name(self) -> str:
        """Return a name for tests."""
        return f"{self.method}, {self.data}, {self.n}"


@dataclass(frozen=True, slots=True)
class Measured:
    """How many of so many *trials* covered."""

    case: Case
    trials: int
    covered: int

    @property
    def share(self) -> float:
        """Return the coverage."""
        return self.covered / self.trials

    @property
    def error(self) -> float:
        """Return the half width of its 95 % interval (Agresti and Coull 1998)."""
        middle = (self.covered + 2) / (self.trials + 4)
        return 1.96 * math.sqrt(middle * (1 - middle) / (self.trials + 4))


def measure(case: Case, trials: int, *, seed: int | None = 1) -> Measured:
    """Return how many of so many *trials* of *case* covered; a seed of None draws anew each time."""
    words = zlib.crc32(case.name.encode())
    rng = np.random.default_rng(None if seed is None else [seed, words])
    return Measured(case, trials, sum(case.trial(rng, case.n) for _ in range(trials)))


def _one(draw: Callable[[np.random.Generator, int], Sampled], answer: float) -> Trial:
    def trial(rng: np.random.Generator, n: int) -> bool:
        drawn = draw(rng, n)
        found = sample_interval(drawn if isinstance(drawn, Sample) else Sample(np.asarray(drawn)), level=LEVEL)
        return found.low <= answer <= found.high

    return trial


def _mean_of_ratios(draw: Callable[[np.random.Generator, int], Sample], answer: float) -> Trial:
    def trial(rng: np.random.Generator, n: int) -> bool:
        found = t_interval(draw(rng, n).values, level=LEVEL)
        return found.low <= answer <= found.high

    return trial


def _two(draw: Callable[[np.random.Generator, int], tuple[Sampled, Sampled]], answer: float) -> Trial:
    def trial(rng: np.random.Generator, n: int) -> bool:
        found = paired_difference(*draw(rng, n), level=LEVEL)
        return found.low <= answer <= found.high

    return trial


def _quantile(q: float, draw: Callable[[np.random.Generator, int], FloatArray], answer: float) -> Trial:
    def trial(rng: np.random.Generator, n: int) -> bool:
        found = quantile_interval(draw(rng, n), q, level=LEVEL)
        return found.low <= answer <= found.high

    return trial


def _reached(n: int, q: float) -> float:
    """Return the confidence that two of *n* values give of a quantile, which theory says is met exactly."""
    return quantile_interval(np.arange(n), q, level=LEVEL).coverage


def _paired_normal(rng: np.random.Generator, n: int) -> tuple[ArrayLike, ArrayLike]:
    tape = rng.normal(0, 10, n)
    return tape + rng.normal(3, 1, n), tape


def _paired_exponential(rng: np.random.Generator, n: int) -> tuple[ArrayLike, ArrayLike]:
    tape = rng.exponential(1, n)
    return tape + 2 * rng.exponential(1, n), tape + rng.exponential(1, n)


def _two_arrival_rates(rng: np.random.Generator, n: int) -> tuple[Sampled, Sampled]:
    """Return two designs that are asked for the same lines: bad runs are bad for both."""
    asked = rng.poisson(39, n) + 1
    luck = rng.beta(27, 3, n)
    better, worse = rng.binomial(asked, luck), rng.binomial(asked, luck - 0.1 * luck)
    return tuple(Sample(met / asked, met.astype(float), asked.astype(float)) for met in (better, worse))  # type: ignore[return-value]


def _two_queues(rng: np.random.Generator, n: int) -> tuple[Sampled, Sampled]:
    """Return the waits of two queues with tapes of their own."""
    return waits(0.7, 50)(rng, n), waits(0.5, 50)(rng, n)


def _welch(rng: np.random.Generator, n: int) -> bool:
    found = welch_interval(rng.normal(4, 1, n), rng.normal(1, 5, 2 * n), level=LEVEL)
    return found.low <= 3 <= found.high


def _ninetieth_percentile(rng: np.random.Generator, n: int) -> bool:
    found = percentile_interval(list(rng.exponential(1, (n, 1000))), 0.9, level=LEVEL)
    return found.low <= math.log(10) <= found.high


def _censored_median(rng: np.random.Generator, n: int) -> bool:
    lives, limits = rng.exponential(1, (n, 1000)), rng.exponential(2, (n, 1000))
    ended = list(lives <= limits)
    found = percentile_interval(list(np.minimum(lives, limits)), 0.5, observed=ended, level=LEVEL)
    return found.low <= math.log(2) <= found.high


def _designs(rng: np.random.Generator, n: int, means: Sequence[float]) -> dict[str, Sampled]:
    tape = rng.normal(0, 3, n)
    return {str(i): mean + tape + rng.normal(0, 1, n) for i, mean in enumerate(means)}


def _holm(means: Sequence[float], *, all_pairs: bool) -> Trial:
    """Return a trial that asks whether no two equal designs are told apart, by any of the comparisons."""

    def trial(rng: np.random.Generator, n: int) -> bool:
        table = _designs(rng, n, means)
        found = compare_all_pairs(table, level=LEVEL) if all_pairs else compare_with_baseline(table, "0", level=LEVEL)
        return not any(each.is_significant and _are_equal(each, means) for each in found)

    return trial


def _are_equal(pair: PairedDifference, means: Sequence[float]) -> bool:
    return means[int(pair.design)] == means[int(pair.baseline)]


_T, _RATIO = "mean: Student's t", "ratio of sums: jackknife"
_PAIRED, _PAIRED_RATIO = "paired difference", "paired difference of ratios"
_MEAN_OF_RATIOS = "mean of ratios (not used)"
_LONG = "in the long run"
_WAIT = float(mmc_wait(1, 0.5, service_time=1))
_WAITS_APART = float(mmc_wait(1, 0.7, service_time=1)) - _WAIT

CASES = (
    Case(_T, "normal", 2, _one(normal(0.3), 1)),
    Case(_T, "normal", 5, _one(normal(0.3), 1)),
    Case(_T, "exponential", 10, _one(exponential, 1), _LONG, slack=0.08),
    Case(_T, "exponential", 30, _one(exponential, 1), _LONG, slack=0.04),
    Case(_T, "exponential", 200, _one(exponential, 1), _LONG, slack=0.015),
    Case(_T, "lognormal, cv 1", 30, _one(lognormal(1), 1), _LONG, slack=0.06),
    Case(_T, "lognormal, cv 1", 300, _one(lognormal(1), 1), _LONG, slack=0.02),
    Case(_RATIO, "lines in time", 5, _one(lines_in_time, 0.9), _LONG, slack=0.06),
    Case(_RATIO, "lines in time", 10, _one(lines_in_time, 0.9), _LONG, slack=0.04),
    Case(_RATIO, "lines in time", 50, _one(lines_in_time, 0.9), _LONG, slack=0.015),
    Case(_RATIO, "mean wait of M/M/1, 50 cycles", 10, _one(waits(0.5, 50), _WAIT), _LONG, slack=0.1),
    Case(_RATIO, "mean wait of M/M/1, 50 cycles", 100, _one(waits(0.5, 50), _WAIT), _LONG, slack=0.02),
    Case(_MEAN_OF_RATIOS, "mean wait of M/M/1, 50 cycles", 100, _mean_of_ratios(waits(0.5, 50), _WAIT), "wrong"),
    Case(_PAIRED, "normal, common tape", 5, _two(_paired_normal, 3)),
    Case(_PAIRED, "exponential, common tape", 30, _two(_paired_exponential, 1), _LONG, slack=0.03),
    Case(_PAIRED_RATIO, "lines in time, common tape", 10, _two(_two_arrival_rates, 0.09), _LONG, slack=0.03),
    Case(_PAIRED_RATIO, "lines in time, common tape", 50, _two(_two_arrival_rates, 0.09), _LONG, slack=0.015),
    Case(_PAIRED_RATIO, "mean waits of two M/M/1", 100, _two(_two_queues, _WAITS_APART), _LONG, slack=0.03),
    Case("difference without a common tape: Welch", "normal, unequal spreads", 6, _welch, _LONG, slack=0.015),
    Case("percentile of each replication", "P90 of 1,000 exponential", 10, _ninetieth_percentile, _LONG, slack=0.02),
    Case("percentile of each replication", "median, a third cut off", 10, _censored_median, _LONG, slack=0.02),
    *(
        Case("quantile over replications", f"P{100 * q:g} of exponential", n,
             _quantile(q, lambda rng, n: rng.exponential(1, n), -math.log(1 - q)), promise=_reached(n, q))
        for q, n in ((0.5, 10), (0.05, 59), (0.95, 59), (0.95, 200))
    ),
    Case("Holm, against a baseline", "5 equal designs", 10, _holm([0] * 5, all_pairs=False), "at least"),
    Case("Holm, against a baseline", "3 equal, 2 apart", 10, _holm([0, 0, 0, 5, 9], all_pairs=False), "at least"),
    Case("Holm, all pairs", "5 equal designs", 10, _holm([0] * 5, all_pairs=True), "at least"),
    Case("Holm, all pairs", "3 equal, 2 apart", 10, _holm([0, 0, 0, 5, 9], all_pairs=True), "at least"),
)  # fmt: skip

STEPS = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
"""Limits of the classes into which probabilities of belonging to the Pareto set are sorted."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Designs sorted by the probability that was told of them, and how many of each class did belong."""

    n: int
    told: FloatArray
    belonged: NDArray[np.bool_]

    def classes(self) -> list[tuple[float, float, int, float, float]]:
        """Return of each class its limits, designs, mean probability told, and share that belonged."""
        place = np.clip(np.searchsorted(STEPS, self.told, side="right") - 1, 0, len(STEPS) - 2)
        found = []
        for i in range(len(STEPS) - 1):
            mine = place == i
            count = int(mine.sum())
            told, belonged = (float(each[mine].mean()) if count else math.nan for each in (self.told, self.belonged))
            found.append((STEPS[i], STEPS[i + 1], count, told, belonged))
        return found


def calibrate(n: int, worlds: int, *, seed: int | None = 1) -> Calibration:
    """Return what was told of 6 designs on 2 KPIs in so many *worlds*, of *n* replications on a common tape.

    The true means are drawn anew in each world, standard normal, and so is the noise of a replication, of which half
    the variance is common to all designs. One of the two KPIs is a ratio.
    """
    rng = np.random.default_rng(None if seed is None else [seed, n])
    told, belonged = [], []
    for _ in range(worlds):
        means = rng.standard_normal((6, 2))
        noise = math.sqrt(0.5) * (rng.standard_normal((1, 2, n)) + rng.standard_normal((6, 2, n)))
        values = means[:, :, np.newaxis] + noise
        lines = rng.poisson(100, n).astype(np.float64)
        table = {
            str(i): {"a": Sample(row[0]), "b": Sample(row[1], row[1] * lines, lines)} for i, row in enumerate(values)
        }
        told += list(pareto_probabilities(table, {"a": 1.0, "b": 1.0}, draws=400).values())
        belonged += undominated(means).tolist()
    return Calibration(n, np.array(told), np.array(belonged))


def coverage_table(found: Sequence[Measured]) -> str:
    """Return the coverages as a table."""
    rows = [["Method", "Replications are", "n", "promised", "theory", "measured"], ["---"] * 6]
    for each in found:
        case = each.case
        promise = f"{'≥ ' if case.theory == 'at least' else ''}{100 * case.promise:.1f} %"
        share = f"{100 * each.share:.1f} ± {100 * each.error:.1f} %"
        rows.append([case.method, case.data, str(case.n), promise, case.theory, share])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def calibration_table(found: Sequence[Calibration]) -> str:
    """Return the calibrations as a table."""
    rows = [["Probability told"], ["---"]]
    for each in found:
        rows[0] += [f"n = {each.n}: designs", "mean told", "did belong"]
        rows[1] += ["---"] * 3
    for i in range(len(STEPS) - 1):
        row = [f"{100 * STEPS[i]:g}–{100 * STEPS[i + 1]:g} %"]
        for each in found:
            _, _, count, told, belonged = each.classes()[i]
            row += [f"{count:,}", f"{100 * told:.1f} %", f"{100 * belonged:.1f} %"]
        rows.append(row)
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main() -> None:
    """Measure all cases and print the tables, or write them into the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=TRIALS)
    parser.add_argument("--write", action="store_true", help="write the tables into the page")
    options = parser.parse_args()
    tables = {
        "coverage": f"{options.trials:,} trials a line.\n\n"
        + coverage_table([measure(case, options.trials) for case in CASES]),
        "membership": f"{options.trials // 5:,} worlds of 6 designs.\n\n"
        + calibration_table([calibrate(n, options.trials // 5) for n in (10, 50)]),
    }
    if not options.write:
        print("\n\n".join(tables.values()))
        return
    page = PAGE.read_text(encoding="utf-8")
    for name, text in tables.items():
        mark = f"<!-- measured: {name} -->\n"
        begin = page.index(mark) + len(mark)
        page = f"{page[:begin]}\n{text}\n\n{page[page.index('<!-- end -->', begin) :]}"
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
