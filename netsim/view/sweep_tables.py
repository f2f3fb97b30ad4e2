"""What a sweep found, as tables: KPIs across, and down them levels, shares of variance, swings or coefficients."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.markup import escape

from netsim.errors import ModelError
from netsim.statistics.intervals import Interval, sample_interval
from netsim.statistics.uncertainty import Range
from netsim.study.sweep_results import FactorInfo, SweepResults
from netsim.view.style import round_interval
from netsim.view.sweep_axes import Outcome, outcome_of, with_half
from netsim.view.tables import WIDTH, measures_of

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["Shown", "factor_table", "outcomes_of", "sweep_tables"]

_PER_BLOCK = 4
_DUST = 1e-6
_FAINT = 0.001
_MOST_POINTS = 60
"""Points of a table that are told one by one."""
_SMALL = 0.01
"""Shares of pairs below this are summed up in one line."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A table under its title, and what a reader must know of it."""

    title: str
    tables: tuple[Table, ...]
    note: str = ""


def outcomes_of(results: SweepResults, kpis: Sequence[str]) -> dict[str, Outcome]:
    """Return how each of *kpis* is shown; raise `ModelError` for one that the results do not hold."""
    return {
        each.kpi: outcome_of(each, results.matrix(each.kpi)[:, :1].ravel().tolist(), currency=results.currency)
        for each in measures_of(kpis, results.manifest["kpis"])
    }


def factor_table(results: SweepResults) -> Table:
    """Return the factors: what each changes, and its levels or distribution; the base level stands in brackets."""
    table = _table(["Factor", "changes", "levels"], ratios=(20, 44, 36), right=False)
    for factor in results.factors:
        how = {"scale": "times", "add": "plus"}.get(factor.change, "")
        words = factor.distribution or ", ".join(_words(factor))
        paths = "\n".join(factor.paths) or "design files"
        table.add_row(escape(factor.label), escape(paths), escape(f"{how} {words}".strip()))
    return table


def sweep_tables(results: SweepResults, outcomes: dict[str, Outcome]) -> list[Shown]:
    """Return the tables that suit how the points of *results* were chosen; what cannot be computed says why."""
    uncertain = any(factor.is_uncertain for factor in results.factors)
    wanted: list[Builder] = []
    if results.plan == "table" and len(results.designs) <= _MOST_POINTS:
        wanted.append(_points)
    if not uncertain and results.plan not in ("saltelli", "one-at-a-time"):
        wanted.append(_main_effects)
    if results.plan == "factorial":
        wanted.append(_shares)
    if results.plan == "one-at-a-time":
        wanted.append(_swings)
    if results.plan == "saltelli":
        wanted.append(_indices)
    if uncertain and results.plan in ("latin hypercube", "sobol", "table"):
        wanted.append(_coefficients)
    if uncertain and results.plan != "table":
        wanted.append(_outlook)
    return [_shown(build, results, outcomes) for build in wanted]


def _shown(build: Builder, results: SweepResults, outcomes: dict[str, Outcome]) -> Shown:
    """Return the table that *build* makes of the KPIs for which it can be made, and why not of the others."""
    able, notes = {}, []
    for kpi, outcome in outcomes.items():
        try:
            build(results, {kpi: outcome})
        except ModelError as error:
            notes.append(f"{outcome.label}: {error}")
        else:
            able[kpi] = outcome
    title, note = _TITLES[build]
    tables, note = (build(results, able), note) if able else ((), "")
    if results.replications == 1 and build is _shares:
        note = "One replication: chance is in the shares. " + note
    return Shown(title, tables, "\n".join(filter(None, [note.replace("\n", " "), *notes])))


def _main_effects(results: SweepResults, outcomes: dict[str, Outcome]) -> tuple[Table, ...]:
    effects = {kpi: results.main_effects(kpi) for kpi in outcomes}

    def rows(kpis: Sequence[str]) -> Iterable[list[str]]:
        for i, factor in enumerate(results.factors):
            yield [f"[bold]{escape(factor.label)}[/bold]", *([""] * len(kpis))]
            for level, word in enumerate(_words(factor)):
                found = [(outcomes[kpi], effects[kpi][i]) for kpi in kpis]
                yield [escape(f"  {word}"), *(with_half(each.means[level], outcome.scale) for outcome, each in found)]
                if level != factor.base:
                    cells = [
                        _difference(each.differences[level], each.means[factor.base], outcome.scale)
                        for outcome, each in found
                    ]
                    yield ["    against the base", *cells]

    return _blocks(outcomes, rows)


