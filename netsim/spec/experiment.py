"""How designs are measured: a study file."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from netsim.spec.precision import Replications
from netsim.spec.records import Duration, Fraction, Name, PositiveDuration, Record
from netsim.spec.selecting import Select
from netsim.units import QuantityError

__all__ = ["Compare", "Study", "Windows"]


class Windows(Record):
    """What is measured: orders created in [warm_up, warm_up + measure); the run goes on for cool_down."""

    warm_up: Duration = Field(0, description="time from the start that is not measured")
    measure: PositiveDuration = Field(description="measured time")
    cool_down: Duration = Field(
        60 * 86400, description="time with live demand after the measured time, so that its orders can finish"
    )
    kind: Literal["terminating", "steady-state"] | None = Field(
        None,
        description="what the measured time stands for: itself, such as the first years of a launch (`terminating`), "
        "or the long run (`steady-state`), which must not show its beginning; none: the long run if there is a warm-up",
    )


class Compare(Record):
    """How designs are compared."""

    baseline: str | None = Field(None, description="design that the others are compared with; none: the first")
    confidence: Fraction = Field(0.95, gt=0.5, lt=1, description="confidence of every interval")
    kpis: tuple[str, ...] = Field(
        ("net_cost", "cost_per_order", "tat_mean", "tat_p90", "arrival_rate", "cash_tied"),
        description="KPIs of the comparison table",
    )
    laws: dict[str, str] = Field(
        default_factory=dict,
        description="what is expected, by a sentence to print: `KPI: DESIGN above OTHER` (or below; several others by "
        "commas, or `others`), `KPI: DESIGN falls from year to year` (or rises; `every design`), "
        "`cost: DESIGN pays back against OTHER`; the comparison tells which of them its intervals support",
    )


class Study(Record):
    """One experiment: scenarios, designs, windows, replications, seed."""

    study: Name = Field(description="name; results go to results/<name>/")
    why: str = Field("", description="the question that the study answers")
    scenarios: tuple[str, ...] = Field(
        ("scenario.yaml",), min_length=1, description="scenario files; a later one may be a variant of the first"
    )
    designs: tuple[str, ...] | dict[Name, tuple[str, ...]] = Field(
        ("as-is",), description="design files, or names with stacked overlay files; `as-is` is the scenario unchanged"
    )
    windows: Windows = Field(description="measured period")
    replications: Replications = Field(
        10,
        description="runs of each design: a number, or `until 2 %` (`until 2 % of tat_mean`) for as many as it takes "
        "to know means that closely",
    )
    seed: int = Field(0, ge=0, lt=2**63, description="seed of the tape; the same for all designs")
    engine: Literal["auto", "simpy", "compiled"] = Field(
        "auto",
        description="what runs the designs: `compiled`, `simpy`, or `auto` for the compiled engine wherever no Python "
        "code is asked for; results are the same to the last byte",
    )
    compare: Compare = Field(default_factory=Compare, description="baseline and confidence")
    select: Select | None = Field(None, description="which design is best, and how sure; replications follow from it")

    @model_validator(mode="after")
    def _one_number(self) -> Self:
        if self.select is not None and "replications" in self.model_fields_set:
            remedy = "leave `replications` out; `select` has `first`, `at_most` and `budget`"
            raise QuantityError("`select` says how many replications are made, and `replications` says so too", remedy)
        return self
