"""Models in files; `models/` holds some that earlier versions have saved."""

import hashlib
import json
import os
import pickle
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io
from forging import draw_place
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skdeepnn import DeepNNClassifier, LogisticRegressionNN, load, save
from skdeepnn.files.container import HEAD
from skdeepnn.preprocessing import TabularEncoder
from skdeepnn.saving import (
    MAGIC,
    SKOPS_TRUSTED,
    VERSION,
    read_model,
    replacing,
    write_model,
)

MODELS = Path(__file__).parent / "models"
QUICK = {"random_state": 0, "max_iter": 3}

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def make_frame(n=300):
    rng = np.random.RandomState(0)
    days = pd.to_timedelta(rng.randint(0, 700, n), unit="D")
    frame = pd.DataFrame(
        {
            "number": np.where(rng.rand(n) < 0.1, np.nan, rng.randn(n)),
            "flag": rng.rand(n) > 0.5,
            "city": rng.choice(["rome", "oslo", None], n),
            "day": pd.Timestamp("2024-01-01") + days,
            "text": [
                f"{w} street {i}" for i, w in enumerate(rng.choice(["a", "b"], n))
            ],
            "price": [f"1,{i:03d}.5" for i in range(n)],
            "group": pd.Categorical(rng.choice([1, 2, 3], n)),
        }
    )
    return frame, np.where(frame.text.str.startswith("a"), "yes", "no")


def fits():
    X, y = load_iris(return_X_y=True)
    Y = np.stack([y == 0, y > 1], axis=1).astype(int)
    frame, label = make_frame()
    yield "frame", DeepNNClassifier(**QUICK).fit(frame, label), frame
    yield "weights", DeepNNClassifier(**QUICK).fit(X, y, sample_weight=y + 1.0), X
    yield "labels", DeepNNClassifier(**QUICK).fit(X, Y), X
    sparse = csr_array(X)
    yield "sparse", DeepNNClassifier(**QUICK).fit(sparse, csr_array(Y)), sparse
    plain = DeepNNClassifier(
        (3, 2), activation=["tanh", "relu"], solver="adam", preprocess=None, **QUICK
    )
    yield "plain", plain.fit(X, y), X
    generator = np.random.RandomState(3)
    yield "rng", DeepNNClassifier(max_iter=2, random_state=generator).fit(X, y), X
    yield (
        "weight_dict",
        DeepNNClassifier(class_weight={0: 2, 1: 1, 2: 0.5}, **QUICK).fit(X, y),
        X,
    )
    yield "logistic", LogisticRegressionNN().fit(X, y), X
    yield "stream", DeepNNClassifier(**QUICK).partial_fit(X, y, classes=[0, 1, 2]), X


@pytest.mark.parametrize("name", [name for name, *_ in fits()])
def test_what_is_loaded_is_what_was_saved(name, tmp_path):
    (_, clf, X), *_ = (fit for fit in fits() if fit[0] == name)
    save(clf, tmp_path / "model")
    loaded = load(tmp_path / "model")
    assert type(loaded) is type(clf)
    np.testing.assert_array_equal(loaded.predict_proba(X), clf.predict_proba(X))
    assert type(loaded.predict(X)) is type(clf.predict(X))
    if name != "rng":  # whose repr is an address
        assert loaded.get_params() == clf.get_params()
    assert loaded.loss_curve_ == clf.loss_curve_
    assert str(loaded.network_) == str(clf.network_)
    assert hasattr(loaded, "oof_score_") == hasattr(clf, "oof_score_")
    if hasattr(clf, "oof_score_"):
        assert loaded.score_report() == clf.score_report()
    if hasattr(clf, "columns_"):
        pd.testing.assert_frame_equal(
            pd.DataFrame(loaded.columns_), pd.DataFrame(clf.columns_)
        )


def test_encoders_are_saved_too(tmp_path):
    frame, label = make_frame()
    encoder = TabularEncoder(views="auto").fit(frame, label)
    save(encoder, tmp_path / "encoder")
    loaded = load(tmp_path / "encoder")
    np.testing.assert_array_equal(loaded.transform(frame), encoder.transform(frame))


def test_training_goes_on_from_a_file(tmp_path):
    X, y = load_iris(return_X_y=True)
    clf = DeepNNClassifier(**QUICK, warm_start=True).fit(X, y)
    save(clf, tmp_path / "model")
    again = load(tmp_path / "model").fit(X, y)
    twin = pickle.loads(pickle.dumps(clf)).fit(X, y)
    np.testing.assert_array_equal(again.predict_proba(X), twin.predict_proba(X))


