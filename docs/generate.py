"""Writes the parts of the documentation that are in the code already.

    python docs/generate.py          # writes them
    python docs/generate.py --check  # exits with 1 when one of them is out of date

`HOOKS.md` comes from the hooks' docstrings; the lists of promises in `plugins/*.md`, between two
comments, from the conformance kit.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from framework.components.kinds import KINDS
from framework.hooks import Events, Registration
from framework.testing.cases import checks_of
from framework.testing.check import Check
from framework.testing.checks import component, yaml_choice

DOCS = Path(__file__).parent
BEGIN, END = "<!-- promises, written by docs/generate.py -->", "<!-- end of promises -->"


def main() -> int:
    """Write the files, or say which are out of date."""
    wanted = {DOCS / "HOOKS.md": hooks()} | promises()
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
                types.append(f"gives `{signature.return_annotation}`")
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


def _filled(page: Path, checks: Iterable[Check]) -> str:
    rows = [f"- `{check.name}`: {check.promise}" for check in checks]
    inside = "\n".join([BEGIN, *rows, END])
    found = re.sub(
        f"{re.escape(BEGIN)}.*{re.escape(END)}", lambda _: inside, page.read_text(), flags=re.DOTALL
    )
    if inside not in found:
        raise SystemExit(f"{page}: lacks the comments between which its promises stand")
    return found


if __name__ == "__main__":
    sys.exit(main())
