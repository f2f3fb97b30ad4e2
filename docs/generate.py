"""Writes the pages of docs/reference from the code, so that no fact is written twice.

    python docs/generate.py          # write the pages
    python docs/generate.py --check  # say which are out of date, and end with 1 if any is

A test runs the check.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from docs.pages import cli, file_format, kpis, python, records  # noqa: E402

FOLDER = Path(__file__).parent / "reference"
PAGES = {
    "file_format.md": file_format.page,
    "kpis.md": kpis.page,
    "cli.md": cli.page,
    "records.md": records.page,
    "python.md": python.page,
}


def stale() -> list[str]:
    """Return the names of the pages whose text differs from what the code says now."""
    found = []
    for name, page in PAGES.items():
        path = FOLDER / name
        if not path.exists() or path.read_text(encoding="utf-8") != page():
            found.append(name)
    return found


def main(arguments: list[str]) -> int:
    """Return the exit code after writing, or with ``--check`` only comparing, every page."""
    if arguments == ["--check"]:
        old = stale()
        print(f"out of date: {', '.join(old)}; run `python docs/generate.py`" if old else "up to date")
        return bool(old)
    FOLDER.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
