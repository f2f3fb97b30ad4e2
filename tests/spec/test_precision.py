"""How many replications: a number, a text or a mapping; and what is told of mistakes."""

from __future__ import annotations

import jsonschema
import pytest
from pydantic import Field, ValidationError

from netsim.spec.faults import translate
from netsim.spec.precision import Replications, Until
from netsim.spec.records import Record
from netsim.spec.schema import _generate
from netsim.statistics.precision import Precision


class File(Record):
    """A file with the field."""

    replications: Replications = Field(10, description="runs of each design")


def read(value: object) -> object:
    return File.model_validate({"replications": value}).replications


def told(value: object) -> str:
    tree = {"replications": value}
    with pytest.raises(ValidationError) as caught:
        File.model_validate(tree)
    [fault] = translate(caught.value, tree, lines={}, model=File)
    assert fault.path.startswith("replications")
    return f"{fault.path} · {fault.what} · {fault.remedy}"


def test_a_number_stays_a_number():
    assert read(30) == 30
    assert read("30") == 30
    assert File().replications == 10


def test_texts_are_read():
    assert read("until 2 %") == Until(until="2 %")
    assert read("  until 0.5%  of  tat_mean ") == Until(until="0.5 %", of=("tat_mean",))
    assert read("until 2 % of net_cost, tat_p90") == Until(until="2 %", of=("net_cost", "tat_p90"))
    assert Until(until="2 %").until == 0.02


def test_a_mapping_says_more():
    found = read({"until": "2 %", "of": ["net_cost", "tat_p90"], "confidence": "90 %", "at_least": 20, "at_most": 80})
    assert isinstance(found, Until)
    assert (found.of, found.confidence) == (("net_cost", "tat_p90"), 0.9)
    assert (found.at_least, found.at_most, found.jointly) == (20, 80, False)
    assert read({"within": 0.5, "of": "tat_mean"}) == Until(within=0.5, of=("tat_mean",))


def test_it_becomes_the_precision_of_a_study():
    asked = Until(until="2 %", jointly=True, at_most=80)
    assert Precision.of(asked, ("net_cost",), 0.9) == Precision(
        kpis=("net_cost",), relative=0.02, level=0.9, jointly=True, at_most=80
    )
    own = Until(within=0.5, of="tat_mean", confidence="99 %")
    assert Precision.of(own, ("net_cost",), 0.9, apart=True) == Precision(
        kpis=("tat_mean",), absolute=0.5, level=0.99, apart=True
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, ["at least 1"]),
        (1.5, ["whole number"]),
        (True, ["truth value"]),
        ("many", ["does not say how many", "until 2 %"]),
        ("until", ["does not say how many"]),
        ("until 2", ["above 100 %"]),
        ("until 3 d", ["is a duration, not a fraction"]),
        ("until 0 %", ["above 0"]),
        ("until 2 % of ", ["names no KPI"]),
        ({"of": ["tat_mean"]}, ["exactly one of", "until 2 % of tat_mean"]),
        ({"until": "2 %", "within": 1, "of": "tat_mean"}, ["exactly one of"]),
        ({"within": 1}, ["names none"]),
        ({"within": 1, "of": ["tat_mean", "net_cost"]}, ["names 2"]),
        ({"until": "2 %", "of": "tat_mean, tat_mean"}, ["twice"]),
        ({"until": "2 %", "at_least": 50, "at_most": 20}, ["`at_most` 20 is below `at_least` 50"]),
        ({"until": "2 %", "at_least": 1}, ["at_least", "at least 2"]),
        ({"until": "2 %", "confidence": "40 %"}, ["confidence", "above 0.5"]),
        ({"untill": "2 %"}, ["did you mean `until`"]),
    ],
)
def test_mistakes_are_told_once_with_a_remedy(value, words):
    found = told(value)
    for word in words:
        assert word in found


def test_the_schema_takes_all_three_forms():
    schema = _generate(File)
    schema["definitions"] = schema.pop("$defs")
    for value in (30, "until 2 %", "until 2.5 % of tat_mean, net_cost", {"within": 0.5, "of": ["tat_mean"]}):
        jsonschema.validate({"replications": value}, schema)
    for value in ("soon", 0, {"untill": "2 %"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"replications": value}, schema)
