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
_STANDS_OUT = 4.0  # deviations of the paper's grain; halves of pure grain lie some 3 apart
_SHEET = 0.25  # of the picture, and three times that of its own box, from which a mark is a sheet


def prepare_digit(pixels: Array) -> Array:
    """Make a sample such as MNIST's, bytes ``[28, 28]``, of a grey picture of a digit.

    The brightness that is most frequent around the edge is paper; what differs from the paper
    nearby is ink, whichever of the two is darker. A sheet that lies on something else is cut out
    first; what runs off the picture's edges, as frames and lines do, is left out where there is
    a mark inside. The marks are cropped, scaled with their proportions kept so that the longer side
    has 20 pixels, and laid down with their centre of mass in the middle.

    Raises
    ------
    ValueError : when there is no ink on it, or more than one digit.
    """
    picture = _no_larger(pixels)
    sheet = _sheet(picture)
    ink = _ink(picture if sheet is None else picture[sheet])
    marks = _one_digit(ink > 0.5)
    if not marks.any():
        raise ValueError("shows no digit: nothing stands out from its paper")
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
    strokes, plain = contrast[contrast > threshold], contrast[contrast <= threshold]
    if not strokes.size or contrast.max() < 10:
        return np.zeros_like(contrast)
    grain = 1.4826 * float(np.median(np.abs(plain - np.median(plain))))  # a normal one's deviation
    if float(np.median(strokes) - np.median(plain)) < _STANDS_OUT * grain:
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


def _one_digit(marks: Array) -> Array:
    """Leave out what is no part of a digit: dust and grain, lines and frames that run off edges.

    Raises
    ------
    ValueError : when marks as tall as digits stand side by side, or one above the other.
    """
    labels = _connected(marks)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    large: Array = sizes >= _SPECK * max(int(sizes.max()), 1)
    marks = np.asarray(large[labels] & marks)
    if large.sum() > 1:  # strokes that a line cut are one
        labels = _connected(_largest_nearby(_largest_nearby(marks)))
    labels = np.where(marks, labels, 0)
    boxes = {int(label): _box(labels == label) for label in np.unique(labels[marks])}
    tall, wide = marks.shape
    inside = {
        label: (rows, columns)
        for label, (rows, columns) in boxes.items()
        if rows.start > 0 and columns.start > 0 and rows.stop < tall and columns.stop < wide
    }
    if any(rows.stop - rows.start >= tall / 5 for rows, _ in inside.values()):
        boxes = inside
    _refuse_several(list(boxes.values()))
    return np.asarray(np.isin(labels, list(boxes)) & marks)


def _refuse_several(boxes: list[tuple[slice, slice]]) -> None:
    tallest = max((rows.stop - rows.start for rows, _ in boxes), default=0)
    digits = [box for box in boxes if box[0].stop - box[0].start >= tallest / 2]
    for i, first in enumerate(digits):
        for second in digits[i + 1 :]:
            apart = (
                a.stop < b.start or b.stop < a.start for a, b in zip(first, second, strict=True)
            )
            if any(apart):
                raise ValueError(
                    f"shows {len(digits)} marks as tall as digits, apart from each other; expected"
                    " one digit in a picture"
                )


def _sheet(picture: Array) -> tuple[slice, slice] | None:
    """Return where a sheet lies on something else; None where paper is all there is."""
    middle = (picture.min() + picture.max()) / 2
    unlike = (picture > middle) != (np.median(_edge(picture)) > middle)
    if unlike.mean() < _SHEET:
        return None
    labels = _connected(unlike)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    rows, columns = _box(labels == sizes.argmax())
    height, width = rows.stop - rows.start, columns.stop - columns.start
    inside = rows.start > 0 and rows.stop < len(picture) and columns.start > 0
    slim = min(height, width) < 0.4 * max(height, width)  # rather a one
    inside = inside and columns.stop < picture.shape[1] and not slim
    if not inside or sizes.max() < max(_SHEET * labels.size, 3 * _SHEET * height * width):
        return None
    edge_y, edge_x = 1 + height // 20, 1 + width // 20
    return (
        slice(rows.start + edge_y, rows.stop - edge_y),
        slice(columns.start + edge_x, columns.stop - edge_x),
    )


def _box(marks: Array) -> tuple[slice, slice]:
    """Return the smallest box around marks."""
    lines = [np.flatnonzero(marks.any(axis=axis)) for axis in (1, 0)]
    return slice(lines[0][0], lines[0][-1] + 1), slice(lines[1][0], lines[1][-1] + 1)


def _connected(marks: Array) -> Array:
    """Return a number for each mark, the same in all of its pixels; 0 between the marks."""
    labels = np.where(marks, np.arange(1, marks.size + 1).reshape(marks.shape), 0)
    before = None
    while before is None or (labels != before).any():  # the largest number of each mark spreads
        before = labels
        spread = np.where(marks, _largest_nearby(labels), 0)
        of_number = np.concatenate([[0], spread.ravel()])
        labels = of_number[of_number[spread]]
    known = np.unique(labels[labels > 0])
    return np.where(labels > 0, np.searchsorted(known, labels) + 1, 0)


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
