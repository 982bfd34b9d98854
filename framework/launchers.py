"""The ready launchers and sweepers, and the extra that brings what each is made of."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from framework.errors import ConfigurationError

EXTRAS = {
    "hydra/launcher=joblib": ("hydra_joblib_launcher", "parallel"),
    "hydra/launcher=parallel": ("hydra_joblib_launcher", "parallel"),
    "hydra/launcher=slurm": ("hydra_submitit_launcher", "slurm"),
    "hydra/launcher=slurm_local": ("hydra_submitit_launcher", "slurm"),
    "hydra/launcher=ray": ("hydra_ray_launcher", "ray"),
    "hydra/launcher=ray_cluster": ("hydra_ray_launcher", "ray"),
    "hydra/launcher=ray_local": ("hydra_ray_launcher", "ray"),
    "hydra/sweeper=optuna": ("hydra_optuna_sweeper", "search"),
    "hydra/sweeper=search": ("hydra_optuna_sweeper", "search"),
}


def require(overrides: Sequence[str]) -> None:
    """See that what a command line chooses is installed.

    Raises
    ------
    ConfigurationError : naming the extra that brings it.
    """
    for override in overrides:
        package, extra = EXTRAS.get(override, ("", ""))
        if package and not _installed(package):
            raise ConfigurationError(
                f"{override}: is not installed; pip install 'mlp-framework[{extra}]' brings it"
            )


def _installed(package: str) -> bool:
    try:
        return find_spec(f"hydra_plugins.{package}") is not None
    except (ModuleNotFoundError, ValueError):  # there is no plugin of Hydra at all, or it is hidden
        return False
