"""What discovering plugins costs at start: `python -m benchmarks.discovery`.

Installs so many small distributions into a folder, each with a component, a folder of YAML and a
requirement, and times, in fresh processes on one core, what comes after the framework's own
imports: finding the distributions, importing them, calling their hooks, and telling Hydra.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.commands import kept_to, run
from benchmarks.cores import Taken, called, can_bind
from benchmarks.machine import machine
from benchmarks.tables import SECONDS, seconds_of
from framework.text import table

MODULE = '''
from dataclasses import dataclass
from framework import Layer, hookimpl


@dataclass(frozen=True)
class Mine(Layer):
    """Return back the input."""

    def forward(self, x, out, arrays):
        return x

    def input_gradient(self, x, y, g, out, arrays):
        return g


@hookimpl
def framework_layers():
    return {"NAME": Mine}


@hookimpl
def framework_config_dirs():
    return ["pkg://NAME.conf"]
'''
TIMED = """
import time
import framework.plugins
from framework.configuration import compose
from hydra.core.plugins import Plugins
Plugins.instance()
spent, began = time.process_time(), time.perf_counter()
registry = compose.prepare([]).registry
print(time.perf_counter() - began, time.process_time() - spent, len(registry.plugins))
"""


def install(site: Path, number: int) -> None:
    """Write a distribution as pip leaves it."""
    name = f"mine_{number}"
    (site / name / "conf" / "model").mkdir(parents=True)
    (site / name / "__init__.py").write_text(MODULE.replace("NAME", name))
    (site / name / "conf" / "model" / f"{name}.yaml").write_text("# Mine.\nhidden: [3]\n")
    info = site / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nRequires-Dist: mlp-framework>=0.1\n"
    )
    (info / "entry_points.txt").write_text(f"[framework]\n{name} = {name}\n")


def discovered(count: int, repeats: int) -> list[Taken]:
    """Time discovery with so many plugins installed, in fresh processes."""
    taken = []
    with tempfile.TemporaryDirectory() as folder, kept_to(1):
        for number in range(count):
            install(Path(folder), number)
        for _ in range(repeats):
            said = run(["-c", TIMED], folder, env={"PYTHONPATH": folder}).said
            wall, processor, plugins = said.split()
            assert int(plugins) == count + 1, said
            taken.append(Taken(float(wall), float(processor)))
    return taken


def main() -> None:
    """Print a line for each number of plugins."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.discovery", description=__doc__)
    parser.add_argument("--short", action="store_true", help="once each")
    repeats = 1 if parser.parse_args().short else 7
    rows = [[str(count), *seconds_of(discovered(count, repeats))] for count in (0, 1, 10, 30)]
    print(f"{machine()}; cores: {called(1, bound=can_bind())}")
    print("discovery by the framework, after its imports\n")
    print(table(["plugins", *SECONDS], rows))


if __name__ == "__main__":
    main()
