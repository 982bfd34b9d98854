"""The code blocks of the documentation, and how each is run.

What a block is follows from its fence alone: `python`, `yaml` and `toml` say so; one without a word
holds commands, every line of them, or a transcript (`$ command`, then what it prints); `text` is
output, and may hold nothing that looks like a command.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
LANGUAGES = {"python", "yaml", "toml", "text", ""}
PROGRAMS = {"python", "python3", "framework", "pip", "twine", "bash", "pytest", ".venv/bin/python"}
SLOW = (
    "framework -m ",
    "hydra/launcher",
    "hydra/sweeper",
    "glob(",
    "job=compare",
    "pip ",
    "twine ",
    "-m build",
)
OUTWARD = ("twine upload dist/*",)
"""Commands that send something to others: the only ones that no test runs."""
_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One block: its page, its first line's number, its language and text, and prose before it."""

    page: Path
    line: int
    language: str
    text: str
    before: str

    @property
    def where(self) -> str:
        """Where it stands, for messages."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def choice(self) -> tuple[str, str] | None:
        """The group and name of the choice that a file of YAML is, where its first lines say so."""
        said = re.search(r"^# \S*?conf/(\S+)/(\w+)\.yaml", self.text, re.MULTILINE)
        return (said[1], said[2]) if said and self.language == "yaml" else None

    @property
    def file(self) -> str | None:
        """The name under which the prose says that it is saved."""
        said = re.findall(r"`(\w+\.py)`", self.before)
        return said[-1] if said and self.language == "python" else None


@dataclass(frozen=True)
class Command:
    """A command line, and what a transcript says that it prints."""

    where: str
    line: str
    printed: tuple[str, ...] = ()

    @property
    def slow(self) -> bool:
        """Whether it takes more than a few seconds, or installs something."""
        return any(word in self.line for word in SLOW)

    @property
    def words(self) -> list[str]:
        """Its words, as a shell would part them; a comment behind them is none."""
        return shlex.split(self.line, comments=True)


def blocks(page: Path) -> list[Block]:
    """Give a page's blocks in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            page,
            text[: m.start()].count("\n") + 1,
            m[1],
            m[2],
            " ".join(text[: m.start()].splitlines()[-3:]),
        )
        for m in _FENCE.finditer(text)
    ]


def commands(block: Block) -> list[Command]:
    """Give the commands of a block without a language.

    Raises
    ------
    ValueError : when a line of it is no command.
    """
    lines = block.text.replace("\\\n", " ").splitlines()
    transcript = any(line.startswith("$ ") for line in lines)
    found: list[Command] = []
    for line in lines:
        if transcript and not line.startswith("$ "):
            last = found.pop()
            found.append(Command(last.where, last.line, (*last.printed, line)))
            continue
        command = line.removeprefix("$ ").strip()
        if not looks_like_a_command(command):
            raise ValueError(
                f"{block.where}: {command!r} is no command that is known; output stands in a block"
                " of its own, opened by ```text"
            )
        found.append(Command(block.where, command))
    return found


def looks_like_a_command(line: str) -> bool:
    """Whether a line begins like one: a program, or variables for one."""
    words = line.removeprefix("$ ").split()
    while words and re.fullmatch(r"[A-Z_]+=\S*", words[0]):
        words.pop(0)
    return bool(words) and words[0] in PROGRAMS
