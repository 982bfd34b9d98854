"""The job that writes the skeleton of a plugin."""

from __future__ import annotations

import importlib.util
import keyword
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from string import Template

import framework
from framework import REQUIRED, ConfigurationError, Invocation, Job, RunError, hyperparameter

_SKELETON = Path(__file__).parent / "skeleton"


@dataclass(frozen=True)
class _Kind:
    """What differs from kind to kind: its folder of YAML, and how its component is chosen."""

    group: str
    override: str
    registered: str = ""
    beside: str = ""


_KINDS = {
    "layer": _Kind("layer", "layer=$name"),
    "join": _Kind(
        "", "model.layers=[{residual: [tanh], join: $name}, dense]", beside="model=sequential"
    ),
    "activation": _Kind("", "model.activation=$name", "layer"),
    "initializer": _Kind("layer/initializer", "layer/initializer=$name"),
    "regularizer": _Kind("layer/regularizer", "layer/regularizer=$name"),
    "constraint": _Kind("layer/constraint", "layer/constraint=$name"),
    "update_rule": _Kind("layer/update_rule", "layer/update_rule=$name"),
    "loss": _Kind("loss", "loss=$name"),
    "schedule": _Kind("schedule", "+schedule@layer.update_rule.learning_rate=$name"),
    "metric": _Kind("metrics", "metrics=$name"),
    "dataset": _Kind("data", "data=$name"),
    "transform": _Kind("", "data.transforms=[$name]"),
    "callback": _Kind("callbacks", "callbacks=$name"),
    "job": _Kind("job", "job=$name"),
}


@dataclass(frozen=True)
class NewPlugin(Job):
    """Write the skeleton of a plugin: a package of its own, whose tests pass at once."""

    name: str = hyperparameter(
        REQUIRED, "of the component, and of the folder and package made for it; lower_snake_case"
    )
    kind: str = hyperparameter(
        REQUIRED,
        "what it brings: layer, activation, initializer, update_rule, …",
        options=tuple(_KINDS),
    )

    def run(self, invocation: Invocation) -> None:
        self._check_name(invocation)
        folder = invocation.directory / self.name
        try:
            invocation.directory.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=invocation.directory, prefix=".") as made:
                whole = Path(made) / self.name
                for path, text in self._files().items():
                    (whole / path).parent.mkdir(parents=True, exist_ok=True)
                    (whole / path).write_text(text, encoding="utf-8")
                if folder.exists():
                    raise RunError(f"{folder}: exists already; nothing was written (name)")
                shutil.move(whole, folder)
        except OSError as error:
            raise RunError(f"{folder}: cannot be written: {error.strerror}") from error
        print("\n".join(str(folder / path) for path in self._files()))
        print(
            f"\nNow: cd {self.name}, then\n"
            'python3 -m venv .venv && .venv/bin/pip install -e ".[test]"'
            " && .venv/bin/python -m pytest"
        )

    def _check_name(self, invocation: Invocation) -> None:
        proper = re.fullmatch(r"[a-z][a-z0-9_]*", self.name) and not keyword.iskeyword(self.name)
        if not proper:
            raise ConfigurationError(
                f"name: {self.name!r} is no name for a package; expected lower_snake_case"
            )
        if importlib.util.find_spec(self.name) is not None and not Path(self.name).exists():
            raise ConfigurationError(
                f"name: there is a module '{self.name}' already; expected a name that is free"
            )
        kind = _KINDS[self.kind].registered or self.kind
        known = invocation.registry.entries.get((kind, self.name))
        if known is not None:
            label = kind.replace("_", " ")
            raise ConfigurationError(
                f"name: {known.origin} brings the {label} '{self.name}' already;"
                " expected a name that is free"
            )

    def _files(self) -> dict[str, str]:
        kind, label = _KINDS[self.kind], self.kind.replace("_", " ")
        override = Template(kind.override).substitute(name=self.name)
        overrides = [kind.beside, override] if kind.beside else [override]
        shown = " ".join(f"'{o}'" if "{" in o else o for o in overrides)
        first, second = framework.__version__.split(".")[:2]
        job = self.kind == "job"
        data = "" if self.kind in ("dataset", "job") else " data=spirals"
        substitutions = {
            "name": self.name,
            "class": "".join(word.capitalize() for word in self.name.split("_")),
            "distribution": self.name.replace("_", "-"),
            "words": label,
            "article": "An" if label[0] in "aeiou" else "A",
            "version": f"{first}.{second}",
            "next_version": f"{first}.{int(second) + 2}",
            "command": f"python -m framework {shown}{data}",
            "overrides": ",\n        ".join(f'"{o}"' for o in overrides),
            "imports": "import subprocess\nimport sys\n" if job else "import framework",
        }
        if self.kind != "callback":
            substitutions["overrides"] += ',\n        "callbacks=none"'
        substitutions["test"] = _filled("runs.py" if job else "trains.py", substitutions)
        if self.kind == "dataset":
            substitutions["test"] = substitutions["test"].replace('        "data=spirals",\n', "")
        if self.kind == "layer":
            substitutions["test"] = substitutions["test"].replace(
                '        "layer=dense_xavier",\n', ""
            )
        files = {
            "pyproject.toml": _filled("pyproject.toml", substitutions),
            "README.md": _filled("README.md", substitutions),
            f"src/{self.name}/__init__.py": _filled(f"{self.kind}.py", substitutions),
            f"tests/test_{self.name}.py": _filled("test.py", substitutions).rstrip() + "\n",
        }
        if kind.group:
            path = f"src/{self.name}/conf/{kind.group}/{self.name}.yaml"
            files[path] = _filled(f"{self.kind}.yaml", substitutions)
        return files


def _filled(template: str, substitutions: dict[str, str]) -> str:
    text = (_SKELETON / f"{template}.txt").read_text(encoding="utf-8")
    return Template(text).substitute(substitutions)
