"""Raw data sets in the formats they are published in, read from a path that the user gives.

UTKFace folders, MNIST IDX files (and ColoredMNIST made from them), CIFAR-10 python batches and
GLUE's ``train.tsv``. Nothing is downloaded and no pickle is executed. Every input keeps an id that
does not depend on the other inputs, so that features of two models meet row by row.
"""

from w2s.practice.data.raw_formats.cifar import cifar10
from w2s.practice.data.raw_formats.data import RawData, from_arrays
from w2s.practice.data.raw_formats.faces import utkface
from w2s.practice.data.raw_formats.idx import (
    coloured_mnist,
    colours,
    environment_names,
    mnist,
    read_idx,
)
from w2s.practice.data.raw_formats.sentences import sst2

__all__ = [
    "RawData", "cifar10", "coloured_mnist", "colours", "environment_names", "from_arrays", "mnist",
    "read_idx", "sst2", "utkface",
]  # fmt: skip
