"""The shape of the code, read off its syntax trees: who may import whom, and how long a module may be."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import netsim

ROOT = Path(netsim.__file__).parent
LAYERS = [
    {"errors", "units", "registry", "distributions"},
    {"spec", "theory"},
    {"network", "policies"},
    {"model", "tape"},
    {"engine", "plan"},
    {"outcome"},
    {"statistics", "store"},
    {"study", "optimise"},
    {"view", "cli", "__main__"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
NOT_IN_THE_ENGINE = ("random", "numpy.random", "pandas", "networkx")
LONGEST = 400

MODULES = {
    ".".join(("netsim", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
    if "_data" not in path.parts
}


def imports_of(name: str, *, when_run: bool = False) -> set[str]:
    """Return the modules that *name* imports; *when_run* leaves out what is imported for types only."""
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    found = set()
    for node in _at_run(tree) if when_run else ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: write imports in full"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(whole if whole in MODULES or not str(node.module).startswith("netsim") else str(node.module))
    return found


def _at_run(tree: ast.AST) -> list[ast.AST]:
    """Return the nodes whose code can run, in functions too: a circle that a function hides is a circle."""
    found: list[ast.AST] = []
    for child in ast.iter_child_nodes(tree):
        if not (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)):
            found += [child, *_at_run(child)]
    return found


def home(module: str) -> str:
    """Return the package of a module of netsim, or the module itself at the top: what the layers name."""
    return module.split(".")[1] if "." in module else ""


def outside(module: str, names: tuple[str, ...]) -> list[str]:
    return sorted(each for each in imports_of(module) for name in names if each == name or each.startswith(f"{name}."))


INNER = [name for name in MODULES if home(name)]


@pytest.mark.parametrize("module", INNER)
def test_every_module_belongs_to_a_layer_and_imports_downwards_only(module):
    level = LEVEL[home(module)]
    # Within a layer packages may use one another; the search for circles sees that they do so one way.
    assert [each for each in imports_of(module) if each.startswith("netsim.") and LEVEL[home(each)] > level] == []


def test_only_the_engine_knows_simpy():
    assert [name for name in MODULES if outside(name, ("simpy",)) and home(name) != "engine"] == []


def test_the_engine_draws_nothing_and_knows_no_tables_or_graphs():
    found = {name: outside(name, NOT_IN_THE_ENGINE) for name in MODULES if home(name) == "engine"}
    assert {name: what for name, what in found.items() if what} == {}


def test_policies_know_the_registry_and_their_view_only():
    allowed = {"netsim.registry", "netsim.errors", "netsim.policies"}
    for name in MODULES:
        if home(name) == "policies":
            ours = {each for each in imports_of(name) if each.startswith("netsim")}
            assert {each for each in ours if each not in allowed and home(each) != "policies"} == set(), name


def test_the_tape_sees_the_world_and_nothing_of_a_design():
    allowed = {"netsim.spec.world", "netsim.spec.countries"}
    for name in MODULES:
        if home(name) == "tape":
            taken = {each for each in imports_of(name) if home(each) in ("spec", "model", "network", "policies")}
            assert taken <= allowed, name


def test_no_two_modules_import_one_another_in_a_circle():
    edges = {name: sorted(imports_of(name, when_run=True) & set(MODULES) - {name}) for name in MODULES}
    done: set[str] = set()

    def visit(name: str, path: list[str]) -> None:
        assert name not in path, " -> ".join([*path[path.index(name) :], name])
        if name not in done:
            for each in edges[name]:
                visit(each, [*path, name])
            done.add(name)

    for name in edges:
        visit(name, [])


@pytest.mark.parametrize("module", MODULES)
def test_no_module_is_longer_than_400_lines(module):
    assert len(MODULES[module].read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("module", MODULES)
def test_no_module_has_a_name_that_says_nothing(module):
    assert MODULES[module].stem not in {"utils", "helpers", "common", "misc"}
