"""Real ONNX models agree with numpy; a killed run continues to the same bytes."""

import errno
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from w2s.practice.data.encoders import OnnxModel, Pictures, Tokens, WordPiece, encode
from w2s.practice.data.encoders.ahead import in_order
from w2s.practice.data.encoders.external import external_weights
from w2s.practice.data.encoders.model import model_digest
from w2s.practice.data.feature_files import load_features, save_labels
from w2s.practice.data.raw_formats import RawData, from_arrays

RNG = np.random.default_rng(0)
KERNEL = RNG.standard_normal((4, 3, 3, 3)).astype(np.float32)
TABLE = RNG.standard_normal((50, 6)).astype(np.float32)


def save(path, nodes, inputs, outputs, **weights):
    """Write a model; inputs and outputs are (name, type, shape)."""
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info(*one) for one in inputs],
        [helper.make_tensor_value_info(*one) for one in outputs],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    versions = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=versions, ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
    return path


def conv_net(path, rows="rows"):
    """Convolution 3 x 3, ReLU, mean over the picture: (b, 3, h, w) to (b, 4, 1, 1)."""
    nodes = [
        helper.make_node("Conv", ["x", "kernel"], ["raw"], kernel_shape=[3, 3]),
        helper.make_node("Relu", ["raw"], ["map"]),
        helper.make_node("GlobalAveragePool", ["map"], ["features"]),
    ]
    shapes = [rows, 3, "h", "w"], [rows, 4, "i", "j"], [rows, 4, 1, 1]
    return save(
        path,
        nodes,
        [("x", TensorProto.FLOAT, shapes[0])],
        [("features", TensorProto.FLOAT, shapes[2]), ("map", TensorProto.FLOAT, shapes[1])],
        kernel=KERNEL,
    )


def embedding(path, kind=TensorProto.INT64):
    """Mean of the embeddings of the unmasked tokens."""
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["vectors"]),
        helper.make_node("Cast", ["attention_mask"], ["flat"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["flat", "last"], ["mask"]),
        helper.make_node("Mul", ["vectors", "mask"], ["kept"]),
        helper.make_node("ReduceSum", ["kept", "middle"], ["total"], keepdims=0),
        helper.make_node("ReduceSum", ["flat", "middle"], ["count"], keepdims=1),
        helper.make_node("Div", ["total", "count"], ["features"]),
    ]
    shape = ["rows", "length"]
    return save(
        path,
        nodes,
        [("input_ids", kind, shape), ("attention_mask", kind, shape)],
        [("features", TensorProto.FLOAT, ["rows", 6])],
        table=TABLE,
        last=np.array([2]),
        middle=np.array([1]),
    )


def linear(path, weight, kind=TensorProto.FLOAT):
    """Pictures of 2 x 2 grey pixels times a matrix."""
    nodes = [
        helper.make_node("Flatten", ["x"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weight"], ["features"]),
    ]
    return save(
        path,
        nodes,
        [("x", kind, ["rows", 1, 2, 2])],
        [("features", kind, ["rows", weight.shape[1]])],
        weight=weight.astype(helper.tensor_dtype_to_np_dtype(kind)),
    )


def conv_net_in_numpy(block):
    windows = sliding_window_view(block.astype(np.float64), (3, 3), axis=(2, 3))
    return np.maximum(np.einsum("bchwij,ocij->bohw", windows, KERNEL), 0).mean(axis=(2, 3))


PIXELS = RNG.integers(0, 256, (23, 9, 7, 3), dtype=np.uint8)
PICTURES = from_arrays("faces", PIXELS, np.arange(23), [f"{k:02d}.jpg" for k in range(23)])


# Preprocessing


def test_pixels_are_scaled_centred_and_divided():
    block = Pictures(mean=(0.1, 0.2, 0.3), std=(0.5, 1.0, 2.0))(PICTURES.read(0, 4))["pixels"]
    assert block.dtype == np.float32 and block.flags.c_contiguous
    expected = (PIXELS[:4] / 255 - [0.1, 0.2, 0.3]) / [0.5, 1.0, 2.0]
    # float32: a few units in the last place of numbers up to 2.
    np.testing.assert_allclose(block, expected.transpose(0, 3, 1, 2), atol=1e-6)


def test_resizing_is_pillows_and_cropping_takes_the_centre():
    picture = RNG.integers(0, 256, (20, 31, 3), dtype=np.uint8)
    for method in ("bilinear", "bicubic"):
        made = Pictures(resize=(10, 12), method=method)([picture])["pixels"][0]
        image = Image.fromarray(picture).resize((12, 10), Image.Resampling[method.upper()])
        np.testing.assert_array_equal(np.round(made.transpose(1, 2, 0) * 255), np.asarray(image))
    shorter = Pictures(resize=10)([picture, picture.transpose(1, 0, 2)[:31]][:1])["pixels"]
    assert shorter.shape == (1, 3, 10, 15)
    assert Pictures(resize=10)([picture.transpose(1, 0, 2)])["pixels"].shape == (1, 3, 15, 10)
    middle = Pictures(crop=4)([picture])["pixels"][0].transpose(1, 2, 0) * 255
    np.testing.assert_allclose(middle, picture[8:12, 14:18], atol=1e-4)


def test_grey_pictures_fill_one_or_three_channels():
    grey = RNG.integers(0, 256, (5, 4, 6), dtype=np.uint8)
    one = Pictures(channels=1)(list(grey))["pixels"]
    three = Pictures()(list(grey))["pixels"]
    assert one.shape == (5, 1, 4, 6) and three.shape == (5, 3, 4, 6)
    np.testing.assert_array_equal(three, np.repeat(one, 3, axis=1))
    assert Pictures(channels=1, resize=(2, 3))(list(grey))["pixels"].shape == (5, 1, 2, 3)


def test_pictures_of_several_sizes_meet_after_resizing():
    mixed = [PIXELS[0], PIXELS[1, :5], PIXELS[2, :, :3]]
    assert Pictures(resize=(4, 4))(mixed)["pixels"].shape == (3, 3, 4, 4)
    with pytest.raises(ValueError, match=r"different sizes, give resize: \[\(5, 7, 3\)"):
        Pictures()(mixed)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mean": (0.1, 0.2)}, "mean must have 1 or 3 values, got 2"),
        ({"std": (0.0,)}, "std must exceed 0, got 0"),
        ({"std": (np.nan,)}, "std must be finite"),
        ({"channels": 2, "mean": (0,)}, "channels must be 1 or 3, got 2"),
        ({"resize": 0}, "resize and crop must be at least 1, got 0"),
        ({"resize": (3, 3, 3)}, "resize must be a number, or height and width"),
        ({"crop": 2.5}, "resize and crop must be a whole number"),
        ({"method": "cubic"}, "method must be one of nearest, bilinear"),
    ],
)
def test_preprocessing_is_checked(options, message):
    with pytest.raises(ValueError, match=message):
        Pictures(**options)


