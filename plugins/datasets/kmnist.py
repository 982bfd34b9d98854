"""The handwritten characters of Kuzushiji-MNIST."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .mnist_like import MnistLike, Published

_FILES = {
    "train-images-idx3-ubyte.gz": (
        "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4"
    ),
    "train-labels-idx1-ubyte.gz": (
        "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17"
    ),
    "t10k-images-idx3-ubyte.gz": (
        "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5"
    ),
    "t10k-labels-idx1-ubyte.gz": (
        "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"
    ),
}


@dataclass(frozen=True)
class Kmnist(MnistLike):
    """60,000 training and 10,000 test images of cursive Japanese, 28×28 bytes, ten characters.

    In MNIST's form and read as MNIST is: the last 10,000 training images are the validation set,
    pixels are divided by 255 on their way into the network, and the files are fetched once and kept
    packed, as they were published.

    Clanuwat, Bober-Irizar, Kitamoto, Lamb, Yamamoto and Ha, "Deep learning for classical Japanese
    literature", 2018.
    """

    published: ClassVar[Published] = Published(
        "kmnist",
        _FILES,
        (
            "https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
            "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
        ),
        class_names=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    )
