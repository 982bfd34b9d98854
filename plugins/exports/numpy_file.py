"""A network as one file of Python that needs numpy alone, and its weights."""

from __future__ import annotations

import contextlib
import io
import math
from pathlib import Path

import numpy as np

from framework import Expression, Network, NetworkExpression, write_bytes, write_text

from .example_samples import name_lines
from .program import Code, variable

_TEMPLATES = {
    "negative": "-{0}",
    **{
        name: f"np.{name}({{0}})"
        for name in ("exp", "expm1", "log", "sqrt", "abs", "tanh", "isnan")
    },
    **{name: f"np.{name}({{0}}, {{1}})" for name in ("maximum", "minimum")},
    **{name: f"{name}({{0}})" for name in ("sigmoid", "softplus", "erf", "softmax", "log_softmax")},
    **{
        name: f"np.{name}({{0}}, axis={{axis}}, keepdims={{keepdims}})"
        for name in ("sum", "mean", "max")
    },
    "where": "np.where({0}, {1}, {2})",
    "argmax": "np.argmax({0}, axis={axis})",
    "columns": "{0}[..., {start}:{stop}:{step}]",
    "part": "np.split({0}, {count}, axis=-1)[{number}]",
    "reshape": "{0}.reshape(len({0}), *{sample})",
    "concatenate": "np.concatenate([{0}], axis={axis})",
    "rows": "{0}[{1}.astype(np.int64)]",
    "pick": "np.take_along_axis({0}, {1}.astype(np.int64)[:, None], axis=1)[:, 0]",
    "is_label": "({1}[:, None] == np.arange({0}.shape[-1]))",
}
_HELPERS = {
    "sigmoid": '''
def sigmoid(x):
    """Return 1 / (1 + exp(-x)), with no exp that overflows."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)
''',
    "softplus": '''
def softplus(x):
    """Return log(1 + exp(x)), with no exp that overflows."""
    return np.logaddexp(0, x).astype(x.dtype)
''',
    "erf": '''
def erf(x):
    """Return the error function."""
    return np.vectorize(math.erf, otypes=[x.dtype])(x)
''',
    "softmax": '''
def softmax(x):
    """Return exp(x) over its sum, along the last axis."""
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
''',
    "log_softmax": '''
def log_softmax(x):
    """Return x less the logarithm of the sum of exp(x), along the last axis."""
    shifted = x - x.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
''',
}


def write_numpy(network: Network, whole: NetworkExpression, folder: Path) -> list[Path]:
    """Write `network.py` and `network.npz`.

    Raises
    ------
    RunError : naming the file, when it cannot be written.
    """
    number = f'{{0}}.astype("{network.dtype}")'
    code = Code({**_TEMPLATES, "number": number}, "ARRAYS[{name}]")
    code.known[whole.inputs] = "inputs"
    taken = ["inputs", "ARRAYS", "np", "math", *_HELPERS]
    for label, expression in whole.layers:
        name = variable(label, taken)
        taken.append(name)
        code.assign(name, expression)
    body = code.lines
    code.lines = []
    outputs = code.known[whole.outputs]
    functions = [
        _function("logits", "the outputs, [N, {n}]", network, [*body, f"return {outputs}"])
    ]
    code.known = {whole.outputs: "z"}
    for name, doc, made in (
        ("probabilities", "the probability of each class", whole.probabilities),
        ("predict", "what is decided", whole.decisions),
    ):
        if made is not None:
            integer = name == "predict" and network.targets != "values"
            cast = ".astype(np.int64)" if integer else ""
            text = code.text(made)
            text = text[1:-1] if text[0] == "(" and not cast else text
            functions.append(
                f'\ndef {name}(inputs):\n    """Return {doc}, of each sample."""\n'
                f"    z = logits(inputs)\n    return {text}{cast}\n"
            )
    targets = Expression.named("targets")
    code.known[targets] = "targets"
    with contextlib.suppress(NotImplementedError):
        text = code.text(network.loss.expression(whole.outputs, targets))
        functions.append(_LOSSES.format(text=text))
    helpers = [text for name, text in _HELPERS.items() if name in code.used]
    shape = ", ".join(map(str, network.inputs))
    source = "\n".join(
        [
            f'"""A trained network: {network.count():,} parameters in network.npz; it needs numpy.',
            "",
            f"    python network.py samples.npy      samples [N, {shape}], in the units of the",
            "                                       training data; prints what is decided",
            '"""',
            "",
            *(["import math"] if "erf" in code.used else []),
            "import sys",
            "from pathlib import Path",
            "",
            "import numpy as np",
            "",
            'ARRAYS = dict(np.load(Path(__file__).with_name("network.npz"), allow_pickle=False))',
            *name_lines(network),
            *helpers,
            *functions,
            _MAIN.format(function="predict" if whole.decisions is not None else "logits"),
        ]
    )
    arrays = {**whole.arrays, **{n: a.astype(network.dtype) for n, a in code.arrays.items()}}
    content = io.BytesIO()
    np.savez(content, **arrays)  # type: ignore[arg-type]
    write_bytes(folder / "network.npz", content.getbuffer())
    write_text(folder / "network.py", source)
    return [folder / "network.py", folder / "network.npz"]


def _function(name: str, doc: str, network: Network, lines: list[str]) -> str:
    shape = ", ".join(map(str, network.inputs))
    size = math.prod(network.inputs)
    text = "\n".join(f"    {line}" for line in lines)
    return f'''
def {name}(inputs):
    """Return {doc.format(n=network.outputs[0])}, of samples [N, {shape}]."""
    inputs = np.asarray(inputs)
    if inputs.ndim < 2 or inputs.size != len(inputs) * {size}:
        raise ValueError(f"inputs have shape {{inputs.shape}}; expected (N, {shape})")
    inputs = inputs.reshape(len(inputs), {shape}).astype("{network.dtype}")
{text}
'''


_LOSSES = '''
def losses(inputs, targets):
    """Return the loss of each sample."""
    z, targets = logits(inputs), np.asarray(targets)
    return {text}
'''
_MAIN = """
if __name__ == "__main__":
    for decided in {function}(np.load(sys.argv[1], allow_pickle=False)):
        print(*np.atleast_1d(decided))
"""
