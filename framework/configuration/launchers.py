"""The ready launchers and sweepers, and the extra that brings what each is made of."""

from __future__ import annotations

import contextlib
import copyreg
import os
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from framework.configuration.override import Override
from framework.errors import ConfigurationError
from framework.version import DISTRIBUTION

if TYPE_CHECKING:
    from hydra.plugins.launcher import Launcher
    from omegaconf import DictConfig

EXTRAS = {
    ("hydra/launcher", "joblib"): ("hydra_plugins.hydra_joblib_launcher", "parallel"),
    ("hydra/launcher", "parallel"): ("hydra_plugins.hydra_joblib_launcher", "parallel"),
    ("hydra/launcher", "submitit_local"): ("hydra_plugins.hydra_submitit_launcher", "slurm"),
    ("hydra/launcher", "submitit_slurm"): ("hydra_plugins.hydra_submitit_launcher", "slurm"),
    ("hydra/launcher", "slurm"): ("hydra_plugins.hydra_submitit_launcher", "slurm"),
    ("hydra/launcher", "slurm_local"): ("hydra_plugins.hydra_submitit_launcher", "slurm"),
    ("hydra/launcher", "ray"): ("hydra_plugins.hydra_ray_launcher", "ray"),
    ("hydra/launcher", "ray_cluster"): ("hydra_plugins.hydra_ray_launcher", "ray"),
    ("hydra/launcher", "ray_local"): ("hydra_plugins.hydra_ray_launcher", "ray"),
    ("hydra/sweeper", "optuna"): ("optuna", "search"),
    ("hydra/sweeper", "search"): ("optuna", "search"),
}


def require(overrides: Sequence[Override]) -> None:
    """See that what a command line chooses is installed.

    Raises
    ------
    ConfigurationError : naming the extra that brings it.
    """
    for override in overrides:
        if override.of_hydra and isinstance(override.value, str):
            missing = why_missing(override.key, override.value)
            if missing:
                raise ConfigurationError(f"{override.key}={override.value}: {missing}")


def why_missing(group: str, choice: str) -> str:
    """Name the extra that brings a choice; empty when the choice needs none, or it is there."""
    package, extra = EXTRAS.get((group, choice), ("", ""))
    if not package or _installed(package):
        return ""
    return f"is not installed; pip install '{DISTRIBUTION}[{extra}]' brings it"


@contextlib.contextmanager
def noting_jobs(note: Callable[[int, Sequence[str]], None]) -> Iterator[None]:
    """Note the number and the overrides of every job that a launcher is given; count them first.

    Jobs run in other processes; one that dies before it begins leaves no other trace.
    """
    from hydra.core.plugins import Plugins

    from framework.configuration.job_count import check_count

    plugins = Plugins.instance()
    make = plugins.instantiate_launcher
    restored = contextlib.ExitStack()

    def instantiate(*, config: DictConfig, **options: Any) -> Launcher:
        check_count(config)
        if "hydra_ray_launcher" in str(config.hydra.launcher.get("_target_")):
            # or a SIGTERM aborts the process with stacks of C++
            os.environ.setdefault("RAY_DISABLE_FAILURE_SIGNAL_HANDLER", "1")
        launcher = make(config=config, **options)
        # The class and not the object, which a launcher may send to other processes.
        kind: Any = type(launcher)
        launch = kind.launch

        def launch_and_note(self: Launcher, job_overrides: Any, initial_job_idx: int) -> Any:
            for number, overrides in enumerate(job_overrides, start=initial_job_idx):
                note(number, overrides)
            with _plugins_stay():
                return launch(self, job_overrides, initial_job_idx)

        kind.launch = launch_and_note
        restored.callback(setattr, kind, "launch", launch)
        return launcher

    with restored:
        vars(plugins)["instantiate_launcher"] = instantiate
        restored.callback(vars(plugins).pop, "instantiate_launcher")
        yield


@contextlib.contextmanager
def _plugins_stay() -> Iterator[None]:
    """Let a process look for Hydra's plugins once, and not for each job that it is sent.

    Launchers send Hydra's state along with every job, without its plugins, which take longer to
    find than a small network to train.
    """
    from hydra.core.plugins import Plugins
    from hydra.core.singleton import Singleton

    get_state = Singleton.get_state

    def with_plugins() -> Any:
        state = get_state()
        state["instances"][Plugins] = Plugins.instance()
        return state

    copyreg.pickle(Plugins, _plugins_there)  # type: ignore[arg-type]
    Singleton.get_state = staticmethod(with_plugins)  # type: ignore[method-assign]
    try:
        yield
    finally:
        Singleton.get_state = staticmethod(get_state)  # type: ignore[method-assign]
        copyreg.dispatch_table.pop(Plugins, None)


def _plugins_there(plugins: object) -> tuple[Callable[[], object], tuple[()]]:
    """Send the plugins of the process that they are sent to."""
    from hydra.core.plugins import Plugins

    return Plugins.instance, ()


def _installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except (ModuleNotFoundError, ValueError):  # there is no plugin of Hydra at all, or it is hidden
        return False
