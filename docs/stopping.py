"""Measures what the stopping rule is worth on data with known answers, and writes it into docs/background/stopping.md.

    python -m docs.stopping                  # print the table
    python -m docs.stopping --studies 100    # of fewer studies
    python -m docs.stopping --write          # write it into the page

Each study draws its replications anew and stops by the rule; the answer is known, so that it can be counted how often
the study keeps its promise.
"""

from __future__ import annotations

import argparse
import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from netsim.statistics.intervals import sample_interval
from netsim.statistics.precision import Precision, widened
from netsim.statistics.sample import Sample
from netsim.theory.queues import mmc_wait

PAGE = Path(__file__).parent / "background" / "stopping.md"
STUDIES = 2_000
LEVEL = 0.95
FloatArray = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Sample]


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of replications: *draw* gives so many of them, *until* is the relative width asked for."""

    name: str
    draw: Draw
    answer: float
    until: float
    most: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of many studies of one case."""

    case: Case
    studies: int
    replications: float
    few: float
    many: float
    """Mean replications, and those that a twentieth of the studies stayed below or went beyond."""
    kept: float
    """Share of studies whose mean was within the share asked for of the true one: the promise."""
    covered: float
    """Share of studies whose printed interval held the true mean."""
    covered_widened: float
    """Share of studies whose widened interval held it, which is the one that a verdict tells."""
    covered_fixed: float
    """Share of studies of the mean number of replications, fixed beforehand, whose interval held it."""
    bare_kept: float
    bare_replications: float
    """Promise and replications of the rule without its guards, which looks after every replication from the tenth."""

    def error(self, share: float) -> float:
        """Return the half width of the 95 % interval of a share that was counted (Agresti and Coull 1998)."""
        count = self.studies + 4
        middle = (share * self.studies + 2) / count
        return 1.96 * math.sqrt(middle * (1 - middle) / count)


def normal(cv: float) -> Draw:
    """Return normal values of mean 1."""
    return lambda rng, n: Sample(1 + cv * rng.standard_normal(n))


def exponential(rng: np.random.Generator, n: int) -> Sample:
    """Return exponential values of mean 1."""
    return Sample(rng.exponential(1, n))


def lognormal(cv: float) -> Draw:
    """Return lognormal values of mean 1."""
    sigma = math.sqrt(math.log(1 + cv**2))
    return lambda rng, n: Sample(np.exp(sigma * rng.standard_normal(n) - sigma**2 / 2))


def lines_in_time(rng: np.random.Generator, n: int) -> Sample:
    """Return runs of some 40 lines, of which nine tenths are in time, more in some runs than in others."""
    asked = rng.poisson(39, n) + 1
    met = rng.binomial(asked, rng.beta(27, 3, n))
    return Sample(met / asked, met.astype(np.float64), asked.astype(np.float64))


def waits(load: float, cycles: int) -> Draw:
    """Return runs of so many busy cycles of M/M/1: sums of waits and numbers of customers."""

    def draw(rng: np.random.Generator, n: int) -> Sample:
        wanted = n * cycles
        tops, bottoms = np.empty(0), np.empty(0)
        while len(tops) < wanted:
            some = int(1.2 * (wanted - len(tops)) / (1 - load)) + 100
            steps = rng.exponential(1, some) - rng.exponential(1 / load, some)
            walk = np.concatenate([[0.0], steps.cumsum()[:-1]])
            wait = walk - np.minimum.accumulate(walk)
            begins = np.flatnonzero(wait == 0)
            tops = np.append(tops, np.add.reduceat(wait, begins)[:-1])  # the last cycle is not over
            bottoms = np.append(bottoms, np.diff(begins))
        top, bottom = (sums[:wanted].reshape(n, cycles).sum(axis=1) for sums in (tops, bottoms))
        return Sample(top / bottom, top, bottom)

    return draw


CASES = (
    Case("normal, cv 0.05", normal(0.05), 1.0, 0.02, 300),
    Case("normal, cv 0.1", normal(0.1), 1.0, 0.05, 300),
    Case("normal, cv 0.15", normal(0.15), 1.0, 0.05, 500),
    Case("normal, cv 0.3", normal(0.3), 1.0, 0.05, 1_000),
    Case("exponential", exponential, 1.0, 0.2, 1_000),
    Case("exponential", exponential, 1.0, 0.1, 2_000),
    Case("lognormal, cv 0.5", lognormal(0.5), 1.0, 0.1, 1_000),
    Case("lognormal, cv 1", lognormal(1.0), 1.0, 0.1, 3_000),
    Case("ratio: lines in time", lines_in_time, 0.9, 0.02, 500),
    Case("ratio: M/M/1 cycles, load 0.5", waits(0.5, 50), float(mmc_wait(1, 0.5, service_time=1)), 0.1, 500),
    Case("ratio: M/M/1 cycles, load 0.8", waits(0.8, 50), float(mmc_wait(1, 0.8, service_time=1)), 0.2, 400),
)


