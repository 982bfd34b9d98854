"""The kinds of component: for each its base class, its registration hook, its config group."""

from __future__ import annotations

from dataclasses import dataclass

from framework.components.base import Component
from framework.components.callback import Callback
from framework.components.constraint import Constraint
from framework.components.dataset import Dataset
from framework.components.initializer import Initializer
from framework.components.job import Job
from framework.components.join import Join
from framework.components.layer import Layer
from framework.components.loss import Loss
from framework.components.metric import Metric
from framework.components.regularizer import Regularizer
from framework.components.schedule import Schedule
from framework.components.transform import Transform
from framework.components.update_rule import UpdateRule


@dataclass(frozen=True)
class Kind:
    """One kind of component.

    Attributes
    ----------
    name, base, hook, group : its name, base class, registration hook and config group.
    many : whether a choice of the group is several components, each under a name of its own.
    chosen_by : the key that names the component, beside those of its fields.
    reserved : further keys that stand beside those of its fields.
    """

    name: str
    base: type[Component]
    hook: str
    group: str
    many: bool = False
    chosen_by: str = "name"
    reserved: tuple[str, ...] = ()


_TRAINING = (
    "initializer",
    "regularizer",
    "constraint",
    "update_rule",
    "frozen",
)  # of the layer, beside its fields
_COMMAND = ("plugins", "blocked", "hydra")  # of the command line, beside the job's fields
KINDS: tuple[Kind, ...] = (
    Kind("transform", Transform, "framework_transforms", "transform"),  # a layer, too: it is first
    Kind("layer", Layer, "framework_layers", "layer", reserved=_TRAINING),
    Kind("join", Join, "framework_joins", "join"),
    Kind("initializer", Initializer, "framework_initializers", "layer/initializer"),
    Kind("regularizer", Regularizer, "framework_regularizers", "layer/regularizer"),
    Kind("constraint", Constraint, "framework_constraints", "layer/constraint"),
    Kind("update_rule", UpdateRule, "framework_update_rules", "layer/update_rule"),
    Kind("loss", Loss, "framework_losses", "loss"),
    Kind("schedule", Schedule, "framework_schedules", "schedule"),
    Kind("metric", Metric, "framework_metrics", "metrics", many=True, reserved=("only_for",)),
    Kind("dataset", Dataset, "framework_datasets", "data", reserved=("transforms",)),
    Kind("callback", Callback, "framework_callbacks", "callbacks", many=True),
    Kind("job", Job, "framework_jobs", "job", chosen_by="job", reserved=_COMMAND),
)


def kind_of(base: type) -> Kind:
    """Return the kind that a component class belongs to.

    Raises
    ------
    KeyError : when it derives from none of the base classes.
    """
    for kind in KINDS:
        if issubclass(base, kind.base):
            return kind
    raise KeyError(base.__name__)
