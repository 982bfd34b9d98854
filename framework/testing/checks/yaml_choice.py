"""What a plugin's YAML promises: to say what the components' fields say."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from framework.components.base import Component
from framework.components.kinds import KINDS, Kind
from framework.configuration import compose
from framework.errors import ConfigurationError
from framework.registry.registry import Registry
from framework.settings.reader import Reader
from framework.settings.settings import read_settings
from framework.testing.check import Check, PromiseError, expect, promise

_TRAINING = ("initializer", "regularizer", "constraint", "update_rule", "frozen")
_MODEL_GIVES = ("units",)


@dataclass(frozen=True, eq=False, repr=False)
class Choice:
    """One YAML file of a plugin: a choice of a config group.

    Attributes
    ----------
    module : the plugin's module.
    group, name : ``"layer/update_rule"``, ``"lion"``.
    text : the file's content.
    own : the components of the plugin.
    together : all components there are, the plugin's included.
    blocked : plugins that are left out.
    """

    def __repr__(self) -> str:
        return f"{self.group}/{self.name}.yaml"

    module: str
    group: str
    name: str
    text: str
    own: Registry
    together: Registry
    blocked: tuple[str, ...] = ()

    @property
    def override(self) -> str:
        """The command line that chooses it."""
        return f"{self.group}={self.name}" if self.group else self.name

    @property
    def kind(self) -> Kind | None:
        """The kind of component that the group is for."""
        return next((kind for kind in KINDS if kind.group == self.group), None)

    def content(self) -> Mapping[Any, Any]:
        """Read the file."""
        try:
            keys = OmegaConf.to_container(OmegaConf.create(self.text))
        except Exception as error:
            raise PromiseError(f"it is no YAML: {error}") from error
        expect(isinstance(keys, dict), "it holds no mapping of keys")
        assert isinstance(keys, dict)
        return keys

    @cached_property
    def composed(self) -> tuple[dict[str, Any] | None, Registry, str]:
        """The whole configuration with it chosen, or None; its registry; why it failed."""
        blocked = [f"blocked=[{','.join(self.blocked)}]"] if self.blocked else []
        workspace = compose.prepare([f"plugins=[{self.module}]", *blocked])
        tries = [self.override, f"+{self.override}"]
        if self.group == "schedule":
            tries = [f"+schedule@layer.update_rule.learning_rate={self.name}"]
        failed = ""
        for override in tries:
            try:
                composed = workspace.with_overrides([override, "hydra.run.dir=."])
                cfg, _ = compose.compose_one(composed)
                return compose.plain(cfg), workspace.registry, ""
            except (HydraException, OmegaConfBaseException, ValueError) as error:
                failed = failed or str(error)
        return None, workspace.registry, failed

    def _merged(self, content: Mapping[Any, Any]) -> Mapping[Any, Any]:
        """Return its keys with those that its list of defaults brings from elsewhere."""
        whole = self.composed[0]
        if "defaults" not in content or whole is None or "@package" in self.text:
            return content
        path = "layer/update_rule/learning_rate" if self.group == "schedule" else self.group
        node: Any = whole
        for key in path.split("/"):
            node = node.get(key) if isinstance(node, Mapping) else None
        if not isinstance(node, Mapping):
            return content
        given = ("units",) if self.group == "layer" and "units" not in content else ()
        return {key: value for key, value in node.items() if key not in given}

    def nodes(self) -> Iterator[tuple[str, Mapping[Any, Any]]]:
        """Return the components that it configures, each with the key it stands at."""
        content, kind = self.content(), self.kind
        if kind is None:
            return
        content = self._merged(content)
        if kind.name == "job":
            yield "", {**content, "name": content.get("job")}
        elif "name" in content:
            yield "", content
        elif kind.name in ("callback", "metric"):
            for key, node in content.items():
                if isinstance(node, Mapping):
                    yield str(key), node

    def component(self, node: Mapping[Any, Any]) -> type[Component] | None:
        """Return the class that a node names, if there is one."""
        assert self.kind is not None
        entry = self.together.entries.get((self.kind.name, str(node.get("name"))))
        return entry.component if entry is not None else None


def choices_of(
    module: str, own: Registry, together: Registry, blocked: Sequence[str] = ()
) -> Iterator[Choice]:
    """Return the YAML files that a plugin brings."""
    for _, folder in own.config_dirs:
        for names, text in _yamls(Path(folder), ()):
            yield Choice(
                module, "/".join(names[:-1]), names[-1], text, own, together, tuple(blocked)
            )


def _yamls(folder: Path, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    for path in sorted(folder.iterdir(), key=lambda p: p.name):
        if path.is_dir():
            yield from _yamls(path, (*above, path.name))
        elif path.name.endswith(".yaml"):
            yield (*above, path.name.removesuffix(".yaml")), path.read_text(encoding="utf-8")


@promise("the file is YAML, in the folder of a config group, and opens with a comment.")
def readable(choice: Choice) -> None:
    choice.content()
    expect(choice.group, "it lies beside the folders of the config groups, not in one")
    lines = [line for line in choice.text.splitlines() if line.strip()]
    told = any(line.startswith("#") and "@package" not in line for line in lines[:2])
    expect(told, "no comment at its top says what it is")


@promise("it names a component that is there.")
def names_a_component(choice: Choice) -> None:
    for key, node in choice.nodes():
        assert choice.kind is not None
        words = choice.kind.name.replace("_", " ")
        expect(
            choice.component(node) is not None,
            f"{_at(key)}there is no {words} '{node.get('name')}'; there are"
            f" {', '.join(choice.together.names(choice.kind.name))}",
        )


@promise("its keys are exactly the component's fields.")
def keys_are_the_fields(choice: Choice) -> None:
    for key, node in choice.nodes():
        cls = choice.component(node)
        if cls is None:
            continue
        declared = {f.name for f in dataclasses.fields(cls)}
        if choice.group == "job":
            given = {k for k in node if k in declared}
        else:
            extra = _TRAINING if choice.group == "layer" else ()
            reserved = choice.kind.reserved if choice.kind else ()
            given = {k for k in node if k not in ("name", "defaults", *reserved, *extra)}
        unknown = sorted(given - declared - set(_TRAINING))
        expect(not unknown, f"{_at(key)}{cls.__name__} has no field {_list(unknown)}")
        missing = declared - given - (set(_MODEL_GIVES) if choice.group == "layer" else set())
        expect(not missing, f"{_at(key)}it does not give {_list(sorted(missing))}")


@promise("a choice named like its component gives the fields' defaults.")
def values_are_the_defaults(choice: Choice) -> None:
    for key, node in choice.nodes():
        cls = choice.component(node)
        if cls is None or node.get("name") != choice.name or key:
            continue
        for field in dataclasses.fields(cls):
            if field.name not in node or field.default is dataclasses.MISSING:
                continue
            given = node[field.name]
            default = list(field.default) if isinstance(field.default, tuple) else field.default
            if isinstance(default, Component) or isinstance(given, Mapping):
                continue
            expect(
                given == default,
                f"{field.name} is {given!r} in the file, {default!r} in {cls.__name__}",
            )


@promise("its values have the fields' types and lie in their ranges.")
def values_fit(choice: Choice) -> None:
    for key, node in choice.nodes():
        cls = choice.component(node)
        if cls is None or choice.kind is None:
            continue
        reader = Reader(choice.together)
        hidden = _TRAINING if choice.group == "layer" else ()
        hidden = (*hidden, *choice.kind.reserved)
        given = {k: v for k, v in node.items() if k not in ("name", "defaults", *hidden)}
        if choice.group == "job":
            given = {k: v for k, v in given.items() if k in {f.name for f in _fields(cls)}}
        reader.fields(cls, given, key)
        problems = [p for p in reader.problems if "must be given" not in p]
        expect(not problems, "; ".join(problems))


@promise("it can be chosen on the command line: the whole configuration composes with it.")
def composes(choice: Choice) -> None:
    whole, _, failed = choice.composed
    expect(whole is not None, failed)


@promise("with it chosen, something reads every key of the configuration, and takes its value.")
def keys_are_read(choice: Choice) -> None:
    whole, registry, _ = choice.composed
    if whole is None or choice.group == "job" or choice.group.startswith("hydra"):
        return
    job = registry.entries.get(("job", str(whole.get("job"))))
    own = {f.name for f in _fields(job.component)} if job is not None else set()
    try:
        read_settings({k: v for k, v in whole.items() if k not in own}, registry)
    except ConfigurationError as error:
        # What must be given, and what does not go together, is for whoever chooses it to say.
        lines = [line for line in str(error).splitlines() if "must be given" not in line]
        expect(not lines, "; ".join(lines))


def _fields(cls: type[Component]) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(cls)


def _list(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _at(key: str) -> str:
    return f"at '{key}' " if key else ""


CHECKS: tuple[Check, ...] = (
    readable,
    names_a_component,
    keys_are_the_fields,
    values_are_the_defaults,
    values_fit,
    composes,
    keys_are_read,
)
