"""The framework for numpy MLPs: its public names.

A plugin needs nothing but these; a notebook little more than `train`.
"""

import gc

from framework import installed, startup

if startup.is_command_line():
    startup.begin()  # a signal ends it in a line, from here on
if startup.is_module():
    installed.require()  # say what a bare clone lacks, before it is missed
    gc.disable()  # nothing that is made from here to the job is garbage; `app.py` puts it back
else:
    installed.check_parts()

from framework.api import resume, resume_run, train
from framework.blas import blend
from framework.blas import library as products_library
from framework.callback import Callback
from framework.component import (
    REQUIRED,
    Array,
    Component,
    Shape,
    fraction,
    non_negative,
    positive,
    setting,
)
from framework.dataset import Data, Dataset, Split
from framework.defaults import as_yaml, default_of
from framework.drawing import DrawingError, Painter, painter
from framework.errors import (
    ConfigurationError,
    DataError,
    DivergenceError,
    FrameworkError,
    Interrupted,
    PluginError,
    RunError,
    nearest,
)
from framework.files import (
    Appending,
    make_directory,
    remove_leftovers,
    replacing,
    write_bytes,
    write_text,
)
from framework.final import write_network
from framework.hooks import hookimpl
from framework.initializer import Initializer, fans
from framework.job import Invocation, Job
from framework.layer import Layer, Own, Parameter
from framework.ledger import finished_beside
from framework.loss import Loss
from framework.measurement import Epoch
from framework.metric import Metric
from framework.network import Network
from framework.plugin import shown as shown_path
from framework.reading import read_bounded, read_text
from framework.registry import Entry, Registry
from framework.regularizer import Regularizer, sum_of_squares
from framework.run import Run
from framework.run import train as train_settings
from framework.saved import overrides_of
from framework.schedule import Scalar, Schedule, value
from framework.settings import read_settings
from framework.summary import Summary, read_summary
from framework.tables import shown_figure, table
from framework.update_rule import UpdateRule

__all__ = [
    "REQUIRED",
    "Appending",
    "Array",
    "Callback",
    "Component",
    "ConfigurationError",
    "Data",
    "DataError",
    "Dataset",
    "DivergenceError",
    "DrawingError",
    "Entry",
    "Epoch",
    "FrameworkError",
    "Initializer",
    "Interrupted",
    "Invocation",
    "Job",
    "Layer",
    "Loss",
    "Metric",
    "Network",
    "Own",
    "Painter",
    "Parameter",
    "PluginError",
    "Registry",
    "Regularizer",
    "Run",
    "RunError",
    "Scalar",
    "Schedule",
    "Shape",
    "Split",
    "Summary",
    "UpdateRule",
    "as_yaml",
    "blend",
    "default_of",
    "fans",
    "finished_beside",
    "fraction",
    "hookimpl",
    "make_directory",
    "nearest",
    "non_negative",
    "overrides_of",
    "painter",
    "positive",
    "products_library",
    "read_bounded",
    "read_settings",
    "read_summary",
    "read_text",
    "remove_leftovers",
    "replacing",
    "resume",
    "resume_run",
    "setting",
    "shown_figure",
    "shown_path",
    "sum_of_squares",
    "table",
    "train",
    "train_settings",
    "value",
    "write_bytes",
    "write_network",
    "write_text",
]