@pytest.mark.parametrize(
    ("picture", "options", "message"),
    [
        (PIXELS[0].astype(float), {}, "a picture must be uint8"),
        (PIXELS[0, 0, 0], {}, "a picture must be uint8"),
        (PIXELS[0], {"channels": 1}, "a picture has 3 channels, wanted 1"),
        (PIXELS[0], {"crop": 8}, "a picture of 9 x 7 is smaller than crop 8"),
    ],
)
def test_pictures_that_do_not_fit_are_refused(picture, options, message):
    with pytest.raises(ValueError, match=message):
        Pictures(**options)([picture])


def test_resizing_without_pillow_is_said_in_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ValueError, match=r"resizing needs Pillow: install the extra w2s\[vision\]"):
        Pictures(resize=3)([PIXELS[0]])


def test_rows_of_tokens_are_cut_padded_and_masked():
    made = Tokens(4, padding=9)([[1, 9, 2], np.array([1, 2, 3, 4, 5, 6]), [7, 9, 9], [9]])
    assert made["input_ids"].tolist() == [[1, 9, 2, 9], [1, 2, 3, 4], [7, 9, 9, 9], [9, 9, 9, 9]]
    assert made["attention_mask"].tolist() == [
        [1, 1, 1, 0],
        [1, 1, 1, 1],
        [1, 0, 0, 0],
        [1, 0, 0, 0],
    ]
    assert not made["token_type_ids"].any()
    assert {array.dtype for array in made.values()} == {np.dtype(np.int64)}


@pytest.mark.parametrize("row", ["text", [], [1.5], [[1]]])
def test_rows_that_are_not_token_ids_are_refused(row):
    with pytest.raises(ValueError, match="a row must be token ids"):
        Tokens(4)([row])
    with pytest.raises(ValueError, match="length must be at least 1"):
        Tokens(0)


WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "un", "##aff", "##able", "the", "cafe", "Café", "caf",
         "##e", "!", "'", "t", "don", "北", "京", "##s", "-", "well", "$"]  # fmt: skip


@pytest.fixture
def vocabulary(tmp_path):
    (tmp_path / "vocab.txt").write_text("\n".join(WORDS) + "\n", encoding="utf-8")
    return tmp_path / "vocab.txt"


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("unaffable", "un ##aff ##able"),  # longest pieces from the left
        ("The  UNAFFABLE\tthe\n", "the un ##aff ##able the"),
        ("don't!", "don ' t !"),  # punctuation stands alone
        ("Café cafés", "cafe cafe ##s"),  # accents go
        ("well-the $the", "well - the $ the"),  # so do symbols of ASCII
        ("the北京the", "the 北 京 the"),  # every CJK sign is a word
        ("unknown the", "[UNK] the"),
        ("unaffablex", "[UNK]"),  # as a whole
        ("the\x00\ufffd\u200bthe the\u2028the", "[UNK] the the"),
        ("", ""),
        ("t" * 101 + " t", "[UNK] t"),
    ],
)
def test_texts_are_cut_as_bert_does(vocabulary, text, pieces):
    expected = [WORDS.index(piece) for piece in ["[CLS]", *pieces.split(), "[SEP]"]]
    assert WordPiece(vocabulary, 16).tokens(text) == expected


def test_a_cased_vocabulary_keeps_case_and_accents(vocabulary):
    tokenizer = WordPiece(vocabulary, 8, lowercase=False)
    assert tokenizer.tokens("Café The") == [2, WORDS.index("Café"), 1, 3]


def test_a_long_text_loses_its_end_but_not_its_separator(vocabulary):
    made = WordPiece(vocabulary, 4)(["the the the the", "the"])
    the = WORDS.index("the")
    assert made["input_ids"].tolist() == [[2, the, the, 3], [2, the, 3, 0]]
    assert made["attention_mask"].tolist() == [[1, 1, 1, 1], [1, 1, 1, 0]]


