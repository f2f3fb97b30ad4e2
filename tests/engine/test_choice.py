"""The choice of an engine, with a stand-in for the compiled one: what is taken, what is told, what is refused."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import pytest

from netsim.engine import choice, simpy_engine
from netsim.errors import ModelError

COMPILED = "netsim.engine.compiled.compiled_engine"
PLAIN, CUSTOM = SimpleNamespace(asks=None), SimpleNamespace(asks="the shortage rule mine of hub")


class Engine:
    """Stands for the compiled engine."""


@pytest.fixture
def compiled(monkeypatch):
    """Return the stand-in of the compiled engine's module; its machine code is nowhere yet."""
    module = ModuleType(COMPILED)
    module.warm = []
    module.CompiledEngine = Engine
    module.what_needs_python = lambda model: model.asks
    module.is_ready = lambda: bool(module.warm)
    module.warm_up = lambda: module.warm.append("compiled")
    monkeypatch.setitem(sys.modules, COMPILED, module)
    return module


@pytest.fixture
def without_numba(monkeypatch):
    """Let the import of the compiled engine fail as it does where numba is missing."""

    def fail(name):
        raise ModuleNotFoundError("No module named 'numba'", name="numba")

    monkeypatch.setattr(choice, "importlib", SimpleNamespace(import_module=fail))


def test_auto_takes_the_compiled_engine_and_says_nothing(compiled):
    for wanted in ("auto", "compiled"):
        engine, note = choice.choose(PLAIN, wanted)
        assert isinstance(engine, Engine)
        assert note is None


def test_each_choice_makes_an_engine_of_its_own(compiled):
    assert choice.choose(PLAIN).engine is not choice.choose(PLAIN).engine


def test_auto_says_in_one_line_what_asked_for_the_simpy_engine(compiled):
    engine, note = choice.choose(CUSTOM)
    assert engine is simpy_engine.run
    assert "the shortage rule mine of hub" in note
    assert "\n" not in note


def test_simpy_is_taken_without_a_word_and_without_numba(compiled, monkeypatch):
    monkeypatch.delitem(sys.modules, COMPILED)
    monkeypatch.setattr(choice, "importlib", None)
    assert choice.choose(PLAIN, "simpy") == (simpy_engine.run, None)


def test_the_compiled_engine_is_refused_where_python_is_asked_for(compiled):
    with pytest.raises(ModelError, match=r"the shortage rule mine of hub.*choose `auto` or `simpy`"):
        choice.choose(CUSTOM, "compiled")


def test_without_numba_auto_tells_and_compiled_is_refused_with_a_remedy(without_numba):
    engine, note = choice.choose(PLAIN)
    assert engine is simpy_engine.run
    assert "pip install numba" in note
    assert "\n" not in note
    with pytest.raises(ModelError, match="pip install numba"):
        choice.choose(PLAIN, "compiled")


def test_another_fault_of_the_import_is_not_taken_for_a_missing_numba(monkeypatch):
    def fail(name):
        raise ModuleNotFoundError("No module named 'netsim.engine.missing'", name="netsim.engine.missing")

    monkeypatch.setattr(choice, "importlib", SimpleNamespace(import_module=fail))
    with pytest.raises(ModuleNotFoundError):
        choice.choose(PLAIN)


def test_an_unknown_engine_is_told_with_what_there_is():
    with pytest.raises(ModelError, match="did you mean `compiled`"):
        choice.choose(PLAIN, "compield")
    with pytest.raises(ModelError, match="auto, simpy, compiled"):
        choice.check_engine("rocket")


def test_compiling_is_told_once_and_only_where_it_is_needed(compiled):
    told: list[str] = []
    choice.warm_up(["simpy"], told.append)
    assert (told, compiled.warm) == ([], [])
    choice.warm_up(["simpy", "compiled"], told.append)
    assert len(told) == 1
    assert "compiling the engine for this machine, once" in told[0]
    choice.warm_up(["compiled"], told.append)
    assert (len(told), compiled.warm) == (1, ["compiled"])
