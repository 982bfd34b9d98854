"""Every file that a page, a docstring or a comment mentions is there, and links lead to it."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.framework.test_walls import ROOMS as WALLS

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / ".github").rglob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "examples").rglob("*.md"),
    ]
)
ROOMS = ("framework", "plugins", "conf", "tests", "docs", "benchmarks", "examples")
MODULES = sorted(
    path
    for room in ROOMS
    for path in (ROOT / room).rglob("*.py")
    if not {"outputs", "build", "__pycache__"} & set(path.parts)
)
OWN = [path for path in MODULES if path.relative_to(ROOT).parts[0] != "examples"]
NAMES = {path.name for path in MODULES}
_FROM_THE_TOP = re.compile(
    rf"(?<![\w/.-])(?:{'|'.join(ROOMS)})/[\w./-]*\.(?:py|md|yaml|txt|png|toml)\b"
)
_FOLDER = re.compile(rf"`((?:{'|'.join(ROOMS)})/[\w./-]*)`")
_BARE = re.compile(r"(?<![\w/.-])(\w+\.py)\b")
_INNER = [path.name for path in (ROOT / "framework").iterdir() if path.is_dir()]
_FROM_A_ROOM = re.compile(rf"(?<![\w/.-])((?:{'|'.join(_INNER)})/[\w/]*\w\.py)\b")
_LINK = re.compile(r"\]\(([^)#:\s]*)(#[^)\s]*)?\)")


def said(source: str) -> Iterator[str]:
    """Give what a module says to its readers: its docstrings, strings under names, and comments."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield str(node.value.value)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def missing(text: str) -> list[str]:
    """Name the paths from the top of the repository that a text mentions and nobody finds."""
    paths = {*_FROM_THE_TOP.findall(text), *_FOLDER.findall(text)}
    return sorted(path for path in paths if not (ROOT / path).exists())


def missing_in_module(text: str, path: Path) -> list[str]:
    """Name the files that a text of a module mentions, in whichever way, and nobody finds."""
    names = missing(text)
    if path.relative_to(ROOT).parts[0] in ("framework", "plugins"):
        names += [name for name in _BARE.findall(text) if name not in NAMES]
        near = (ROOT / "framework", path.parent)
        rooms = _FROM_A_ROOM.findall(text)
        names += [name for name in rooms if not any((place / name).exists() for place in near)]
    return names


def anchors(page: Path) -> set[str]:
    """Give the anchors of a page's headings, as forges make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_a_page_mentions_only_files_that_are_there(page):
    assert missing(_LINK.sub("]", page.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    for target, anchor in _LINK.findall(page.read_text(encoding="utf-8")):
        place = page.parent / target if target else page
        assert place.exists(), target
        if anchor and place.suffix == ".md":
            assert anchor[1:] in anchors(place), target + anchor


@pytest.mark.parametrize("folder", ROOMS[:2] + ROOMS[3:6])
def test_docstrings_and_comments_mention_only_files_that_are_there(folder):
    wrong = {}
    for path in OWN:
        if path.relative_to(ROOT).parts[0] != folder:
            continue
        source = path.read_text(encoding="utf-8")
        if not missing_in_module(source, path):  # nor, then, in a part of it
            continue
        names = [name for text in said(source) for name in missing_in_module(text, path)]
        if names:
            wrong[path.relative_to(ROOT).as_posix()] = names
    assert wrong == {}


def test_the_tour_lists_the_rooms_in_their_order():
    text = (ROOT / "docs" / "TOUR.md").read_text(encoding="utf-8")
    (listed,) = re.findall(r"^\| room \|.*\n\|.*\n((?:\|.*\n)+)", text, re.MULTILINE)
    rows = [line.split("|")[1] for line in listed.splitlines()]
    rooms = [name for row in rows for name in re.findall(r"`framework/(\w+)(?:\.py|/)`", row)]
    assert rooms == [room for room in WALLS if room in rooms]
    folders = {path.name for path in (ROOT / "framework").iterdir() if path.is_dir()}
    assert folders - {"__pycache__"} <= set(rooms)


def test_a_file_that_is_not_there_is_noticed():
    assert missing("as `framework/keeping.py` and `tests/reference.py` say") == [
        "framework/keeping.py"
    ]
    assert missing("all of `framework/kitchen/`") == ["framework/kitchen/"]
    (text,) = said("x = 'framework/no.py'  # see framework/nowhere.py\n")
    assert missing(text) == ["framework/nowhere.py"]