def _shares(results: SweepResults, outcomes: dict[str, Outcome]) -> tuple[Table, ...]:
    shares = {kpi: results.variance_shares(kpi) for kpi in outcomes}
    labels = {factor.name: factor.label for factor in results.factors}

    def rows(kpis: Sequence[str]) -> Iterable[list[str]]:
        for i in range(len(results.factors)):
            parts = [shares[kpi].main[i] for kpi in kpis]
            yield [escape(labels[parts[0].factors[0]]), *(_percent(part.share) for part in parts)]
        small = 0
        for i in range(len(shares[kpis[0]].pairs)):
            parts = [shares[kpi].pairs[i] for kpi in kpis]
            if max(part.share.mean for part in parts) < _SMALL:
                small += 1
                continue
            yield [
                escape(" x ".join(labels[name] for name in parts[0].factors)),
                *(_percent(part.share) for part in parts),
            ]
        if small:
            yield [f"{small} other pair{'s' * (small > 1)}, each", *(["< 1 %"] * len(kpis))]
        if len(results.factors) > 2:
            yield ["three and more together", *(_percent(shares[kpi].rest.share) for kpi in kpis)]
        yield ["chance", *(_percent(shares[kpi].chance.share) for kpi in kpis)]

    return _blocks(outcomes, rows)


def _swings(results: SweepResults, outcomes: dict[str, Outcome]) -> tuple[Table, ...]:
    by_factor = {kpi: {each.factor: each for each in results.swings(kpi)} for kpi in outcomes}

    def rows(kpis: Sequence[str]) -> Iterable[list[str]]:
        base = [next(iter(by_factor[kpi].values())).base for kpi in kpis]
        yield ["at the base", *(with_half(b, outcomes[kpi].scale) for b, kpi in zip(base, kpis, strict=True))]
        for factor in results.factors:
            found = [by_factor[kpi][factor.name] for kpi in kpis]
            words = _words(factor)
            yield [f"[bold]{escape(factor.label)}[/bold]", *([""] * len(kpis))]
            for end in ("low", "high"):
                cells = []
                for kpi, each in zip(kpis, found, strict=True):
                    level = each.low_level if end == "low" else each.high_level
                    interval = each.low if end == "low" else each.high
                    told = _difference(interval, each.base, outcomes[kpi].scale)
                    cells.append(escape(f"{told} at {words[level].strip('()')}".replace(" %", "\u00a0%")))
                yield [f"  {'least' if end == 'low' else 'most'}", *cells]

    return _blocks(outcomes, rows)


def _indices(results: SweepResults, outcomes: dict[str, Outcome]) -> tuple[Table, ...]:
    found = {kpi: results.sobol_indices(kpi) for kpi in outcomes}

    def rows(kpis: Sequence[str]) -> Iterable[list[str]]:
        for i, factor in enumerate(results.factors):
            yield [f"[bold]{escape(factor.label)}[/bold]", *([""] * len(kpis))]
            yield ["  alone", *(_percent(found[kpi].first[i]) for kpi in kpis)]
            yield ["  with all it takes part in", *(_percent(found[kpi].total[i]) for kpi in kpis)]
        yield ["chance, of a single run", *(_percent(found[kpi].chance) for kpi in kpis)]

    return _blocks(outcomes, rows)


def _coefficients(results: SweepResults, outcomes: dict[str, Outcome]) -> tuple[Table, ...]:
    fits = {kpi: results.regression(kpi, on_ranks=True) for kpi in outcomes}
    labels = {factor.name: factor.label for factor in results.factors}

    def rows(kpis: Sequence[str]) -> Iterable[list[str]]:
        for i, name in enumerate(fits[kpis[0]].names):
            yield [escape(labels[name]), *(with_half(fits[kpi].coefficients[i], sign=True) for kpi in kpis)]
        yield ["explained (R²)", *(_percent(fits[kpi].r_squared) for kpi in kpis)]

    return _blocks(outcomes, rows)


def _outlook(results: SweepResults, outcomes: dict[str, Outcome]) -> tuple[Table, ...]:
    splits = {kpi: results.split(kpi) for kpi in outcomes}
    views = {kpi: results.outlook(kpi) for kpi in outcomes}

    def rows(kpis: Sequence[str]) -> Iterable[list[str]]:
        yield ["mean", *(with_half(views[kpi].mean, outcomes[kpi].scale) for kpi in kpis)]
        for i, share in enumerate(views[kpis[0]].shares):
            cells = [_range(views[kpi].expected[i], outcomes[kpi].scale) for kpi in kpis]
            yield [f"P{100 * share:g} of what to expect", *cells]
        for i, share in enumerate(views[kpis[0]].shares):
            yield [f"P{100 * share:g} of one run", *(_range(views[kpi].single[i], outcomes[kpi].scale) for kpi in kpis)]
        yield ["variance by inputs", *(_range(splits[kpi].inputs.share, 0.01, "%") for kpi in kpis)]
        yield ["variance by chance", *(_range(splits[kpi].chance.share, 0.01, "%") for kpi in kpis)]
        if all(splits[kpi].both for kpi in kpis):
            parts = [splits[kpi].both for kpi in kpis]
            yield ["variance by both", *("" if part is None else _range(part.share, 0.01, "%") for part in parts)]

    return _blocks(outcomes, rows)


