"""Write the lowest versions that pyproject.toml declares as constraints for pip, one a line."""

import tomllib
from pathlib import Path

from packaging.requirements import Requirement

project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
for line in project["dependencies"]:
    needed = Requirement(line)
    (lowest,) = (part.version for part in needed.specifier if part.operator == ">=")
    print(f"{needed.name}=={lowest}")
