"""Networks to PyTorch and back; tested where PyTorch is installed."""

import sys

import numpy as np
import pandas as pd
import pytest
from like_mlp import like_mlp
from sklearn.exceptions import NotFittedError

from skdeepnn import DeepNNClassifier, LogisticRegressionNN
from skdeepnn.nn.activations import ACTIVATIONS, Activation

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

NAMES = sorted(ACTIVATIONS)


def fitted(digits, sizes=(9, 7), n_classes=10, **settings):
    X, y = digits[0][:300], digits[1][:300] % n_classes
    settings = {"max_iter": 3, "random_state": 0, "dtype": "float64"} | settings
    return like_mlp(sizes, **settings).fit(X, y)


def test_state_dict_needs_no_torch(digits):
    clf = fitted(digits)
    params = clf.state_dict()
    assert list(params) == [f"{i}.{of}" for i in (0, 2, 4) for of in ("weight", "bias")]
    for i in range(3):
        np.testing.assert_array_equal(params[f"{2 * i}.weight"].T, clf.coefs_[i])
        np.testing.assert_array_equal(params[f"{2 * i}.bias"], clf.intercepts_[i])
        assert not np.shares_memory(params[f"{2 * i}.bias"], clf.intercepts_[i])
    # Forward, as the textbooks have it
    out = digits[0]
    for i in range(3):
        out = out @ params[f"{2 * i}.weight"].T + params[f"{2 * i}.bias"]
        out = np.maximum(out, 0) if i < 2 else out
    np.testing.assert_allclose(out, clf.decision_function(digits[0]), rtol=1e-9)


def test_state_dict_of_a_network_without_fit_is_refused():
    with pytest.raises(NotFittedError):
        DeepNNClassifier().state_dict()


def test_without_torch_the_error_says_what_to_install(digits, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    clf = fitted(digits)
    for call in (clf.to_torch, lambda: DeepNNClassifier.from_torch(None)):
        with pytest.raises(ImportError, match=r'pip install "skdeepnn\[torch\]"'):
            call()


@pytest.fixture(scope="session")
def torch():
    return pytest.importorskip("torch", reason="tested where PyTorch is installed")


def logits_of(module, X):
    dtype = next(module.parameters()).detach().numpy().dtype
    return module(_tensor(X.astype(dtype))).detach().numpy()


def _tensor(X):
    import torch

    return torch.from_numpy(X)


def check_same_logits(clf, module, X, rtol=1e-9, atol=1e-9):
    actual = clf.decision_function(X)
    expected = logits_of(module, X)
    expected = expected[:, 0] if actual.ndim == 1 else expected
    assert actual.dtype == expected.dtype
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=atol)


@pytest.mark.parametrize("activation", [*NAMES, ["mish", "tanh"]], ids=str)
@pytest.mark.parametrize("n_classes", [2, 10])
def test_there_and_back(torch, digits, activation, n_classes):
    clf = fitted(digits, activation=activation, n_classes=n_classes)
    module = clf.to_torch()
    check_same_logits(clf, module, 5 * digits[0])
    assert module.state_dict().keys() == clf.state_dict().keys()
    back = DeepNNClassifier.from_torch(module, clf.classes_)
    np.testing.assert_array_equal(
        back.predict_proba(digits[0]), clf.predict_proba(digits[0])
    )
    assert back.activation == "logistic" if activation == "sigmoid" else activation
    params = {"warm_start": True, "max_iter": 2, "n_members": 1, "random_state": 0}
    back.set_params(**params).fit(*digits_of(digits, n_classes))
    assert len(back.loss_curve_) <= 2
    assert not hasattr(back, "oof_score_")  # it may have been trained on these rows


def digits_of(digits, n_classes):
    return digits[0], digits[1] % n_classes


@pytest.mark.parametrize("n_members", [1, 3])
def test_float32_and_members(torch, digits, n_members):
    clf = fitted(digits, dtype="float32", n_members=n_members)
    X = digits[0].astype("float32")
    check_same_logits(clf, clf.to_torch(), X, rtol=1e-5, atol=1e-5)
    assert DeepNNClassifier.from_torch(clf.to_torch(), range(10)).dtype == "float32"


def test_default_behind_its_encoder(torch):
    rng = np.random.RandomState(0)
    frame = pd.DataFrame({"a": rng.randn(320), "b": rng.choice(["x", "y", "z"], 320)})
    y = (frame.a > 0) ^ (frame.b == "x")
    clf = DeepNNClassifier(random_state=0, max_iter=4, dtype="float64").fit(frame, y)
    columns = clf.encoder_.transform(frame)
    logits = logits_of(clf.to_torch(), columns)[:, 0]
    np.testing.assert_allclose(logits, clf.decision_function(frame), rtol=1e-9)


