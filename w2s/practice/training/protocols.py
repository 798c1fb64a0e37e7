"""The real tasks of Dong et al. 2025 as data and code, driven by feature files.

A `Task` says which models, splits, grids, head, noise and metric an experiment used, and `run` does
the experiment; `w2s.discrepancy.feature_width` reads the curve. The values are those of the
authors' public code; the recipe of each task says what could not be recovered. Nothing is
downloaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from w2s._checks import Array, generator, integer, one_of
from w2s.discrepancy.feature_width import fixed_split
from w2s.practice.data.feature_files import Features
from w2s.practice.training.four_models import train
from w2s.practice.training.heads import Head, Ridge, Softmax

Along = Literal["n_labelled", "n_unlabelled"]


@dataclass(frozen=True)
class Task:
    """One experiment on frozen features.

    Parameters
    ----------
    name, title : str
        Folder of its features, and its name in words.
    student : str
        The strong model.
    teachers : sequence of str
        The weak models.
    rows, test_rows : int
        Size of the data set and of its test part.
    head : Head
        How models are trained and measured.
    n_labelled, n_unlabelled : sequence of int
        The two grids.
    at_n_labelled, at_n_unlabelled : int
        The other size along each grid.
    trials : int
        Random splits per point.
    shuffled : bool
        False: the test rows are fixed and each trial splits the rest. True: each trial shuffles
        all rows, the teacher's come first, the test rows last, the student's just before them.
    noise_levels : sequence of float
        Of the injected noise that the authors compare: standard deviations or flip rates.
    noise_in_features : bool
        Whether noise changes the inputs too, so that each level has its own feature files.
    recipe : str
        How to make the features, and what is not known.

    Raises
    ------
    ValueError
        If a size is not positive or the largest split does not fit in the rows.
    """

    name: str
    title: str
    student: str
    teachers: Sequence[str]
    rows: int
    test_rows: int
    head: Head
    n_labelled: Sequence[int]
    at_n_unlabelled: int
    n_unlabelled: Sequence[int]
    at_n_labelled: int
    trials: int
    shuffled: bool = False
    noise_levels: Sequence[float] = (0.0,)
    noise_in_features: bool = False
    recipe: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        for size in (self.test_rows, self.at_n_labelled, self.at_n_unlabelled, self.trials):
            integer("sizes", size)
        free = self.rows - self.test_rows
        for n, big_n in [*self.cells("n_labelled"), *self.cells("n_unlabelled")]:
            if integer("n_labelled", n) + integer("n_unlabelled", big_n) > free:
                raise ValueError(f"{self.name} has {free} training rows, a split needs {n + big_n}")

    def cells(self, along: Along) -> list[tuple[int, int]]:
        """Sizes ``(n, N)`` along one of the two grids."""
        if one_of("along", along, ("n_labelled", "n_unlabelled")) == "n_labelled":
            return [(n, self.at_n_unlabelled) for n in self.n_labelled]
        return [(self.at_n_labelled, big_n) for big_n in self.n_unlabelled]

    def files(self) -> list[tuple[str, str]]:
        """Names of the feature files, and the arrays that each one holds."""
        models = [(f"{model}.npz", "ids, features") for model in (self.student, *self.teachers)]
        return [("labels.npz", "ids, labels"), *models]


def _grid(first: int, last: int, points: int = 20) -> tuple[int, ...]:
    return tuple(int(x) for x in np.linspace(first, last, points))


_IMAGE = "Frozen features before the classifier, images resized to 224 x 224, one row per image."
UTKFACE = Task(
    name="utkface", title="UTKFace, age regression", student="clip-vit-b32",
    teachers=("resnet18", "resnet34", "resnet50", "resnet101", "resnet152"),
    rows=23708, test_rows=3708, head=Ridge(),
    n_labelled=_grid(800, 2000), at_n_unlabelled=10000,
    n_unlabelled=_grid(1000, 18000), at_n_labelled=1600,
    trials=10, noise_levels=(0.0, 5.0, 10.0, 20.0),
    recipe=f"{_IMAGE} Aligned and cropped faces, pixels in [0, 1] without ImageNet normalisation; "
    "torchvision ResNets (V1 weights for 18 and 34, V2 above), width 512 or 2048; CLIP ViT-B/32 "
    "pooler output without rescaling, width 768. Labels: age in years, from the file name.",
)  # fmt: skip
COLOREDMNIST = Task(
    name="coloredmnist", title="ColoredMNIST, two classes", student="dinov2-s14",
    teachers=("resnet18d", "resnet34d", "resnet101", "resnet152"),
    rows=70000, test_rows=7000, head=Softmax(2),
    n_labelled=_grid(600, 13000), at_n_unlabelled=40000,
    n_unlabelled=_grid(1500, 50000), at_n_labelled=5000,
    trials=14, noise_levels=(0.0, 0.1, 0.2, 0.3), noise_in_features=True,
    recipe=f"{_IMAGE} MNIST, both parts, coloured by the (noisy) label; timm ResNet-D 18 and 34 "
    "(512), torchvision ResNets (2048), DINOv2 ViT-S/14 (384). Labels: 0 for digits below 5, else "
    "1, flipped with the given probability: one folder of features per level. The level of the "
    "figure with four teachers is not known; another version of the code has N = 33000 and n = "
    "8000 or 12000.",
)  # fmt: skip
CIFAR10 = Task(
    name="cifar10", title="CIFAR-10, ten classes", student="mambaout-base",
    teachers=("resnet18d", "resnet34d", "resnet50"),
    rows=60000, test_rows=3000,
    head=Softmax(10, student_iterations=200, student_memory=30),
    n_labelled=_grid(600, 35000), at_n_unlabelled=22000,
    n_unlabelled=_grid(12000, 55000), at_n_labelled=1500,
    trials=10,
    recipe=f"{_IMAGE} Both parts, 60 000 images; ResNet-D 18 and 34 (512), ResNet-50 (2048), "
    "MambaOut-Base. Labels: 0 to 9. In the public code; whether in the paper is not known.",
)  # fmt: skip
SST2 = Task(
    name="sst2", title="SST-2, two classes", student="electra-base",
    teachers=("bert-tiny", "bert-mini", "bert-small", "bert-medium"),
    rows=67349, test_rows=4349, head=Softmax(2, hard=True),
    n_labelled=_grid(1000, 4000, 7), at_n_unlabelled=10000,
    n_unlabelled=_grid(4000, 10000, 7), at_n_labelled=2500,
    trials=4, shuffled=True, noise_levels=(0.0, 0.1, 0.2, 0.3),
    recipe="The authors train whole networks (learning rate 3e-5, batch 32, weight decay 1e-4, "
    "cosine schedule, teacher 30 epochs, student 15). Here: frozen sentence embeddings and a "
    "linear head, so this is a linear-probe variant of ours. One row per row of GLUE's train.tsv. "
    "Labels: 0 or 1. Grid spacing, number of trials, metric and place of the flips are ours.",
)  # fmt: skip
TASKS = {task.name: task for task in (UTKFACE, COLOREDMNIST, CIFAR10, SST2)}


@dataclass(frozen=True, eq=False)
class Curves:
    """Test errors along a grid; ``errors[model][k, t]`` is trial ``t`` at ``sizes[k]``.

    Parameters
    ----------
    along : {"n_labelled", "n_unlabelled"}
        Which size varies.
    sizes : array of shape (points,)
        The grid.
    teacher, student, sft, ceiling : array of shape (points, trials)
        Test errors of the four models.
    """

    along: Along
    sizes: NDArray[np.int64]
    teacher: Array
    student: Array
    sft: Array
    ceiling: Array


def split_rows(
    task: Task, n_labelled: int, n_unlabelled: int, trial: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Labelled, unlabelled and test rows of one trial: the authors' splits, number by number.

    Parameters
    ----------
    task : Task
        The experiment.
    n_labelled, n_unlabelled : int
        ``n`` and ``N``.
    trial : int
        Number of the trial, which is the seed of its split.

    Returns
    -------
    labelled, unlabelled, test : array of int
        Disjoint row numbers.

    Raises
    ------
    ValueError
        If the sizes do not fit.

    Notes
    -----
    Equal to scikit-learn's ``train_test_split`` (pandas' ``sample`` when shuffled) with the same
    seeds. The rows are in the order of the ids; the authors' own order of files is not known.

    Examples
    --------
    >>> [len(part) for part in split_rows(UTKFACE, 800, 10000, trial=0)]
    [800, 10000, 3708]
    """
    n, big_n = integer("n_labelled", n_labelled), integer("n_unlabelled", n_unlabelled)
    if n + big_n + task.test_rows > task.rows:
        raise ValueError(f"{task.name} has no {n + big_n} training rows among {task.rows}")
    if task.shuffled:
        order = np.random.RandomState(trial).permutation(task.rows)
        test = order[-task.test_rows :]
        return order[:n], order[-task.test_rows - big_n : -task.test_rows], test
    return fixed_split(task.rows, task.test_rows, n, big_n, trial)


