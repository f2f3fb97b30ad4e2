"""What all tests share: scenarios from text, and golden files that `--update-golden` writes anew."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from netsim.spec.scenario import Scenario, load

GOLDEN = Path(__file__).parent / "golden"
HEAD = "netsim: 1\nname: Two countries\nstart: 2026-01-05\ncurrency: {base: EUR}\n"

# Milliseconds on a shared machine are no property of the code: an example may take as long as it does.
settings.register_profile("patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write golden files anew; read the difference by eye")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Return a function (name, text) that compares a text with the golden file of that name."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture
def scenario_of(tmp_path: Path) -> Callable[[str], Scenario]:
    """Return a function that loads a scenario from a YAML text, under the file's usual head."""

    def make(text: str) -> Scenario:
        path = tmp_path / "scenario.yaml"
        path.write_text(HEAD + textwrap.dedent(text), encoding="utf-8")
        return load(path, allow_code=True)

    return make


@pytest.fixture
def two_countries(scenario_of: Callable[[str], Scenario]) -> Callable[..., Scenario]:
    """Return a function that makes the scenario of the golden file, with (old, new) pairs of text replaced."""

    def make(*edits: tuple[str, str]) -> Scenario:
        text = (GOLDEN / "two_countries.yaml").read_text(encoding="utf-8")
        for old, new in edits:
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the file"
            text = text.replace(old, new)
        return scenario_of(text)

    return make
