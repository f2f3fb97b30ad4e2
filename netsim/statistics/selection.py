"""The verdict of a selection: which design is best, which tie with it, which are out, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from netsim.errors import ModelError
from netsim.statistics.constraints import Limit
from netsim.statistics.intervals import Interval

__all__ = ["Gap", "Goal", "Selection", "Standing", "Status", "check_budget", "check_numbers"]

Status = Literal["best", "tied", "unlikely", "worse", "infeasible", "undecided", "missing"]
_ORDER: tuple[Status, ...] = ("best", "tied", "undecided", "unlikely", "worse", "infeasible", "missing")
Show = Callable[[str, float], str]
"""Writes a value of a KPI, such as ``show("net_cost", 12000.0)`` for ``12,000 USD``."""


@dataclass(frozen=True, slots=True)
class Goal:
    """The KPI that decides, and which way is better."""

    kpi: str
    better: Literal["lower", "higher"]

    def __post_init__(self) -> None:
        if self.better not in ("lower", "higher"):
            raise ModelError(f"{self.kpi}: `{self.better}` is no way to be better; give `lower` or `higher`")

    @property
    def sign(self) -> float:
        """Return 1 where lower is better, -1 where higher is."""
        return 1.0 if self.better == "lower" else -1.0


@dataclass(frozen=True, slots=True)
class Gap:
    """A difference of two designs with an interval that need not lie evenly round it; NaN for what cannot be had."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Standing:
    """What was found of one design."""

    design: str
    status: Status
    """``tied``: the interval of its difference to the best holds 0. ``worse``: it does not. ``unlikely``: it does, but
    the design is better with a small probability only (of an allocation, which compares many designs few times).
    ``undecided``: still in the race when the runs ended. ``missing``: too few of its runs gave values."""
    estimate: Interval
    """The KPI that decides."""
    replications: int
    """Replications run, those without a value included."""
    behind: Gap | None = None
    """Its difference to the best, design minus best, all designs taken together; of the best itself that to the best
    of the others, where a procedure gives it; None where there is no best."""
    by: str = ""
    """The design that eliminated it, or the limit that it breaks."""
    after: int = 0
    """Replications after which it was out; 0 if it never was."""
    limits: tuple[Interval, ...] = ()
    """The KPIs with limits, in the order of the limits."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which design is best, and how sure that is. There is no best design without a number of runs and an interval."""

    goal: Goal
    standings: tuple[Standing, ...]
    """In the order of the designs."""
    procedure: str
    """Name and source."""
    confidence: float
    guaranteed: bool
    """Whether the procedure ended by its own rule and so keeps what it promises."""
    promise: str
    """What holds with a probability of at least *confidence* if *guaranteed*; what is known if not."""
    indifference: float | None = None
    limits: tuple[Limit, ...] = ()
    intervals: str = ""
    """How the intervals were made."""

    @property
    def best(self) -> str | None:
        """Return the design selected; None if no design keeps the limits, or the runs did not decide."""
        return next(iter(self.named("best")), None)

    @property
    def tied(self) -> tuple[str, ...]:
        """Return the designs that the runs do not tell from the best."""
        return self.named("tied")

    @property
    def is_tie(self) -> bool:
        """Return whether the best was selected from several that cannot be told apart."""
        return bool(self.best and self.tied)

    @property
    def infeasible(self) -> tuple[str, ...]:
        """Return the designs that break a limit."""
        return self.named("infeasible")

    @property
    def undecided(self) -> tuple[str, ...]:
        """Return the designs still in the race when the runs ended."""
        return self.named("undecided")

    @property
    def replications(self) -> int:
        """Return the number of runs of all designs."""
        return sum(standing.replications for standing in self.standings)

    def named(self, status: Status) -> tuple[str, ...]:
        """Return the designs of one status."""
        return tuple(standing.design for standing in self.standings if standing.status == status)

    def __getitem__(self, design: str) -> Standing:
        """Return what was found of *design*; raise `KeyError` for one that was not there."""
        for standing in self.standings:
            if standing.design == design:
                return standing
        raise KeyError(design)

    @property
    def headline(self) -> str:
        """Return the verdict in a sentence."""
        if self.best:
            unless = f", unless {_some(self.undecided)} keep their limits" if self.undecided else ""
            if self.tied:
                ties = f"tie: {_some(self.tied)} cannot be told from {self.best}"
                return f"{ties}, whose {self.goal.kpi} came out best{unless}"
            return f"best: {self.best}{unless}"
        if self.undecided:
            return f"undecided: {_some(self.undecided)} were still in the race when the runs ended"
        if self.infeasible:
            return "no design keeps the limits"
        return "nothing to select from: no design has enough values"

    @property
    def ranked(self) -> list[Standing]:
        """Return the designs with the best first, then those that tie, and those that are out, each by their mean."""
        return sorted(self.standings, key=lambda each: (_ORDER.index(each.status), self._rank(each)))

    def lines(self, show: Show | None = None, *, most: int = 30) -> list[str]:
        """Return the verdict as text: a headline, what it rests on, and a line for each design, best first.

        Of more than *most* designs the last are only counted.
        """
        said = show or (lambda _, value: f"{value:.6g}")
        zone = "" if self.indifference is None else f", indifference {said(self.goal.kpi, self.indifference)}"
        kind = "promised" if self.guaranteed else "not promised"
        runs = f"{self.replications} replications of {len(self.standings)} designs"
        found = [
            self.headline,
            f"  {self.goal.kpi}, {self.goal.better} is better, by {self.procedure}{zone}, {runs}",
            f"  {kind} at {self.confidence:.3g}: {self.promise}",
        ]
        found += [f"  {self._tell(standing, said)}" for standing in self.ranked[:most]]
        rest = [standing.status for standing in self.ranked[most:]]
        if rest:
            found.append("  and " + ", ".join(f"{rest.count(each)} {each}" for each in _ORDER if each in rest))
        return [*found, f"  intervals: {self.intervals}"] if self.intervals else found

    def _rank(self, standing: Standing) -> float:
        value = standing.estimate.mean
        return math.inf if math.isnan(value) else value * self.goal.sign

    def _tell(self, standing: Standing, show: Show) -> str:
        kpi, value = self.goal.kpi, standing.estimate
        words = [f"{standing.status}: {standing.design}", _show(value, kpi, show)]
        if standing.behind is not None:
            other = "the best of the others" if standing.status == "best" else "the best"
            words.append(f"difference to {other} {_show(standing.behind, kpi, show)}")
        if standing.by:
            verb = {"infeasible": "breaks", "undecided": "may break"}.get(standing.status, "eliminated by")
            words.append(f"{verb} {standing.by} after {standing.after} replications")
        words += [
            f"{limit.kpi} {_show(interval, limit.kpi, show)}"
            for limit, interval in zip(self.limits, standing.limits, strict=False)
        ]
        return f"{', '.join(words)} ({standing.replications} replications)"