def test_logistic_regression_and_no_hidden_layer(torch, digits):
    for clf in (LogisticRegressionNN(max_iter=5), like_mlp((), dtype="float64")):
        clf.fit(*digits)
        assert len(clf.to_torch()) == 1
        check_same_logits(clf, clf.to_torch(), digits[0])
    back = DeepNNClassifier.from_torch(clf.to_torch(), range(10))
    check_same_logits(back, clf.to_torch(), digits[0])


def test_without_intercepts_and_with_dropout(torch, digits):
    nn = torch.nn
    module = nn.Sequential(
        nn.Sequential(nn.Linear(64, 8, bias=False), nn.ReLU(inplace=True)),
        nn.Dropout(0.25),
        nn.Linear(8, 10, bias=False),
    ).eval()
    clf = DeepNNClassifier.from_torch(module, range(10))
    X = digits[0].astype("float32")
    check_same_logits(clf, module, X, rtol=1e-5, atol=1e-6)
    assert not clf.fit_intercept
    assert clf.dropout == 0.25
    clf.set_params(max_iter=1, warm_start=True, random_state=0).fit(*digits)
    assert clf.network_.dropout == 0.25


def test_two_logits_of_a_softmax(torch, digits):
    module = torch.nn.Sequential(torch.nn.Linear(64, 2)).double()
    clf = DeepNNClassifier.from_torch(module, ["no", "yes"])
    proba = torch.softmax(module(_tensor(digits[0])), dim=1).detach().numpy()
    np.testing.assert_allclose(clf.predict_proba(digits[0]), proba, rtol=1e-9)
    assert set(clf.predict(digits[0])) == {"no", "yes"}


def test_labels_that_do_not_exclude_each_other(torch, digits):
    module = torch.nn.Sequential(torch.nn.Linear(64, 2), torch.nn.ELU())[:1].double()
    clf = DeepNNClassifier.from_torch(module)
    proba = torch.sigmoid(module(_tensor(digits[0]))).detach().numpy()
    np.testing.assert_allclose(clf.predict_proba(digits[0]), proba, rtol=1e-9)
    assert clf.predict(digits[0]).shape == (len(digits[0]), 2)


def test_other_types_of_weights(torch, digits):
    module = torch.nn.Sequential(torch.nn.Linear(64, 10)).to(torch.bfloat16)
    clf = DeepNNClassifier.from_torch(module, range(10))
    assert clf.dtype == "float64"
    check_same_logits(clf, module.double(), digits[0])


REFUSED = {
    "no Sequential": (lambda nn: nn.Linear(2, 2), "Sequential, not a Linear"),
    "nothing": (lambda nn: nn.Sequential(), "no linear layer"),
    "softmax": (lambda nn: [nn.Linear(2, 2), nn.Softmax(1)], "There is no Softmax"),
    "sigmoid": (lambda nn: [nn.Linear(2, 2), nn.Sigmoid()], "ends with Sigmoid"),
    "slope": (
        lambda nn: [nn.Linear(2, 2), nn.LeakyReLU(0.2), nn.Linear(2, 2)],
        r"There is no LeakyReLU\(negative_slope=0.2\)",
    ),
    "exact GELU": (
        lambda nn: [nn.Linear(2, 2), nn.GELU(), nn.Linear(2, 2)],
        r"no GELU\(approximate='none'\).*GELU\(approximate='tanh'\)",
    ),
    "two activations": (
        lambda nn: [nn.Linear(2, 2), nn.ReLU(), nn.Tanh(), nn.Linear(2, 2)],
        "There is no Tanh",
    ),
    "activation first": (lambda nn: [nn.ReLU(), nn.Linear(2, 2)], "There is no ReLU"),
    "convolution": (lambda nn: [nn.Conv1d(2, 2, 1)], "There is no Conv1d"),
    "too many outputs": (lambda nn: [nn.Linear(2, 3)], "has 3 outputs.*must have 1"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_other_modules_are_refused(torch, name):
    make, message = REFUSED[name]
    module = make(torch.nn)
    if isinstance(module, list):
        module = torch.nn.Sequential(*module)
    with pytest.raises((ValueError, TypeError), match=message):
        DeepNNClassifier.from_torch(module, [0, 1])


def test_classes_must_be_told_and_sorted(torch):
    module = torch.nn.Sequential(torch.nn.Linear(2, 1))
    with pytest.raises(ValueError, match="name its two classes"):
        DeepNNClassifier.from_torch(module)
    with pytest.raises(ValueError, match="must be sorted"):
        DeepNNClassifier.from_torch(module, ["yes", "no"])


def test_an_activation_of_its_own_is_refused(torch, digits):
    mine = Activation("mine", ACTIVATIONS["relu"].value, lambda g, z, a, s: g)
    for activation in (mine, mine._replace(name="tanh")):
        with pytest.raises(ValueError, match=r"torch.nn has no Activation\("):
            fitted(digits, activation=activation).to_torch()
