"""The blocks of code in the pages: run by the tests, and by this program to renew the outputs that pages show.

    python docs/blocks.py docs/tutorial.md docs/guides/extending.md

A ```text block right below a block of code is what that code printed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "scenarios").glob("*/README.md")],
    key=lambda page: page.relative_to(ROOT).as_posix(),
)


@dataclass(frozen=True, slots=True)
class Block:
    """Code of a page: its language, text, first line, and whether it ends with 1 as it shows a mistake."""

    language: str
    text: str
    line: int
    fails: bool


def blocks(page: Path) -> list[Block]:
    """Return the ```bash and ```python blocks of *page* that are to be run.

    `<!-- not run: why -->` above a block takes it out; `<!-- ends with 1 -->` says that it shows a mistake.
    """
    found: list[Block] = []
    marks: list[str] = []
    language, start, lines = "", 0, []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fence = re.fullmatch(r"```(\w*)", line)
        if fence and not start:
            language, start, lines = fence[1], number, []
        elif fence:
            if language in ("bash", "python") and not any(mark.startswith("not run") for mark in marks):
                found.append(Block(language, "\n".join(lines), start, "ends with 1" in marks))
            start, marks = 0, []
        elif start:
            lines.append(line)
        elif mark := re.fullmatch(r"<!-- (.*) -->", line):
            marks.append(mark[1])
        elif line.strip():
            marks = []
    return found


def workshop(folder: Path, *, shorten: bool) -> dict[str, str]:
    """Return the environment for running blocks in *folder*, after copying scenarios and examples into it.

    With *shorten* the studies measure few days and replicate twice: what is shown is tested, not its numbers.
    """
    shutil.copytree(ROOT / "scenarios", folder / "scenarios", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "docs" / "examples", folder / "docs" / "examples")
    if shorten:
        for study in (*folder.glob("scenarios/*/*.yaml"), *folder.glob("docs/examples/*.yaml")):
            study.write_text(shortened(study.read_text(encoding="utf-8")), encoding="utf-8")
    programs = folder / "bin"
    programs.mkdir()
    for name, call in (
        ("netsim", f'"{sys.executable}" -m netsim'),
        ("python", f'"{sys.executable}"'),
        ("dask", f'"{sys.executable}" -m dask'),
    ):
        (programs / name).write_text(f'#!/bin/sh\nexec {call} "$@"\n', encoding="utf-8")
        (programs / name).chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"}


def shortened(text: str) -> str:
    """Return a study, or a script that writes or runs one, with short windows and two replications."""
    for long, short in (
        (r"measure: [^,}]+", "measure: 70 d"),
        (r"warm_up: 200 d", "warm_up: 20 d"),
        (r"replications(: |=)\d+", r"replications\g<1>2"),
        (r"latin hypercube: \d+", "latin hypercube: 8"),
    ):
        text = re.sub(long, short, text)
    return text


def run(block: Block, folder: Path, environment: dict[str, str], *, seconds: int) -> subprocess.CompletedProcess[str]:
    """Return what became of *block*, run in *folder*."""
    if block.language == "bash":
        arguments = ["bash", "-euo", "pipefail", "-c", block.text]
    else:
        script = folder / f"block_{block.line}.py"
        script.write_text(block.text, encoding="utf-8")
        arguments = [sys.executable, str(script)]
    return subprocess.run(
        arguments, cwd=folder, env=environment, capture_output=True, text=True, timeout=seconds, check=False
    )


def renew(page: Path) -> None:
    """Write what the code of *page* prints now into the ```text blocks below it."""
    lines = page.read_text(encoding="utf-8").splitlines()
    with tempfile.TemporaryDirectory() as place:
        environment = workshop(Path(place), shorten=False)
        printed = {}
        for block in blocks(page):
            done = run(block, Path(place), environment, seconds=1800)
            if done.returncode != block.fails:
                raise SystemExit(f"{page}:{block.line} ended with {done.returncode}\n{done.stderr}")
            printed[block.line] = done.stderr if block.fails else done.stdout
    for start, text in sorted(printed.items(), reverse=True):
        end = lines.index("```", start)
        if lines[end + 1 : end + 3] == ["", "```text"]:
            stop = lines.index("```", end + 3)
            lines[end + 3 : stop] = [line.rstrip() for line in text.strip("\n").splitlines()]
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        renew(Path(name))
