"""One module for each generated page: `page()` returns its text."""

NOTE = "<!-- Made by docs/generate.py from the code. Change the code, then run it again. -->\n"
"""First line of every generated page."""


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    cells = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in lines]
    return "".join(f"| {' | '.join(row)} |\n" for row in cells)