def test_the_vocabulary_is_checked(vocabulary, tmp_path):
    with pytest.raises(ValueError, match="length must be at least 3, got 2"):
        WordPiece(vocabulary, 2)
    with pytest.raises(ValueError, match=r"no .*missing.txt: expected the vocab.txt"):
        WordPiece(tmp_path / "missing.txt", 8)
    vocabulary.write_text("the\n[CLS]\n")
    with pytest.raises(ValueError, match=r"it lacks \[PAD\], \[SEP\], \[UNK\]"):
        WordPiece(vocabulary, 8)
    vocabulary.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match=r"vocab.txt is not a vocabulary in UTF-8"):
        WordPiece(vocabulary, 8)


def test_keys_tell_preprocessings_apart(vocabulary, tmp_path):
    keys = [one.key for one in (Pictures(), Pictures(resize=3), Pictures(mean=(0.1,)), Tokens(3))]
    keys += [WordPiece(vocabulary, 8).key, WordPiece(vocabulary, 9).key]
    keys += [WordPiece(vocabulary, 8, lowercase=False).key]
    copy = tmp_path / "copy.txt"
    copy.write_bytes(vocabulary.read_bytes())
    assert WordPiece(copy, 8).key == keys[4]
    copy.write_text("\n".join([*WORDS, "new"]))
    keys.append(WordPiece(copy, 8).key)
    assert len(set(keys)) == len(keys)


# Models


def test_a_convolution_agrees_with_numpy(tmp_path):
    model = conv_net(tmp_path / "net.onnx")
    path = encode(model, PICTURES, Pictures(std=(0.5,)), tmp_path / "features", batch=5)
    features = np.load(path, mmap_mode="r", allow_pickle=False)
    assert features.shape == (23, 4) and features.dtype == np.float32
    expected = conv_net_in_numpy(PIXELS.transpose(0, 3, 1, 2) / 255 / 0.5)
    # float32 sums of 27 products of order one, then a mean of 35.
    np.testing.assert_allclose(features, expected, rtol=1e-5, atol=1e-5)
    ids = np.load(path.with_name(f"{path.stem}.ids.npy"), allow_pickle=False)
    assert ids.tolist() == PICTURES.ids.tolist()


def test_an_embedding_agrees_with_numpy(tmp_path):
    rows = RNG.integers(1, 50, (17, 8))
    rows[3, 5:] = rows[9, 2:] = 0
    model = embedding(tmp_path / "mean.onnx")
    path = encode(model, from_arrays("texts", rows, np.zeros(17)), Tokens(8), tmp_path, batch=4)
    expected = [TABLE[row[row > 0]].mean(axis=0, dtype=float) for row in rows]
    np.testing.assert_allclose(np.load(path), expected, rtol=1e-5, atol=1e-6)


def test_sentences_go_through_vocabulary_and_model(tmp_path, vocabulary):
    texts = ["the cafe", "unaffable!", "don't"]
    data = RawData("texts", np.array(["a", "b", "c"]), np.zeros(3), lambda a, b: texts[a:b], "0")
    model = embedding(tmp_path / "mean.onnx", TensorProto.INT32)
    path = encode(model, data, WordPiece(vocabulary, 7), tmp_path)
    expected = [
        TABLE[[WORDS.index(piece) for piece in pieces.split()]].mean(axis=0)
        for pieces in (
            "[CLS] the cafe [SEP]",
            "[CLS] un ##aff ##able ! [SEP]",
            "[CLS] don ' t [SEP]",
        )
    ]
    np.testing.assert_allclose(np.load(path), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("rows", [1, 4, 23, 40])
def test_a_model_for_blocks_of_one_size_gets_them(tmp_path, rows):
    free = OnnxModel(conv_net(tmp_path / "free.onnx"))
    fixed = OnnxModel(conv_net(tmp_path / "fixed.onnx", rows=rows))
    assert free.fixed_batch is None and fixed.fixed_batch == rows
    block = Pictures()(PICTURES.read(0, 23))
    # The same sums, perhaps in another order.
    np.testing.assert_allclose(fixed(block), free(block), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("kind", "dtype", "tolerance"),
    [(TensorProto.DOUBLE, np.float64, 1e-7), (TensorProto.FLOAT16, np.float32, 2e-3)],
)
def test_half_and_double_precision_models_run(tmp_path, kind, dtype, tolerance):
    # 1e-7: the pixels are float32. 2e-3: half precision has 11 bits.
    weight = RNG.standard_normal((4, 3))
    model = OnnxModel(linear(tmp_path / "net.onnx", weight, kind))
    found = model(Pictures(channels=1)(list(PIXELS[:5, :2, :2, 0])))
    assert found.dtype == dtype
    expected = (PIXELS[:5, :2, :2, 0] / 255).reshape(5, 4) @ weight
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


def test_an_output_that_is_not_one_row_per_input_is_refused(tmp_path):
    model = conv_net(tmp_path / "net.onnx")
    with pytest.raises(ValueError, match=r"output map: need one row .*\(23, 4, 7, 5\).* pooling"):
        encode(model, PICTURES, Pictures(), tmp_path, output="map")
    with pytest.raises(ValueError, match="has no output 'logits', only features, map"):
        encode(model, PICTURES, Pictures(), tmp_path, output="logits")


def test_inputs_that_do_not_meet_the_model_are_named(tmp_path):
    text = embedding(tmp_path / "mean.onnx")
    with pytest.raises(
        ValueError, match=r"faces, inputs 00.jpg to 22.jpg: .*wants the inputs input_ids, attention"
    ):
        encode(text, PICTURES, Pictures(), tmp_path)
    net = linear(tmp_path / "small.onnx", np.ones((4, 2)))
    with pytest.raises(ValueError, match=r"small.onnx cannot be run: .*(INVALID|Invalid|invalid)"):
        encode(net, PICTURES, Pictures(), tmp_path)


@pytest.mark.parametrize("content", [b"", b"not a model", bytes(range(256))])
def test_a_file_that_is_no_model_is_named(tmp_path, content, capfd):
    (tmp_path / "net.onnx").write_bytes(content)
    with pytest.raises(ValueError, match=r"net.onnx is not a model that onnxruntime can run"):
        encode(tmp_path / "net.onnx", PICTURES, Pictures(), tmp_path)
    assert capfd.readouterr() == ("", "")
    with pytest.raises(ValueError, match=r"no .*other.onnx: expected a model exported to ONNX"):
        encode(tmp_path / "other.onnx", PICTURES, Pictures(), tmp_path)
    with pytest.raises(ValueError, match=r"no .*other.onnx: expected a model exported to ONNX"):
        OnnxModel(tmp_path / "other.onnx")


def test_missing_onnxruntime_is_said_in_one_line(tmp_path, monkeypatch):
    model = conv_net(tmp_path / "net.onnx")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ValueError, match=r"need onnxruntime: install the extra w2s\[vision\]"):
        OnnxModel(model)


