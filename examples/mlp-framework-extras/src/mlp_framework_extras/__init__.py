"""Extras for the framework for numpy MLPs: a plugin."""

from __future__ import annotations

from framework import Callback, Layer, UpdateRule, hookimpl

from .gradient_norms import GradientNorms
from .signum import Signum
from .snake import Snake
from .uniform_noise import UniformNoise


@hookimpl
def framework_layers() -> dict[str, type[Layer]]:
    return {"snake": Snake, "uniform_noise": UniformNoise}


@hookimpl
def framework_update_rules() -> dict[str, type[UpdateRule]]:
    return {"signum": Signum}


@hookimpl
def framework_callbacks() -> dict[str, type[Callback]]:
    return {"gradient_norms": GradientNorms}


@hookimpl
def framework_config_dirs() -> list[str]:
    return ["pkg://mlp_framework_extras.conf"]
