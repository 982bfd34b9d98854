"""Values from Python as a configuration: keywords become overrides, instances their nodes.

What an override can say is one. What it cannot, a component's instance, is put into the composed
configuration as its registered name and fields; its class is registered for this run if no plugin
brings it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf, open_dict

from framework.components.base import Component
from framework.configuration.component_yaml import plain
from framework.configuration.override import Override
from framework.configuration.quoting import assigned, escaped
from framework.errors import ConfigurationError
from framework.registry.given import register_given
from framework.registry.registry import Registry
from framework.settings.settings import OTHER, TOP
from framework.settings.single_layer import TRAINING
from framework.text import nearest
from framework.training.settings import TrainerSettings

_KEYS = {
    **{field.name: f"trainer.{field.name}" for field in fields(TrainerSettings)},
    **{name: f"layer.{name}" for name in TRAINING},
    "learning_rate": "layer.update_rule.learning_rate",
    "hidden": "model.hidden",
    "activation": "model.activation",
    "layers": "model.layers",
    "transforms": "data.transforms",
}
"""Keywords that stand for longer keys."""

_ELSEWHERE = {
    **dict.fromkeys(("optimizer", "solver"), "update_rule"),
    **dict.fromkeys(("lr", "eta", "learning_rate_init"), "learning_rate"),
    **dict.fromkeys(("random_state", "random_seed", "rng"), "seed"),
    **dict.fromkeys(("max_iter", "n_epochs", "num_epochs", "iterations"), "epochs"),
    **dict.fromkeys(("hidden_layer_sizes", "hidden_layers", "units"), "hidden"),
    **dict.fromkeys(("validation_split", "validation_fraction", "validation_data"), "validation"),
    **dict.fromkeys(("sample_weight", "sample_weights"), "weights"),
    **dict.fromkeys(("criterion", "loss_function"), "loss"),
    "alpha": "regularizer",
    "bs": "batch_size",
    "output_dir": "directory",
}
"""What other libraries call a keyword of ours."""

_CHOSEN = {*TOP, "experiment", *(f"layer.{name}" for name in TRAINING)}
_NO_CHOICE = {"seed", "dtype"}
_WHOLE = ("model.layers", "data.transforms", "metrics", "callbacks")  # lists of components
_ADDED = {"callbacks"}  # the others listen as before
_NAMED = ("metrics", "callbacks")  # mappings, whose lists are told apart by their names


@dataclass(frozen=True)
class PythonValues:
    """What keywords say.

    Attributes
    ----------
    overrides : those that a command line could give.
    nodes : key → what is put in its place in the composed configuration.
    keywords : key → the keyword that gave it.
    """

    overrides: list[str]
    nodes: Mapping[str, Any]
    keywords: Mapping[str, str]

    def check(self, overrides: Iterable[Override]) -> None:
        """See that nothing is said of what a node takes the place of: it would be lost.

        Raises
        ------
        ConfigurationError : naming what is said, and the keyword that gives the whole.
        """
        said = {override.key.replace("/", ".") for override in overrides}
        for key in sorted({*said, *self.nodes}):
            for whole in self.nodes.keys() - {key, *_ADDED}:
                if key.startswith(f"{_place(whole)}."):
                    raise self._clash(key, whole)
            if key in said and key in self.nodes.keys() - _ADDED:
                raise self._clash(key, key)

    def _clash(self, key: str, whole: str) -> ConfigurationError:
        given = self.keywords[whole]
        return ConfigurationError(
            f"{self.keywords.get(key, key)}: {_place(whole)} is given whole, by {given}=…; expected"
            f" all of it in there, or no {given}"
        )

    def put_into(self, cfg: DictConfig, registry: Registry) -> None:
        """Put the nodes into a composed configuration.

        Raises
        ------
        ConfigurationError : when a component holds what no configuration can say.
        """
        for key, value in self.nodes.items():
            if key == "model.layers" and "model" in self.keywords and "layers" not in cfg.model:
                raise ConfigurationError("model: this choice takes no layers; expected no layers=…")
            node = _node(value, registry, key)
            whole = {"layers": node} if key == "model.layers" else node
            with open_dict(cfg):
                OmegaConf.update(cfg, _place(key), whole, merge=key in _ADDED, force_add=True)


def python_values(settings: Mapping[str, Any]) -> PythonValues:
    """Return what keyword arguments say of a configuration.

    ``trainer={"epochs": 3}``, ``trainer__epochs=3`` and ``epochs=3`` are the same; a string for a
    group is a choice, ``loss="mean_squared_error"``; an instance of a component stands for itself.

    Raises
    ------
    ConfigurationError : naming a keyword that there is not.
    """
    overrides: list[str] = []
    nodes: dict[str, Any] = {}
    keywords: dict[str, str] = {}
    valid = {*_KEYS, *TOP, *OTHER, "experiment"}
    for name in settings:
        if name.partition("__")[0] not in valid:
            meant = (
                f"here it is '{_ELSEWHERE[name]}'" if name in _ELSEWHERE else nearest(name, valid)
            )
            raise ConfigurationError(f"{name}: there is no such keyword; {meant}")
    for name, value in settings.items():
        key = _KEYS.get(name, name.replace("__", "."))
        for path, given in _parts(key, value):
            if _is_node(path, given):
                nodes[path] = given
            elif isinstance(given, str) and path in _CHOSEN - _NO_CHOICE:
                overrides.append(f"{path.replace('.', '/')}={given}")
            else:
                overrides.append(assigned(path, _plain_value(given)))
            keywords.setdefault(path, name)
    return PythonValues(overrides, nodes, keywords)


def _place(key: str) -> str:
    """Return the key of what a node takes the place of: layers make a whole model."""
    return "model" if key == "model.layers" else key


def _parts(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield a value by its key, a mapping of keys as each of its own."""
    if isinstance(value, Mapping) and "name" not in value and key != "published":
        for name, part in value.items():
            yield from _parts(f"{key}.{name}", part)
    else:
        yield key, value