def test_weights_beside_the_model_are_used_and_belong_to_it(tmp_path):
    path = linear(tmp_path / "net.onnx", RNG.standard_normal((4, 300)))
    inside = OnnxModel(path)({"x": np.ones((2, 1, 2, 2), np.float32)})
    model = onnx.load(path)
    onnx.save(model, path, save_as_external_data=True, location="net.onnx.data", size_threshold=1)
    first = model_digest(path)
    np.testing.assert_array_equal(OnnxModel(path)({"x": np.ones((2, 1, 2, 2), np.float32)}), inside)
    with (tmp_path / "net.onnx.data").open("r+b") as file:
        file.write(b"\0\0\0\0")
    assert model_digest(path) != first


def outside(name, *places):
    """A tensor whose values lie in the file(s) of these names."""
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=[1])
    tensor.data_location = TensorProto.EXTERNAL
    for place in places:
        tensor.external_data.add(key="offset", value="0")
        tensor.external_data.add(key="location", value=place)
    return tensor


def test_weights_under_any_name_belong_to_the_model(tmp_path):
    path, folder = tmp_path / "net.onnx", tmp_path / "f"
    data, made = from_arrays("grey", PIXELS[:, :2, :2, 0], np.zeros(23)), []
    for factor in (1, 2):
        linear(path, factor * np.ones((4, 300)))
        model = onnx.load(path)
        (tmp_path / "weights.bin").unlink(missing_ok=True)
        onnx.save(model, path, save_as_external_data=True, location="weights.bin", size_threshold=1)
        made.append(np.load(encode(path, data, Pictures(channels=1), folder)))
    np.testing.assert_array_equal(made[1], 2 * made[0])  # a factor of two is exact


def test_a_name_is_found_wherever_a_model_holds_a_tensor(tmp_path):
    make = helper.make_node
    branch = helper.make_graph([], "branch", [], [], [outside("i", "in a branch")])
    sparse, inside, listed = (
        onnx.SparseTensorProto(values=outside("v", one), indices=outside("j", other))
        for one, other in (("values", "indices"), ("single", "single"), ("several", "several"))
    )
    nodes = [
        make("Constant", [], ["s"], sparse_value=inside),
        make("Many", [], ["l"], domain="x", tensors=[listed]),
        make("Constant", [], ["c"], value=outside("c", "constant")),
        make("If", ["c"], ["d"], then_branch=branch),
        make("Many", [], ["e"], domain="x", tensors=[outside("t", "list")], graphs=[branch]),
    ]
    graph = helper.make_graph(nodes, "g", [], [], [outside("w", "deep/w", "deep/w"), TensorProto()])
    graph.sparse_initializer.append(sparse)
    inner = make("Constant", [], ["c"], value=outside("c", "function"))
    function = helper.make_function("x", "F", [], ["c"], [inner], [])
    model = helper.make_model(graph, functions=[function])
    names = ["constant", "deep/w", "function", "in a branch", "indices", "list", "several",
             "single", "values"]  # fmt: skip
    (tmp_path / "deep").mkdir()
    for name in names:
        (tmp_path / name).write_bytes(b"1234")
    (tmp_path / "net.onnx").write_bytes(model.SerializeToString())
    found = external_weights(tmp_path / "net.onnx")
    assert found == {name: tmp_path / name for name in names}
    before = {model_digest(tmp_path / "net.onnx")}
    for name in names:
        (tmp_path / name).write_bytes(name.encode())
        before.add(model_digest(tmp_path / "net.onnx"))
    assert len(before) == len(names) + 1