def test_another_process_loads_it(tmp_path):
    X, y = load_iris(return_X_y=True)
    clf = DeepNNClassifier(**QUICK).fit(X, y)
    save(clf, tmp_path / "model")
    code = (
        "import sys, skdeepnn; from sklearn.datasets import load_iris;"
        "print(skdeepnn.load(sys.argv[1]).predict(load_iris().data).sum())"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "model")]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert int(out) == clf.predict(X).sum()


@pytest.mark.parametrize(
    "path", sorted(MODELS.glob("*.skdeepnn")), ids=lambda p: p.name
)
def test_models_of_earlier_versions_are_read(path):
    clf = load(path)
    X = np.linspace(-2, 2, 15).reshape(5, 3)
    frame = pd.DataFrame(X, columns=["a", "b", "c"]).assign(d=list("uvuvw"))
    expected = json.loads(path.with_suffix(".json").read_text())
    np.testing.assert_allclose(clf.predict_proba(frame), expected, atol=1e-5)


def test_there_is_a_model_of_this_format():
    assert (MODELS / f"format-{VERSION}.skdeepnn").is_file()


def test_the_same_model_is_the_same_bytes_as_ever(tmp_path):
    path = MODELS / f"format-{VERSION}.skdeepnn"
    save(load(path), tmp_path / "model")
    assert (tmp_path / "model").read_bytes() == path.read_bytes()


def test_plain_data_about_a_model_comes_back(saved, tmp_path):
    path = tmp_path / "model"
    path.write_bytes(saved)
    clf, about = read_model(path)
    assert about is None
    about = {
        "text": "é",
        "numbers": [1, 0.5, float("inf"), None, True],
        "inner": {"tuple": (1, 2), "rows": [{"name": "a"}]},
        "values": np.arange(6.0).reshape(2, 3),
        "names": np.array(["a", None], dtype=object),
    }
    write_model(clf, path, about)
    again, found = read_model(path)
    np.testing.assert_array_equal(found.pop("values"), about.pop("values"))
    np.testing.assert_array_equal(found.pop("names"), about.pop("names"))
    assert found == about
    assert load(path).get_params() == again.get_params() == clf.get_params()
    with pytest.raises(TypeError, match=r"^about\.code is <"):
        write_model(clf, path, {"code": print})
    assert read_model(path)[1]["text"] == "é"


@pytest.mark.parametrize("about", [[], 1, {"of": "Levels", "dict": []}, {"no": 1}])
def test_about_is_a_dict_or_the_file_is_refused(about, saved, tmp_path):
    body = saved[:-32]
    size = HEAD.unpack(body[: HEAD.size])[2]
    tree = json.loads(body[HEAD.size : HEAD.size + size]) | {"about": about}
    described = json.dumps(tree).encode()
    rest = body[HEAD.size + size :]
    head = HEAD.pack(MAGIC, VERSION, len(described))
    (tmp_path / "model").write_bytes(sealed(head + described + rest))
    with pytest.raises(ValueError, match="does not hold a model"):
        load(tmp_path / "model")


def test_replacing_is_all_or_nothing(tmp_path):
    path = tmp_path / "file"
    with replacing(path) as file:
        file.write(b"first")

    def interrupted():
        with replacing(path) as file:
            file.write(b"second")
            raise KeyboardInterrupt

    pytest.raises(KeyboardInterrupt, interrupted)
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [b"first"]
    (tmp_path / "link").symlink_to(path)
    with replacing(tmp_path / "link") as file:
        file.write(b"third")
    assert path.read_bytes() == b"third"
    assert (tmp_path / "link").is_symlink()
    with replacing("/dev/null") as file:
        file.write(b"nowhere")
    assert not Path("/dev/null").is_file()


@pytest.mark.parametrize(
    ("clf", "where"),
    [
        (DeepNNClassifier(learning_rate=lambda progress: 1.0), "learning_rate"),
        (DeepNNClassifier(weight_init=np.ones), "weight_init"),
    ],
)
def test_functions_cannot_be_saved(clf, where, tmp_path):
    with pytest.raises(TypeError, match=rf"^DeepNNClassifier\.{where} is <"):
        save(clf, tmp_path / "model")
    assert not list(tmp_path.iterdir())


def test_other_estimators_cannot_be_saved(tmp_path):
    with pytest.raises(TypeError, match="not LogisticRegression"):
        save(LogisticRegression(), tmp_path / "model")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    X, y = load_iris(return_X_y=True)
    path = tmp_path_factory.mktemp("saved") / "model"
    save(DeepNNClassifier((2,), n_members=2, **QUICK).fit(X, y), path)
    return path.read_bytes()


