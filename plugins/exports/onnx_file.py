"""A network as an ONNX model, made and checked by the official library."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from framework import (
    Array,
    ConfigurationError,
    Expression,
    Network,
    NetworkExpression,
    RunError,
    write_bytes,
)

from .example_samples import samples_for

_OPSET = 18  # where reductions take their axes as an input
_IR = 9
_CLOSE = 1e-5
_PLAIN = {
    "add": "Add", "subtract": "Sub", "multiply": "Mul", "divide": "Div", "power": "Pow",
    "matmul": "MatMul", "greater": "Greater", "negative": "Neg", "maximum": "Max",
    "minimum": "Min", "where": "Where", "exp": "Exp", "log": "Log", "sqrt": "Sqrt", "abs": "Abs",
    "tanh": "Tanh", "sigmoid": "Sigmoid", "softplus": "Softplus",
    "isnan": "IsNaN",
}  # fmt: skip
_REDUCTIONS = {"sum": "ReduceSum", "mean": "ReduceMean", "max": "ReduceMax"}


def onnx_library() -> Any:
    """Return the library that makes ONNX models.

    Raises
    ------
    ConfigurationError : saying how it is installed.
    """
    try:
        import onnx
        import onnx.checker
        import onnx.helper
        import onnx.numpy_helper
    except ImportError as error:
        raise ConfigurationError(
            f"format=onnx: needs onnx ({error}): pip install 'mlp-framework[onnx]'"
        ) from error
    return onnx


class _Model:
    """The nodes of a model under way."""

    def __init__(self, network: Network, onnx: Any) -> None:
        self._onnx, self._dtype = onnx, network.dtype
        self.nodes: list[Any] = []
        self.initializers: dict[str, Array] = {}
        self._names: dict[Expression, str] = {}

    def name(self, expression: Expression) -> str:
        """Return the name of an expression's value; the nodes that make it are added."""
        for node in expression.in_order():
            if node not in self._names:
                self._names[node] = self._made(node)
        return self._names[expression]

    def given(self, expression: Expression, name: str) -> None:
        """Say what an expression that is no node is called."""
        self._names[expression] = name

    def output(self, expression: Expression, name: str, kind: str | None = None) -> None:
        """Give the value of an expression a name of its own, and perhaps another type."""
        source = self.name(expression)
        if kind is None:
            self.node("Identity", [source], name)
        else:
            to = getattr(self._onnx.TensorProto, kind)
            self.node("Cast", [source], name, to=to)

    def node(self, operation: str, inputs: list[str], name: str = "", **options: Any) -> str:
        name = name or f"{operation.lower()}_{len(self.nodes) + 1}"
        made = self._onnx.helper.make_node(operation, inputs, [name], name=name, **options)
        self.nodes.append(made)
        return name

    def constant(self, value: Any, dtype: str) -> str:
        name = f"constant_{len(self.initializers) + 1}"
        self.initializers[name] = np.asarray(value, dtype)
        return name

    def _made(self, node: Expression) -> str:
        options = node.options
        if node.operation == "named":
            return str(options["name"])
        if node.operation in ("literal", "epsilon"):
            return self.constant(options["value"], self._dtype)
        given = [self._names[part] for part in node.inputs]
        if node.operation in _PLAIN:
            return self.node(_PLAIN[node.operation], given)
        if node.operation in _REDUCTIONS:
            given.append(self.constant([options["axis"]], "int64"))
            keep = int(options["keepdims"])
            return self.node(_REDUCTIONS[node.operation], given, keepdims=keep)
        return self._OTHERS[node.operation](self, given, options)

    def _number(self, given: list[str], options: Any) -> str:
        kind = "FLOAT" if self._dtype == "float32" else "DOUBLE"
        return self.node("Cast", given, to=getattr(self._onnx.TensorProto, kind))

    def _erf(self, given: list[str], options: Any) -> str:
        if self._dtype == "float32":
            return self.node("Erf", given)
        single = self.node("Cast", given, to=self._onnx.TensorProto.FLOAT)
        return self._number([self.node("Erf", [single])], options)  # onnxruntime has no other

    def _argmax(self, given: list[str], options: Any) -> str:
        return self.node("ArgMax", given, axis=options["axis"], keepdims=0)

    def _softmax(self, given: list[str], options: Any) -> str:
        return self.node("Softmax", given, axis=-1)

    def _log_softmax(self, given: list[str], options: Any) -> str:
        return self.node("LogSoftmax", given, axis=-1)

    def _columns(self, given: list[str], options: Any) -> str:
        ends = [self.constant([options[key]], "int64") for key in ("start", "stop")]
        axis, step = (self.constant([value], "int64") for value in (-1, options["step"]))
        return self.node("Slice", [*given, *ends, axis, step])

    def _expm1(self, given: list[str], options: Any) -> str:
        return self.node("Sub", [self.node("Exp", given), self.constant(1, self._dtype)])

    def _part(self, given: list[str], options: Any) -> str:
        count, number = int(options["count"]), int(options["number"])
        names = [f"part_{len(self.nodes) + 1}_{i + 1}" for i in range(count)]
        split = self._onnx.helper.make_node("Split", given, names, axis=-1, num_outputs=count)
        self.nodes.append(split)
        return names[number]

    def _reshape(self, given: list[str], options: Any) -> str:
        return self.node("Reshape", [*given, self.constant([-1, *options["sample"]], "int64")])

    def _concatenate(self, given: list[str], options: Any) -> str:
        return self.node("Concat", given, axis=options["axis"])

    def _rows(self, given: list[str], options: Any) -> str:
        numbers = self.node("Cast", [given[1]], to=self._onnx.TensorProto.INT64)
        return self.node("Gather", [given[0], numbers], axis=0)

    def _labels(self, labels: str) -> str:
        numbers = self.node("Cast", [labels], to=self._onnx.TensorProto.INT64)
        return self.node("Unsqueeze", [numbers, self.constant([1], "int64")])

    def _pick(self, given: list[str], options: Any) -> str:
        picked = self.node("GatherElements", [given[0], self._labels(given[1])], axis=1)
        return self.node("Squeeze", [picked, self.constant([1], "int64")])

    def _is_label(self, given: list[str], options: Any) -> str:
        shape = self.node("Shape", [given[0]], start=-1)
        size = self.node("Squeeze", [shape, self.constant([0], "int64")])
        ends = [self.constant(end, "int64") for end in (0, 1)]
        classes = self.node("Range", [ends[0], size, ends[1]])
        return self.node("Equal", [self._labels(given[1]), classes])

    _OTHERS: ClassVar[dict[str, Callable[[_Model, list[str], Any], str]]] = {
        "number": _number,
        "erf": _erf,
        "argmax": _argmax,
        "softmax": _softmax,
        "log_softmax": _log_softmax,
        "columns": _columns,
        "expm1": _expm1,
        "part": _part,
        "pick": _pick,
        "is_label": _is_label,
        "reshape": _reshape,
        "concatenate": _concatenate,
        "rows": _rows,
    }


