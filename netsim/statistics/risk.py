"""Risk and error of one KPI of one design: what single runs do, and how well that is known.

The mean's interval shrinks with more replications, and is no forecast of the next one. The percentiles over
replications say what a period may bring, and stay however many there are; their intervals say how well they are known.
Source: Nelson 2008, The MORE plot: displaying measures of risk and error from simulation output.
"""

from __future__ import annotations

from dataclasses import dataclass

from netsim.errors import ModelError
from netsim.statistics.intervals import Interval, sample_interval
from netsim.statistics.quantiles import QuantileInterval, quantile_interval, replications_for_quantile
from netsim.statistics.sample import Sampled, as_sample

__all__ = ["RiskAndError", "risk_and_error"]


@dataclass(frozen=True, slots=True)
class RiskAndError:
    """The mean with its interval, and the two percentiles that cut off a *tail* on each side, with theirs."""

    mean: Interval
    """The error: of a ratio, its ratio of sums."""
    low: QuantileInterval
    """The risk: the *tail* quantile of the outcomes of single replications."""
    high: QuantileInterval
    """The 1 - *tail* quantile."""
    tail: float

    @property
    def replications_needed(self) -> int:
        """Return the least number of replications at which the percentiles have intervals."""
        return replications_for_quantile(self.tail, level=self.mean.level)


def risk_and_error(values: Sampled, *, tail: float = 0.05, level: float = 0.95) -> RiskAndError:
    """Return the mean of a sample and its percentiles over replications (5th and 95th), each with its interval.

    Each replication is one outcome: of a ratio its own. Raise `ModelError` unless 0 < *tail* < 0.5.
    """
    if not 0 < tail < 0.5:
        raise ModelError(f"tail {tail}: give a share between 0 and 0.5, such as 0.05 for P5 and P95")
    sample = as_sample(values)
    low, high = (quantile_interval(sample.values, q, level=level) for q in (tail, 1 - tail))
    return RiskAndError(sample_interval(sample, level=level), low, high, tail)
