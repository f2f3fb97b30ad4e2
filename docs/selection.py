"""Measures how often selection keeps its promise on designs with known means, for docs/background/selection.md.

    python -m docs.selection                 # print the tables
    python -m docs.selection --trials 100    # of fewer trials
    python -m docs.selection --write         # write them into the page

A trial draws replications of all designs anew, on one tape or not, and asks a rule of `netsim.statistics` for the best;
the means are known, so that it can be counted how often it is right.
"""

from __future__ import annotations

import argparse
import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from netsim.statistics.allocation import Allocation
from netsim.statistics.constraints import Limit
from netsim.statistics.intervals import t_interval
from netsim.statistics.knockout import Knockout
from netsim.statistics.sample import Rule, Sample
from netsim.statistics.screening import screen
from netsim.statistics.selection import Goal, Selection
from netsim.statistics.two_stage import TwoStage

PAGE = Path(__file__).parent / "background" / "selection.md"
TRIALS = 1_000
RUNS = 1_500
"""Replications drawn of each design, more than any rule here asks for."""
COST = Goal("cost", "lower")
FloatArray = NDArray[np.float64]
Samples = dict[str, dict[str, Sample]]
Draw = Callable[[np.random.Generator, FloatArray, int], FloatArray]


def alike(correlation: float) -> Draw:
    """Return normal values of deviation 1, all pairs of designs correlated alike."""

    def draw(rng: np.random.Generator, means: FloatArray, runs: int) -> FloatArray:
        shared = rng.standard_normal(runs)
        own = rng.standard_normal((len(means), runs))
        return np.asarray(means[:, None] + math.sqrt(correlation) * shared + math.sqrt(1 - correlation) * own)

    return draw


def half_on_the_tape(rng: np.random.Generator, means: FloatArray, runs: int) -> FloatArray:
    """Return values of which every other design follows the tape closely, and the others, the best one too, not."""
    shared = rng.standard_normal(runs)
    follows = (np.arange(len(means)) % 2 * 0.9)[:, None]
    own = rng.standard_normal((len(means), runs))
    return np.asarray(means[:, None] + np.sqrt(follows) * shared + np.sqrt(1 - follows) * own)


def unequal(rng: np.random.Generator, means: FloatArray, runs: int) -> FloatArray:
    """Return independent values of which the best varies thrice as much as the others."""
    spread = np.where(np.arange(len(means)) == 0, 1.5, 0.5)[:, None]
    return means[:, None] + spread * rng.standard_normal((len(means), runs))


def skewed(rng: np.random.Generator, means: FloatArray, runs: int) -> FloatArray:
    """Return exponential values of deviation 1, half of each from the tape."""
    shared = rng.exponential(1, runs)
    return means[:, None] - math.sqrt(2) + (shared + rng.exponential(1, (len(means), runs))) / math.sqrt(2)


VALUES: dict[str, Draw] = {
    "independent": alike(0.0),
    "on one tape, correlation 0.8": alike(0.8),
    "half of the designs on the tape": half_on_the_tape,
    "independent, the best varies thrice": unequal,
    "skewed, correlation 0.5": skewed,
}


@dataclass(frozen=True, slots=True)
class Line:
    """What came of many trials: how often something held, and what it took."""

    words: tuple[str, ...]
    trials: int
    hits: tuple[int, ...]
    figure: float
    promise: float = 0.95

    def cells(self) -> list[str]:
        """Return the line for a table."""
        return [*self.words, *(share(hits, self.trials) for hits in self.hits), f"{self.figure:.1f}"]


def share(hits: int, trials: int) -> str:
    """Return a share in per cent with the half width of its 95 % interval (Agresti and Coull 1998)."""
    middle = (hits + 2) / (trials + 4)
    return f"{100 * hits / trials:.1f} ± {196 * math.sqrt(middle * (1 - middle) / (trials + 4)):.1f} %"


def samples_of(values: FloatArray) -> Samples:
    """Return values [design, replication] as samples."""
    return {f"d{i}": {"cost": Sample(row)} for i, row in enumerate(values)}


def play(rule: Rule, samples: Samples) -> tuple[dict[str, int], Samples]:
    """Return how many replications *rule* asks for in the end, and what it has seen then."""
    counts = dict.fromkeys(samples, 0)
    while True:
        seen = {d: {kpi: sample.first(counts[d]) for kpi, sample in kpis.items()} for d, kpis in samples.items()}
        asked = rule.next(seen)
        if asked == counts:
            return counts, seen
        counts = asked


def slippage(designs: int, delta: float) -> FloatArray:
    """Return means of which the first is best by *delta* exactly: what is hardest within the promise."""
    return np.concatenate([[0.0], np.full(designs - 1, delta)])


def seeded(*words: object) -> np.random.Generator:
    """Return a generator that depends on what is measured alone."""
    return np.random.default_rng([20_26, zlib.crc32(repr(words).encode())])


def select(name: str, rule: Knockout | TwoStage, designs: int, values: str, trials: int) -> Line:
    """Return how often *rule* selects the best of so many designs, and replications a design."""
    rng, hits, runs = seeded(name, designs, values), 0, 0
    for _ in range(trials):
        samples = samples_of(VALUES[values](rng, slippage(designs, rule.indifference), RUNS))
        counts, seen = play(rule, samples)
        hits += rule.verdict(seen).best == "d0"
        runs += sum(counts.values())
    return Line((name, str(designs), values), trials, (hits,), runs / trials / designs)


