"""The results of a study, read from its folder: tables with intervals, paired comparisons, percentiles, Pareto set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from netsim.errors import ModelError
from netsim.statistics.intervals import Interval, sample_interval
from netsim.statistics.pareto import ParetoSet, pareto_set
from netsim.statistics.survival import percentile_interval
from netsim.study.comparison import baseline_rows, interval_row, interval_rows, pair_rows, risk_rows
from netsim.study.folder import ResultsFolder

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Results"]


class Results(ResultsFolder):
    """What a study found. Everything is read from its folder, so that a script, a report and the program see the same.

    Tables have one row per design; with several scenarios they begin with a column ``scenario``. Intervals are at the
    study's confidence, by Student's t over replications or, of ratios, the jackknife; with one replication there are
    none, and their numbers are missing (NaN), never made up.
    """

    def interval(self, kpi: str, design: str, group: str = "all", scenario: str | None = None) -> Interval:
        """Return the interval of one KPI of one design: of a mean by Student's t, of a ratio of sums by the jackknife.

        A ratio is any KPI with a denominator, such as the parts arrival rate or the cost per order.
        """
        return sample_interval(self.sample(kpi, design, group, scenario), level=self.confidence)

    def table(self, kpis: Sequence[str] | None = None, group: str = "all") -> pd.DataFrame:
        """Return each KPI of each design with its interval: design kpi unit mean low high replications.

        *kpis* default to those of the study's comparison.
        """
        rows = [
            {"scenario": scenario, "design": row.pop("design"), "kpi": kpi, "unit": self.unit(kpi), **row}
            for scenario in self.scenarios
            for kpi in (self.manifest["compare"]["kpis"] if kpis is None else kpis)
            for row in interval_rows(self.by_design(kpi, group, scenario), level=self.confidence)
        ]
        return self._frame(rows)

    def points(self, kpis: Sequence[str] | None = None, group: str = "all") -> pd.DataFrame:
        """Return one row per point of a sweep: design, its level of each factor, and each KPI with its interval.

        Columns of a KPI are its name, NAME_low and NAME_high. *kpis* default to those of the study's comparison.
        """
        import pandas as pd

        names = self.manifest["compare"]["kpis"] if kpis is None else kpis
        levels = self.levels()
        parts = []
        for scenario in self.scenarios:
            frame = levels.set_index("design")
            for kpi in names:
                rows = interval_rows(self.by_design(kpi, group, scenario), level=self.confidence)
                found = pd.DataFrame(rows).set_index("design").reindex(frame.index)
                frame = frame.assign(**{kpi: found["mean"], f"{kpi}_low": found["low"], f"{kpi}_high": found["high"]})
                frame["replications"] = found["replications"]
            frame.insert(0, "scenario", scenario)
            parts.append(frame.reset_index())
        joined = pd.concat(parts, ignore_index=True)
        joined.attrs["note"] = self.note
        front = ["scenario", "design"] if len(self.scenarios) > 1 else ["design"]
        back = [name for name in joined.columns if name not in ("scenario", "design", "replications")]
        return joined[[*front, *back, *(["replications"] if names else [])]]

    def compare(
        self, kpi: str, baseline: str | None = None, group: str = "all", *, all_pairs: bool = False
    ) -> pd.DataFrame:
        """Return each design's mean with its interval, and its paired difference to *baseline* (default: the study's).

        Columns: design mean low high difference difference_low difference_high p_holm significant variance_removed
        replications. Differences are paired by replication, as designs share tapes; *p_holm* is adjusted for all
        designs compared; *significant* is missing where nothing can be said, as is all of the baseline's own row;
        *variance_removed* is the share of the variance of the difference that common random numbers took away.
        With *all_pairs* each design is compared with each one before it, in a column ``baseline`` instead of mean, low
        and high, and *p_holm* is adjusted for all pairs.
        """
        reference = self.baseline if baseline is None else baseline
        rows: list[dict[str, Any]] = []
        for scenario in self.scenarios:
            self._hash(reference, scenario)
            found = self.by_design(kpi, group, scenario)
            level = self.confidence
            made = pair_rows(found, level=level) if all_pairs else baseline_rows(found, reference, level=level)
            rows += [{"scenario": scenario, **row} for row in made]
        frame = self._frame(rows)
        return frame.astype({"significant": "boolean"}) if rows else frame

    def risk(self, kpis: Sequence[str] | None = None, group: str = "all", *, tail: float = 0.05) -> pd.DataFrame:
        """Return risk and error of each KPI of each design: the mean, P5 and P95 over replications, with intervals.

        Columns: design kpi unit mean low high p05 p05_low p05_high p95 p95_low p95_high replications
        replications_needed. The percentiles are of single replications' outcomes; their intervals (order statistics,
        whatever the distribution) are missing below *replications_needed*. *kpis* default to the study's.
        """
        rows = [
            {"scenario": scenario, "design": row.pop("design"), "kpi": kpi, "unit": self.unit(kpi), **row}
            for scenario in self.scenarios
            for kpi in (self.manifest["compare"]["kpis"] if kpis is None else kpis)
            for row in risk_rows(self.by_design(kpi, group, scenario), tail=tail, level=self.confidence)
        ]
        return self._frame(rows)

    def pareto(self, *kpis: str, better: dict[str, str] | None = None, scenario: str | None = None) -> ParetoSet:
        """Return the designs that no other beats in all of *kpis* (default: net cost, P90 turnaround, arrival rate).

        With the probability that each belongs to them, by a bootstrap over the replications that all designs have.
        *better* says ``lower`` or ``higher`` of KPIs of which the catalogue does not. Raise `ModelError` for a KPI
        without a direction.
        """
        names = kpis or ("net_cost", "tat_p90", "arrival_rate")
        columns = {kpi: self.by_design(kpi, scenario=scenario) for kpi in names}
        directions = {kpi: (better or {}).get(kpi) or self._describe(kpi).get("better", "") for kpi in names}
        if vague := [kpi for kpi, word in directions.items() if not word]:
            raise ModelError(f"{', '.join(vague)}: more is neither better nor worse; say which with better={{...}}")
        designs = self._designs_of(self._scenario(scenario))
        table = {design: {kpi: columns[kpi][design] for kpi in names} for design in designs}
        return pareto_set(table, directions, level=self.confidence)

    def quantile(self, q: float, name: str = "tat", *, scenario: str | None = None) -> pd.DataFrame:
        """Return the *q* quantile (0.9 for P90) of turnaround times ``tat`` or part waits ``wait`` in days, per design.

        Columns: design mean low high replications. Each replication's own percentile, by Kaplan and Meier as some were
        open at the end, is one value; it is missing if some replication does not reach it.
        """
        rows = []
        for design in self._designs_of(self._scenario(scenario)):
            days = [array / 86_400 for array in self.samples(name, design, scenario)]
            ended = [array == 0 for array in self.samples(f"{name}_censored", design, scenario)]
            found = percentile_interval(days, q, observed=ended, level=self.confidence)
            rows.append({"scenario": self._scenario(scenario), "design": design, **interval_row(found)})
        return self._frame(rows)

    def cost_by_category(self) -> pd.DataFrame:
        """Return mean cost and interval of each design in each category: design category mean low high replications."""
        from netsim.outcome.accounts import CATEGORIES

        rows = [
            {"scenario": scenario, "design": row.pop("design"), "category": category, **row}
            for scenario in self.scenarios
            for category in CATEGORIES
            for row in interval_rows(self.by_design("cost", f"category={category}", scenario), level=self.confidence)
        ]
        return self._frame(rows)

    def _frame(self, rows: list[dict[str, Any]]) -> pd.DataFrame:
        import pandas as pd

        frame = pd.DataFrame(rows)
        frame.attrs["note"] = self.note
        return frame.drop(columns="scenario", errors="ignore") if len(self.scenarios) == 1 else frame
