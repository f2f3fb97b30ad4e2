"""What validation found, told once at its line with a remedy: one case for each kind of fault."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from netsim.errors import Fault
from netsim.spec.faults import origin_of, same_once, translate
from netsim.spec.network import Network
from netsim.spec.policies import Policies
from netsim.spec.reading import read_yaml_text
from netsim.spec.records import Record
from netsim.spec.world import World


def told(model: type[Record], text: str) -> list[str]:
    document = read_yaml_text(text, "a.yaml")
    with pytest.raises(ValidationError) as caught:
        model.model_validate(document.tree, context={"worth": {"EUR": 1.0}})
    return [str(fault) for fault in translate(caught.value, document.tree, lines=document.lines, model=model)]


LANE = "lanes:\n  a -> b:\n    transit: 1 d\n    {}\n"


@pytest.mark.parametrize(
    ("field", "want"),
    [
        ("transt: 2 d", ".transt · unknown field · did you mean `transit`?"),
        ("zzz: 2 d", ".zzz · unknown field · its fields are "),
        ("cut_off: 3", ".cut_off · `3` has no unit · write a duration such as `3 d`"),
        ("cut_off: 3 kg", ".cut_off · `3 kg` is a weight, not a duration · "),
        ("loss: 130 %", ".loss · `130 %` is above 100 % · write a share from 0 % to 100 %"),
        ("volumetric: -1", ".volumetric · `-1`: input should be greater than or equal to 0 · write a value at least 0"),
        ("volumetric: many", ".volumetric · `many`: input should be a valid number"),
        ("volumetric: [1]", ".volumetric · `[1]`: input should be a valid number · write a number"),
        ("regime: norml", ".regime · `norml` is not one of `auto`, "),
        ("regime: norml", "or `temporary` · did you mean `normal`?"),
        ("fifo: maybe", ".fifo · `maybe`: input should be a valid boolean"),
        ("fifo: maybe", " · write true or false"),
        ("nearest: 1.5", ".nearest · `1.5`: input should be a valid integer"),
        ("nearest: true", ".nearest · `true` is a truth value · "),
        ("customs: 3", ".customs · `3` is not a mapping · write `key: value` lines"),
        ("carries: parts", ".carries · `parts` is not a list · write it such as `[first, second]`"),
        ("cost: 6 EUR", ".cost · `6 EUR` does not say per what "),
        ("cost: 6 CHF/kg", ".cost · currency `CHF` has no worth "),
    ],
)
def test_one_fault_at_its_line(field: str, want: str) -> None:
    (fault,) = told(Network, LANE.format(field))
    assert want in fault
    assert fault.startswith('a.yaml:4 · network.lanes["a -> b"]'.replace("network.", ""))


def test_a_missing_field_is_told_at_its_record() -> None:
    assert told(Network, "nodes:\n  x: {country: ES}\n") == ["a.yaml:2 · nodes.x.kind · is missing · add `kind`"]


def test_a_bad_key_is_told() -> None:
    (fault,) = told(Network, 'nodes:\n  "a, b": {kind: outlet}\n')
    assert fault.startswith('a.yaml:2 · nodes["a, b"] · `a, b` cannot be a name: it holds `,`')


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("supply: {a: 3}", "supply.a · `3` is not a name"),
        ("supply: {a: [x, 4]}", "supply.a[1] · `4` is not a name"),
        (
            "shortage: {a: [home, {lateral: {kep: 1}}]}",
            "shortage.a[1].lateral.kep · unknown field · did you mean `keep`?",
        ),
        ("shortage: {a: 4}", "shortage.a · `4` is not a list"),
        ("stock: {a: {levels: {x: [1]}}}", "stock.a.levels.x · `[1]` has too few items"),
        ("stock: {a: {levels: {x: many}}}", "stock.a.levels.x · `many`: input should be a valid integer"),
        ("stock: {a: {levels: {x: [1, many]}}}", "stock.a.levels.x[1] · `many`: input should be a valid integer"),
    ],
)
def test_of_a_union_only_the_branch_that_was_meant_is_told(text: str, want: str) -> None:
    (fault,) = told(Policies, text)
    assert want in fault


SALES = "countries: {{}}\nproducts:\n  p:\n    modes: {{}}\n    sales: {}\n"
KEEP_ONE = "keep one; an overlay that gives another form takes the old one away, such as `plateau: null`"


@pytest.mark.parametrize(
    ("sales", "given"),
    [
        ("{}", "none is given"),
        ("{months_before: 3}", "none is given"),
        ("{plateau: 4, monthly: [1, 2]}", "`plateau` and `monthly` are given"),
        (
            "{plateau: 4, logistic: {plateau: 9, midpoint: 1 yr, scale: 1 d}, monthly: [1]}",
            "`logistic` and `plateau` and `monthly` are given",
        ),
    ],
)
def test_sales_take_exactly_one_form(sales: str, given: str) -> None:
    want = f"exactly one of `logistic`, `plateau`, `monthly` must stand here, {given} · {KEEP_ONE}"
    assert told(World, SALES.format(sales)) == [f"a.yaml:5 · products.p.sales · {want}"]


@pytest.mark.parametrize(
    "sales", ["{plateau: 0}", "{monthly: []}", "{logistic: {plateau: 9, midpoint: 1 yr, scale: 1 d}}"]
)
def test_each_form_of_sales_stands_alone(sales: str) -> None:
    tree = read_yaml_text(SALES.format(sales), "a.yaml").tree
    assert World.model_validate(tree).products["p"].sales.model_fields_set == set(tree["products"]["p"]["sales"])


@pytest.mark.parametrize("ladder", ["[home, {}]", "{rungs: [home, {}]}"])
def test_a_rung_without_a_field_is_told(ladder: str) -> None:
    (fault,) = told(Policies, f"shortage:\n  a: {ladder}\n")
    assert fault.startswith("a.yaml:2 · shortage.a")
    assert "exactly one of `lateral`, `parent` must stand here, none is given · write `{lateral: {}}`" in fault


@pytest.mark.parametrize("ladder", ["[{lateral: {keep: 1}, parent: {}}]", "{rungs: [{lateral: {}, parent: {}}]}"])
def test_a_rung_with_two_fields_is_told(ladder: str) -> None:
    (fault,) = told(Policies, f"shortage:\n  a: {ladder}\n")
    assert "must stand here, `lateral` and `parent` are given" in fault
    assert fault.endswith("two rungs are two items of the list")


def test_a_record_in_place_of_a_value_is_told_by_its_fields() -> None:
    text = "countries: {}\nproducts:\n  p:\n    sales: {plateau: 1}\n    modes:\n      m: {hazard: {weibul: 1}}\n"
    faults = told(World, text)
    assert [fault.partition(" · ")[2] for fault in faults] == [
        "products.p.modes.m.hazard.weibull · is missing · add `weibull`",
        "products.p.modes.m.hazard.weibul · unknown field · did you mean `weibull`?",
    ]


def test_all_faults_come_at_once() -> None:
    assert len(told(Network, "nodes: {x: {kind: y, fixed: 3, at: [100, 0]}, z: 3}\n")) == 4


def test_a_mistake_that_many_inherit_is_told_once() -> None:
    faults = [Fault("a.yaml", 3, f"network.nodes.{name}.shift", "is wrong", "mend it") for name in ("abc", "a")]
    other = Fault("a.yaml", 4, "network.nodes.a.shift", "is wrong", "mend it")
    assert same_once([*faults, other]) == [faults[1], other]


def test_without_any_line_the_file_is_not_known() -> None:
    assert origin_of(("a",), {}) == ("", 0, "")


def test_what_cannot_be_shown_in_short_is_cut() -> None:
    value: Any = "x" * 100
    (fault,) = told(Network, f"nodes: {{x: {{kind: {value}}}}}\n")
    assert "`" + "x" * 57 + "...`" in fault
