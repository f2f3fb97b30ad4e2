"""Measures the methods for sweeps on models with known answers, and writes it into docs/background/sensitivity.md.

    python -m docs.sensitivity                  # print the tables
    python -m docs.sensitivity --studies 100    # of fewer studies
    python -m docs.sensitivity --write          # write them into the page

The functions with known answers are those of the tests (tests/statistics/known.py).
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from netsim.statistics.effects import interactions, main_effects, share_variance  # noqa: E402
from netsim.statistics.intervals import Interval  # noqa: E402
from netsim.statistics.regression import standardised_regression  # noqa: E402
from netsim.statistics.sampling import factorial, saltelli  # noqa: E402
from netsim.statistics.sensitivity import sobol_indices  # noqa: E402
from netsim.statistics.uncertainty import Range, outlook, split_crossed, split_nested  # noqa: E402
from tests.statistics.known import (  # noqa: E402
    LINEAR,
    g_function,
    g_indices,
    ishigami,
    ishigami_indices,
    linear,
    linear_indices,
    on_tapes,
)

PAGE = Path(__file__).parent / "background" / "sensitivity.md"
STUDIES = 1000
FloatArray = NDArray[np.float64]
Found = Sequence[tuple[Interval | Range, float]]
"""Intervals of one study, each with the answer that it should hold."""

FUNCTIONS = {
    "Ishigami": (ishigami, 3, ishigami_indices()[:3]),
    "Sobol's g": (g_function, 4, g_indices()),
    "linear": (linear, 4, linear_indices()),
}
LEVELS = factorial([3, 2, 2])
A, B = np.array([0.0, 2.0, 7.0]), np.array([0.0, -3.0])
PAIR = np.array([[0.0, 0.0], [0.0, 1.0], [0.0, -4.0]])
EXPECTED = 50 + A[LEVELS[:, 0]] + B[LEVELS[:, 1]] + PAIR[LEVELS[:, 0], LEVELS[:, 1]]


def index_table() -> str:
    """Return known and found indices, without chance, with chance taken off, and with chance left in."""
    head = [
        "Function",
        "index",
        "input",
        "known",
        "found, no chance",
        "found, 5 runs a point",
        "if chance were left in",
    ]
    rows = [head, ["---"] * len(head)]
    for name, (function, factors, (variance, *known)) in FUNCTIONS.items():
        design = saltelli(4096, factors, seed=1)
        expected = function(design.points)
        runs = on_tapes(expected, 5, own=math.sqrt(variance), shared=math.sqrt(variance))
        exact, noisy = (sobol_indices(design, each, resamples=500) for each in (expected, runs))
        naive = sobol_indices(design, runs.mean(axis=1), resamples=10)
        for k, (order, answers) in enumerate(zip(("first", "total"), known, strict=True)):
            for i, answer in enumerate(answers):
                three = [(found.first, found.total)[k][i] for found in (exact, noisy, naive)]
                told = [f"{_number(each.mean)} ± {each.half:.3f}" for each in three[:2]]
                rows.append([name, order, f"x{i + 1}", _number(answer), *told, _number(three[2].mean)])
    return _table(rows)


def factorial_study(seed: int) -> dict[str, Found]:
    """Return a factorial of 3 x 2 x 2 on 8 tapes, whose chance is larger at higher levels of the first factor."""
    noise = 1.0 + LEVELS[:, 0]
    runs = on_tapes(EXPECTED, 8, shared=3.0, seed=seed)
    runs += noise[:, None] * np.random.default_rng(10**6 + seed).standard_normal(runs.shape)
    effect, shares = main_effects(runs, LEVELS)[0], share_variance(runs, LEVELS)
    a = A + PAIR.mean(axis=1)
    pair = PAIR - PAIR.mean(axis=0) - PAIR.mean(axis=1, keepdims=True) + PAIR.mean()
    parts = [a.var(), (B + PAIR.mean(axis=0)).var(), (pair**2).mean()]
    total = sum(parts) + float((noise**2).mean()) + 9
    return {
        "main effect: mean of a level": [(effect.means[1], float(EXPECTED[LEVELS[:, 0] == 1].mean()))],
        "main effect: difference from the base": [(effect.differences[2], a[2] - a[0])],
        "interaction contrast": [(interactions(runs, LEVELS)[0].contrasts[2][1], -4.0)],
        "share of variance: strong factor": [(shares.main[0].share, parts[0] / total)],
        "share of variance: pair": [(shares.pairs[0].share, parts[2] / total)],
        "share of variance: factor without effect": [(shares.main[2].share, 0.0)],
    }


def index_study(name: str) -> Callable[[int], dict[str, Found]]:
    """Return studies of Sobol indices with 256 rows on 5 tapes, chance as large as a quarter of the signal."""
    function, factors, (_, first, total) = FUNCTIONS[name]

    def study(seed: int) -> dict[str, Found]:
        design = saltelli(256, factors, seed=seed)
        expected = function(design.points)
        runs = on_tapes(expected, 5, own=0.5 * expected.std(), shared=0.5 * expected.std(), seed=seed)
        found = sobol_indices(design, runs, resamples=200, seed=seed)
        return {
            f"first-order indices of {name}": list(zip(found.first, first, strict=True)),
            f"total indices of {name}": list(zip(found.total, total, strict=True)),
        }

    return study


def regression_study(seed: int) -> dict[str, Found]:
    """Return standardised coefficients at 60 random points on 10 tapes, each tape with slopes of its own."""
    generator = np.random.default_rng(seed)
    points = generator.random((60, 4))
    runs = on_tapes(linear(points), 10, own=0.1, shared=2.0, seed=seed)
    runs += points @ (0.5 * generator.standard_normal((4, 10)))
    found = standardised_regression(runs, points, resamples=200, seed=seed)
    known = LINEAR / np.linalg.norm(LINEAR)
    return {"standardised coefficients": list(zip(found.coefficients, known, strict=True))}


def split_study(seed: int) -> dict[str, Found]:
    """Return splits of variance of models with normal parts, with skew ones, and with chance that scales."""
    generator = np.random.default_rng(seed)
    inputs, tape, both = (generator.standard_normal(shape) for shape in ((60, 1), 10, (60, 10)))
    normal, parts = 2 * inputs + tape + 1.5 * both, np.array([4, 1, 2.25])
    skew = generator.exponential(size=(60, 1)) + 0.5 * tape + 0.5 * (generator.exponential(size=(60, 10)) - 1)
    scaled = 4 * generator.random((60, 1)) * (1 + 0.5 * tape) + 0.3 * both
    nested = 2 * inputs[:15] + 1.5 * both[:15, :4]
    seen = outlook(normal, resamples=200, seed=seed)
    spreads = [2, math.sqrt(3.25), math.sqrt(7.25)]
    told = zip((seen.expected, seen.chance, seen.single), spreads, strict=True)
    z = norm.ppf([0.05, 0.5, 0.95])
    return {
        "split of variance, normal": _parts(split_crossed(normal), parts),
        "split of variance, skew": _parts(split_crossed(skew), np.array([1, 0.25, 0.25])),
        "split of variance, chance that scales": _parts(
            split_crossed(scaled), np.array([16 / 12, 4 * 0.25, 16 / 12 * 0.25 + 0.09])
        ),
        "split of variance, tapes of their own": _parts(split_nested(nested), np.array([4, 2.25])),
        "P5, P50, P95 of outlooks": [(each, s * q) for part, s in told for each, q in zip(part, z, strict=True)],
        "mean over inputs and tapes": [(seen.mean, 0.0)],
    }


def coverage_table(studies: int) -> str:
    """Return how many of so many studies' intervals held the known answer, by method."""
    head = ["Interval of", "intervals a study", "cover", "least covered one", "mean half width"]
    rows = [head, ["---"] * len(head)]
    for study in (factorial_study, index_study("Sobol's g"), index_study("linear"), regression_study, split_study):
        hits: dict[str, list[list[bool]]] = {}
        widths: dict[str, list[float]] = {}
        for seed in range(studies):
            for name, found in study(seed).items():
                hits.setdefault(name, []).append([bool(each.low <= answer <= each.high) for each, answer in found])
                widths.setdefault(name, []).append(float(np.mean([(each.high - each.low) / 2 for each, _ in found])))
        for name, table in hits.items():
            shares = np.mean(table, axis=0)
            least = float(shares.min())
            told = f"{100 * least:.1f} ± {100 * _error(least, studies):.1f} %"
            rows.append([name, str(len(shares)), f"{100 * shares.mean():.1f} %", told, f"{np.mean(widths[name]):.3g}"])
    return _table(rows)