def _is_node(key: str, value: Any) -> bool:
    return (
        isinstance(value, Component)
        or (isinstance(value, type) and issubclass(value, Component))  # refused by name
        or (isinstance(value, Mapping) and "name" in value)
        or (key in _WHOLE and isinstance(value, list | tuple))
        or (isinstance(value, list | tuple) and any(_is_node("", item) for item in value))
    )


def _node(value: Any, registry: Registry, key: str) -> Any:
    """Return a value as a configuration writes it, every component by its name and fields.

    Raises
    ------
    ConfigurationError : naming the key and what no configuration can say.
    """
    if isinstance(value, type) and issubclass(value, Component):
        raise ConfigurationError(
            f"{key}: {value.__name__} is a class; expected {value.__name__}(…)"
        )
    if key in _NAMED and isinstance(value, Component):
        return _node([value], registry, key)
    if isinstance(value, Component):
        _register_all(value, registry, key)
        return _node(plain(value, registry), registry, key)
    if isinstance(value, Mapping):
        return {str(name): _node(part, registry, f"{key}.{name}") for name, part in value.items()}
    if key in _NAMED and isinstance(value, list | tuple):
        made = [_node(item, registry, f"{key}[{i}]") for i, item in enumerate(value)]
        named = [{"name": node} if isinstance(node, str) else node for node in made]
        names = [str(node["name"]) for node in named]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ConfigurationError(
                f"{key}: there are two '{twice}'; expected a mapping of names of yours to them"
            )
        return dict(zip(names, named, strict=True))
    if isinstance(value, list | tuple):
        return [_node(item, registry, f"{key}[{i}]") for i, item in enumerate(value)]
    value = _plain_value(value)
    if value is not None and not isinstance(value, bool | int | float | str):
        raise ConfigurationError(
            f"{key}: {type(value).__name__} {str(value)[:60]!r} is nothing that a configuration can"
            " say; expected numbers, strings, lists or components"
        )
    return escaped(value) if isinstance(value, str) else value


def _register_all(component: Component, registry: Registry, key: str) -> None:
    """Register a component's class, and those of the components that it holds."""
    register_given(registry, type(component), key)
    for field in fields(component):
        held = getattr(component, field.name)
        for part in held if isinstance(held, tuple | list) else (held,):
            if isinstance(part, Component):
                _register_all(part, registry, f"{key}.{field.name}")


def _plain_value(value: Any) -> Any:
    """Return a value as YAML has it: a path as its text, numpy's numbers as Python's."""
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "item") and getattr(value, "shape", None) == ():
        return value.item()
    if isinstance(value, tuple | list):
        return [_plain_value(item) for item in value]
    return value
