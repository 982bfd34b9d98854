"""The config groups and their choices, wherever they come from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from framework.components.kinds import KINDS
from framework.configuration.composer import Composer
from framework.configuration.hydra_state import hydra_state
from framework.configuration.override import Override, parse
from framework.configuration.workspace import scratch
from framework.errors import ConfigurationError
from framework.registry.registry import Registry
from framework.text import nearest


def groups(registry: Registry) -> dict[str, set[str]]:
    """Return the config groups and their choices, wherever they come from."""
    by_group: dict[str, set[str]] = {}
    folders = [folder for _, folder in registry.yaml()]
    folders += registry.folders.added()
    choices = [path.relative_to(root) for root in folders for path in root.rglob("*.yaml")]
    choices += [Path(f"{choice}.yaml") for choice in registry.folders.defaults]
    for choice in (path.with_suffix("") for path in choices):
        for group in choice.parents:
            by_group.setdefault(group.as_posix(), set()).add(choice.relative_to(group).as_posix())
    by_group.pop(".", None)
    return by_group


def nested_choices(registry: Registry) -> dict[str, set[str]]:
    """Return the choices that lie in folders below their group and in no group of their own."""
    own = {kind.group for kind in KINDS}
    return {
        group: nested
        for group, choices in groups(registry).items()
        if (
            nested := {
                c for c in choices if "/" in c and f"{group}/{c.partition('/')[0]}" not in own
            }
        )
    }


def hydra_groups(registry: Registry) -> dict[str, set[str]]:
    """Return Hydra's own config groups and their choices."""
    by_group: dict[str, set[str]] = {}
    with scratch(registry) as workspace, hydra_state(workspace):
        hydra = Composer(registry.folders)
        names = [f"hydra/{name}" for name in hydra.list_groups("hydra")]
        while names:
            name = names.pop()
            by_group[name] = set(hydra.get_group_options(name))
            names += [f"{name}/{inner}" for inner in hydra.list_groups(name)]
    return by_group


def named_choices(overrides: Sequence[str], registry: Registry) -> list[str]:
    """Write choices that look like numbers (`experiment=1`) so that Hydra takes them for names.

    A schedule that is added where a number stands (`+….learning_rate=cosine`) takes its place, as
    its choice does where fields of it are set beside it (`….learning_rate.first=0.2`).

    Raises
    ------
    ConfigurationError : when one is no override, or can be no choice (`model=null`).
    """
    parsed = _placing_schedules(parse(overrides), registry)
    plain = [o for o in parsed if "." not in o.key and (o.names_no_choice() or _no_name(o.value))]
    if not plain:
        return [o.text for o in parsed]
    known = groups(registry)
    for override in plain:
        in_hydra = override.names_no_choice() and override.key.startswith("hydra/")
        choices = (hydra_groups(registry) if in_hydra else known).get(override.key)
        if choices is not None and override.names_no_choice():
            raise ConfigurationError(
                f"{override.text}: there is no such choice; {nearest('', choices)} (command line)"
            )
    return [o.text if o.swept else o.texts(known.get(o.key, ()))[0] for o in parsed]


def _placing_schedules(overrides: Sequence[Override], registry: Registry) -> list[Override]:
    """Write the names of schedules so that they may stand where a number does."""
    names = registry.names("schedule")
    placed: list[Override] = []
    for o in overrides:
        dotted = o.prefix in ("", "+") and "." in o.key and isinstance(o.value, str)
        inside = any(other.key.startswith(f"{o.key}.") for other in overrides)
        if dotted and inside and o.value in groups(registry).get("schedule", ()):
            placed += parse([f"+schedule@{o.key}={o.value}"])
        elif dotted and o.prefix == "+" and nearest(o.value, names).startswith("did you mean"):
            placed.append(o.forced())  # a slip, too: it is what the line will be about
        else:
            placed.append(o)
    return placed


def _no_name(value: object) -> bool:
    return isinstance(value, bool | int | float | list)