def _points(results: SweepResults, outcomes: dict[str, Outcome]) -> tuple[Table, ...]:
    samples = {kpi: results.by_design(kpi) for kpi in outcomes}
    levels = results.levels().set_index("design")

    def rows(kpis: Sequence[str]) -> Iterable[list[str]]:
        for design in results.designs:
            where = ", ".join(str(level) for level in levels.loc[design])
            found = [sample_interval(samples[kpi][design], level=results.confidence) for kpi in kpis]
            cells = [with_half(each, outcomes[kpi].scale) for kpi, each in zip(kpis, found, strict=True)]
            yield [escape(f"{design}: {where}"), *cells]

    return _blocks(outcomes, rows)


Builder = Callable[[SweepResults, dict[str, Outcome]], "tuple[Table, ...]"]
_TITLES: dict[Builder, tuple[str, str]] = {
    _points: ("Points", "Mean of each point ± half width of its interval."),
    _main_effects: ("Main effects: all other factors averaged", """\
Mean over all points of a level ± half width of its interval; the base level stands in brackets. Below it the difference
from the base, paired by replication. Effects rest on the replications that all points have."""),
    _shares: ("Shares of variance", """\
What moves a single run, if all levels are as probable: shares of its variance, free of chance in squares."""),
    _swings: ("One at a time", "Each factor moved by itself, all others at their base."),
    _indices: ("Sensitivity", """\
Sobol indices: shares of the variance of the expected outcome, first order and total."""),
    _coefficients: ("What rises and falls with what", """\
Rank regression: by how many standard deviations the outcome's rank moves with one of the factor's. What R² leaves open
the coefficients do not see."""),
    _outlook: ("What is not known, and what is chance", """\
What to expect: the mean outcome, which is not known as the inputs are not. One run: what a single history may bring
besides. In brackets the interval."""),
}  # fmt: skip

Rows = Callable[[Sequence[str]], Iterable[list[str]]]


def _blocks(outcomes: dict[str, Outcome], rows: Rows) -> tuple[Table, ...]:
    """Return *rows* as tables of at most four KPIs each."""
    names = list(outcomes)
    made = []
    for first in range(0, len(names), _PER_BLOCK):
        some = names[first : first + _PER_BLOCK]
        table = _table(["", *(outcomes[kpi].title for kpi in some)], ratios=(28, *([18] * len(some))))
        for row in rows(some):
            table.add_row(*row)
        made.append(table)
    return tuple(made)


def _table(heads: Sequence[str], *, ratios: Sequence[int], right: bool = True) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, width=min(WIDTH, sum(ratios) + 4), padding=(0, 1, 0, 0))
    for i, (head, ratio) in enumerate(zip(heads, ratios, strict=True)):
        table.add_column(escape(head), ratio=ratio, justify="right" if i and right else "left", overflow="fold")
    return table


def _words(factor: FactorInfo) -> list[str]:
    """Return the levels in words, the base in brackets."""
    words = [str(level) for level in factor.levels or ()]
    if len(words) > 1:
        words[factor.base] = f"({words[factor.base]})"
    return words


def _difference(found: Interval, base: Interval, scale: float) -> str:
    """Return a difference in words; what no printed digit of the *base* would show is the rounding of sums."""
    if abs(found.mean) < _DUST * abs(base.mean) and not found.half >= _DUST * abs(base.mean):
        return "0"
    return with_half(found, scale, sign=True)


def _percent(interval: Interval) -> str:
    if math.isnan(interval.mean):
        return "–"
    if abs(interval.mean) < _FAINT and not interval.half >= _FAINT:
        return "< 0.1 %"
    mean, half = round_interval(100 * interval.mean, 100 * interval.half)
    return f"{mean} ± {half} %" if half else f"{mean} %"


def _range(found: Range, scale: float, unit: str = "") -> str:
    if math.isnan(found.estimate):
        return "–"
    half = (found.high - found.low) / 2 / scale
    mean = round_interval(found.estimate / scale, half)[0]
    ends = [round_interval(end / scale, half)[0] for end in (found.low, found.high)]
    return f"{mean} ({ends[0]}, {ends[1]})" + (f" {unit}" if unit else "")