def selections(trials: int) -> list[Line]:
    """Return the lines of the first table; two stages, whose promise is exact, are tried four times as often."""
    return [
        select(name, rule, designs, values, count)
        for name, rule, count in (
            ("knocking out", Knockout(COST, 0.4), trials),
            ("two stages", TwoStage(COST, 0.4), 4 * trials),
        )
        for designs, values in [(2, "independent"), *((k, v) for k in (4, 10) for v in VALUES)]
    ]


def limited(trials: int) -> list[Line]:
    """Return how often the best of those that keep a limit is selected, the limit on a ratio."""
    rule = Knockout(COST, 0.5, limits=(Limit("rate", ">=", 0.95, 0.01),))
    rng, hits, runs = seeded("limits"), 0, 0
    for _ in range(trials):
        samples = samples_of(alike(0.5)(rng, np.array([-0.5, 0.0, 0.5, 0.5]), RUNS))
        lines = rng.poisson(200, RUNS) + 1
        for design, rate in zip(samples, (0.94, 0.96, 0.96, 0.97), strict=True):
            met = rng.binomial(lines, rate).astype(np.float64)
            samples[design]["rate"] = Sample(met / lines, met, lines.astype(np.float64))
        counts, seen = play(rule, samples)
        hits += rule.verdict(seen).best == "d1"
        runs += sum(counts.values())
    words = ("knocking out, limit on a ratio", "4", "correlation 0.5, one infeasible design is better")
    return [Line(words, trials, (hits,), runs / trials / 4)]


def subsets(trials: int) -> list[Line]:
    """Return how often screening keeps the best of eight, and how many it keeps, of equal and of spread means."""
    found = []
    for words, step in (("all means equal", 0.0), ("means 0, 0.2 ... 1.4", 0.2)):
        for values in ("independent", "on one tape, correlation 0.8"):
            rng, hits, kept = seeded("screening", words, values), 0, 0
            for _ in range(trials):
                subset = screen(samples_of(VALUES[values](rng, step * np.arange(8.0), 20)), COST).kept
                hits += "d0" in subset
                kept += len(subset)
            found.append(Line((words, values), trials, (hits,), kept / trials))
    return found


def ties(trials: int) -> list[Line]:
    """Return how often two equal designs are called a tie, by the verdict and by a plain interval where the race ends.

    And how often designs that are clearly apart, by five indifference zones, are not.
    """
    rule, found = Knockout(COST, 0.4), []
    for gap in (0.0, 0.4, 2.0):
        rng, called, plain, runs = seeded("ties", gap), 0, 0, 0
        for _ in range(trials):
            counts, seen = play(rule, samples_of(alike(0.5)(rng, np.array([0.0, gap]), RUNS)))
            verdict: Selection = rule.verdict(seen)
            called += verdict.is_tie
            n = min(counts.values())
            plain += not t_interval(seen["d0"]["cost"].values[:n] - seen["d1"]["cost"].values[:n]).excludes(0)
            runs += sum(counts.values())
        found.append(Line((f"{gap / 0.4:g}",), trials, (called, plain), runs / trials / 2))
    return found


def budgets(trials: int) -> list[Line]:
    """Return how often the best of ten is found by an allocation and by equal shares (Chen et al. 2000, section 5)."""
    found, means = [], np.arange(10.0)
    for budget in (200, 400, 700, 1_000):
        rng, mine, equal = seeded("budget", budget), 0, 0
        rule = Allocation(COST, budget=budget, step=20)
        for _ in range(trials):
            values = means[:, None] + 6 * rng.standard_normal((10, budget))
            _, seen = play(rule, samples_of(values))
            mine += rule.verdict(seen).best == "d0"
            equal += values[:, : budget // 10].mean(axis=1).argmin() == 0
        found.append(Line((f"{budget:,}",), trials, (mine, equal), budget / 10))
    return found


def table(head: Sequence[str], lines: Sequence[Line]) -> str:
    """Return *lines* as a table."""
    rows = [list(head), ["---"] * len(head), *(line.cells() for line in lines)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def tables(trials: int) -> str:
    """Return all tables with their titles."""
    few = max(trials // 2, 1)
    parts = {
        f"**The best is selected**, promised at 95 %; it leads by the indifference zone exactly ({trials:,} trials a "
        f"line, {4 * trials:,} of two stages):": table(
            ["procedure", "designs", "values", "best selected", "replications a design"],
            [*selections(trials), *limited(trials)],
        ),
        f"**The best is in the subset**, promised at 95 %, from 20 replications of 8 designs ({few:,} trials a "
        "line):": table(["means", "values", "best kept", "designs kept"], subsets(few)),
        f"**Two designs are called a tie** where the race between them ends ({trials:,} trials a line); of equal ones "
        "this is promised at 95 %:": table(
            [
                "apart, in indifference zones",
                "tie by the verdict",
                "tie by a plain t interval",
                "replications a design",
            ],
            ties(trials),
        ),
        f"**The best of ten is found by a budget**, N(i, 6²) for i = 0 ... 9 ({few:,} trials a line):": table(
            ["budget", "by allocation", "by equal shares", "replications a design"], budgets(few)
        ),
    }
    return "\n\n".join(f"{title}\n\n{body}" for title, body in parts.items())


def main() -> None:
    """Measure everything and print the tables, or write them into the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=TRIALS)
    parser.add_argument("--write", action="store_true", help="write the tables into the page")
    options = parser.parse_args()
    text = tables(options.trials)
    if not options.write:
        print(text)
        return
    page = PAGE.read_text(encoding="utf-8")
    begin, end = page.index("<!-- measured -->\n"), page.index("<!-- end -->")
    PAGE.write_text(f"{page[:begin]}<!-- measured -->\n\n{text}\n\n{page[end:]}", encoding="utf-8")


if __name__ == "__main__":
    main()
