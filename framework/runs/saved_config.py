"""What a run's directory says of its configuration, and how another one differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framework.configuration.interpolation import calls_resolver, check_expansion
from framework.configuration.override import parse
from framework.configuration.replacing import make_room
from framework.errors import ConfigurationError, RunError
from framework.files.reading import is_there, read_text
from framework.process.caller import for_caller
from framework.runs.checkpoint_file import read_about
from framework.runs.choose_checkpoint import checkpoints
from framework.text import one_line

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from framework.runs.run import Run

AUTO = "resume='auto'"
"""The argument in Python that resumes what a directory holds."""
CONFIG = Path(".hydra") / "config.yaml"
_ALLOWING_CHANGES = (
    "trainer.resume=changed, or job=resume allow_changes=true",
    "resume='changed', or framework.resume(…, allow_changes=True)",
)
_LARGEST = 1 << 20  # bytes of a configuration
_DEEPEST = 50
_OF_THE_JOB = ("job", "run", "allow_changes", "hydra")
_ADDED: dict[str, Any] = {  # what earlier versions did without
    "data.transforms": [],
    "trainer.accumulate": 1,
    "trainer.clip_norm": None,
    "trainer.clip_value": None,
    "trainer.class_weight": None,
    "trainer.steps": None,
    "trainer.seconds": None,
    "trainer.figures_every": 1,
    "trainer.train_figure_rows": None,
    "trainer.overfit_batches": None,
    "trainer.fast_run": False,
    "initial.path": None,
    "initial.which": "final",
    "initial.layers": None,
    "trainer.engine": "auto",
}
_ADDED_TO_LAYERS: dict[str, Any] = {
    "constraint.name": "none",
    "frozen": False,
}  # the same, in any layer's variant
_FREE = ("job", "trainer.resume")  # what may differ: it does not change what is trained


def check_same(run: Run, *, allow_changes: bool) -> tuple[bool, bool]:
    """Compare a run's configuration with the one its directory holds.

    More epochs than before are allowed. So are other keys of `data` (a file that was moved): what
    decides is whether the arrays are those of its checkpoint, which is compared before it is used.

    Returns
    -------
    changed : whether something else is trained than was.
    outdated : whether the directory's records must be written anew.

    Raises
    ------
    ConfigurationError : when they differ and may not, with a line for each difference.
    """
    saved = saved_configuration(run.directory)
    if saved is None:  # it was stopped before it wrote one
        return True, True
    now = run.settings.configuration
    compares_data = bool(checkpoints(run.directory)) and not allow_changes
    changes = differences(saved, now, same_data=compares_data)
    before, epochs = (dict(_flat(config)).get("trainer.epochs") for config in (saved, now))
    longer = isinstance(before, int) and isinstance(epochs, int) and epochs > before
    refused = [line for key, line in changes.items() if not (longer and key == "trainer.epochs")]
    if refused and not allow_changes:
        raise ConfigurationError(
            f"{run.directory}: holds a run of another configuration; to resume it all the same:"
            f" {for_caller(*_ALLOWING_CHANGES)}\n" + "\n".join(refused)
        )
    outdated = bool(differences(saved, now)) or not (run.directory / CONFIG).exists()
    return bool(changes), outdated


def saved_configuration(directory: Path) -> Mapping[str, Any] | None:
    """Return the configuration of the run in a directory; None when nothing says it.

    Raises
    ------
    RunError : naming the file, when it is not a plain configuration.
    """
    return load(directory) if is_there(directory / CONFIG) else _of_newest_checkpoint(directory)


def _of_newest_checkpoint(directory: Path) -> Mapping[str, Any] | None:
    """Return the configuration that a run's newest readable checkpoint holds."""
    for path in checkpoints(directory):
        try:
            configuration = read_about(path).get("configuration")
        except RunError:
            continue
        return configuration if isinstance(configuration, Mapping) else None
    return None


def load(directory: Path) -> dict[str, Any]:
    """Return the configuration in a run's directory as dicts and lists.

    Raises
    ------
    RunError : naming the file, when it is not there or is not a plain configuration.
    """
    path = directory / CONFIG
    return _plain(_read(path), path)


def way_to_resume(run: Run) -> str:
    """Return what resumes a run: the part of a command line, or the call in Python."""
    directory = str(run.directory)
    modules = run.settings.configuration.get("plugins") or ()
    plugins = [f"plugins=[{','.join(map(str, modules))}]"] if modules else []
    call = f"framework.resume({', '.join(map(repr, [directory, *plugins]))})"
    if run.settings.given is not None:  # which no file has
        call = f"the same call with directory={directory!r}, {AUTO}"
    return for_caller(" ".join(["job=resume", f"run={directory}", *plugins]), call)


def overrides_of(directory: Path) -> list[str]:
    """Return the overrides that a run's directory says it was started with, as they were given.

    Raises
    ------
    RunError : naming the file, when it is not a plain list.
    """
    return _overrides(directory / CONFIG.with_name("overrides.yaml"))


