"""A dataset: where the arrays for training, validation and test come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from framework.components.base import Component, Shape
from framework.components.columns import Columns, columns_problem, names_problem
from framework.components.data_check import check_data
from framework.components.data_form import DataForm, form_of
from framework.components.fingerprint import fingerprint
from framework.components.split import Split
from framework.components.targets import Targets
from framework.errors import DataError


@dataclass(frozen=True, eq=False)
class Data:
    """What a dataset loads.

    Attributes
    ----------
    train, validation, test : the three splits, none of them empty. Inputs are integers in all of
        them, or floats in all of them; bytes stay bytes.
    classes : how many classes the labels tell apart; None when targets are values.
    scale : what all inputs are multiplied by on their way into the network, whatever their dtype,
        those that are predicted later, too; for pictures of bytes 1/255, None for nothing.
    image_shape : height and width when a sample is a picture.
    source : which file or place it came from, for messages and the log.
    notes : how it was read, in lines for the log.
    targets_given : dtype and shape of the targets as the source has them, for messages.
    sets : whether targets are sets of classes: ``[N, K]``, 1 where a class applies and 0 where not.
    columns : the names of the inputs' columns and their categories, where they have any; a code of
        a category stands for it in the inputs.
    class_names : the name of each class, or of each column of the targets; none without names.
    preparation : what makes such samples of any picture, by its name, ``mnist``; '' for nothing.
        The network keeps it, and `job=predict` does it.
    """

    train: Split
    validation: Split
    test: Split
    classes: int | None = None
    scale: float | None = None
    image_shape: tuple[int, int] | None = None
    source: str = "memory"
    notes: tuple[str, ...] = ()
    targets_given: str = ""
    sets: bool = False
    columns: Columns = Columns()
    class_names: tuple[str, ...] = ()
    preparation: str = ""

    @property
    def sample_shape(self) -> Shape:
        """The shape of one input sample."""
        return self.train.shapes[0][1:]

    @property
    def outputs(self) -> int:
        """How many classes there are, or columns of the targets."""
        return self.classes if self.classes is not None else self.train.shapes[1][1]

    @property
    def target_kind(self) -> Targets:
        """Whether targets are class labels, values, or sets of classes."""
        if self.sets:
            return "sets"
        return "values" if self.classes is None else "labels"

    @cached_property
    def form(self) -> DataForm:
        """What stays of the data with a network that is trained on them."""
        names = self.columns, self.class_names
        return form_of(self.train, self.image_shape, *names, self.preparation)

    @cached_property
    def fingerprint(self) -> Mapping[str, Any]:
        """What tells these data from others (`framework/components/fingerprint.py`)."""
        names = (self.columns.names, self.columns.categories, self.class_names)
        return fingerprint(self.splits(), self.classes, self.scale, names)

    def targets(self) -> str:
        """Return what targets are: their kind, and the dtype and shape they came in."""
        own_form = f"{self.train.dtypes[1]} of shape {self.train.shapes[1]}"
        return f"{self.target_kind} ({self.targets_given or own_form})"

    def hint(self) -> str:
        """Return how values that look like labels would be labels; '' when they do not."""
        array = self.train.targets
        if self.target_kind != "values" or not len(array) or not np.all(array == np.floor(array)):
            return ""
        if array.shape[1] == 1:
            return "; if they are classes, targets.astype('int64').ravel() are labels"
        if np.all((array == 0) | (array == 1)) and np.all(array.sum(axis=1) == 1):
            return "; if they are one-hot classes, targets.argmax(1) are labels"
        return ""

    def splits(self) -> dict[str, Split]:
        """Return the splits by name."""
        return {"train": self.train, "validation": self.validation, "test": self.test}

    def class_name(self, label: int) -> str:
        """Return what a class is called: its name, or its number."""
        return self.class_names[label] if label < len(self.class_names) else str(label)

    def check(self, dtype: str = "float64", *, missing: bool = False) -> None:
        """Refuse arrays that no network of floats of this type could be trained on.

        Parameters
        ----------
        missing : whether inputs may be NaN, for transforms that take them.

        Raises
        ------
        DataError : naming the source, the split, the row and what is wrong with it.
        """
        width = self.sample_shape[0] if len(self.sample_shape) == 1 else 0
        problem = columns_problem(self.columns.names, self.columns.categories, width)
        problem = problem or names_problem(self.class_names)
        if not problem and self.class_names and len(self.class_names) != self.outputs:
            problem = f"{len(self.class_names)} classes are named, there are {self.outputs}"
        if problem:
            raise DataError(f"{self.source}: {problem}")
        check_data(
            self.splits(),
            self.source,
            self.classes,
            dtype,
            sets=self.sets,
            columns=self.columns,
            missing=missing,
        )


@dataclass(frozen=True)
class Dataset(Component):
    """A source of data."""

    def load(self, rng: np.random.Generator) -> Data:
        """Return the arrays; whatever is random comes from ``rng``.

        Raises
        ------
        DataError : when a file is missing or damaged; the text names it.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class DatasetOfArrays(Dataset):
    """Arrays that a program hands over, `framework.fit` and `framework.train`: no file has them."""

    def load(self, rng: np.random.Generator) -> Data:
        raise DataError(
            "data: its arrays are given from Python, framework.fit(X, y), and in no file; expected"
            " another dataset, or the same call, where resume='auto' resumes its run"
        )

    def load_arrays(self, arrays: Mapping[str, Any], rng: np.random.Generator) -> Data:
        """Return data of arrays by name: ``inputs``, ``targets``, ``validation_inputs``, ….

        Raises
        ------
        DataError : when they make no data; the text names the array.
        """
        raise NotImplementedError
