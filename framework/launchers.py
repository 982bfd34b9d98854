"""The ready launchers and sweepers, and the extra that brings what each is made of."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from framework.errors import ConfigurationError

if TYPE_CHECKING:
    from hydra.plugins.launcher import Launcher
    from omegaconf import DictConfig

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
        if package == "hydra_ray_launcher":  # or a SIGTERM aborts the process with stacks of C++
            os.environ.setdefault("RAY_DISABLE_FAILURE_SIGNAL_HANDLER", "1")
        if package and not _installed(package):
            raise ConfigurationError(
                f"{override}: is not installed; pip install 'mlp-framework[{extra}]' brings it"
            )


@contextlib.contextmanager
def noting(note: Callable[[int, Sequence[str]], None]) -> Iterator[None]:
    """Tell the number and the overrides of every job that a launcher is given; first count them.

    Jobs run in other processes; one that dies before it begins leaves no other trace.
    """
    from hydra.core.plugins import Plugins

    from framework.job_count import check_count

    plugins = Plugins.instance()
    make = plugins.instantiate_launcher
    restored = contextlib.ExitStack()

    def instantiate(*, config: DictConfig, **options: Any) -> Launcher:
        check_count(config)
        launcher = make(config=config, **options)
        # The class and not the object, which a launcher may send to other processes.
        kind: Any = type(launcher)
        launch = kind.launch

        def noted(self: Launcher, job_overrides: Any, initial_job_idx: int) -> Any:
            for number, overrides in enumerate(job_overrides, start=initial_job_idx):
                note(number, overrides)
            return launch(self, job_overrides, initial_job_idx)

        kind.launch = noted
        restored.callback(setattr, kind, "launch", launch)
        return launcher

    with restored:
        vars(plugins)["instantiate_launcher"] = instantiate
        restored.callback(vars(plugins).pop, "instantiate_launcher")
        yield


def _installed(package: str) -> bool:
    try:
        return find_spec(f"hydra_plugins.{package}") is not None
    except (ModuleNotFoundError, ValueError):  # there is no plugin of Hydra at all, or it is hidden
        return False