def sealed(body):
    return body + hashlib.sha256(body).digest()


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_damaged_files_are_refused_by_name(saved, data, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "damaged"
    position = data.draw(st.integers(0, len(saved) - 1))
    if data.draw(st.booleans()):
        content = saved[:position]
    else:
        flipped = bytes([saved[position] ^ data.draw(st.integers(1, 255))])
        content = saved[:position] + flipped + saved[position + 1 :]
    path.write_bytes(content)
    with pytest.raises(ValueError, match="damaged"):
        load(path)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_forged_descriptions_are_an_error_or_a_model(saved, data, tmp_path_factory):
    """Whoever forges a file can seal it, too: its description is not trusted either."""
    path = tmp_path_factory.getbasetemp() / "forged"
    size = HEAD.unpack(saved[: HEAD.size])[2]
    described = json.loads(saved[HEAD.size : HEAD.size + size])
    node = described
    node, key = draw_place(data, node)
    node[key] = data.draw(
        st.none()
        | st.integers()
        | st.text(max_size=8)
        | st.sampled_from(
            ["os.system", {"of": "Popen", "dict": []}, [], {}, {"array": 9**9}]
        )
    )
    text = json.dumps(described).encode()
    arrays = saved[HEAD.size + size : -32]
    path.write_bytes(sealed(HEAD.pack(MAGIC, VERSION, len(text)) + text + arrays))
    found = message = None
    try:
        found = load(path)
    except ValueError as error:
        message = str(error)
    assert isinstance(found, DeepNNClassifier) or str(path) in message


def test_other_files_are_refused_by_name(saved, tmp_path):
    path = tmp_path / "model"
    path.write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(ValueError, match="no model of skdeepnn.*no pickles"):
        load(path)
    later = HEAD.pack(MAGIC, VERSION + 1, 0)
    path.write_bytes(sealed(later))
    with pytest.raises(ValueError, match=f"format {VERSION + 1}.*up to {VERSION}"):
        load(path)
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "nothing")


def test_a_failed_save_leaves_the_file_before(saved, tmp_path, monkeypatch):
    path = tmp_path / "model"
    path.write_bytes(saved)

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save(LogisticRegressionNN(), path)
    assert path.read_bytes() == saved
    assert [p.name for p in tmp_path.iterdir()] == ["model"]


def test_saved_files_have_the_usual_permissions(tmp_path):
    (tmp_path / "usual").touch()
    save(LogisticRegressionNN(), tmp_path / "model")
    assert (tmp_path / "model").stat().st_mode == (tmp_path / "usual").stat().st_mode


def skops_fits():
    yield from fits()
    frame, label = make_frame()
    encoder = TabularEncoder(views="auto").fit(frame, label)
    yield "encoder", encoder, frame
    X, y = load_iris(return_X_y=True)
    for solver in ("sgd", "adam", "adamw"):
        clf = DeepNNClassifier((4,), solver=solver, dropout=0.1, **QUICK)
        clf = clf.set_params(learning_rate="adaptive", warm_start=True)
        yield f"on_with_{solver}", clf.fit(X, y), X
    pipeline = make_pipeline(TabularEncoder(), LogisticRegressionNN())
    yield "pipeline", pipeline.fit(frame, label), frame


def test_skops_loads_what_it_dumped_and_trusts_our_types_alone():
    for name, model, X in skops_fits():
        dumped = skops.io.dumps(model)
        found = set(skops.io.get_untrusted_types(data=dumped))
        assert found <= set(SKOPS_TRUSTED), name
        loaded = skops.io.loads(dumped, trusted=SKOPS_TRUSTED)
        method = "transform" if name == "encoder" else "predict_proba"
        results = (getattr(m, method)(X) for m in (loaded, model))
        np.testing.assert_array_equal(*results, err_msg=name)


@pytest.mark.parametrize("solver", ["sgd", "adam", "adamw"])
def test_training_goes_on_from_what_skops_loaded_as_if_nothing_had_been(solver):
    X, y = load_iris(return_X_y=True)
    clf = DeepNNClassifier((4,), solver=solver, dropout=0.1, **QUICK)
    clf.partial_fit(X, y, classes=[0, 1, 2])
    loaded = skops.io.loads(skops.io.dumps(clf), trusted=SKOPS_TRUSTED)
    for model in (clf, loaded):
        model.partial_fit(X, y)
    np.testing.assert_array_equal(loaded.predict_proba(X), clf.predict_proba(X))
    assert loaded.loss_curve_ == clf.loss_curve_


def test_every_type_that_skops_is_to_trust_is_one():
    for name in SKOPS_TRUSTED:
        module, _, of_class = name.rpartition(".")
        assert isinstance(getattr(import_module(module), of_class), type)
