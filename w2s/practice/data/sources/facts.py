"""What is known of the pretrained networks from outside, asked of the converted models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2s._optional import extra
from w2s.practice.data.encoders import OnnxModel, Pictures
from w2s.practice.data.encoders.encoding import Preprocessing

_SIDE = 224  # pixels of a picture, the size of the training sets' evaluations

# Classes of ImageNet that scikit-learn's two photographs, a palace and a flower, belong to.
_CLASSES = {"china.jpg": 698, "flower.jpg": 985}

# ViT-S/14: blocks, width, and parameters without the head: patches, class token, 37 x 37 + 1
# places, twelve blocks with a scale per layer, the last norm.
_BLOCKS, _WIDTH, _PARAMETERS = 12, 384, 22_056_192
_FOUND = 0.9  # share of patches; by their pixels alone 0.67 find it, with shuffled weights 0.50
_LIGHT, _CONTRAST = 128, 50  # mean and standard deviation of a grey picture

# The first numbers that the authors' own tools give.
_SENTENCE, _SENTENCE_BEGINS = (
    "This is an example sentence",
    (0.0677, 0.0635, 0.0487, 0.0793, 0.0374),
)
_WORD, _WORD_BEGINS = "the", (0.418, 0.24968, -0.41242, 0.1217)

# A sentence, one that means the like in other words, one of another meaning with words in common.
_MEANINGS = (
    ("A man is playing a guitar.", "Somebody performs on a musical instrument.",
     "A man is driving a truck."),
    ("The film was wonderful and moving.", "I loved this touching movie.",
     "The furniture was heavy and moving it was hard."),
    ("The children are eating lunch.", "Kids have a meal at noon.", "The children are sleeping."),
    ("The stock market fell sharply today.", "Share prices dropped on Wall Street.",
     "The boy fell from a tall tree today."),
)  # fmt: skip
_WORDS = (
    ("king", "queen", "truck"), ("paris", "london", "banana"), ("good", "great", "seven"),
    ("movie", "film", "river"), ("dog", "cat", "parliament"),
)  # fmt: skip


def classes_of_photographs(model: Path, preprocessing: Pictures) -> str:
    """Check the most likely classes of two photographs; return what was found, in words.

    Raises
    ------
    ValueError
        If a class is another one.
    """
    prepared = _photographs(preprocessing)
    scores = OnnxModel(model, output="classes")(prepared(list(_photos())))
    found = [int(best) for best in scores.argmax(axis=1)]
    for (name, expected), got in zip(_CLASSES.items(), found, strict=True):
        if got != expected:
            raise ValueError(f"the most likely class of {name} is {got}, expected {expected}")
    return ", ".join(f"{name} is of class {number}" for name, number in _CLASSES.items())


def vision_transformer(model: Path, preprocessing: Pictures) -> str:
    """Check the architecture, and that patches know their photograph mirrored and in grey.

    Raises
    ------
    ValueError
        If the numbers of blocks, of features or of parameters differ, or fewer patches than
        expected are most like a patch of their own photograph.
    """
    graph = extra("onnx", "real").load(str(model)).graph
    parameters = sum(int(np.prod(t.dims)) for t in graph.initializer if t.data_type == 1)
    blocks = sum(node.op_type == "Softmax" for node in graph.node)
    prepared = _photographs(preprocessing)
    width = OnnxModel(model)(prepared([_photos()[0]])).shape[1]
    if (blocks, width, parameters) != (_BLOCKS, _WIDTH, _PARAMETERS):
        found = f"{blocks} blocks, {width} features and {parameters} parameters"
        raise ValueError(f"it has {found}, expected {_BLOCKS}, {_WIDTH} and {_PARAMETERS}")
    share = patches_that_find_their_photograph(model, prepared)
    if not share > _FOUND:
        raise ValueError(f"{share:.2f} of the patches find their photograph, expected {_FOUND}")
    return f"{blocks} blocks, {parameters} parameters; {share:.1%} of patches find their photograph"


def patches_that_find_their_photograph(model: Path, preprocessing: Preprocessing) -> float:
    """Return the share of patches, mirrored and in grey, that are most like one of their photo.

    Six square crops of each of two photographs are compared, patch by patch, with the same crops
    mirrored, in grey and brought to one brightness and contrast.
    """
    crops = [
        photo[top : top + _SIDE, left : left + _SIDE]
        for photo in _photos()
        for top in (0, photo.shape[0] - _SIDE)
        for left in (0, (photo.shape[1] - _SIDE) // 2, photo.shape[1] - _SIDE)
    ]
    grey = [_grey(crop)[:, ::-1] for crop in crops]
    here, there = (_patches(model, preprocessing, pictures) for pictures in (crops, grey))
    photo = np.repeat([0, 1], len(here) // 2)
    return float((photo[(there @ here.T).argmax(axis=1)] == photo).mean())


def sentences(model: Path, preprocessing: Preprocessing, output: str, begins: bool = False) -> str:
    """Check that sentences of like meaning are closer than sentences with words in common.

    Parameters
    ----------
    model, preprocessing, output
        The network.
    begins : bool
        Whether the first numbers of the normalised vector of a known sentence are known.

    Raises
    ------
    ValueError
        If an order or a number is another one.
    """
    session = OnnxModel(model, output=output)
    if begins:
        vector = _unit(session(preprocessing([_SENTENCE])))[0]
        _begins(_SENTENCE, vector, _SENTENCE_BEGINS, 1e-3)  # they have four digits
    return _order(session, preprocessing, _MEANINGS)


def words(model: Path, preprocessing: Preprocessing) -> str:
    """Check the vector of a word, and that words of like meaning are closer than others.

    Raises
    ------
    ValueError
        If an order or a number is another one.
    """
    session = OnnxModel(model)
    _begins(_WORD, session(preprocessing([_WORD]))[0], _WORD_BEGINS, 1e-6)  # as published
    return _order(session, preprocessing, _WORDS)


def _order(
    session: OnnxModel, preprocessing: Preprocessing, triples: Sequence[tuple[str, str, str]]
) -> str:
    gaps = []
    for first, like, other in triples:
        vectors = _unit(session(preprocessing([first, like, other])))
        near, far = vectors[0] @ vectors[1], vectors[0] @ vectors[2]
        if not near > far:
            what = f"{like!r} ({near:.2f}) and {other!r} ({far:.2f})"
            raise ValueError(f"{first!r} is not closer to the first of {what}")
        gaps.append(near - far)
    return f"the order of {len(gaps)} known similarities, the smallest gap {min(gaps):.2f}"


def _begins(text: str, vector: NDArray[Any], expected: tuple[float, ...], error: float) -> None:
    found = vector[: len(expected)]
    if not np.allclose(found, expected, rtol=0, atol=error):
        numbers = " ".join(f"{number:.4f}" for number in found)
        raise ValueError(f"the vector of {text!r} begins {numbers}, expected {expected}")


def _unit(vectors: NDArray[Any]) -> NDArray[Any]:
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: NDArray[Any] = vectors / np.maximum(norms, np.finfo(vectors.dtype).tiny)
    return unit


def _grey(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    light = picture.mean(axis=2)
    even = _LIGHT + _CONTRAST * (light - light.mean()) / light.std()
    grey: NDArray[np.uint8] = np.clip(even, 0, 255).astype(np.uint8)
    return grey


def _patches(
    model: Path, preprocessing: Preprocessing, pictures: Sequence[NDArray[Any]]
) -> NDArray[Any]:
    """Return unit vectors of all patches of the pictures, without the class tokens."""
    runtime = extra("onnxruntime", "vision")
    session = runtime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    (block,) = preprocessing(pictures).values()
    (tokens,) = session.run(["tokens"], {session.get_inputs()[0].name: block})
    return _unit(tokens[:, 1:].reshape(-1, tokens.shape[2]))


def _photographs(preprocessing: Pictures) -> Pictures:
    return replace(preprocessing, resize=_SIDE, crop=_SIDE)


def _photos() -> tuple[NDArray[np.uint8], ...]:
    """Scikit-learn's photographs, in the order of their names."""
    images = extra("sklearn.datasets", "real").load_sample_images()
    return tuple(images.images)