def test_a_name_that_is_not_in_use_is_not_looked_for(tmp_path):
    tensor = outside("w", "gone")
    tensor.data_location = TensorProto.DEFAULT
    graph = helper.make_graph([], "g", [], [], [tensor], doc_string="location gone")
    (tmp_path / "net.onnx").write_bytes(helper.make_model(graph).SerializeToString())
    assert external_weights(tmp_path / "net.onnx") == {}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("weights.bin", r"^no .*weights.bin: .*net.onnx keeps weights in this file$"),
        ("../weights.bin", r"^.*net.onnx wants weights outside its folder, in '../weights.bin'"),
        ("a/../../b", "wants weights outside its folder"),
        ("a\\..\\b", "wants weights outside its folder"),
        ("/etc/hostname", "wants weights outside its folder"),
        ("C:\\weights", "wants weights outside its folder"),
        ("", "wants weights outside its folder"),
    ],
)
def test_weights_that_are_missing_or_elsewhere_are_said_in_one_line(tmp_path, name, message):
    path = tmp_path / "net.onnx"
    graph = helper.make_graph([], "g", [], [], [outside("w", name)])
    path.write_bytes(helper.make_model(graph).SerializeToString())
    for use in (OnnxModel, model_digest, lambda path: encode(path, PICTURES, Pictures(), tmp_path)):
        with pytest.raises(ValueError, match=message):
            use(path)


@pytest.mark.parametrize("part", ["file", "folder"])
def test_weights_by_a_link_are_refused(tmp_path, part):
    inside = tmp_path / "model"
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "w").write_bytes(b"1234")
    inside.mkdir()
    if part == "folder":
        (inside / "deep").symlink_to(tmp_path / "elsewhere")
    else:
        (inside / "deep").mkdir()
        (inside / "deep" / "w").symlink_to(tmp_path / "elsewhere" / "w")
    graph = helper.make_graph([], "g", [], [], [outside("w", "deep/w")])
    (inside / "net.onnx").write_bytes(helper.make_model(graph).SerializeToString())
    for use in (OnnxModel, model_digest):
        with pytest.raises(ValueError, match=r"wants weights by the link .*deep.*: refused"):
            use(inside / "net.onnx")


def field(number, content):
    """A counted field of a message; the content has fewer than 128 bytes."""
    return bytes([number << 3 | 2, len(content)]) + content


def test_a_name_in_a_piece_of_a_tensor_is_looked_at(tmp_path):
    """One piece says that the values lie in a file, the other in which; readers join them."""
    said, named = TensorProto(), TensorProto()
    said.data_location = TensorProto.EXTERNAL
    named.external_data.add(key="location", value="../secret")
    pieces = b"".join(field(5, one.SerializeToString()) for one in (said, named))
    assert onnx.external_data_helper.uses_external_data(onnx.AttributeProto.FromString(pieces).t)
    model = field(7, field(1, field(5, pieces)))
    assert onnx.ModelProto.FromString(model).graph.node[0].attribute[0].t.external_data
    (tmp_path / "net.onnx").write_bytes(model)
    with pytest.raises(ValueError, match="wants weights outside its folder"):
        model_digest(tmp_path / "net.onnx")


def test_a_name_in_a_field_whose_number_has_too_many_bits_is_looked_at(tmp_path):
    entry = field(1, b"location") + field(2, b"../secret")
    plain = field(13, entry)
    long = b"\xea\x80\x80\x80\x10" + plain[1:]  # 2**32 more than 13 << 3 | 2
    for tensor in (plain, long):
        (tmp_path / "net.onnx").write_bytes(field(7, field(5, tensor)))
        with pytest.raises(ValueError, match="wants weights outside its folder"):
            external_weights(tmp_path / "net.onnx")


