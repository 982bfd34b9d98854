"""Writes the parts of the documentation that are in the code already.

    python docs/generate.py          # writes them
    python docs/generate.py --check  # exits with 1 when one of them is out of date

`HOOKS.md` comes from the hooks' docstrings; the lists of promises in `plugins/*.md`, between two
comments, from the conformance kit; the step at the head of `TOUR.md` from the tests' reference.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Iterable
from pathlib import Path

from framework.components.kinds import KINDS
from framework.hooks import Events, Registration
from framework.testing.cases import checks_of
from framework.testing.check import Check
from framework.testing.checks import component, yaml_choice

DOCS = Path(__file__).parent
REFERENCE = DOCS.parent / "tests" / "reference.py"
PROMISES = "<!-- promises, written by docs/generate.py -->", "<!-- end of promises -->"
STEP = (
    "<!-- the step, written by docs/generate.py from tests/reference.py -->",
    "<!-- end of the step -->",
)


def main() -> int:
    """Write the files, or say which are out of date."""
    wanted = {DOCS / "HOOKS.md": hooks(), DOCS / "TOUR.md": tour()} | promises()
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path.relative_to(DOCS.parent)} is out of date: python docs/generate.py")
        return 1 if stale else 0
    for path in stale:
        path.write_text(wanted[path])
    return 0


def hooks() -> str:
    """Write the reference of all hooks."""
    lines = [
        "# Every hook",
        "",
        "<!-- written by docs/generate.py from framework/hooks.py -->",
        "A plugin is a module with functions of these names, marked `@framework.hookimpl`. They",
        "take any of their arguments, by name: leave out what you do not need.",
    ]
    for owner in (Registration, Events):
        lines += ["", f"## {owner.__name__}", inspect.getdoc(owner) or ""]
        for name, function in vars(owner).items():
            if not name.startswith("framework_"):
                continue
            signature = inspect.signature(function)
            arguments = [a for a in signature.parameters.values() if a.name != "self"]
            lines += ["", f"### `{name}({', '.join(a.name for a in arguments)})`"]
            lines += [inspect.getdoc(function) or ""]
            types = [f"`{a.name}: {a.annotation}`" for a in arguments]
            if signature.return_annotation != "None":
                types.append(f"returns `{signature.return_annotation}`")
            lines += ["", ", ".join(types)] if types else []
    return "\n".join(lines).replace("``", "`") + "\n"


def promises() -> dict[Path, str]:
    """Write each page's list of promises."""
    pages = {f"plugins/{kind.name}.md": checks_of(kind.name) for kind in KINDS}
    own = {
        page: tuple(c for c in checks if c not in component.CHECKS)
        for page, checks in pages.items()
    }
    own["plugins/components.md"] = component.CHECKS
    own["plugins/yaml.md"] = yaml_choice.CHECKS
    return {DOCS / page: _filled(DOCS / page, checks) for page, checks in own.items()}


def tour() -> str:
    """Write the step of the reference at the head of the tour."""
    source = REFERENCE.read_text()
    (step,) = (
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.name == "step"
    )
    lines = source.splitlines()[step.body[0].lineno - 1 : step.end_lineno]
    lines.insert(0, f"    def step({', '.join(argument.arg for argument in step.args.args)}):")
    code = textwrap.dedent("\n".join(lines))
    code = re.sub(r"^( +\w+): [\w\[\], ]+ = ", r"\1 = ", code, flags=re.MULTILINE)  # types
    return _between(DOCS / "TOUR.md", STEP, f"\n```python\n{code}\n```\n")


def _filled(page: Path, checks: Iterable[Check]) -> str:
    rows = "\n".join(f"- `{check.name}`: {check.promise}" for check in checks)
    return _between(page, PROMISES, rows)


def _between(page: Path, comments: tuple[str, str], text: str) -> str:
    """Give a page with a text between two comments of it."""
    begin, end = comments
    before, found, rest = page.read_text().partition(begin)
    _, ended, after = rest.partition(end)
    if not (found and ended):
        raise SystemExit(f"{page}: lacks the comments {begin} and {end}")
    return before + "\n".join(part for part in (begin, text, end) if part) + after


if __name__ == "__main__":
    sys.exit(main())
