"""Selection in a study: the rule that its file asks for, and the verdict that its results give."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from netsim.errors import Fault, ModelError, ScenarioError, did_you_mean
from netsim.spec.faults import explain
from netsim.spec.selecting import Amount, Select
from netsim.statistics.allocation import Allocation
from netsim.statistics.constraints import Limit
from netsim.statistics.knockout import Knockout
from netsim.statistics.sample import Sample
from netsim.statistics.screening import Subset, screen
from netsim.statistics.selection import Goal, Selection
from netsim.statistics.two_stage import TwoStage

if TYPE_CHECKING:
    from netsim.study.results import Results

__all__ = [
    "SelectionRule",
    "is_selection",
    "judge_selection",
    "read_rule",
    "screen_designs",
    "select_best",
    "selection_rule",
    "show_values",
    "tell_rule",
]

SelectionRule = Knockout | TwoStage | Allocation

DAY, HOUR = 86_400.0, 3600.0
_RULES: dict[str, type[SelectionRule]] = {each.__name__: each for each in (Knockout, TwoStage, Allocation)}
_EXAMPLES = {"share": "1 %", "d": "2 d", "h": "20 h", "money": "20000 {0}", "money/order": "2 {0}/order",
             "money/piece": "2 {0}/piece"}  # fmt: skip
_USUAL = 0.01
"""Tolerance of a limit: points of a share, else a share of the bound."""


def selection_rule(
    select: Select, *, currencies: Collection[str], confidence: float = 0.95, designs: int | None = None
) -> SelectionRule:
    """Return the rule that *select* asks for, its values in the units of their KPIs.

    *currencies* are the base currencies of the scenarios, of which there must be one if any value is money;
    *confidence* is that of the comparison; *designs* the number of designs of a scenario, to check the budget with.
    Raise `ScenarioError` with every KPI that is not known and every value in a unit that is not its KPI's.
    """
    faults: list[Fault] = []

    def read(amount: Amount, kpi: str, where: str) -> float:
        try:
            return _in_unit(amount, kpi, currencies)
        except ModelError as error:
            what, _, remedy = str(error).partition("; ")
            faults.append(Fault(*select.source, f"select.{where}", what, remedy))
            return 1.0

    goal = Goal(select.kpi, "lower" if select.minimise else "higher")
    delta = 1.0
    if select.indifference is not None:
        delta = read(select.indifference, select.kpi, "indifference")
    else:
        read(Amount(0.0, _FREE), select.kpi, "minimise" if select.minimise else "maximise")
    limits = []
    for row, text in enumerate(select.subject_to):
        where = f"subject_to[{row}]"
        bound = read(text.bound, text.kpi, where)
        if text.within is not None:
            tolerance = read(text.within, text.kpi, where)
        else:
            tolerance = _USUAL * (1.0 if _unit_of(text.kpi) == "share" else abs(bound))
        if not tolerance > 0:
            what = f"`{text}` has no tolerance to go without saying"
            faults.append(Fault(*select.source, f"select.{where}", what, "give one, such as `within 0.5`"))
            tolerance = 1.0
        limits.append(Limit(text.kpi, text.sense, bound, tolerance))
    if select.budget is not None and designs is not None and select.budget < designs * select.first:
        what = f"a budget of {select.budget} does not give {designs} designs {select.first} replications each"
        faults.append(Fault(*select.source, "select.budget", what, f"give {designs * select.first} or more"))
    if faults:
        raise ScenarioError(faults)
    level = confidence if select.confidence is None else select.confidence
    if select.method == "ocba":
        assert select.budget is not None  # the record saw to it
        return Allocation(
            goal, select.budget, tuple(limits), level, select.first,
            indifference=None if select.indifference is None else delta, at_most=select.at_most,
        )  # fmt: skip
    if select.method == "nelson-matejcik":
        return TwoStage(goal, delta, level, select.first, select.at_most, select.budget)
    return Knockout(goal, delta, tuple(limits), level, select.first, at_most=select.at_most, budget=select.budget)


def judge_selection(rule: SelectionRule, results: Results, scenario: str | None = None) -> Selection:
    """Return the verdict of *rule* on one scenario of *results*, whether or not it was the rule they were made by.

    Raise `ModelError` for a scenario or a KPI that the results do not hold.
    """
    return rule.verdict(_seen(rule.kpis, results, scenario))


def select_best(
    results: Results, select: Select | None = None, *, scenario: str | None = None, **words: Any
) -> Selection:
    """Return what the runs there are say of the best design, by a `Select` or its fields in *words*.

    Such as ``select_best(results, minimise="net_cost", indifference="20000 USD")``; with neither, the selection that
    the study itself was run for. Raise `ModelError` if there was none, or for words without a meaning.
    """
    if select is None and not words:
        if not is_selection(results):
            raise ModelError("this study was not run to select a design; say what is best, such as minimise='net_cost'")
        return judge_selection(read_rule(results.manifest["rule"]), results, scenario)
    return judge_selection(_asked(results, select, words), results, scenario)


def screen_designs(
    results: Results, select: Select | None = None, *, scenario: str | None = None, **words: Any
) -> Subset:
    """Return the designs of which one is the best, as far as a fixed number of replications tells.

    By a `Select` or its fields in *words*, of which no indifference is needed: ``screen_designs(results,
    minimise="net_cost")``. Raise `ModelError` for words without a meaning.
    """
    # An indifference is asked of procedures that go on until it is reached; the words are read as those of a budget.
    rule = _asked(results, select, {"procedure": "ocba", "budget": 2**31, **words})
    limits = () if isinstance(rule, TwoStage) else rule.limits
    seen = _seen(rule.kpis, results, scenario)
    return screen(seen, rule.goal, limits=limits, confidence=rule.confidence, indifference=rule.indifference or 0.0)


def _asked(results: Results, select: Select | None, words: Mapping[str, Any]) -> SelectionRule:
    try:
        asked = Select.model_validate(dict(words)) if select is None else select
        currencies = {str(case["currency"]) for case in results.manifest["cases"]}
        return selection_rule(asked, currencies=currencies, confidence=results.confidence)
    except ValidationError as error:
        raise ModelError(explain(error)) from error
    except ScenarioError as error:
        raise ModelError(str(error)) from error


def _seen(kpis: Collection[str], results: Results, scenario: str | None) -> dict[str, dict[str, Sample]]:
    """Return the samples of *kpis* by design, each up to the last replication tried, failed ones included."""
    name = results.scenarios[0] if scenario is None else scenario
    tried = results.tried(name)
    found: dict[str, dict[str, Sample]] = {}
    for kpi in kpis:
        for design, sample in results.by_design(kpi, scenario=scenario).items():
            found.setdefault(design, {})[kpi] = sample.first(tried.get(design, 0))
    return found


def is_selection(results: Results) -> bool:
    """Return whether *results* were made to select a design."""
    return results.manifest.get("rule", {}).get("name") in _RULES


def tell_rule(rule: SelectionRule) -> dict[str, Any]:
    """Return *rule* in plain values, for a manifest; see `read_rule`."""
    return {"name": type(rule).__name__, **asdict(rule)}


def read_rule(told: Mapping[str, Any]) -> SelectionRule:
    """Return the rule that `tell_rule` told. Raise `ModelError` for one that selects nothing."""
    if told.get("name") not in _RULES:
        raise ModelError(f"the rule {told.get('name')} selects nothing; known are {', '.join(_RULES)}")
    fields = {name: value for name, value in told.items() if name != "name"}
    fields["goal"] = Goal(**fields["goal"])
    if "limits" in fields:
        fields["limits"] = tuple(Limit(**limit) for limit in fields["limits"])
    return _RULES[told["name"]](**fields)


def show_values(results: Results) -> Callable[[str, float], str]:
    """Return what writes a value of a KPI with its unit: ``95.2 %``, ``12,300 USD``, ``3.21 d``."""

    def show(kpi: str, value: float) -> str:
        unit = results.unit(kpi)
        if unit == "share":
            return f"{100 * value:.4g} %"
        text = f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"
        return f"{text} {unit}".rstrip()

    return show


_FREE = "?"
"""The unit of an amount that is asked for the sake of its KPI alone."""


def _in_unit(amount: Amount, kpi: str, currencies: Collection[str]) -> float:
    """Return *amount* in the unit of *kpi*; raise `ModelError` if it is in another, with a remedy after ``; ``."""
    unit = _unit_of(kpi)
    if unit is None:
        raise ModelError(f"there is no KPI `{kpi}`; {did_you_mean(kpi, _known()) or 'see the list of KPIs'}")
    if amount.unit == _FREE:
        return amount.number
    if unit == "share" and amount.unit in ("%", ""):
        return amount.number
    if unit in ("d", "h") and amount.unit == "s":
        return amount.number / (DAY if unit == "d" else HOUR)
    if unit.startswith("money"):
        basis = unit.partition("/")[2]
        currency, _, given = amount.unit.partition("/")
        if len(currencies) == 1 and currency in currencies and given in ("", basis):
            return amount.number
        if len(currencies) > 1:
            raise ModelError(f"{kpi} is money, and scenarios differ in their base currency; select in one of them")
    elif unit not in ("share", "d", "h") and not amount.unit:
        return amount.number
    example = _EXAMPLES.get(unit, "12").format(next(iter(sorted(currencies)), "EUR"))
    raise ModelError(f"`{amount}` is no value of {kpi} in {_unit(unit, currencies)}; write it such as `{example}`")


def _known() -> list[str]:
    from netsim.outcome.kpis import KPIS
    from netsim.registry import find_kpis

    return [*KPIS, *find_kpis()]


def _unit_of(kpi: str) -> str | None:
    """Return the unit of *kpi*, None for one that is not known."""
    from netsim.outcome.kpis import describe

    return describe(kpi).unit if kpi in _known() else None


def _unit(unit: str, currencies: Collection[str]) -> str:
    if unit == "share":
        return "per cent"
    return unit.replace("money", next(iter(sorted(currencies)), "money")) or "bare numbers"