def test_weights_for_training_stay_in_the_folder_too(tmp_path):
    graph = helper.make_graph([], "g", [], [], [outside("w", "../secret")])
    model = onnx.ModelProto()
    model.training_info.add().initialization.CopyFrom(graph)
    (tmp_path / "net.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(ValueError, match="wants weights outside its folder"):
        external_weights(tmp_path / "net.onnx")


def test_every_beginning_of_a_model_is_a_model_or_said_to_be_none(tmp_path):
    content = conv_net(tmp_path / "net.onnx").read_bytes()
    for cut in range(len(content)):
        (tmp_path / "cut.onnx").write_bytes(content[:cut])
        try:
            assert external_weights(tmp_path / "cut.onnx") == {}
        except ValueError as error:
            assert "cut.onnx is not a model that onnxruntime can run: it " in str(error)


# Files


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_finished_file_is_returned_without_running_anything(tmp_path):
    model = conv_net(tmp_path / "net.onnx")
    seen = []
    path = encode(
        model, PICTURES, Pictures(), tmp_path / "f", batch=10, progress=lambda *x: seen.append(x)
    )
    assert seen == [(10, 23), (20, 23), (23, 23)]
    before = files(tmp_path / "f")
    assert sorted(before) == [f"{path.stem}{end}" for end in (".ids.npy", ".json", ".npy")]
    assert (
        encode(model, PICTURES, Pictures(), tmp_path / "f", batch=7, progress=seen.append) == path
    )
    assert len(seen) == 3 and files(tmp_path / "f") == before
    about = json.loads(before[f"{path.stem}.json"])
    assert about["rows"] == 23 and about["model"] == "net.onnx" and about["batch"] == 10


def test_the_key_is_made_of_data_model_and_preprocessing(tmp_path):
    one, two = conv_net(tmp_path / "net.onnx"), conv_net(tmp_path / "two.onnx", rows="b")
    other = from_arrays("faces", PIXELS[::-1], np.arange(23), PICTURES.ids)
    renamed = from_arrays("faces", PIXELS, np.arange(23))
    folder = tmp_path / "f"
    paths = [
        encode(one, PICTURES, Pictures(), folder),
        encode(two, PICTURES, Pictures(), folder, name="net"),
        encode(one, other, Pictures(), folder),
        encode(one, renamed, Pictures(), folder),
        encode(one, PICTURES, Pictures(mean=(0.1,)), folder),
        encode(one, PICTURES, Pictures(), folder, output="features"),
    ]
    assert len(set(paths)) == 6 and all(path.name.startswith("net-") for path in paths)
    moved = tmp_path / "moved.onnx"
    moved.write_bytes(one.read_bytes())
    assert encode(moved, PICTURES, Pictures(), folder, name="net") == paths[0]


def test_labels_do_not_change_the_key(tmp_path):
    model = conv_net(tmp_path / "net.onnx")
    other = from_arrays("faces", PIXELS, np.ones(23), PICTURES.ids)
    assert encode(model, PICTURES, Pictures(), tmp_path) == encode(
        model, other, Pictures(), tmp_path
    )


@pytest.mark.parametrize("threads", [1, 2])
def test_two_runs_give_the_same_bytes(tmp_path, threads):
    model = conv_net(tmp_path / "net.onnx")
    one, two = (
        encode(model, PICTURES, Pictures(), tmp_path / name, batch=4, threads=threads)
        for name in "ab"
    )
    assert one.read_bytes() == two.read_bytes()


def test_features_meet_the_labels_by_id(tmp_path):
    weak, strong = conv_net(tmp_path / "weak.onnx"), conv_net(tmp_path / "strong.onnx", rows="b")
    folder = tmp_path / "faces"
    order = RNG.permutation(23)
    mixed = from_arrays("faces", PIXELS[order], order, PICTURES.ids[order])
    encode(weak, PICTURES, Pictures(), folder)
    encode(strong, mixed, Pictures(), folder)
    save_labels(folder, PICTURES.ids, PICTURES.labels)
    data = load_features(folder, "weak", "strong")
    assert data.ids.tolist() == PICTURES.ids.tolist()
    # The same network on the same pictures, in blocks of other neighbours.
    np.testing.assert_allclose(data.weak, data.strong, rtol=1e-6)


# Killed, damaged, full


CHILD = textwrap.dedent("""
    import sys, time
    import numpy as np
    from w2s.practice.data.encoders import Pictures, encode
    from w2s.practice.data.raw_formats import from_arrays
    pixels = np.random.default_rng(5).integers(0, 256, (40, 9, 7, 3), dtype=np.uint8)
    data = from_arrays("faces", pixels, np.arange(40))
    def progress(done, rows):
        print(done, flush=True)
        time.sleep(float(sys.argv[3]))
    encode(sys.argv[1], data, Pictures(), sys.argv[2], batch=4, progress=progress)
""")


def child(model, folder, pause, **options):
    arguments = [sys.executable, "-c", CHILD, str(model), str(folder), str(pause)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, **options)


def test_a_run_killed_twice_continues_to_the_same_bytes(tmp_path):
    model = conv_net(tmp_path / "net.onnx")
    whole = tmp_path / "whole"
    with child(model, whole, 0) as process:
        assert process.stdout.read().split() == [str(k) for k in range(4, 41, 4)]
    first = []
    for _ in range(2):
        with child(model, tmp_path / "killed", 60) as process:
            first.append(int(process.stdout.readline()))
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
        names = {path.name.split(".", 1)[1] for path in (tmp_path / "killed").iterdir()}
        # Nothing that load_features would take; the lock of a dead process holds nobody up.
        assert names == {"npy.lock", "npy.part", "progress.json"}
    with child(model, tmp_path / "killed", 0) as process:
        rest = [int(line) for line in process.stdout]
    assert first == [4, 8] and rest == list(range(12, 41, 4))  # no block is done twice
    assert process.returncode == 0
    assert files(tmp_path / "killed") == files(whole)


class Stopped(Exception):
    """Raised by a progress function, in place of a kill."""


def stop_after(rows):
    def progress(done, _):
        if done >= rows:
            raise Stopped

    return progress


@pytest.fixture
def begun(tmp_path):
    """A run of 23 rows that stopped after 10, and the bytes of a whole one."""
    model = conv_net(tmp_path / "net.onnx")
    whole = files(encode(model, PICTURES, Pictures(), tmp_path / "whole", batch=5).parent)
    with pytest.raises(Stopped):
        encode(model, PICTURES, Pictures(), tmp_path / "f", batch=5, progress=stop_after(10))
    return model, tmp_path / "f", whole


def again(model, folder, **options):
    seen = []
    encode(model, PICTURES, Pictures(), folder, **{"batch": 5} | options,
           progress=lambda done, _: seen.append(done))  # fmt: skip
    return seen


def test_a_stopped_run_continues(begun):
    model, folder, whole = begun
    assert again(model, folder) == [15, 20, 23]
    assert files(folder) == whole


def flip_a_byte(part, marker):
    content = bytearray(part.read_bytes())
    content[128 + 17] ^= 1
    part.write_bytes(content)


def claim_more(part, marker):
    marker.write_text(marker.read_text().replace('"done": 10', '"done": 15'))


@pytest.mark.parametrize(
    "damage",
    [
        flip_a_byte,
        claim_more,
        lambda part, marker: part.write_bytes(part.read_bytes()[:200]),
        lambda part, marker: part.unlink(),
        lambda part, marker: part.write_bytes(b"x" + part.read_bytes()[1:]),
        lambda part, marker: marker.unlink(),
        lambda part, marker: marker.write_text(""),
        lambda part, marker: marker.write_text("[1]"),
        lambda part, marker: marker.write_bytes(b"\xff"),
        lambda part, marker: marker.write_text(marker.read_text()[:-9]),
        lambda part, marker: marker.write_text(marker.read_text().replace('"<f4"', '"O"')),
    ],
)
def test_a_partial_file_that_cannot_be_believed_is_begun_anew(begun, damage):
    model, folder, whole = begun
    damage(*sorted(folder.iterdir()))
    assert again(model, folder) == [5, 10, 15, 20, 23]
    assert files(folder) == whole


def test_rows_beyond_the_marker_are_made_again(begun):
    model, folder, whole = begun
    part = next(folder.glob("*.part"))
    content = bytearray(part.read_bytes())
    content[128 + 10 * 16 :] = b"\xff" * (len(content) - 128 - 10 * 16)  # torn by a power cut
    part.write_bytes(content)
    assert again(model, folder) == [15, 20, 23]
    assert files(folder) == whole


def test_other_settings_do_not_mix_with_the_rows_of_before(begun):
    model, folder, whole = begun
    assert again(model, folder, batch=6) == [6, 12, 18, 23]
    assert sorted(files(folder)) == sorted(whole)


def test_a_finished_file_that_was_damaged_is_named(begun):
    model, folder, _ = begun
    again(model, folder)
    path = next(folder.glob("net-*[0-9a-f].npy"))
    content = path.read_bytes()
    for damage in (content[:-1], content[:50], b"", b"x" + content):
        path.write_bytes(damage)
        with pytest.raises(ValueError, match=r"net-.*npy is damaged .*: remove it to make it anew"):
            again(model, folder)
    path.write_bytes(content)
    path.with_name(f"{path.stem}.ids.npy").unlink()
    with pytest.raises(ValueError, match=r"is damaged .*ids.npy"):
        again(model, folder)


def test_two_processes_do_not_write_the_same_file(tmp_path):
    model = conv_net(tmp_path / "net.onnx")
    seen = []

    def second(done, rows):
        with pytest.raises(ValueError, match=r"another process is writing .*npy.part"):
            encode(model, PICTURES, Pictures(), tmp_path / "f", batch=10)
        seen.append(done)

    encode(model, PICTURES, Pictures(), tmp_path / "f", batch=10, progress=second)
    assert seen == [10, 20, 23]


def test_a_disk_that_is_full_from_the_start_leaves_nothing(tmp_path, monkeypatch):
    model = conv_net(tmp_path / "net.onnx")

    def full(handle, start, size):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(OSError, match=r"no space left to write .*npy; nothing is left of it"):
        encode(model, PICTURES, Pictures(), tmp_path / "f")
    assert files(tmp_path / "f") == {}


# Each of the five blocks is flushed, then its marker; the ids come last.
@pytest.mark.parametrize(
    ("call", "left"), [(5, [15, 20, 23]), (6, [15, 20, 23]), (7, [20, 23]), (11, [])]
)
def test_a_disk_that_fills_up_leaves_only_what_is_true(tmp_path, monkeypatch, call, left):
    model = conv_net(tmp_path / "net.onnx")
    whole = files(encode(model, PICTURES, Pictures(), tmp_path / "whole", batch=5).parent)
    flushed = []
    real = os.fsync

    def full(handle):
        flushed.append(handle)
        if len(flushed) == call:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"no space left to write .*npy; its first \d+ rows are kept"):
        again(model, tmp_path / "f")
    monkeypatch.setattr(os, "fsync", real)
    names = {path.name.split(".", 1)[1] for path in (tmp_path / "f").iterdir()}
    assert names == {"npy.part", "progress.json"}
    assert again(model, tmp_path / "f") == left
    assert files(tmp_path / "f") == whole


