"""The reference of the command line, from the declarations of the commands."""

from __future__ import annotations

import inspect

import click

from docs.pages import NOTE, table
from netsim.cli import main

_HEAD = """
# Command line

What each command says of itself with `--help`. All take scenario, design or study files; results lie in
`results/<study>/` unless `--out` names another folder. [The tutorial](../tutorial.md) uses every command once.
"""


def page() -> str:
    """Return the page."""
    root = click.Context(main, info_name="netsim")
    text = NOTE + _HEAD + _entry("netsim", main)
    for name in main.list_commands(root):
        command = main.get_command(root, name)
        if command is not None:
            text += _entry(f"netsim {name}", command)
    return text


def _entry(title: str, command: click.Command) -> str:
    arguments = [p for p in command.params if isinstance(p, click.Argument)]
    options = [p for p in command.params if isinstance(p, click.Option)]
    words = [title, *(p.make_metavar(click.Context(command)) for p in arguments)]
    if options:
        words.append("[OPTIONS]")
    if isinstance(command, click.Group):
        words.append("COMMAND ...")
    text = f"\n## {title}\n\n`{' '.join(words)}`\n\n{_body(command.help or '')}"
    if options:
        text += "\n" + table(["Option", "Default", "Meaning"], [_row(option) for option in options])
    return text


def _row(option: click.Option) -> list[str]:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    if isinstance(option.type, click.Choice):
        names += " " + " or ".join(f"`{choice}`" for choice in option.type.choices)
    meaning, _, default = (option.help or "").partition("  [default: ")
    default = default.rstrip("]")
    if not default and option.show_default and isinstance(option.default, str | int) and not option.is_flag:
        default = f"`{option.default}`"
    if option.secondary_opts:
        default = f"`{option.opts[0] if option.default else option.secondary_opts[0]}`"
    return [names, default, meaning]


def _body(text: str) -> str:
    """Return the help text; what click is told not to wrap is a block of code."""
    paragraphs = []
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if paragraph.startswith("\b\n"):
            lines = paragraph.removeprefix("\b\n").splitlines()
            head = [line for line in lines if not line.startswith("  ")]
            paragraphs += head[:1] + ["```text\n" + inspect.cleandoc("\n".join(lines[len(head[:1]) :])) + "\n```"]
        else:
            paragraphs.append(paragraph.replace("\b", ""))
    return "\n\n".join(paragraphs) + "\n"