def check_numbers(
    *, confidence: float, first: int, indifference: float | None, wants_zone: bool, at_most: int | None = None
) -> None:
    """Return if the numbers of a procedure have a meaning; raise `ModelError` naming the one that has none."""
    if not 0.5 < confidence < 1:
        raise ModelError(f"confidence {confidence}: give a share between 0.5 and 1, such as 0.95")
    if first < 2:
        raise ModelError(f"{first} first replications tell no variance; give 2 or more, better 10")
    if wants_zone and indifference is None:
        raise ModelError("this procedure needs an indifference zone: the smallest difference that matters")
    if indifference is not None and not indifference > 0:
        raise ModelError(f"indifference {indifference}: give the smallest difference that matters, above 0")
    if at_most is not None and at_most < first:
        raise ModelError(f"at most {at_most} replications are less than the {first} first ones")


def check_budget(budget: int | None, *, designs: int, first: int) -> None:
    """Return if *budget*, if there is one, suffices for the first replications; raise `ModelError` if it does not."""
    if budget is not None and budget < first * designs:
        raise ModelError(
            f"a budget of {budget} replications does not give {designs} designs {first} each; "
            f"give {first * designs} or more, or fewer first replications"
        )


def _some(names: Sequence[str], most: int = 8) -> str:
    """Return *names* in a row, of many the first."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _show(interval: Interval | Gap, kpi: str, show: Show) -> str:
    if math.isnan(interval.mean):
        return "no value"
    if math.isnan(interval.low):
        return f"{show(kpi, interval.mean)} (no interval)"
    return f"{show(kpi, interval.mean)} ({show(kpi, interval.low)} to {show(kpi, interval.high)})"
