"""What MNIST's makers did to digits: ink on nothing, cropped, 20 pixels large, centred by mass.

LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition", 1998.
"""

from __future__ import annotations

import numpy as np

from framework import Array

from .picture_rows import pillow

_SIDE, _LARGEST = 28, 20
_MOST = 280  # pixels of the longer side that are looked at
_SPECK = 0.02  # of the largest mark's pixels


def prepare_digit(pixels: Array) -> Array:
    """Make a sample such as MNIST's, bytes ``[28, 28]``, of a grey picture of a digit.

    The brightness that is most frequent around the edge is paper; what differs from the paper
    nearby is ink, whichever of the two is darker. The marks are cropped, scaled with their
    proportions kept so that the longer side has 20 pixels, and laid down with their centre of
    mass in the middle.

    Raises
    ------
    ValueError : when there is no ink on it.
    """
    ink = _ink(_no_larger(pixels))
    marks = _without_specks(ink > 0.5)
    if not marks.any():
        raise ValueError("shows no digit: it is all of one brightness")
    rows, columns = (np.flatnonzero(marks.any(axis=axis)) for axis in (1, 0))
    near = _largest_nearby(marks)
    box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    digit = np.where(near, ink, 0)[box]
    return _laid_down(_scaled(digit))


def _no_larger(pixels: Array) -> Array:
    longest = max(pixels.shape)
    if longest > _MOST:
        library = pillow()
        image = library.Image.fromarray(pixels)
        size = [max(1, side * _MOST // longest) for side in image.size]
        pixels = np.asarray(image.resize(size, library.Image.Resampling.BOX))
    return pixels.astype(np.float64)


def _ink(picture: Array) -> Array:
    """Return how much each pixel is ink, 0 to 1."""
    paper_is_bright = np.median(_edge(picture)) > (picture.min() + picture.max()) / 2
    dark = picture if paper_is_bright else 255 - picture
    contrast = _paper(dark) - dark
    contrast -= np.median(contrast)
    threshold = _between_two_groups(contrast)
    strokes = contrast[contrast > threshold]
    if not strokes.size or contrast.max() < 10:
        return np.zeros_like(contrast)
    full = max(float(np.median(strokes)), 2 * threshold, 1.0)
    return np.clip(contrast / full, 0, 1)


def _edge(picture: Array) -> Array:
    width = max(1, min(picture.shape) // 20)
    inside = np.zeros(picture.shape, bool)
    inside[width:-width, width:-width] = True
    return picture[~inside]


def _paper(picture: Array) -> Array:
    """Return the brightness of the paper around each pixel: shadows are wide, strokes narrow."""
    library = pillow()
    from PIL import ImageFilter

    image = library.Image.fromarray(np.asarray(picture, np.uint8))
    small = image.resize([max(8, side * 48 // max(image.size)) for side in image.size])
    bright = small.filter(ImageFilter.MaxFilter(9)).filter(ImageFilter.MaxFilter(9))
    smooth = bright.filter(ImageFilter.GaussianBlur(6))
    return np.asarray(smooth.resize(image.size, library.Image.Resampling.BILINEAR), np.float64)


def _between_two_groups(values: Array) -> float:
    """Return the threshold that parts two groups best (Otsu, 1979)."""
    counts, edges = np.histogram(values, 128)
    middles = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(counts)
    sums = np.cumsum(counts * middles)
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = sums / below - (sums[-1] - sums) / above
    between = np.nan_to_num(below * above * apart**2)
    return float(edges[1 + int(np.argmax(between))])


def _without_specks(marks: Array) -> Array:
    """Leave out marks that are tiny beside the largest: dust, the grain of a photograph."""
    labels = np.where(marks, np.arange(1, marks.size + 1).reshape(marks.shape), 0)
    before = None
    while before is None or (labels != before).any():  # the largest number of each mark spreads
        before = labels
        spread = np.where(marks, _largest_nearby(labels), 0)
        of_number = np.concatenate([[0], spread.ravel()])
        labels = of_number[of_number[spread]]
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    large: Array = sizes >= _SPECK * max(int(sizes.max()), 1)
    return np.asarray(large[labels] & marks)


def _largest_nearby(values: Array) -> Array:
    """Return the largest of each value and the eight around it."""
    wide = np.pad(values, 1)
    tall = np.maximum(np.maximum(wide[:-2], wide[1:-1]), wide[2:])
    largest: Array = np.maximum(np.maximum(tall[:, :-2], tall[:, 1:-1]), tall[:, 2:])
    return largest


def _scaled(digit: Array) -> Array:
    library = pillow()
    height, width = digit.shape
    ratio = _LARGEST / max(height, width)
    size = [max(1, round(width * ratio)), max(1, round(height * ratio))]
    image = library.Image.fromarray(np.asarray(digit * 255, np.float32))
    sampling = library.Image.Resampling
    small = np.asarray(image.resize(size, sampling.BOX if ratio < 1 else sampling.BILINEAR))
    return np.asarray(np.clip(small, 0, 255))


def _laid_down(digit: Array) -> Array:
    sample = np.zeros((_SIDE, _SIDE), np.uint8)
    centre = []
    for axis in (0, 1):
        mass = digit.sum(axis=1 - axis)
        at = float((mass * np.arange(len(mass))).sum() / mass.sum())
        start = round(_SIDE / 2 - 0.5 - at)
        centre.append(min(max(start, 0), _SIDE - len(mass)))
    top, left = centre
    sample[top : top + digit.shape[0], left : left + digit.shape[1]] = np.round(digit)
    return sample