def measure(case: Case, studies: int, *, seed: int = 1) -> Measured:
    """Return what came of so many *studies* of *case*."""
    rule = Precision(kpis=("k",), relative=case.until, level=LEVEL, at_most=case.most)
    rng = np.random.default_rng([seed, zlib.crc32(f"{case.name}{case.until}".encode())])
    counts = np.empty(studies, dtype=int)
    kept, covered, wide, bare_kept, bare = (np.empty(studies) for _ in range(5))
    fixed: list[Sample] = []
    for study in range(studies):
        sample = case.draw(rng, case.most)
        counts[study] = rule.next({"a": {"k": sample}})["a"]
        found = sample_interval(sample.first(counts[study]), level=LEVEL)
        kept[study] = abs(found.mean - case.answer) <= case.until * case.answer
        covered[study] = abs(found.mean - case.answer) <= found.half
        wide[study] = abs(found.mean - case.answer) <= widened(found).half
        bare[study], mean = _without_guards(sample, case.until)
        bare_kept[study] = abs(mean - case.answer) <= case.until * case.answer
        fixed.append(sample)
    usual = round(float(counts.mean()))
    intervals = [sample_interval(sample.first(usual), level=LEVEL) for sample in fixed]
    covered_fixed = np.mean([abs(each.mean - case.answer) <= each.half for each in intervals])
    few, many = np.percentile(counts, [5, 95])
    return Measured(
        case, studies, float(counts.mean()), float(few), float(many), float(kept.mean()), float(covered.mean()),
        float(wide.mean()), float(covered_fixed), float(bare_kept.mean()), float(bare.mean()),
    )  # fmt: skip


def _without_guards(sample: Sample, until: float) -> tuple[int, float]:
    """Return where the plain sequential rule stops (Law and Kelton, section 9.4.1), and the mean there."""
    tops = sample.values if sample.numerators is None else sample.numerators
    bottoms = np.ones(len(tops)) if sample.denominators is None else sample.denominators
    n = np.arange(1, len(tops) + 1)
    top, bottom = tops.cumsum(), bottoms.cumsum()
    mean = top / bottom
    # Squares of tops - mean x bottoms, whose mean is 0: of a ratio by the delta method, of a mean just the variance.
    squares = (tops**2).cumsum() - 2 * mean * (tops * bottoms).cumsum() + mean**2 * (bottoms**2).cumsum()
    with np.errstate(invalid="ignore", divide="ignore"):
        half = stdtrit(n - 1.0, (1 + LEVEL) / 2) * np.sqrt(np.maximum(squares, 0) / (n - 1) / n) * n / bottom
    stops = np.flatnonzero(half[9:] <= until / (1 + until) * mean[9:])
    stop = 10 + int(stops[0]) if len(stops) else len(tops)
    return stop, float(mean[stop - 1])


def table(found: list[Measured]) -> str:
    """Return the measurements as a table."""
    head = [
        "Replications are", "asked", "replications (5–95 %)", "promise kept", "widened interval covers",
        "plain interval covers", "at a fixed number", "without guards: kept, with",
    ]  # fmt: skip
    rows = [head, ["---"] * len(head)]
    for each in found:
        rows.append([
            each.case.name,
            f"{100 * each.case.until:g} %",
            f"{each.replications:.0f} ({each.few:.0f}–{each.many:.0f})",
            *(f"{100 * share:.1f} ± {100 * each.error(share):.1f} %"
              for share in (each.kept, each.covered_widened, each.covered, each.covered_fixed)),
            f"{100 * each.bare_kept:.1f} %, {each.bare_replications:.0f}",
        ])  # fmt: skip
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main() -> None:
    """Measure all cases and print the table, or write it into the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=STUDIES)
    parser.add_argument("--write", action="store_true", help="write the table into the page")
    options = parser.parse_args()
    text = table([measure(case, options.studies) for case in CASES])
    if not options.write:
        print(text)
        return
    page = PAGE.read_text(encoding="utf-8")
    begin, end = page.index("<!-- measured -->\n"), page.index("<!-- end -->")
    told = f"<!-- measured -->\n\n{options.studies:,} studies a line.\n\n{text}\n\n"
    PAGE.write_text(page[:begin] + told + page[end:], encoding="utf-8")


if __name__ == "__main__":
    main()
