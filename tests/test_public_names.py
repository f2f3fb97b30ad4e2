"""The public names of netsim: few, all there, and found without loading anything heavy."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import netsim

HEAVY = {
    "pandas",
    "networkx",
    "geopandas",
    "numba",
    "matplotlib",
    "scipy",
    "numpy",
    "simpy",
    "pydantic",
    "ruamel",
    "rich",
}


def test_there_are_at_most_25_names_in_order_of_the_alphabet():
    assert len(netsim.__all__) <= 25
    assert netsim.__all__ == sorted(netsim.__all__)
    assert len(set(netsim.__all__)) == len(netsim.__all__)


@pytest.mark.parametrize("name", netsim.__all__)
def test_every_name_leads_to_something_documented(name):
    found = getattr(netsim, name)
    assert found.__doc__
    assert name in dir(netsim)


def test_the_type_checker_and_the_running_program_find_a_name_in_the_same_module():
    tree = ast.parse(Path(netsim.__file__).read_text(encoding="utf-8"))
    (checked,) = [node for node in tree.body if isinstance(node, ast.If)]
    typed = {}
    for statement in checked.body:
        assert isinstance(statement, ast.ImportFrom)
        for alias in statement.names:
            inner = f":{alias.name}" if alias.asname else ""
            typed[alias.asname or alias.name] = f"{statement.module}{inner}"
    assert typed == netsim._HOMES
    assert sorted(typed) == netsim.__all__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'simulate'"):
        netsim.simulate  # noqa: B018


def test_importing_netsim_costs_little_and_loads_nothing_heavy():
    script = (
        "import json, resource, sys\n"
        "before = resource.getrusage(resource.RUSAGE_SELF)\n"
        "import netsim\n"
        "after = resource.getrusage(resource.RUSAGE_SELF)\n"
        "cost = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime\n"
        "print(json.dumps({'cost': cost, 'modules': sorted(sys.modules)}))\n"
    )
    told = json.loads(subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True).stdout)
    assert told["cost"] <= 0.3
    assert not HEAVY & set(told["modules"])