def test_a_real_limit_on_the_size_of_files_is_told(tmp_path):
    model = conv_net(tmp_path / "net.onnx")

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))

    with child(model, tmp_path / "f", 0, preexec_fn=limited, stderr=subprocess.PIPE) as process:
        _, said = process.communicate()
    assert process.returncode == 1
    assert "no space left to write" in said.splitlines()[-1]
    assert files(tmp_path / "f") == {}


def test_a_disk_without_room_is_said_before_the_start(tmp_path, monkeypatch):
    model, free = conv_net(tmp_path / "net.onnx"), [0]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(0, 0, free[0]))
    need = 23 * 4 * 4 + 23 * 6 * 4  # four numbers and six letters a row, four bytes each
    free[0] = need - 1
    seen = []
    with pytest.raises(
        OSError, match=r"too little room for .*npy: 920 bytes are needed, 919 bytes"
    ):
        encode(model, PICTURES, Pictures(), tmp_path / "f", progress=lambda *x: seen.append(x))
    assert not seen and files(tmp_path / "f") == {}
    free[0] = need
    assert encode(model, PICTURES, Pictures(), tmp_path / "f").is_file()


def test_an_unfinished_file_is_room_for_its_own_rest(begun, monkeypatch):
    model, folder, whole = begun
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(0, 0, 0))
    assert again(model, folder) == [15, 20, 23]
    assert files(folder) == whole


