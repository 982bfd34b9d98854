"""The job that puts components through what their kinds promise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from framework import Invocation, Job, RunError, hyperparameter, nearest, table

if TYPE_CHECKING:
    from framework.testing import Case, Result


@dataclass(frozen=True)
class Check(Job):
    """Put components through the conformance kit, and print what became of each promise."""

    component: str = hyperparameter(
        "", "only the components of this name, of whichever plugin; kind/name is exact"
    )

    def run(self, invocation: Invocation) -> None:
        results = [case.run() for case in self._cases(invocation)]
        columns = ["kind", "component", "check", "outcome"]
        rows = [[r.kind, r.component, r.check, _outcome(r)] for r in results]
        print(table(columns, rows))
        remarkable = [r for r in results if not r.passed or r.unanswered is not None]
        print("".join(f"\n{r}" for r in remarkable) + ("\n" if remarkable else ""))
        broken = [r for r in results if not r.passed]
        print(_count(results))
        if broken:
            names = dict.fromkeys(f"{r.kind} '{r.component}'" for r in broken)
            raise RunError(
                f"{len(broken)} of {len(results)} checks failed: {', '.join(names)} (listed above)"
            )

    def _cases(self, invocation: Invocation) -> list[Case]:
        from framework.testing import cases_of, cases_of_entry

        if not self.component:
            plugins: Sequence[str] = invocation.configuration.get("plugins") or ()
            if not plugins:
                raise RunError(
                    "plugins: names none to check; expected plugins=[my_module], or component=…"
                )
            blocked: Sequence[str] = invocation.configuration.get("blocked") or ()
            for plugin in plugins:
                if plugin in blocked:
                    raise RunError(
                        f"plugins: '{plugin}' is in 'blocked' too; expected it in one of them"
                    )
            return [case for plugin in plugins for case in cases_of(plugin, blocked)]
        entries = invocation.registry.entries.values()
        kind, _, name = self.component.rpartition("/")
        meant = [e for e in entries if e.name == name and kind in ("", e.kind.name)]
        if not meant:
            names = {f"{e.kind.name}/{e.name}" if kind else e.name for e in entries}
            raise RunError(f"component: there is no '{self.component}'; {nearest(name, names)}")
        return [case for entry in meant for case in cases_of_entry(entry)]


def _outcome(result: Result) -> str:
    if result.unanswered is not None:
        return "not checked"
    return "passed" if result.passed else "FAILED"


def _count(results: Sequence[Result]) -> str:
    outcomes = [_outcome(result) for result in results]
    labels = {"passed": "passed", "FAILED": "failed", "not checked": "not checked"}
    return ", ".join(
        f"{outcomes.count(outcome)} {label}"
        for outcome, label in labels.items()
        if outcome in outcomes
    )