def write_onnx(network: Network, whole: NetworkExpression, folder: Path) -> tuple[list[Path], str]:
    """Write `network.onnx`; where onnxruntime is installed, see that it gives the same outputs.

    Returns
    -------
    the file, and how it was checked.

    Raises
    ------
    RunError : when what runs it gives other outputs, or the file cannot be written.
    """
    onnx = onnx_library()
    model = _Model(network, onnx)
    model.given(whole.inputs, "inputs")
    helper, proto = onnx.helper, onnx.TensorProto
    number = {"float32": proto.FLOAT, "float64": proto.DOUBLE}[network.dtype]
    model.output(whole.outputs, "logits")
    outputs = [helper.make_tensor_value_info("logits", number, ["N", *network.outputs])]
    if whole.probabilities is not None:
        model.output(whole.probabilities, "probabilities")
        outputs.append(helper.make_tensor_value_info("probabilities", number, ["N", None]))
    if whole.decisions is not None:
        values = network.targets == "values"
        model.output(whole.decisions, "decisions", None if values else "INT64")
        shape = ["N"] if network.targets == "labels" else ["N", None]
        kind = number if values else proto.INT64
        outputs.append(helper.make_tensor_value_info("decisions", kind, shape))
    arrays = {**whole.arrays, **model.initializers}
    graph = helper.make_graph(
        model.nodes,
        "network",
        [helper.make_tensor_value_info("inputs", number, ["N", *network.inputs])],
        outputs,
        [onnx.numpy_helper.from_array(np.asarray(a, order="C"), n) for n, a in arrays.items()],
    )
    opset = helper.make_opsetid("", _OPSET)
    made = helper.make_model(graph, opset_imports=[opset], ir_version=_IR)
    made.producer_name = "mlp-framework"
    form = network.trained_on
    names = {"classes": network.class_names, "columns": form.column_names if form else ()}
    about = {what: json.dumps(named, ensure_ascii=False) for what, named in names.items() if named}
    helper.set_model_props(made, about)
    onnx.checker.check_model(made, full_check=True)
    content = made.SerializeToString()
    checked = _checked(network, content)
    write_bytes(folder / "network.onnx", content)
    return [folder / "network.onnx"], checked


def _checked(network: Network, content: bytes) -> str:
    try:
        import onnxruntime
    except ImportError:
        return "onnxruntime is not installed: it was not run"
    samples = samples_for(network, 64)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    said = session.run(["logits"], {"inputs": samples.astype(network.dtype)})[0]
    expected = network.logits(samples)
    apart = float(np.max(np.abs(said - expected)) / max(1.0, float(np.max(np.abs(expected)))))
    if not apart <= _CLOSE:
        raise RunError(f"onnx: onnxruntime gives outputs that differ by {apart:.1e}")
    return f"run by onnxruntime on 64 samples: outputs differ by {apart:.1e} at most"
