"""A network as a module of PyTorch, its state, and a script that trains both side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from framework import (
    Array,
    Expression,
    Network,
    NetworkExpression,
    Registry,
    write_bytes,
    write_loaded,
    write_text,
)

from .example_samples import name_lines, sampling_lines
from .program import Code, variable

_TEMPLATES = {
    "negative": "-{0}",
    "number": "{0}.to(inputs.dtype)",
    "epsilon": "torch.finfo(inputs.dtype).eps",
    **{
        name: f"torch.{name}({{0}})"
        for name in ("exp", "expm1", "log", "sqrt", "abs", "tanh", "sigmoid", "erf", "isnan")
    },
    "softplus": "functional.softplus({0}, threshold=1e4)",
    "softmax": "torch.softmax({0}, -1)",
    "log_softmax": "torch.log_softmax({0}, -1)",
    "maximum": "torch.where({0} > {1}, {0}, {1})",
    "minimum": "torch.where({0} < {1}, {0}, {1})",
    **{
        name: f"{{0}}.{method}(dim={{axis}}, keepdim={{keepdims}})"
        for name, method in (("sum", "sum"), ("mean", "mean"), ("max", "amax"))
    },
    "where": "torch.where({0}, {1}, {2})",
    "argmax": "torch.argmax({0}, dim={axis})",
    "columns": "{0}[..., {start}:{stop}:{step}]",
    "part": "torch.chunk({0}, {count}, -1)[{number}]",
    "reshape": "{0}.reshape(len({0}), *{sample})",
    "concatenate": "torch.cat([{0}], dim={axis})",
    "rows": "{0}[{1}.long()]",
    "pick": "{0}.gather(1, {1}.long()[:, None])[:, 0]",
    "is_label": "({1}[:, None] == torch.arange({0}.shape[-1], device={0}.device))",
}


def write_torch(
    network: Network, whole: NetworkExpression, folder: Path, registry: Registry
) -> tuple[list[Path], bool]:
    """Write the module, its state and, where the loss has an expression, the script.

    Raises
    ------
    RunError : naming the file, when it cannot be written.
    """
    from safetensors.numpy import save

    names = _names(whole)
    code = Code(_TEMPLATES, "getattr(self, {name})")
    code.known = {
        node: f"self.{names[node.options['name']]}"
        for node in whole.outputs.in_order()
        if node.operation == "named" and node is not whole.inputs
    }
    code.known[whole.inputs] = "inputs"
    taken = ["inputs", "self", "torch", "nn", "functional"]
    for label, expression in whole.layers:
        name = variable(label, taken)
        taken.append(name)
        code.assign(name, expression)
    dtype = "next(iter(self.state_dict().values())).dtype"
    if not whole.arrays:
        dtype = f"torch.{network.dtype}"
    cast = f"inputs = inputs.to({dtype})"
    body = [cast, *code.lines, f"return {code.known[whole.outputs]}"]
    code.known = {whole.outputs: "z"}
    code.templates = {n: text.replace("inputs.", "z.") for n, text in _TEMPLATES.items()}
    methods = [_method("forward", "inputs", "Return the outputs, [N, {}].", network, body)]
    for name, doc, made in (
        ("probabilities", "Return the probability of each class.", whole.probabilities),
        ("predict", "Return what is decided.", whole.decisions),
    ):
        if made is not None:
            integer = name == "predict" and network.targets != "values"
            lines = ["z = self(inputs)", f"return {code.text(made)}{'.long()' if integer else ''}"]
            methods.append(_method(name, "inputs", doc, network, lines))
    loss = _loss(network, code, whole.outputs)
    if loss is not None:
        lines = ["z = self(inputs)", f"return torch.mean({loss})"]
        methods.append(_method("loss", "inputs, targets", "Return the mean loss.", network, lines))
    constants = {n: a.astype(network.dtype) for n, a in code.arrays.items()}
    arrays = {names[n]: np.ascontiguousarray(a) for n, a in whole.arrays.items()} | constants
    parameters = {names[name] for name in network.parameters()}
    text = _MODULE.format(
        count=f"{network.count():,}",
        dtype=network.dtype,
        names="\n".join(name_lines(network)),
        arrays="\n".join(_declared(n, a, n in parameters) for n, a in arrays.items()),
        methods="\n".join(methods),
    )
    write_bytes(folder / "network_state.safetensors", save(arrays))
    write_text(folder / "network.py", text)
    files = [folder / "network.py", folder / "network_state.safetensors"]
    if loss is not None:
        write_loaded(network, registry, folder / "network.safetensors")
        write_text(folder / "train_both.py", _script(network, names))
        files += [folder / "network.safetensors", folder / "train_both.py"]
    return files, loss is not None


def _names(whole: NetworkExpression) -> dict[str, str]:
    """Return the attribute of the module for each array of the network."""
    names: dict[str, str] = {}
    methods = ["forward", "probabilities", "predict", "loss", "train", "eval", "training"]
    for name in whole.arrays:
        names[name] = variable(name, [*names.values(), *methods])
    return names


def _loss(network: Network, code: Code, outputs: Expression) -> str | None:
    targets = Expression.named("targets")
    code.known[targets] = "targets"
    try:
        return code.text(network.loss.expression(outputs, targets))
    except NotImplementedError:
        return None


def _method(name: str, arguments: str, doc: str, network: Network, lines: list[str]) -> str:
    text = "\n".join(f"        {line}" for line in lines)
    doc = doc.format(", ".join(map(str, network.outputs)))
    return f'    def {name}(self, {arguments}):\n        """{doc}"""\n{text}\n'


def _declared(name: str, array: Array, parameter: bool) -> str:
    empty = f"torch.empty({', '.join(map(str, array.shape)) or '()'})"
    if parameter:
        return f"        self.{name} = nn.Parameter({empty})"
    return f'        self.register_buffer("{name}", {empty})'


def _script(network: Network, names: dict[str, str]) -> str:
    outputs, rows = network.outputs[0], 32
    columns = outputs
    if network.targets == "values":  # of which there may be fewer than outputs
        columns = network.loss.decide(np.zeros((1, outputs), network.dtype)).shape[1]
    targets: dict[str, Any] = {
        "labels": f"rng.integers(0, {max(outputs, 2)}, {rows})",
        "values": f"rng.standard_normal(({rows}, {columns}))",
        "sets": f"rng.integers(0, 2, ({rows}, {outputs}))",
    }
    return _SCRIPT.format(
        names="\n".join(f'    {json.dumps(n)}: "{names[n]}",' for n in network.parameters()),
        inputs="\n    ".join(sampling_lines(network, rows)),
        targets=targets[network.targets],
        kind="torch.int64" if network.targets == "labels" else "torch.float64",
    )


_MODULE = '''"""A trained network of {count} parameters as a module of PyTorch.

    network = load()       # its state is in network_state.safetensors
    network.predict(torch.as_tensor(samples))

