"""Checking a plugin's hooks: misspelt, unmarked, or with other arguments they are refused."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import pluggy

from framework.hooks import PROJECT, Events
from framework.text import nearest


def unmarked_hook(plugin: object, hooks: type) -> str:
    """Return which function looks like a hook and would never be called; '' for none.

    Hooks are what `@hookimpl` marks; every other function called ``framework_…`` is a slip.
    """
    known, manager = _hook_names(hooks), pluggy.PluginManager(PROJECT)
    for name in dir(plugin):
        if not name.startswith(f"{PROJECT}_"):
            continue
        member = inspect.getattr_static(plugin, name)
        function = getattr(member, "__func__", member)  # of a static or class method
        if not callable(function) or isinstance(function, type):
            continue
        if manager.parse_hookimpl_opts(plugin, name) is not None:
            continue
        if name in known:
            return f"{name} is not marked as a hook; write @hookimpl above it"
        if name in _hook_names(Events):
            return f"{name} is an event, which a callback implements and not a plugin"
        if inspect.ismodule(plugin) and getattr(function, "__module__", "") != plugin.__name__:
            continue  # something that the module imports
        return f"{name} is no hook; {nearest(name, known)}"
    return ""


def _hook_names(hooks: type) -> list[str]:
    return [name for name in vars(hooks) if name.startswith(f"{PROJECT}_")]


def wrong_hook(plugin: object, hooks: type) -> str:
    """Return which hook of a plugin does not exist or has other arguments; '' when all fit."""
    known = _hook_names(hooks)
    manager = pluggy.PluginManager(PROJECT)
    for name in dir(plugin):
        options = manager.parse_hookimpl_opts(plugin, name)
        if options is None:
            continue
        hook = options.get("specname") or name
        if hook not in known:
            return f"implements '{hook}', which is no hook; {nearest(hook, known)}"
        allowed = [a for a in inspect.signature(getattr(hooks, hook)).parameters if a != "self"]
        extra = [a for a in _arguments(getattr(plugin, name)) if a not in allowed]
        if extra:
            return (
                f"{hook} takes '{extra[0]}', which the hook does not pass;"
                f" expected {hook}({', '.join(allowed)}) or fewer arguments"
            )
    return ""


def _arguments(function: Callable[..., object]) -> list[str]:
    needed = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    return [p.name for p in parameters if p.kind in needed and p.default is p.empty]