def run(
    task: Task,
    data: Features,
    along: Along,
    rng: np.random.Generator,
    *,
    noise_level: float = 0.0,
    trials: int | None = None,
) -> Curves:
    """Do the experiment along one of its grids.

    Parameters
    ----------
    task : Task
        The experiment.
    data : Features
        Features of all its rows.
    along : {"n_labelled", "n_unlabelled"}
        Which grid.
    rng : numpy.random.Generator
        Source of the injected noise, drawn once, and of sketches and starting points. The splits
        do not depend on it.
    noise_level : float
        Of the noise injected in the training labels, in the head's unit (a standard deviation or
        a flip rate); test labels stay clean.
    trials : int, optional
        Fewer or more trials than the task has.

    Returns
    -------
    Curves

    Raises
    ------
    ValueError
        If the number of rows is not that of the task, or noise is asked for that is in the inputs.
    """
    generator(rng)
    if len(data.ids) != task.rows:
        raise ValueError(f"{task.name} must have {task.rows} rows, got {len(data.ids)}")
    if noise_level and task.noise_in_features:
        raise ValueError(f"noise of {task.name} is in its inputs: use features made with it")
    head = task.head
    noisy = head.corrupt(data.labels, noise_level, rng) if noise_level else data.labels
    targets = head.encode(noisy)
    cells = task.cells(along)
    errors = np.empty((4, len(cells), integer("trials", trials or task.trials)))
    for k, (n, big_n) in enumerate(cells):
        for t in range(errors.shape[2]):
            labelled, unlabelled, test = split_rows(task, n, big_n, t)
            models = train(
                data.weak, data.strong, targets, labelled, unlabelled,
                partial(head.fit, rng=rng), imitate=partial(head.imitate, rng=rng),
            )  # fmt: skip
            outputs = models.outputs(data.weak[test], data.strong[test])
            errors[:, k, t] = [head.error(output, data.labels[test]) for output in outputs]
    return Curves(along, np.array(getattr(task, along)), *errors)
