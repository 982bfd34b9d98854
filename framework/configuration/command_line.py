"""The command line, taken apart: flags on one side, overrides on the other, in any order."""

from __future__ import annotations

import re
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from framework.errors import ConfigurationError
from framework.text import nearest

CONFIG = "config"
_INFO = ("all", "config", "defaults", "defaults-tree", "plugins", "searchpath")


class UsageError(ConfigurationError):
    """A command line that cannot be read."""


@dataclass(frozen=True)
class CommandLine:
    """What a command line asks for.

    Attributes
    ----------
    overrides : the overrides alone, in their order.
    name : the primary configuration, `--config-name`.
    before, behind : further folders of YAML, `--config-path` and `--config-dir`.
    multirun : whether `-m` asks for a sweep.
    shows : Hydra's flags that show something instead of running it, as Hydra reads them.
    version, completes : whether `--version` or a shell's completion is asked for.
    """

    overrides: tuple[str, ...] = ()
    name: str = CONFIG
    before: Path | None = None
    behind: Path | None = None
    multirun: bool = False
    shows: tuple[str, ...] = ()
    version: bool = False
    completes: bool = False


def read(arguments: Sequence[str]) -> CommandLine:
    """Return a command line, taken apart.

    Raises
    ------
    UsageError : naming the flag that is none, and how what it says is written.
    ConfigurationError : when a folder of YAML is not there.
    """
    parser = _parser()
    given, others = parser.parse_known_args(list(_info_alone(arguments)))
    overrides = [word for word in others if word != "--"]
    for i, override in enumerate(overrides):
        if override.startswith("-"):
            raise UsageError(_mistaken(override, overrides[i + 1 : i + 2], parser))
    _refuse_contradictions(given.__dict__)
    shows: list[str] = []
    for flag, value in (("--cfg", given.cfg), ("--info", given.info), ("--package", given.package)):
        shows += [flag, value] if value is not None else []
    for name in ("help", "hydra_help", "resolve", "shell_completion"):
        shows += ["--" + name.replace("_", "-")] if getattr(given, name) else []
    return CommandLine(
        tuple(overrides),
        given.config_name.removesuffix(".yaml"),
        _folder("--config-path", given.config_path),
        _folder("--config-dir", given.config_dir),
        given.multirun,
        tuple(shows),
        given.version,
        given.shell_completion,
    )


class _Parser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message.removeprefix("argument "))


def _parser() -> _Parser:
    """Return the parser of Hydra's flags; overrides are what it does not know."""
    parser = _Parser(add_help=False, allow_abbrev=False)
    for long, short in (
        ("--help", "-h"),
        ("--multirun", "-m"),
        ("--run", "-r"),
        ("--shell-completion", "-sc"),
    ):
        parser.add_argument(long, short, action="store_true")
    for long in ("--hydra-help", "--version", "--resolve"):
        parser.add_argument(long, action="store_true")
    parser.add_argument("--cfg", "-c", choices=("job", "hydra", "all"))
    parser.add_argument("--info", "-i", choices=_INFO)
    parser.add_argument("--package", "-p")
    parser.add_argument("--config-name", "-cn", default=CONFIG)
    parser.add_argument("--config-path", "-cp")
    parser.add_argument("--config-dir", "-cd")
    return parser


def _info_alone(arguments: Sequence[str]) -> Iterator[str]:
    """Write `--info` that stands alone out, so that it takes no override for its value."""
    for word, following in zip(arguments, [*arguments, ""][1:], strict=True):
        alone = word in ("--info", "-i") and following not in _INFO
        yield "--info=all" if alone else word


def _mistaken(word: str, following: Sequence[str], parser: ArgumentParser) -> str:
    """Return how what a flag that is none may have meant is written."""
    flag, equals, value = word.partition("=")
    near = nearest(flag, [name for name in parser._option_string_actions if name[:2] == "--"])
    if near.startswith("did"):
        return f"{flag}: there is no such option; {near}"
    if not equals:
        value = following[0] if following and "=" not in following[0] else "…"
    key = flag.lstrip("-")
    meant = f"; an override has no dashes: {key}={value}" if key else ""
    return f"{flag}: there is no such option{meant}"


def _refuse_contradictions(given: dict[str, object]) -> None:
    commands = {
        "--run": given["run"],
        "--multirun": given["multirun"],
        "--cfg": given["cfg"],
        "--info": given["info"],
        "--shell-completion": given["shell_completion"],
    }
    asked = [flag for flag, value in commands.items() if value]
    if len(asked) > 1:
        raise UsageError(f"{' '.join(asked)}: only one of these can be done at a time")
    for flag in ("resolve", "package"):
        if given[flag] and not (given["cfg"] or given["help"]):
            raise UsageError(f"--{flag}: says what --cfg shows; add --cfg job, hydra or all")


def _folder(flag: str, text: str | None) -> Path | None:
    if text is None:
        return None
    path = Path(text).expanduser().absolute()
    if not text or not path.is_dir():
        raise ConfigurationError(f"{text or flag}: there is no such folder of YAML ({flag})")
    return path


def typed(line: str) -> str:
    """Return a line that a shell completes as one of the command `framework`.

    >>> typed("python3 -m framework data=sp")
    'framework data=sp'
    """
    return re.sub(r"^.*?\s-m\s+framework\b|^\S+", "framework", line, count=1)
