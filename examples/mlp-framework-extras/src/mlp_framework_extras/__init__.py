"""Extras for the framework for numpy MLPs: a plugin."""

from __future__ import annotations

from framework import Callback, Layer, UpdateRule, hookimpl

from .dropout import Dropout
from .gradient_norms import GradientNorms
from .leaky_relu import LeakyReLU
from .lion import Lion


@hookimpl
def framework_layers() -> dict[str, type[Layer]]:
    return {"leaky_relu": LeakyReLU, "dropout": Dropout}


@hookimpl
def framework_update_rules() -> dict[str, type[UpdateRule]]:
    return {"lion": Lion}


@hookimpl
def framework_callbacks() -> dict[str, type[Callback]]:
    return {"gradient_norms": GradientNorms}


@hookimpl
def framework_config_dirs() -> list[str]:
    return ["pkg://mlp_framework_extras.conf"]
