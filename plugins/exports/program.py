"""Expressions written down as lines of a program."""

from __future__ import annotations

import json
import keyword
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from framework import Array, Expression

_INFIX = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**", "matmul": "@",
    "greater": ">",
}  # fmt: skip


@dataclass
class Code:
    """Lines that work expressions out, and the names that they give to what is known.

    Attributes
    ----------
    templates : how each operation is written that is not an infix: ``{0}`` is its first input,
        ``{axis}`` an option.
    array : how an array of the network is written: ``{name}`` is its name, quoted, as a label
        may be anybody's text.
    arrays : constant arrays that were met, by a name made for each.
    """

    templates: Mapping[str, str]
    array: str
    lines: list[str] = field(default_factory=list)
    known: dict[Expression, str] = field(default_factory=dict)
    arrays: dict[str, Array] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def assign(self, name: str, expression: Expression) -> None:
        """Add the lines that give an expression a name; what occurs more than once has one, too."""
        counts = Counter(
            part for node in expression.in_order() if node not in self.known for part in node.inputs
        )
        helpers = 0
        for node in expression.in_order()[:-1]:
            if counts[node] > 1 and node not in self.known and node.inputs:
                helpers += 1
                self._line(f"{name}_{helpers}", node)
        if expression in self.known:
            self.lines.append(f"{name} = {self.known[expression]}")
        else:
            self._line(name, expression)
        self.known[expression] = name

    def text(self, expression: Expression) -> str:
        """Return an expression as code."""
        if expression in self.known:
            return self.known[expression]
        options = expression.options
        if expression.operation == "named":
            return self.array.format(name=json.dumps(options["name"]))
        if expression.operation == "epsilon" and "epsilon" in self.templates:
            return self.templates["epsilon"]
        if expression.operation in ("literal", "epsilon"):
            value = options["value"]
            if np.ndim(value) == 0:
                return repr(float(value))
            name = f"constant_{len(self.arrays) + 1}"
            self.arrays[name] = np.asarray(value)
            return self.array.format(name=json.dumps(name))
        given = [self.text(part) for part in expression.inputs]
        self.used.add(expression.operation)
        if expression.operation in _INFIX:
            return f"({given[0]} {_INFIX[expression.operation]} {given[1]})"
        if expression.operation == "concatenate":
            return self.templates["concatenate"].format(", ".join(given), **options)
        return self.templates[expression.operation].format(*given, **options)

    def _line(self, name: str, expression: Expression) -> None:
        text = self.text(expression)
        infix = expression.operation in _INFIX
        self.lines.append(f"{name} = {text[1:-1] if infix else text}")
        self.known[expression] = name


def variable(label: str, taken: Sequence[str] = ()) -> str:
    """Return a layer's label as the name of a variable.

    >>> variable("hidden_1.relu"), variable("1st"), variable("a.b", ["a_b"])
    ('hidden_1_relu', 'layer_1st', 'a_b_')
    """
    name = re.sub(r"\W", "_", label, flags=re.ASCII)
    if not name or name[0].isdigit() or keyword.iskeyword(name) or name.startswith("_"):
        name = f"layer_{name}"
    while name in taken:
        name += "_"
    return name
