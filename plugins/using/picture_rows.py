"""Pictures of a folder or a list of files, as samples."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from framework import Array, ConfigurationError, DataError

from .samples import Block, Samples, Wanted

ENDINGS = (".png", ".jpg", ".jpeg")
_LARGEST = 50_000_000  # pixels
_AT_ONCE = 256


def pictures_of(folder: Path) -> list[Path]:
    """List the pictures in a folder, by name.

    Raises
    ------
    DataError : when there is none.
    """
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS)
    if not files:
        raise DataError(f"{folder}: holds no picture; expected files that end in .png or .jpg")
    return files


def picture_samples(
    files: Sequence[Path],
    wanted: Wanted,
    prepare: Callable[[Array], Array] | None,
    unit: float,
    *,
    always: bool = True,
) -> Samples:
    """Read grey pictures, or colour ones where a sample is ``(height, width, 3)``.

    Parameters
    ----------
    prepare : makes a sample's picture of any grey one; None where they are samples as they are.
    unit : what bytes are multiplied by, to be what the network was trained on.
    always : whether pictures of a sample's own size are prepared, too, that are dark around.

    Raises
    ------
    DataError : naming the file and what is wrong with it.
    """
    height, width, colours = _size(wanted)

    def blocks() -> Iterator[Block]:
        for start in range(0, len(files), _AT_ONCE):
            some = files[start : start + _AT_ONCE]
            pixels = np.stack([_sample(path) for path in some])
            inputs = pixels if unit == 1 else pixels * unit
            labels = [str(path) for path in some]
            yield Block(wanted.shaped(inputs, "pictures"), labels, len(some))

    def _sample(path: Path) -> Array:
        pixels = read_picture(path, colours=colours == 3)
        a_sample = pixels.shape[:2] == (height, width) and _is_dark_around(pixels)
        if prepare is not None and (always or not a_sample):
            try:
                return prepare(pixels)
            except ValueError as error:
                raise DataError(f"{path}: {error}") from error
        if pixels.shape[:2] != (height, width):
            raise DataError(
                f"{path}: has {pixels.shape[1]} x {pixels.shape[0]} pixels; the network takes"
                f" {width} x {height}, or any with preparation=mnist where they are digits"
            )
        return pixels

    return Samples("pictures", "file", blocks(), len(files), "picture")


def _is_dark_around(pixels: Array) -> bool:
    """Return whether a picture is dark at its edges, as MNIST's are."""
    edges = pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]
    return bool(np.median(np.concatenate([edge.ravel() for edge in edges])) < 128)


def _size(wanted: Wanted) -> tuple[int, int, int]:
    """Return height, width and colours of the pictures that a network takes."""
    if len(wanted.shape) == 3 and wanted.shape[2] in (1, 3):
        return wanted.shape[0], wanted.shape[1], wanted.shape[2]
    if len(wanted.shape) == 2:
        return wanted.shape[0], wanted.shape[1], 1
    side = math.isqrt(wanted.features)
    if len(wanted.shape) != 1 or side * side != wanted.features:
        raise DataError(
            f"input: pictures, but the network takes samples of shape {wanted.shape}, which are"
            " no square pictures"
        )
    return side, side, 1


def pillow() -> Any:
    """Return the library that reads pictures.

    Raises
    ------
    ConfigurationError : saying how it is installed.
    """
    try:
        import PIL.Image
        import PIL.ImageOps
    except ImportError as error:
        raise ConfigurationError(
            f"pictures: need Pillow ({error}): pip install 'mlp-framework[pictures]'"
        ) from error
    return PIL


def read_picture(
    source: Path | IO[bytes], *, colours: bool = False, name: str = "", most: int = _LARGEST
) -> Array:
    """Read a PNG or JPEG as bytes, ``[height, width]`` or with three colours, turned upright.

    What is transparent is white, as on paper; 16 bits become 8.

    Parameters
    ----------
    name : of the source in messages; its path where it has one.
    most : pixels that are read.

    Raises
    ------
    DataError : naming the file, when it cannot be read.
    """
    library = pillow()
    name = name or str(source)
    try:
        with library.Image.open(source, formats=("PNG", "JPEG")) as image:
            if image.width * image.height > most:
                raise DataError(
                    f"{name}: has {image.width} x {image.height} pixels; at most {most:,} are read"
                )
            image = library.ImageOps.exif_transpose(image)
            if image.mode.startswith("I"):
                return np.asarray(np.asarray(image, np.float64) / 257, np.uint8)
            if image.has_transparency_data:
                image = image.convert("RGBA")
                paper = library.Image.new("RGBA", image.size, "white")
                image = library.Image.alpha_composite(paper, image)
            return np.asarray(image.convert("RGB" if colours else "L"))
    except DataError:
        raise
    except Exception as error:  # Pillow's decoders raise whatever a file makes them
        why = " ".join(str(error).split())[:200]
        raise DataError(f"{name}: is no readable PNG or JPEG: {why}") from error