def test_a_model_that_declares_no_width_is_asked_by_its_first_block(tmp_path, monkeypatch):
    nodes = [helper.make_node("Flatten", ["x"], ["features"])]
    inputs = [("x", TensorProto.FLOAT, ["rows", 3, "h", "w"])]
    model = save(
        tmp_path / "net.onnx", nodes, inputs, [("features", TensorProto.FLOAT, ["rows", "d"])]
    )
    assert OnnxModel(model).row_bytes is None
    assert OnnxModel(conv_net(tmp_path / "four.onnx")).row_bytes == 16
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(0, 0, 10**4))
    # 23 rows of 9 x 7 x 3 numbers of four bytes, and the ids.
    with pytest.raises(OSError, match=r"too little room"):
        encode(model, PICTURES, Pictures(), tmp_path / "f")
    assert files(tmp_path / "f") == {}
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(0, 0, 10**5))
    assert encode(model, PICTURES, Pictures(), tmp_path / "f").is_file()


# Several blocks at a time


@pytest.mark.parametrize("workers", [2, 3, 8])
def test_the_bytes_do_not_depend_on_the_number_of_workers(tmp_path, workers):
    model = conv_net(tmp_path / "net.onnx")
    one, many = (
        encode(model, PICTURES, Pictures(), tmp_path / str(k), batch=3, workers=k).parent
        for k in (1, workers)
    )
    assert files(one) == files(many)


@pytest.mark.parametrize("rows", [5, 10, 15, 20])
def test_a_run_of_several_workers_that_stops_continues_to_the_same_bytes(begun, tmp_path, rows):
    model, _, whole = begun
    with pytest.raises(Stopped):
        encode(model, PICTURES, Pictures(), tmp_path / "w", batch=5, workers=2,
               progress=stop_after(rows))  # fmt: skip
    assert not [one for one in threading.enumerate() if one.name.startswith("in_order")]
    assert again(model, tmp_path / "w", workers=3) == [k for k in (10, 15, 20, 23) if k > rows]
    assert files(tmp_path / "w") == whole


def test_blocks_are_computed_at_the_same_time_and_given_in_order():
    both = threading.Barrier(2, timeout=30)

    def work(task):
        both.wait()  # nobody passes alone
        time.sleep(0.02 * (task % 2 == 0))  # the later of two is ready first
        return task

    assert list(in_order(work, range(8), workers=2)) == list(range(8))


def test_no_more_tasks_are_taken_than_one_beyond_the_workers():
    taken = []
    results = in_order(abs, (taken.append(k) or k for k in range(10)), workers=2)
    assert next(results) == 0 and taken == [0, 1, 2]
    results.close()
    assert taken == [0, 1, 2]


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_what_is_wrong_first_is_said_first_and_names_its_input(tmp_path, workers):
    pixels = np.zeros((12, 2, 2), dtype=np.uint8)
    pixels[7] = pixels[10] = 255
    model = linear(tmp_path / "net.onnx", np.array([[1.0, 3e38]] * 4))
    given = from_arrays("grey", pixels, np.zeros(12))

    def read(start, stop):
        if start >= 8:
            raise ValueError("the rest is gone")
        return given.read(start, stop)

    for data, message in (
        (given, r"net.onnx gives inf for input 00007, feature 1 of grey"),
        (replace(given, read=read), r"gives inf for input 00007"),
    ):
        folder, done = tmp_path / data.digest[:4] / str(data is given), []
        with pytest.raises(ValueError, match=message):
            encode(model, data, Pictures(channels=1), folder, batch=2, workers=workers,
                   progress=lambda *x, done=done: done.append(x))  # fmt: skip
        assert done == [(2, 12), (4, 12), (6, 12)]  # what came before it is kept
    pixels[7] = 0
    whole = from_arrays("grey", pixels, np.zeros(12))
    with pytest.raises(ValueError, match=r"^grey, inputs 00008 to 00009: the rest is gone"):
        encode(model, replace(whole, read=read), Pictures(channels=1), tmp_path / "r", batch=2,
               workers=workers)  # fmt: skip


def test_features_that_are_not_finite_are_named_and_not_stored(tmp_path):
    weight = np.array([[1.0, 3e38]] * 4)
    pixels = np.zeros((12, 2, 2), dtype=np.uint8)
    pixels[7] = 255
    data = from_arrays("grey", pixels, np.zeros(12))
    model = linear(tmp_path / "net.onnx", weight)
    with pytest.raises(ValueError, match=r"net.onnx gives inf for input 00007, feature 1 of grey"):
        encode(model, data, Pictures(channels=1), tmp_path / "f", batch=5)
    assert not [path for path in (tmp_path / "f").iterdir() if path.suffix == ".npy"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch": 0}, "batch must be at least 1, got 0"),
        ({"threads": 0}, "threads must be at least 1, got 0"),
        ({"workers": 0}, "workers must be at least 1, got 0"),
        ({"name": "../x"}, "name must be usable in the name of a file"),
        ({"name": "a*"}, "name must be usable in the name of a file"),
    ],
)
def test_bad_options_are_named(tmp_path, options, message):
    model = conv_net(tmp_path / "net.onnx")
    with pytest.raises(ValueError, match=message):
        encode(model, PICTURES, Pictures(), tmp_path, **options)


def test_a_full_pass_holds_one_block_at_a_time(tmp_path):
    asked = []

    def read(start, stop):
        asked.append(stop - start)
        return list(PIXELS[start:stop])

    data = RawData("faces", PICTURES.ids, PICTURES.labels, read, "0")
    encode(conv_net(tmp_path / "net.onnx"), data, Pictures(), tmp_path, batch=6)
    assert asked == [6, 6, 6, 5]


def test_the_path_of_the_features_is_told(tmp_path):
    path = encode(conv_net(tmp_path / "net.onnx"), PICTURES, Pictures(), tmp_path)
    assert isinstance(path, Path) and path.is_file()
