"""The framework for numpy MLPs: its public names.

A plugin needs nothing but these; a notebook little more than `train`.
"""

import gc
from typing import Any

from framework import _install_check as installed
from framework.process import startup

if startup.is_command_line():
    startup.begin()  # a signal ends it in a line, from here on
if startup.is_module():
    installed.require()  # say what a bare clone lacks, before it is missed
    gc.disable()  # nothing that is made from here to the job is garbage; `app.py` puts it back
else:
    installed.check_parts()

from framework.api import fit, load, resume, resume_run, train
from framework.components.base import (
    REQUIRED,
    Array,
    Component,
    Shape,
    fraction,
    hyperparameter,
    non_negative,
    positive,
)
from framework.components.callback import Callback
from framework.components.columns import Columns
from framework.components.constraint import Constraint
from framework.components.dataset import Data, Dataset, DatasetOfArrays
from framework.components.elementwise import elementwise
from framework.components.epoch import Epoch
from framework.components.expression import Expression, Expressions
from framework.components.field_type import default_of
from framework.components.figure_schedule import FigureSchedule, Memory
from framework.components.initializer import Initializer, fans
from framework.components.job import Invocation, Job
from framework.components.join import Join
from framework.components.layer import Arrays, Layer, Parameter, Role
from framework.components.loss import Loss
from framework.components.metric import Metric, Takes
from framework.components.recoding import as_trained
from framework.components.regularizer import Regularizer, sum_of_squares
from framework.components.renamed import warn_of
from framework.components.schedule import Scalar, Schedule, TimedSchedule, value
from framework.components.span import Span, Unit
from framework.components.split import Split
from framework.components.table import Table, read_table
from framework.components.targets import Targets
from framework.components.transform import Transform
from framework.components.update_rule import (
    Scope,
    Slot,
    State,
    UpdateRule,
    Wrapper,
    decay_weights,
    scope_of,
)
from framework.configuration.component_yaml import as_yaml
from framework.drawing.client import DrawingError, Painter, painter
from framework.engine.blas import axpby
from framework.engine.blas import library as products_library
from framework.engine.expressions import NetworkExpression, network_expression
from framework.engine.network import Network
from framework.engine.parameter_gradients import in_dtype, loss_gradients
from framework.errors import (
    ConfigurationError,
    DataError,
    DivergenceError,
    FrameworkError,
    Interrupted,
    PluginError,
    RunError,
)
from framework.files.appending import Appending
from framework.files.directories import make_directory, remove_leftovers
from framework.files.reading import read_bounded, read_text, refuse_link
from framework.files.writing import replacing, write_bytes, write_json, write_text
from framework.hooks import hookimpl
from framework.process.host import progress_display, shows_log
from framework.registry.deferred import Deferred, attributes_of
from framework.registry.origin import Entry
from framework.registry.registry import Registry
from framework.runs.load import Which, load_network
from framework.runs.measure import measure
from framework.runs.network_file import write_loaded, write_network
from framework.runs.reopen import load_data_of, reopen
from framework.runs.run import Run
from framework.runs.runner import train as train_settings
from framework.runs.saved_config import overrides_of
from framework.runs.summary_file import Summary, read_summary
from framework.runs.trial import trial
from framework.settings.schedule_ranges import run_schedules
from framework.settings.settings import read_settings
from framework.sweeps.comparison import draw_comparison
from framework.sweeps.ledger import finished_beside
from framework.text import nearest, shown_figure, table
from framework.text import short_path as shown_path
from framework.version import installed_version

__all__ = [
    "REQUIRED",
    "Appending",
    "Array",
    "Arrays",
    "Callback",
    "Columns",
    "Component",
    "ConfigurationError",
    "Constraint",
    "Data",
    "DataError",
    "Dataset",
    "DatasetOfArrays",
    "Deferred",
    "DivergenceError",
    "DrawingError",
    "Entry",
    "Epoch",
    "Expression",
    "Expressions",
    "FigureSchedule",
    "FrameworkError",
    "Initializer",
    "Interrupted",
    "Invocation",
    "Job",
    "Join",
    "Layer",
    "Loss",
    "Memory",
    "Metric",
    "Network",
    "NetworkExpression",
    "Painter",
    "Parameter",
    "PluginError",
    "Registry",
    "Regularizer",
    "Role",
    "Run",
    "RunError",
    "Scalar",
    "Schedule",
    "Scope",
    "Shape",
    "Slot",
    "Span",
    "Split",
    "State",
    "Summary",
    "Table",
    "Takes",
    "Targets",
    "TimedSchedule",
    "Transform",
    "Unit",
    "UpdateRule",
    "Which",
    "Wrapper",
    "as_trained",
    "as_yaml",
    "attributes_of",
    "axpby",
    "decay_weights",
    "default_of",
    "draw_comparison",
    "elementwise",
    "fans",
    "finished_beside",
    "fit",
    "fraction",
    "hookimpl",
    "hyperparameter",
    "in_dtype",
    "load",
    "load_data_of",
    "load_network",
    "loss_gradients",
    "make_directory",
    "measure",
    "nearest",
    "network_expression",
    "non_negative",
    "overrides_of",
    "painter",
    "positive",
    "products_library",
    "progress_display",
    "read_bounded",
    "read_settings",
    "read_summary",
    "read_table",
    "read_text",
    "refuse_link",
    "remove_leftovers",
    "reopen",
    "replacing",
    "resume",
    "resume_run",
    "run_schedules",
    "scope_of",
    "shown_figure",
    "shown_path",
    "shows_log",
    "sum_of_squares",
    "table",
    "train",
    "train_settings",
    "trial",
    "value",
    "write_bytes",
    "write_json",
    "write_loaded",
    "write_network",
    "write_text",
]

__version__: str  # `__getattr__` reads it when it is asked for
_RENAMED: dict[str, Any] = {"Own": Arrays, "blend": axpby, "setting": hyperparameter}


def __getattr__(name: str) -> object:
    """Return the version, or what has a new name, with a warning."""
    if name == "__version__":
        return installed_version()
    if name in _RENAMED:
        new = _RENAMED[name]
        warn_of(f"framework.{name}", f"framework.{new.__name__}")
        return new
    raise AttributeError(f"module 'framework' has no attribute '{name}'")