def _parts(split: object, variances: FloatArray) -> Found:
    parts = [getattr(split, name) for name in ("inputs", "chance", "both")]
    known = variances / variances.sum()
    return [(part.share, float(share)) for part, share in zip(parts, known, strict=False) if part is not None]


def _error(share: float, studies: int) -> float:
    """Return the half width of the 95 % interval of a share that was counted (Agresti and Coull 1998)."""
    count = studies + 4
    middle = (share * studies + 2) / count
    return 1.96 * math.sqrt(middle * (1 - middle) / count)


def _number(value: float) -> str:
    return f"{value:z.3f}".replace("-", "−")


def _table(rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main() -> None:
    """Measure everything and print the tables, or write them into the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=STUDIES)
    parser.add_argument("--write", action="store_true", help="write the tables into the page")
    options = parser.parse_args()
    told = {"indices": index_table(), "coverage": coverage_table(options.studies)}
    if not options.write:
        print("\n\n".join(told.values()))
        return
    page = PAGE.read_text(encoding="utf-8")
    told["coverage"] = f"{options.studies:,} studies a line, 95 % stated.\n\n{told['coverage']}"
    for name, text in told.items():
        begin, end = page.index(f"<!-- {name} -->\n"), page.index(f"<!-- end of {name} -->")
        page = f"{page[:begin]}<!-- {name} -->\n\n{text}\n\n{page[end:]}"
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
