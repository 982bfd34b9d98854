"""What a page asks a network: a picture, or a row of a table, made into the sample it takes."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from framework import Array, DataError, Network

from ..datasets.csv_text import CsvForm
from ..using.mnist_digits import prepare_digit
from ..using.picture_rows import pillow, read_picture
from ..using.pixel_units import unit_of
from ..using.samples import wanted_by

Preparation = Literal["none", "negative", "mnist"]
_LEAST_SIDE = 8  # of pictures without a shape: nobody draws into fewer pixels
_MOST_PIXELS = 24_000_000


@dataclass(frozen=True)
class PictureForm:
    """The pictures that a network takes.

    >>> PictureForm(28, 28).preparations
    ('mnist', 'none', 'negative')
    """

    height: int
    width: int
    colours: int = 1

    @property
    def preparations(self) -> tuple[Preparation, ...]:
        """What may be done to a picture before the network sees it."""
        digits = (self.height, self.width, self.colours) == (28, 28, 1)
        return ("mnist", "none", "negative") if digits else ("none", "negative")


@dataclass(frozen=True, eq=False)
class Question:
    """A sample, and the picture that it is, bytes ``[height, width]`` or with three colours."""

    sample: Array
    seen: Array | None = None


def picture_form(network: Network, *, surely: bool = False) -> PictureForm | None:
    """Return the form of the pictures that a network takes; None where it takes rows of a table.

    Parameters
    ----------
    surely : whether the user said that they are pictures.

    Raises
    ------
    DataError : when they cannot be.
    """
    form, shape = network.trained_on, network.inputs
    if len(shape) == 3 and shape[2] in (1, 3):
        return PictureForm(*shape)
    if len(shape) == 2:
        return PictureForm(*shape)
    if form is not None and form.image_shape is not None:
        return PictureForm(*form.image_shape)
    side = math.isqrt(math.prod(shape))
    square = len(shape) == 1 and side * side == shape[0]
    if square and (surely or (side >= _LEAST_SIDE and not (form and form.column_names))):
        return PictureForm(side, side)
    if surely:
        raise DataError(f"page: picture, but the network takes samples of shape {shape}")
    return None


def usual_preparation(network: Network, form: PictureForm) -> Preparation:
    """Return how pictures are prepared unless somebody says otherwise.

    As the network's data say; where they say nothing, as MNIST's were where they may be its digits.
    """
    if network.trained_on and network.trained_on.preparation:
        return next((p for p in form.preparations if p == network.trained_on.preparation), "none")
    digits = network.class_names in ((), tuple("0123456789")) and network.targets == "labels"
    known = form.preparations[0] == "mnist" and digits and network.outputs == (10,)
    return "mnist" if known else "none"


def ask_picture(
    network: Network, form: PictureForm, content: bytes, preparation: Preparation
) -> Question:
    """Make a sample of a PNG or JPEG.

    Raises
    ------
    DataError : when it cannot be read, or shows nothing.
    """
    colours = form.colours == 3
    pixels = read_picture(
        io.BytesIO(content), colours=colours, name="the picture", most=_MOST_PIXELS
    )
    if preparation == "mnist":
        try:
            seen = prepare_digit(pixels)
        except ValueError as error:
            raise DataError(f"the picture {error}") from error
    else:
        seen = _resized(pixels, form)
        seen = 255 - seen if preparation == "negative" else seen
    unit = unit_of(network)
    sample = seen if unit == 1 else seen * unit
    return Question(sample.reshape(network.inputs), seen)


def _resized(pixels: Array, form: PictureForm) -> Array:
    if pixels.shape[:2] == (form.height, form.width):
        return pixels
    library = pillow()
    shrinks = pixels.shape[0] > form.height
    sampling = library.Image.Resampling
    image = library.Image.fromarray(pixels)
    kind = sampling.BOX if shrinks else sampling.BILINEAR
    return np.asarray(image.resize((form.width, form.height), kind))


def ask_row(network: Network, content: bytes) -> Question:
    """Make a sample of ``{"values": [...]}``: for each column a number, a text, or null.

    Raises
    ------
    DataError : naming the column that does not fit.
    """
    wanted = wanted_by(network, None)
    cells = _cells(content)
    if len(cells) != wanted.features:
        raise DataError(f"has {len(cells)} values; the network takes {wanted.features}")
    number, numbers = wanted.reader(CsvForm()), np.empty(wanted.features)
    for i, cell in enumerate(cells):
        categories = wanted.known.categories[i] if wanted.known.names else ()
        text = "" if cell is None else str(cell).strip()
        try:
            numbers[i] = number(i, text)
        except ValueError as error:
            met = f"has {text[:40]!r}" if text else "is empty"
            expected = str(error) if categories else "expected a number"
            raise DataError(f"column {column_name(network, i)!r} {met}; {expected}") from None
    _check_finite(network, numbers, missing=network.takes_missing)
    return Question(numbers.reshape(network.inputs))


def column_name(network: Network, i: int) -> str:
    """Return what a feature is called."""
    names = network.trained_on.column_names if network.trained_on else ()
    return names[i] if i < len(names) else f"feature {i}"


def _check_finite(network: Network, numbers: Array, *, missing: bool) -> None:
    usable = np.isfinite(numbers) | (np.isnan(numbers) if missing else False)
    if not usable.all():
        i = int(np.argmin(usable))
        raise DataError(
            f"column {column_name(network, i)!r} is {numbers[i]}; expected a finite number"
        )


def _cells(content: bytes) -> Sequence[object]:
    try:
        request = json.loads(content, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:  # ValueError: no UTF-8, no JSON, NaN, long digits
        raise DataError(f"is no JSON: {' '.join(str(error).split())[:120]}") from None
    cells = request.get("values") if isinstance(request, dict) else None
    if not isinstance(cells, list) or not all(_is_cell(cell) for cell in cells):
        raise DataError('expected {"values": [...]} of numbers, texts and null')
    return cells


def _is_cell(cell: object) -> bool:
    return cell is None or (isinstance(cell, str | int | float) and not isinstance(cell, bool))


def _no_number(text: str) -> object:
    raise ValueError(f"{text} is no number")
