"""A command line that Hydra takes: sweeps, `--help`, `--cfg`, `--info`, shell completion.

As `hydra.main` would, but with the framework's own composer, and with no Hydra left behind in the
process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hydra._internal.hydra import Hydra
from hydra._internal.utils import _run_app, get_args_parser
from omegaconf import DictConfig

from framework.composer import Composer
from framework.hydra_state import kept_state
from framework.search_folders import SearchFolders

_NAME = "framework"


def take(
    arguments: Sequence[str],
    name: str,
    folders: SearchFolders,
    job: Callable[[DictConfig], float | None],
) -> None:
    """Do what a command line's flags ask for; with `-m`, the jobs of a sweep.

    Parameters
    ----------
    arguments : overrides and Hydra's flags.
    name : the primary configuration.
    job : does one job.

    Raises
    ------
    SystemExit : when the flags cannot be read.
    """
    parser = get_args_parser()
    args = parser.parse_intermixed_args(list(arguments))
    if sum((bool(args.cfg), args.multirun, args.shell_completion, bool(args.info))) > 1:
        parser.error("only one of --multirun, --cfg, --info and --shell-completion can be given")
    if args.resolve and not (args.cfg or args.help):
        parser.error("--resolve goes with --cfg or --help")
    with kept_state():
        hydra = Hydra(_NAME, Composer(folders))
        if args.help:
            hydra.app_help(name, parser, args)
        elif args.hydra_help:
            hydra.hydra_help(name, parser, args)
        elif args.cfg:
            hydra.show_cfg(name, args.overrides, args.cfg, args.package, args.resolve)
        elif args.shell_completion:
            hydra.shell_completion(name, args.overrides)
        elif args.info:
            hydra.show_info(args.info, name, args.overrides)
        else:
            _run_app(
                run=not args.multirun,
                multirun=args.multirun,
                mode=hydra.get_mode(name, args.overrides),
                hydra=hydra,
                config_name=name,
                task_function=job,
                overrides=args.overrides,
            )
