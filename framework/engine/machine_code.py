"""Machine code of formulas: kept from process to process, loaded and made callable.

What is kept is an object file, in the user's own cache, by a key that says all that it was made of:
the formula's code, the types, this package, the compiler and the processor. It is loaded by LLVM,
without Numba and without pickle. Like Python's own `.pyc` files it is as trustworthy as who may
write to it: a folder or file that others own, or may write to, is not used (`SECURITY.md`).
"""

from __future__ import annotations

import ctypes
import dis
import hashlib
import math
import os
import platform
import stat
from importlib.metadata import version
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from framework.components.formula import Formula, Loop, Row
from framework.engine.not_copied import Bound
from framework.errors import PluginError, RunError
from framework.files.reading import read_bounded, refuse_link
from framework.files.writing import write_bytes
from framework.version import DISTRIBUTION

_OF_C = (math.exp, math.expm1, math.log, math.log1p, math.pow, math.sqrt, math.tanh)
_FROM_C = {f"{function.__name__}{suffix}" for function in _OF_C for suffix in ("", "f")}
_SOURCES = (
    *("real_code", "elementary", "elements", "row_type"),
    *("formula_loop", "formula_rows", "machine_code"),
)
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


class LoopFunction(Bound):
    """A compiled loop; called with addresses of arrays and numbers, rows, columns and stride."""

    def __init__(self, name: str, content: bytes) -> None:
        import llvmlite.binding as llvm

        machine = _target(llvm).create_target_machine(jit=True)
        self._code = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
        self._code.add_object_file(llvm.ObjectFileRef.from_data(content))
        self._code.finalize_object()
        integers, pointers = (ctypes.c_int64,) * 3, (ctypes.c_void_p,) * 4
        made = ctypes.CFUNCTYPE(ctypes.c_int32, *pointers, *integers)
        self.function = made(self._code.get_function_address(name))


def loop_function(formula: Formula, loop: Loop | Row, dtype: str) -> LoopFunction:
    """Return a formula as a loop in machine code, from the cache or compiled.

    Raises
    ------
    PluginError : saying in a line what of the formula cannot be compiled.
    ImportError : when Numba, or what it needs, is not there.
    """
    key = _key(formula, loop, dtype)
    folder = _cache_folder()
    path = folder / key if folder is not None else None
    kept = _read(path) if path is not None else None
    if kept is None:
        kept = _made(formula, loop, dtype)
        if path is not None:
            _write(path, *kept)
    return LoopFunction(*kept)


def _made(formula: Formula, loop: Loop | Row, dtype: str) -> tuple[str, bytes]:
    """Have Numba write the loop, and LLVM make an object file of it."""
    import llvmlite.binding as llvm

    from framework.engine.formula_loop import loop_in_llvm
    from framework.engine.formula_rows import rows_in_llvm

    try:
        if isinstance(loop, Row):
            text, name = rows_in_llvm(formula, loop, dtype)
        else:
            text, name = loop_in_llvm(formula, loop, dtype)
    except Exception as error:  # Numba's, and whatever a formula makes of it
        raise PluginError(f"Numba cannot compile it: {_told(error)}") from error
    module = llvm.parse_assembly(text)
    asked = {f.name for f in module.functions if f.is_declaration} - _FROM_C
    asked = {name for name in asked if not name.startswith("llvm.")}
    if asked:
        raise PluginError(f"it calls what is no arithmetic ({min(asked)})")
    machine = _target(llvm).create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        jit=True,
    )
    return name, machine.emit_object(module)


def _told(error: Exception) -> str:
    """Return the line of Numba's many that says what was wrong."""
    lines = [line.strip(" -\x1b") for line in str(error).splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith("Failed in ")]
    telling = [
        line
        for line in lines
        if line.startswith(("No implementation", ">>>", "Unknown", "Cannot unify"))
    ]
    return " ".join(telling[-2:] or lines[:1]) or type(error).__name__


def _target(llvm: Any) -> Any:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple()


def _key(formula: Formula, loop: Loop | Row, dtype: str) -> str:
    """Return a name for all that the machine code depends on."""
    import llvmlite.binding as llvm

    here = Path(__file__).parent
    sources = [(here / f"{n}.py").read_bytes() for n in _SOURCES]
    text = repr(
        (
            _described(formula),
            loop,
            dtype,
            [version(name) for name in ("numba", "llvmlite")],
            platform.python_version(),
            platform.system(),
            llvm.get_host_cpu_name(),
            llvm.get_host_cpu_features().flatten(),
            [hashlib.sha256(source).hexdigest() for source in sources],
        )
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _described(formula: Formula) -> object:
    """Return a formula's code and every value from outside it that it uses.

    Raises
    ------
    PluginError : when one of them is neither a module nor a number.
    """
    code: CodeType = formula.__code__
    names = {i.argval for i in dis.get_instructions(code) if i.opname == "LOAD_GLOBAL"}
    outside = {n: formula.__globals__[n] for n in sorted(names) if n in formula.__globals__}
    cells = [cell.cell_contents for cell in formula.__closure__ or ()]
    outside |= dict(zip(code.co_freevars, cells, strict=True))
    values = []
    for name, value in outside.items():
        if not isinstance(value, ModuleType | int | float) and not _are_numbers(value):
            raise PluginError(
                f"it uses '{name}', which is neither a module such as numpy nor a number"
            )
        values.append((name, value.__name__ if isinstance(value, ModuleType) else repr(value)))
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    if inner:
        raise PluginError("it has a function inside")
    return code.co_code.hex(), code.co_consts, code.co_names, code.co_varnames, values


def _are_numbers(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(number, int | float) for number in value)


def _cache_folder() -> Path | None:
    """Return the folder of machine code, made if need be; None where others could write to it."""
    from platformdirs import user_cache_path

    folder = Path(user_cache_path(DISTRIBUTION)) / "formulas"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        refuse_link(folder)
        return folder if _is_own(folder) else None
    except (OSError, RunError):
        return None


def _is_own(path: Path) -> bool:
    """Return whether nobody but the user (or root) may have written a file or folder."""
    if not hasattr(os, "getuid"):
        return True  # the cache is in the user's profile
    about = path.lstat()
    return about.st_uid == os.getuid() and not about.st_mode & _OTHERS_MAY_WRITE


def _read(path: Path) -> tuple[str, bytes] | None:
    """Return the name and the object file that are kept; None where there is none, or not whole."""
    try:
        if not _is_own(path):
            return None
        digest, _, content = read_bounded(path).partition(b"\n")
    except (OSError, RunError):
        return None
    if digest != hashlib.sha256(content).hexdigest().encode():
        return None
    name, _, code = content.partition(b"\n")
    return name.decode(), code


def _write(path: Path, name: str, code: bytes) -> None:
    content = name.encode() + b"\n" + code
    digest = hashlib.sha256(content).hexdigest().encode()
    try:
        write_bytes(path, digest, b"\n", content, durable=False)
        path.chmod(0o600)
    except (OSError, RunError):
        return  # a cache that cannot be written to is none
