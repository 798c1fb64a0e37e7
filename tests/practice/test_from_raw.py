"""Raw files and networks become the feature files of a task; the stand-in is in the true format."""

from dataclasses import replace

import numpy as np
import pytest
from onnx import TensorProto, helper
from PIL import Image

from tests.practice.test_encoders import linear, save
from w2s.metrics import MODELS
from w2s.practice.data.digits import digits
from w2s.practice.data.encoders import Pictures, encode
from w2s.practice.data.feature_files import load_features, save_labels, stored
from w2s.practice.data.raw_formats import mnist
from w2s.practice.data.stand_in import write_raw
from w2s.practice.training import from_raw
from w2s.practice.training.from_raw import make_features
from w2s.practice.training.protocols import SST2, TASKS, UTKFACE, run


@pytest.fixture(scope="module")
def piped(tmp_path_factory):
    """The digits, and their features by way of files."""
    place, images = tmp_path_factory.mktemp("stand-in"), digits(np.random.default_rng(0))
    write_raw(images, place)
    pictures = mnist(place, ["test"])
    for name in ("random", "hidden"):
        levels = Pictures(channels=1, std=[16 / 255])
        encode(place / f"{name}.onnx", pictures, levels, place / "features")
    save_labels(place / "features", pictures.ids, 1 - 2 * (pictures.labels % 2))
    return images, load_features(place / "features", "random", "hidden")


def test_the_stand_in_gives_the_features_of_its_layers(piped):
    # The networks compute in float32: features of order ten, seven digits.
    images, found = piped
    np.testing.assert_allclose(found.weak, images.weak, atol=1e-4)
    np.testing.assert_allclose(found.strong, images.strong, atol=1e-4)
    np.testing.assert_array_equal(found.labels, images.parity)


def test_files_in_three_orders_give_the_errors_of_the_data_in_memory_bit_for_bit(piped, tmp_path):
    _, data = piped
    tables = {
        "labels": ("labels", data.labels), "random": ("features", data.weak),
        "hidden": ("features", data.strong),
    }  # fmt: skip
    rng = np.random.default_rng(1)
    for name, (key, table) in tables.items():
        order = rng.permutation(len(data.ids))
        np.savez(tmp_path / f"{name}.npz", ids=data.ids[order], **{key: table[order]})
    task = replace(
        UTKFACE, name="small", rows=len(data.ids), test_rows=300, n_labelled=(120, 200),
        at_n_unlabelled=400, n_unlabelled=(100,), at_n_labelled=120, trials=2,
    )  # fmt: skip
    kept, read = (
        run(task, one, "n_labelled", np.random.default_rng(2))
        for one in (data, load_features(tmp_path, "random", "hidden"))
    )
    for model in MODELS:
        np.testing.assert_array_equal(getattr(kept, model), getattr(read, model))
    np.savez(tmp_path / "random.npz", ids=data.ids[1:], features=data.weak[1:])
    with pytest.raises(ValueError, match=r"random.*1 missing"):
        load_features(tmp_path, "random", "hidden")


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_missing_raw_data_are_said(task, tmp_path):
    with pytest.raises(ValueError, match=str(tmp_path)):
        make_features(task, tmp_path, tmp_path, tmp_path / "features", 0)


def test_the_networks_that_are_there_make_their_files(tmp_path, monkeypatch):
    (tmp_path / "utkface").mkdir()
    for age in (20, 30):
        Image.new("RGB", (4, 4), (age, age, age)).save(
            tmp_path / "utkface" / f"{age}_0_0_1.jpg", quality=95
        )
    for name in ("resnet18", "clip-vit-b32"):  # the sum over 2 x 2 pixels in three channels
        nodes = [
            helper.make_node("Flatten", ["x"], ["flat"]),
            helper.make_node("MatMul", ["flat", "ones"], ["sum"]),
        ]
        ends = (
            [("x", TensorProto.FLOAT, ["rows", 3, 2, 2])],
            [("sum", TensorProto.FLOAT, ["rows", 1])],
        )
        save(tmp_path / f"{name}.onnx", nodes, *ends, ones=np.ones((12, 1), np.float32))
    plain = Pictures(resize=(2, 2))
    monkeypatch.setattr(from_raw, "Pictures", lambda **_: plain)
    monkeypatch.setattr(from_raw, "_CLIP", replace(plain, mean=(0.5,)))
    said = make_features(UTKFACE, tmp_path, tmp_path, tmp_path / "features", 0)
    folder = tmp_path / "features" / "utkface"
    assert "2" in said
    assert [stored(folder, name) for name in ("resnet18", "resnet34")] == [True, False]
    found = load_features(folder, "resnet18", "clip-vit-b32")
    np.testing.assert_allclose(found.labels, [20, 30])
    # Twelve pixels in [0, 1]; CLIP's are centred first. JPEG moves a level by one at most.
    np.testing.assert_allclose(found.weak[:, 0], [240 / 255, 360 / 255], atol=12 / 255)
    np.testing.assert_allclose(found.weak - found.strong, 12 * 0.5, atol=1e-5)


def test_texts_need_their_vocabulary(tmp_path):
    (tmp_path / "sst2").mkdir()
    (tmp_path / "sst2" / "train.tsv").write_bytes(b"sentence\tlabel\ngood\t1\n")
    linear(tmp_path / "electra-base.onnx", np.ones((4, 1)))
    with pytest.raises(ValueError, match=r"vocab\.txt"):
        make_features(SST2, tmp_path, tmp_path, tmp_path / "features", 0)
