"""The command line: each command lives in a module of `netsim.view` and is loaded when it is asked for."""

from __future__ import annotations

import importlib

import click

from netsim.errors import NetsimError, ScenarioError

__all__ = ["main"]

_COMMANDS = {
    "check": "check",
    "run": "run",
    "compare": "run",
    "sweep": "sweep",
    "show": "show",
    "trace": "show",
    "replay": "results",
    "export": "results",
    "merge": "results",
    "schema": "show",
    "map": "show",
}
"""Each command, in the order of the help, and the module ``netsim.view.commands_...`` that holds it."""


class _Commands(click.Group):
    """Commands that are imported when they are needed, and what becomes of the user's mistakes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"netsim.view.commands_{_COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from netsim.errors import did_you_mean

        if args and not args[0].startswith("-") and args[0] not in _COMMANDS:
            hint = did_you_mean(args[0], _COMMANDS) or f"there are {', '.join(_COMMANDS)}"
            raise click.UsageError(f"there is no command `{args[0]}`; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; the user's mistakes end with 1 and a line each, an interruption with 130."""
        try:
            return super().invoke(ctx)
        except ScenarioError as error:
            for fault in error.faults:
                click.echo(str(fault), err=True)
            count = len(error.faults)
            click.echo(f"{count} fault{'s' * (count != 1)}; nothing was run", err=True)
            ctx.exit(1)
        except NetsimError as error:
            click.echo(str(error), err=True)
            ctx.exit(1)
        except KeyboardInterrupt:
            click.echo(
                "interrupted; runs that had finished are kept, and the same command goes on from there", err=True
            )
            ctx.exit(130)
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            place = f"{error.filename} · " if error.filename else ""
            click.echo(f"{place}{error.strerror or error} · check the path and the room on the disk", err=True)
            ctx.exit(1)


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from importlib.metadata import PackageNotFoundError, version

        try:
            click.echo(f"netsim {version('netsim')}")
        except PackageNotFoundError:
            click.echo("netsim (not installed)")
        ctx.exit()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Version.")
def main() -> None:
    """Simulate after-sales service networks: what designs cost, how long customers wait, whether parts arrive.

    A first look, from the folder of the repository:

    \b
      netsim check   scenarios/launch_mexico/study.yaml
      netsim compare scenarios/launch_mexico/study.yaml
      netsim trace   scenarios/launch_mexico/study.yaml --design swap-pools

    Commands take a scenario, a design (with --scenario) or a study file, and those that show results take the
    results folder. They end with 0 when done, 1 when the input is at fault (every fault on its line), 2 when used
    wrongly, and 130 when interrupted.
    """


if __name__ == "__main__":
    main()