Inputs are in the units of the training data. It needs torch and safetensors.
"""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional

{names}

class Network(nn.Module):
    """The network in inference; its parameters can be trained."""

    def __init__(self):
        super().__init__()
{arrays}
        self.to(torch.{dtype})

{methods}

def load(path=None):
    """Return the network with its trained state."""
    network = Network()
    path = path or Path(__file__).with_name("network_state.safetensors")
    network.load_state_dict(load_file(path))
    return network
'''

_SCRIPT = '''"""Train by the framework's formulas and by PyTorch: 100 equal steps, in float64.

It needs the framework, torch and safetensors, and fails where a loss or a parameter differs.
"""

from pathlib import Path

import framework
import numpy as np
import torch

from network import load

NAMES = {{
{names}
}}
STEPS, RATE = 100, 0.01

ours = framework.in_dtype(
    framework.load(Path(__file__).with_name("network.safetensors")), "float64"
)
theirs = load().double()
optimizer = torch.optim.SGD(theirs.parameters(), lr=RATE)
rng = np.random.default_rng(0)
for step in range(STEPS):
    {inputs}
    targets = {targets}
    loss, gradients = framework.loss_gradients(ours, inputs, targets)
    for name, parameter in ours.parameters().items():
        parameter -= RATE * gradients[name]
    optimizer.zero_grad()
    their_loss = theirs.loss(
        torch.as_tensor(inputs, dtype=torch.float64), torch.as_tensor(targets, dtype={kind})
    )
    their_loss.backward()
    optimizer.step()
    assert np.isclose(loss, their_loss.item(), rtol=1e-9, atol=1e-12), (step, loss, their_loss)
for name, parameter in ours.parameters().items():
    trained = getattr(theirs, NAMES[name]).detach().numpy()
    np.testing.assert_allclose(parameter, trained, rtol=1e-8, atol=1e-10, err_msg=name)
print(f"{{STEPS}} steps: the same losses and parameters; the last loss is {{loss:.6g}}")
'''