def resumed(directory: Path, overrides: Sequence[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the configuration in a run's directory with some values changed.

    Parameters
    ----------
    overrides : as on the command line, ``"trainer.epochs=50"``; keys of the job itself are skipped.

    Returns
    -------
    configuration : as dicts and lists.
    records : what its directory should say from now on, for `.hydra/`.

    Raises
    ------
    RunError, ConfigurationError : naming the file or override that is not what it must be.
    """
    from omegaconf import DictConfig, OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    path = directory / CONFIG
    cfg = _read(path)
    earlier = _overrides(path.with_name("overrides.yaml"))
    own = [override for override in parse(overrides) if override.path[0] not in _OF_THE_JOB]
    given = []
    make_room(cfg, [(o.key, o.value) for o in own if o.prefix != "~"], lambda key, known, name: {})
    own.sort(key=lambda override: not override.key.endswith(".name"))  # what it is, then its fields
    for override in own:
        key, value = override.key, override.value
        known = OmegaConf.select(cfg, key) is not None
        given.append(override.text.lstrip("+") if known else override.text)
        try:
            if override.prefix == "~":
                parent, _, name = key.rpartition(".")
                del (OmegaConf.select(cfg, parent) if parent else cfg)[name]
                continue
            whole = isinstance(OmegaConf.select(cfg, key), DictConfig)
            if "/" in key or override.swept or (whole and isinstance(value, str)):
                raise ConfigurationError(
                    f"{override.text}: resuming takes single values, such as seed=3"
                )
            OmegaConf.update(cfg, key, value, force_add=True)
        except (OmegaConfBaseException, KeyError, TypeError, AttributeError) as error:
            raise ConfigurationError(
                f"{override.text}: cannot be applied to {path}: {one_line(error)}"
            ) from error
    records = {
        "config.yaml": OmegaConf.to_yaml(cfg),
        "overrides.yaml": OmegaConf.to_yaml(OmegaConf.create([*earlier, *given])),
    }
    return _plain(cfg, path), records


def _read(path: Path) -> DictConfig:
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    content = _yaml(path)
    if not isinstance(content, dict):
        raise RunError(f"{path}: is no configuration; expected a mapping")
    try:
        return OmegaConf.create(content)
    except OmegaConfBaseException as error:
        raise RunError(f"{path}: is no configuration: {str(error).splitlines()[0]}") from error


def _overrides(path: Path) -> list[str]:
    overrides = _yaml(path) if path.exists() else []
    if not isinstance(overrides, list):
        raise RunError(f"{path}: is no list of overrides")
    return [str(text) for text in overrides]


def _yaml(path: Path) -> object:
    """Read YAML as a run wrote it; aliases, which can grow without bound, are none of it."""
    import yaml

    try:
        text = read_text(path, _LARGEST)
        depth = 0
        for event in yaml.parse(text, yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent) or depth > _DEEPEST:
                raise RunError(f"{path}: is no configuration: aliases, or nested too deeply")
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise RunError(f"{path}: is no YAML: {str(error).splitlines()[0]}") from error


def _plain(cfg: DictConfig, path: Path) -> dict[str, Any]:
    """Resolve a configuration, whose interpolations may name other keys and nothing else."""
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    content = OmegaConf.to_container(cfg, resolve=False)
    assert isinstance(content, dict)
    check_expansion({str(key): node for key, node in content.items()})
    for key, value in _flat(content):
        if isinstance(value, str) and calls_resolver(value):
            raise RunError(f"{path}: {key}: {value} is not resolved when a run is resumed")
    try:
        resolved = OmegaConf.to_container(cfg, resolve=True)
    except OmegaConfBaseException as error:
        raise RunError(f"{path}: {str(error).splitlines()[0]}") from error
    assert isinstance(resolved, dict)
    return {str(key): node for key, node in resolved.items()}


def differences(
    before: Mapping[str, Any], now: Mapping[str, Any], *, same_data: bool = False
) -> dict[str, str]:
    """Return a line for each key whose value is another, where that changes what is trained.

    Parameters
    ----------
    same_data : whether the data are known to be the same, whatever their keys say.
    """
    old, new = ({**_ADDED, **dict(_flat(config))} for config in (before, now))
    lines = {}
    for key in sorted(old.keys() | new.keys()):
        for name, added in _ADDED_TO_LAYERS.items():
            if key.endswith(f".{name}"):
                old.setdefault(key, added)
                new.setdefault(key, added)
        if same_data and key.partition(".")[0] == "data":
            continue
        if key in _FREE or repr(old.get(key, ...)) == repr(new.get(key, ...)):
            continue
        was, becomes = (repr(config[key]) if key in config else "nothing" for config in (old, new))
        lines[key] = f"  {key}: {was} → {becomes}"
    return lines


def _flat(node: object, key: str = "") -> Iterator[tuple[str, object]]:
    """Return every value by its dotted key; an empty mapping or list is a value, too."""
    if isinstance(node, Mapping) and node:
        for name, child in node.items():
            yield from _flat(child, f"{key}.{name}" if key else str(name))
    elif isinstance(node, list) and node:
        for i, child in enumerate(node):
            yield from _flat(child, f"{key}[{i}]")
    else:
        yield key, node
