"""What Hydra shows: `--help`, `--cfg`, `--info`, shell completion.

As `hydra.main` would, but with the framework's own composer, and with no Hydra left behind in the
process.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

from hydra._internal.hydra import Hydra
from hydra._internal.utils import get_args_parser

from framework.configuration import command_line
from framework.configuration.choices import nested_choices
from framework.configuration.composer import Composer
from framework.configuration.hydra_state import kept_state
from framework.configuration.workspace import Workspace

_NAME = "framework"


def show(arguments: Sequence[str], workspace: Workspace) -> None:
    """Show what a command line's flags ask for.

    Parameters
    ----------
    arguments : Hydra's flags and overrides.
    workspace : of the command line.
    """
    registry, name = workspace.registry, workspace.asked.name
    folders = replace(registry.folders, nested=nested_choices(registry))
    parser = get_args_parser()
    args = parser.parse_args(list(arguments))
    with kept_state(workspace), _as_command():
        hydra = Hydra(_NAME, Composer(folders))
        if args.help:
            hydra.app_help(name, parser, args)
        elif args.hydra_help:
            hydra.hydra_help(name, parser, args)
        elif args.cfg:
            hydra.show_cfg(name, args.overrides, args.cfg, args.package, args.resolve)
        elif args.shell_completion:
            hydra.shell_completion(name, args.overrides)
        else:
            hydra.show_info(args.info, name, args.overrides)


@contextlib.contextmanager
def _as_command() -> Iterator[None]:
    """Complete lines of the command `framework`, also when this is `python -m framework`.

    Hydra goes by the script's name, and would take over the completion of every `python` there is.
    """
    script, typed = sys.argv[0], os.environ.get("COMP_LINE")
    sys.argv[0] = _NAME
    if typed is not None:
        os.environ["COMP_LINE"] = command_line.typed(typed)
    try:
        yield
    finally:
        sys.argv[0] = script
        if typed is not None:
            os.environ["COMP_LINE"] = typed
