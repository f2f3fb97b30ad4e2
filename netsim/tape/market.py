"""The market of a product: units sold in cohorts, and how many of them fail on each day, by age and warranty.

Units sold come in cohorts, one a calendar month, sold evenly over the days of the month. The hazard is integrated in
closed form over the ages found in a cohort at noon of a day, retirement included, and split at the age where warranty
ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import exp, lgamma, log

import numpy as np
import numpy.typing as npt

from netsim.errors import ModelError
from netsim.spec.world import FailureMode, Hazard, Product, Sales, World

__all__ = ["Floats", "Ints", "Market", "make_market"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_DAY = 86_400
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class Market:
    """A product's cohorts and hazards in the whole market, days counted from `Demand.first_day`.

    *modes* are its positions in the catalogue. One entry a cohort: *months* (year x 12 + month - 1), *begins* and
    *ends* (sold on days begins .. ends - 1), *density* (units sold a day). *ages* has for each mode two arrays, out of
    and in warranty: the claims so far of one unit sold i - 1/2 days ago, per season index 1. *season* has the index of
    each day.
    """

    name: str
    modes: range
    months: Ints
    begins: Ints
    ends: Ints
    density: Floats
    ages: tuple[tuple[Floats, Floats], ...]
    season: Floats

    def by_cohort(self, mode: int) -> Floats:
        """Return claims a day as an array [day, 2 x cohort + warranty] of the product's *mode* (0 is its first)."""
        days = np.arange(self.season.size)[:, None]
        youngest = np.maximum(days + 1 - self.ends, 0)  # at noon of day d a unit sold at begin has d + 1/2 - begin days
        oldest = np.maximum(days + 1 - self.begins, 0)
        rates = np.empty((self.season.size, self.months.size, 2))
        for warranty, so_far in enumerate(self.ages[mode]):
            rates[:, :, warranty] = (so_far[oldest] - so_far[youngest]) * self.density
        rates *= self.season[:, None, None]
        return np.maximum(rates, 0.0).reshape(self.season.size, -1)


def make_market(world: World, name: str, modes: range, start: date, days: int) -> Market:
    """Return the market of product *name*, whose positions in the catalogue are *modes*, for *days* local dates.

    Raise ModelError for sales or a season without meaning.
    """
    product, first = world.products[name], start - timedelta(days=1)
    months, begins, ends, sold = _cohorts(name, product.sales, start, first, days)
    no_fault = world.rates.no_fault if product.no_fault is None else product.no_fault
    decay = 0.0 if product.half_life is None else log(2) * _DAY / product.half_life
    oldest = days + 1 - int(begins.min(initial=0))
    age = np.maximum(np.arange(oldest) - 0.5, 0.0)
    in_warranty = np.minimum(age, product.warranty / _DAY)
    ages = []
    for mode in (product.modes[each] for each in sorted(product.modes)):
        claims, covered = _faults(mode, decay, age), _faults(mode, decay, in_warranty)
        claims_out = (claims - covered) * (product.report_out * mode.capture / (1 - no_fault))
        ages.append((claims_out, covered * (product.report_in * mode.capture / (1 - no_fault))))
    season = _season(name, product)
    dates = [(first + timedelta(days=day)).month - 1 for day in range(days)]
    return Market(name, modes, months, begins, ends, sold, tuple(ages), season[dates])


def _faults(mode: FailureMode, decay: float, age: Floats) -> Floats:
    """Return the expected faults of one unit up to *age* in days, given that it retires at the rate *decay* a day.

    The integral of h(a) exp(-decay a): for a Weibull hazard an incomplete gamma function of order shape.
    """
    if not isinstance(mode.hazard, Hazard):
        return mode.hazard * (-np.expm1(-decay * age) / decay if decay else age)
    shape, scale = mode.hazard.weibull.shape, mode.hazard.weibull.scale / _DAY
    if not decay:
        return np.asarray((age / scale) ** shape, dtype=np.float64)
    from scipy.special import gammainc

    return np.asarray(exp(lgamma(shape + 1) - shape * log(scale * decay)) * gammainc(shape, decay * age))


def _cohorts(name: str, sales: Sales, start: date, first: date, days: int) -> tuple[Ints, Ints, Ints, Floats]:
    """Return month number, first day, day after the last and units a day of each cohort sold within the horizon.

    Sales begin with the calendar month of *start*, `months_before` earlier. Month i of a table is the i-th from
    there; a logistic ramp counts its time from the first day of the first month.
    """
    begin_month = start.year * 12 + start.month - 1 - sales.months_before
    stop = first + timedelta(days=days)
    months = np.arange(begin_month, stop.year * 12 + stop.month)
    edges = np.array([(_month_start(int(month)) - first).days for month in (*months, months[-1] + 1)], dtype=np.int64)
    begins, ends = edges[:-1], edges[1:]
    if sales.plateau is not None:
        units = np.full(months.size, sales.plateau)
    elif sales.monthly is not None:
        units = np.zeros(months.size)
        table = np.array(sales.monthly[: months.size])
        units[: table.size] = table
    else:
        assert sales.logistic is not None
        ramp = sales.logistic
        since = ((edges - edges[0]) * _DAY - ramp.midpoint) / ramp.scale
        risen = np.logaddexp(0.0, since) * (ramp.scale / _DAY)  # the integral of 1 / (1 + exp(-x)) is log(1 + exp(x))
        units = ramp.plateau * np.diff(risen) / (ends - begins)
    if not (np.isfinite(units).all() and (units >= 0).all()):
        raise ModelError(f"sales of `{name}` hold a negative or missing number; use units a month from 0 up")
    density = units / (ends - begins)
    if sales.end is not None:
        ends = np.minimum(ends, round(sales.end / _DAY) + (start - first).days)
    kept = (ends > begins) & (begins < days)
    return months[kept], begins[kept], ends[kept], density[kept]


def _month_start(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def _season(name: str, product: Product) -> Floats:
    season = np.array(product.season, dtype=np.float64)
    mean = float(season @ _MONTH_DAYS) / 365
    if not (np.isfinite(season).all() and (season >= 0).all() and mean > 0):
        raise ModelError(f"the season of `{name}` must be 12 numbers from 0 up, not all 0")
    return season / mean
