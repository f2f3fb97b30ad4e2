"""Every command and program that the pages show runs; every link leads somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from docs import blocks as pages

_RUN = [page for page in pages.PAGES if pages.blocks(page)]
_NAMES = [page.relative_to(pages.ROOT).as_posix() for page in _RUN]


def run_page(page: Path, folder: Path, *, shorten: bool, seconds: int) -> None:
    environment = pages.workshop(folder, shorten=shorten)
    for block in pages.blocks(page):
        if shorten:
            block = replace(block, text=pages.shortened(block.text))
        done = pages.run(block, folder, environment, seconds=seconds)
        told = f"{page.name}:{block.line}\n{block.text}\n\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        assert done.returncode == (1 if block.fails else 0), told
        assert "Traceback" not in done.stderr, told


@pytest.mark.parametrize("page", _RUN, ids=_NAMES)
def test_what_a_page_shows_runs(page: Path, tmp_path: Path) -> None:
    run_page(page, tmp_path, shorten=True, seconds=300)


@pytest.mark.long
@pytest.mark.parametrize("page", _RUN, ids=_NAMES)
def test_what_a_page_shows_runs_at_full_length(page: Path, tmp_path: Path) -> None:
    run_page(page, tmp_path, shorten=False, seconds=900)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page as code hosts make them: words of the heading, lower case, joined by hyphens."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", pages.PAGES, ids=[page.relative_to(pages.ROOT).as_posix() for page in pages.PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if target.startswith(("http://", "https://")):
            continue
        place, _, anchor = target.partition("#")
        file = (page.parent / place).resolve() if place else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert not broken


def test_the_generated_pages_say_what_the_code_says() -> None:
    done = subprocess.run(
        [sys.executable, str(pages.ROOT / "docs" / "generate.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_integration_runs_the_second_command_of_the_readme() -> None:
    printed = subprocess.run(
        ["bash", str(pages.ROOT / ".ci" / "run"), "command"], capture_output=True, text=True, check=True
    ).stdout
    assert printed.strip() in (pages.ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert "pytest" in printed
