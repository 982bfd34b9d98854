"""The pictures of clothes of Fashion-MNIST."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .mnist_like import MnistLike, Published

_FILES = {
    "train-images-idx3-ubyte.gz": (
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"
    ),
    "train-labels-idx1-ubyte.gz": (
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"
    ),
    "t10k-images-idx3-ubyte.gz": (
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"
    ),
    "t10k-labels-idx1-ubyte.gz": (
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"
    ),
}


@dataclass(frozen=True)
class FashionMnist(MnistLike):
    """60,000 training and 10,000 test images of clothes, 28×28 bytes, ten classes with names.

    In MNIST's form and read as MNIST is: the last 10,000 training images are the validation set,
    pixels are divided by 255 on their way into the network, and the files are fetched once and kept
    packed, as they were published.

    Xiao, Rasul and Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine
    learning algorithms", 2017.
    """

    published: ClassVar[Published] = Published(
        "fashion_mnist",
        _FILES,
        (
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        ),
        class_names=(
            *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
            *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
        ),
    )
