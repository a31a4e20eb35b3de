"""Gradients in float64 against PyTorch's autograd: all activations, losses and options.

Nothing of ours is in what PyTorch is given but parameters, data and dropout's masks.
Run as a script, this prints the table of the largest relative differences:

    python tests/peers/test_torch_gradients.py
"""

import warnings
from itertools import product

import numpy as np
import pytest
from scipy.sparse import csr_array

from skdeepnn import DeepNNClassifier
from skdeepnn.compute.batches import Batches
from skdeepnn.nn.activations import ACTIVATIONS
from skdeepnn.nn.ensemble import Ensemble
from skdeepnn.nn.losses import LOSSES
from skdeepnn.nn.network import Network
from skdeepnn.nn.training import LearningRate, epochs

torch = pytest.importorskip("torch", reason="tested where PyTorch is installed")
F = torch.nn.functional

TOLERANCE = 1e-10

FUNCTIONS = {
    "identity": lambda z: z,
    "logistic": torch.sigmoid,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "selu": F.selu,
    "gelu": lambda z: F.gelu(z, approximate="tanh"),
    "silu": F.silu,
    "mish": F.mish,
    "softplus": lambda z: F.softplus(z, threshold=1000),
}
MIXED = ["tanh", "gelu"]  # one a layer


def losses_of_rows(name, logits, y):
    """The losses as PyTorch has them, summed up over outputs; ours halve squares."""
    kind, link = name
    if kind == "squared_error":
        proba = torch.sigmoid(logits) if link == "logistic" else logits.softmax(-1)
        return F.mse_loss(proba, y, reduction="none").sum(-1) / 2
    if link == "logistic":
        return F.binary_cross_entropy_with_logits(logits, y, reduction="none").sum(-1)
    classes_second = [array.movedim(-1, 1) for array in (logits, y)]
    return F.cross_entropy(*classes_second, reduction="none")


def autograd(
    layers, activations, loss, X, y, weight=None, alpha=0.0, masks=None, clip=None
):
    """Gradients for the coefficients and the intercepts of each layer.

    `layers` has these as arrays, with an axis of members in front for a stack.
    """
    leaves = [[torch.tensor(of, requires_grad=True) for of in pair] for pair in layers]
    a, y = torch.tensor(X), torch.tensor(y)
    for i, (coef, intercept) in enumerate(leaves):
        a = a @ coef + intercept[..., None, :]
        if i < len(activations):
            a = FUNCTIONS[activations[i]](a)
            a = a if masks is None else a * torch.tensor(masks[i])
    weight = np.ones(y.shape[:-1]) if weight is None else weight
    weight = torch.tensor(weight)
    value = (losses_of_rows(loss, a, y) * weight).sum(-1) / weight.sum(-1)
    squares = sum((coef**2).sum((-1, -2)) for coef, _ in leaves)
    (value + alpha / weight.sum(-1) / 2 * squares).sum().backward()
    gradients = [of.grad for pair in leaves for of in pair]
    if clip is not None:
        squares = [(g**2).flatten(X.ndim - 2).sum(-1) for g in gradients]
        factor = torch.clamp(clip / sum(squares).sqrt(), max=1)
        gradients = [g * factor.reshape(-1, *[1] * (g.ndim - 1)) for g in gradients]
        gradients = [
            g.reshape(of.shape)
            for g, of in zip(gradients, sum(leaves, []), strict=True)
        ]
    return [gradient.numpy() for gradient in gradients]


def relative_difference(actual, expected):
    """The largest of all arrays, each relative to its largest entry."""
    differences = []
    for one, other in zip(actual, expected, strict=True):
        size = np.abs(other).max()
        differences.append(np.abs(one - other).max() / (size if size > 0 else 1))
    return np.max(differences)  # NaN if one is


# --- the network, in the loop that trains it ------------------------------------------


class Look:
    """An optimizer that takes no step, and keeps what it was given for one."""

    def __init__(self, network):
        self.network = network

    def step(self, params, gradient, learning_rate):
        layers, caches = self.network.layers, self.network._batch.caches
        self.masks = [cache.mask.copy() for cache in caches[:-1] if cache.drops]
        pairs = [(layer.coef_gradient, layer.intercept_gradient) for layer in layers]
        self.gradients = [np.array(of) for pair in pairs for of in pair]


OPTIONS = {
    "nothing": {},
    "no hidden layer": {"hidden": []},
    "one output": {"n_outputs": 1},
    "no intercepts": {"fit_intercept": False},
    "sample weights": {"weighted": True},
    "L2": {"alpha": 2.0},
    "targets between 0 and 1": {"smoothing": 0.2},
    "dropout": {"dropout": 0.4},
    "dropout, one each": {"dropout": [0.0, 0.6]},
    "clipped": {"clip": 1e-3},
    "clip that is too long": {"clip": 1e3},
    "sparse": {"sparse": True},
    "many rows": {"n_samples": 600},
    "stack": {"n_members": 3},
    "stack, clipped": {"n_members": 3, "clip": 0.3, "spread": True},
    "stack, dropout": {"n_members": 3, "dropout": 0.4},
    "stack, sparse": {"n_members": 3, "sparse": True},
    "ensemble": {"n_members": 2, "columns": [[0, 2, 3], [1, 4, 0]]},
    "all at once": {
        "n_members": 3,
        "columns": [[0, 2, 3], [1, 4, 0]],
        "weighted": True,
        "alpha": 2.0,
        "smoothing": 0.2,
        "dropout": 0.4,
        "clip": 0.05,
        "spread": True,
    },
}


def draw_batch(loss, n_samples, n_outputs, smoothing, weighted, sparse):
    rng = np.random.RandomState(0)
    X = rng.randn(n_samples, 5) * ((rng.rand(n_samples, 5) < 0.5) if sparse else 1)
    y, center = np.eye(n_outputs)[rng.randint(n_outputs, size=n_samples)], 1 / n_outputs
    if "logistic" in loss:
        y, center = rng.randint(2, size=y.shape).astype(float), 0.5
    weight = rng.randint(4, size=n_samples) + 0.5 if weighted else None
    return X, y + smoothing * (center - y), weight


def new_network(layer_sizes, activation, spread, **settings):
    network = Network(layer_sizes, activation, **settings)
    rngs = [np.random.RandomState(i) for i in range(network.n_members or 1)]
    network.initialize(
        rngs if network.n_members else rngs[0],
        "he_normal",
        lambda rng, fan_in, fan_out: rng.uniform(-1, 1, fan_out),
    )
    if spread:  # so that some members' gradients are clipped, and others' are not
        of_members = network.params.reshape(network.n_members, -1)
        of_members *= np.logspace(-3, 0, network.n_members)[:, np.newaxis]
    return network


def both_gradients(network, loss, batch, alpha, clip, sparse):
    """Those of our loop's first step, and PyTorch's of the same."""
    X, y, weight = batch
    look = Look(network)
    loop = epochs(
        network,
        LOSSES[loss],
        Batches(csr_array(X) if sparse else X, y, weight, len(X)),
        look,
        LearningRate(1.0),
        n_epochs=1,
        alpha=alpha,
        dropout_rng=np.random.default_rng(1),
        max_gradient_norm=clip,
    )
    next(loop)
    hidden, masks = network.layers[:-1], iter(look.masks)
    expected = autograd(
        [(np.array(of.coef), np.array(of.intercept)) for of in network.layers],
        [of.activation.name for of in hidden],
        loss,
        *for_members(network.n_members, X, y, weight),
        alpha=alpha,
        masks=[next(masks) if of.dropout else 1.0 for of in hidden],
        clip=clip,
    )
    if network.fit_intercept:
        return look.gradients, expected
    assert not any(intercept.any() for intercept in look.gradients[1::2])
    return look.gradients[::2], expected[::2]


def for_members(n_members, *arrays):
    """The same rows for each member of a stack."""
    members = () if n_members is None else (n_members,)
    return [
        None if of is None else np.broadcast_to(of, members + of.shape).copy()
        for of in arrays
    ]


def difference_of_networks(
    activation,
    loss,
    hidden=(5, 4),
    n_samples=8,
    n_outputs=3,
    smoothing=0.0,
    weighted=False,
    sparse=False,
    alpha=0.0,
    clip=None,
    columns=None,
    spread=False,
    **settings,
):
    """Largest relative difference of the gradient of a step with these options."""
    X, *rest = draw_batch(loss, n_samples, n_outputs, smoothing, weighted, sparse)
    columns = [np.array(of) for of in columns or [range(5)]]
    parts = [
        new_network([len(of), *hidden, n_outputs], activation, spread, **settings)
        for of in columns
    ]
    ensemble = Ensemble(parts, columns, ["a", "b"][: len(parts)])
    args = (alpha, clip, sparse)
    pairs = [
        both_gradients(part, loss, (data, *rest), *args)
        for part, data in zip(parts, ensemble.inputs(X), strict=True)
    ]
    gradients = np.concatenate([part.gradient for part in parts])
    np.testing.assert_array_equal(ensemble.gradient, gradients)
    return np.max([relative_difference(*pair) for pair in pairs])


def fitting(activation, loss, option):
    """The arguments for that option."""
    settings = OPTIONS[option]
    if settings.get("hidden") == [] and activation is MIXED:
        activation = []
    if settings.get("n_outputs") == 1:
        loss = (loss[0], "logistic")  # of a single output there is no softmax
    return {"activation": activation, "loss": loss} | settings


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("loss", LOSSES, ids="-".join)
@pytest.mark.parametrize("activation", [*ACTIVATIONS, MIXED], ids=str)
def test_network(activation, loss, option):
    settings = fitting(activation, loss, option)
    assert difference_of_networks(**settings) < TOLERANCE


# --- the estimators, whose plain step of descent tells the gradient -------------------

TARGETS = ["two classes", "four classes", "labels"]
FITS = {
    "nothing": {},
    "no intercepts": {"fit_intercept": False},
    "L2": {"alpha": 3.0},
    "squared error": {"loss": "squared_error"},
    "label smoothing": {"label_smoothing": 0.3},
    "label smoothing, squared error": {
        "label_smoothing": 0.3,
        "loss": "squared_error",
    },
    "clipped": {"max_gradient_norm": 1e-2},
    "class weights": {"class_weight": "given"},
    "balanced": {"class_weight": "balanced"},
    "stack": {"n_members": 3},
    "all at once": {
        "alpha": 3.0,
        "label_smoothing": 0.3,
        "max_gradient_norm": 0.5,
        "class_weight": "given",
        "n_members": 3,
    },
}


def draw_rows(kind):
    rng = np.random.RandomState(0)
    X = rng.randn(60, 6) * (rng.rand(60, 6) < 0.6)
    labels = {
        "two classes": rng.randint(2, size=60),
        "four classes": rng.choice(4, 60, p=[0.4, 0.3, 0.2, 0.1]),
        "labels": rng.randint(2, size=(60, 3)),
    }
    return X, labels[kind], rng.randint(4, size=60) + 0.25


def targets_of(kind, y, smoothing):
    """Probabilities of the labels, and what makes them of logits."""
    if kind == "four classes":
        return (1 - smoothing) * np.eye(4)[y] + smoothing / 4, "softmax"
    y = y.reshape(60, -1).astype(float)
    return (1 - smoothing) * y + smoothing / 2, "logistic"


def factors_of_classes(kind, y, weight, class_weight):
    """What each row's weight is multiplied with."""
    if class_weight is None:
        return np.ones(60)
    if kind == "labels":
        pairs = [{0: 1.0, 1: 2.0 + i} for i in range(3)]
        if class_weight == "balanced":
            sums = [[weight[of == v].sum() for v in (0, 1)] for of in y.T]
            pairs = [[weight.sum() / (2 * s) for s in pair] for pair in sums]
        return np.prod(
            [[pair[v] for v in of] for pair, of in zip(pairs, y.T, strict=True)], 0
        )
    if class_weight == "balanced":
        sums = np.bincount(y, weight)
        return (weight.sum() / (len(sums) * sums))[y]
    return np.array([1.0, 2.5, 0.5, 4.0])[y]


def given_class_weight(kind):
    if kind == "labels":
        return [{0: 1.0, 1: 2.0 + i} for i in range(3)]
    factors = {0: 1.0, 1: 2.5, 2: 0.5, 3: 4.0}
    return {c: factors[c] for c in range(2 if kind == "two classes" else 4)}


class Draw:
    """Initializes, and keeps what it has drawn."""

    def __init__(self):
        self.drawn = []

    def weight(self, rng, fan_in, fan_out):
        self.drawn.append(rng.uniform(-1, 1, (fan_in, fan_out)))
        return self.drawn[-1]

    def intercept(self, rng, fan_in, fan_out):
        self.drawn.append(rng.uniform(-1, 1, fan_out))
        return self.drawn[-1]

    def first(self, network):
        """Arrays of each layer, stacked for members."""
        each = len(self.drawn) // (network.n_members or 1)
        assert each == (1 + network.fit_intercept) * len(network.layers)
        if network.n_members is None:
            return self.drawn
        return [np.stack(self.drawn[i::each]) for i in range(each)]


def one_step(X, y, sample_weight, activation, **settings):
    """What an epoch of one batch begins with, ends with, and the network."""
    draw = Draw()
    clf = DeepNNClassifier(
        (5, 4),
        activation,
        solver="sgd",
        momentum=0.0,
        learning_rate_init=1.0,
        batch_size=60,
        max_iter=1,
        shuffle=False,
        dtype="float64",
        random_state=0,
        weight_init=draw.weight,
        intercept_init=draw.intercept,
        preprocess=None,
        **{"alpha": 0.0} | settings,
    )
    network = clf.fit(X, y, sample_weight=sample_weight).network_
    arrays = [(of.coef, of.intercept) for of in network.layers]
    return (
        draw.first(network),
        [np.array(of) for pair in arrays for of in pair],
        network,
    )


def difference_of_fits(kind, activation, weighted, sparse, **settings):
    """Largest relative difference of the step that one epoch of one batch takes."""
    X, y, weight = draw_rows(kind)
    weight = weight if weighted else np.ones(60)
    factors = factors_of_classes(kind, y, weight, settings.get("class_weight"))
    if settings.get("class_weight") == "given":
        settings["class_weight"] = given_class_weight(kind)
    rows, given = csr_array(X) if sparse else X, weight if weighted else None
    first, last, network = one_step(rows, y, given, activation, **settings)
    if not network.fit_intercept:
        assert not any(of.any() for of in last[1::2])
        last = last[::2]
    coefs, intercepts = first, [np.zeros_like(of.intercept) for of in network.layers]
    if network.fit_intercept:
        coefs, intercepts = first[::2], first[1::2]
    y, link = targets_of(kind, y, settings.get("label_smoothing", 0.0))
    expected = autograd(
        list(zip(coefs, intercepts, strict=True)),
        [activation] * (len(coefs) - 1),
        (settings.get("loss", "log_loss"), link),
        *for_members(network.n_members, X, y, weight * factors),
        alpha=settings.get("alpha", 0.0),
        clip=settings.get("max_gradient_norm"),
    )
    actual = [before - after for before, after in zip(first, last, strict=True)]
    return relative_difference(actual, expected[:: 2 - network.fit_intercept])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("option", FITS)
@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_fit(activation, kind, option):
    for rows in product([False, True], [False, True]):
        settings = FITS[option]
        assert difference_of_fits(kind, activation, *rows, **settings) < TOLERANCE, rows


# --- the table ------------------------------------------------------------------------


def print_table(title, rows, columns, difference):
    """Print the largest difference of each pair."""
    print(f"{title:32}" + "".join(f"{of:>25}" for of in map("-".join, columns)))
    for row in rows:
        cells = [f"{difference(row, column):25.1e}" for column in columns]
        print(f"{row!s:32}" + "".join(cells))
    print()


def main():
    def of_option(option, loss):
        names = [*ACTIVATIONS, MIXED]
        cases = [fitting(name, loss, option) for name in names]
        return max(difference_of_networks(**case) for case in cases)

    def of_activation(name, loss):
        cases = [fitting(name, loss, option) for option in OPTIONS]
        return max(difference_of_networks(**case) for case in cases)

    def of_fit(option, kind):
        return max(
            difference_of_fits(*kind, name, *rows, **FITS[option])
            for name in ACTIVATIONS
            for rows in product([False, True], [False, True])
        )

    print("Largest difference from PyTorch's gradient, relative to its largest entry\n")
    print_table("A step of the network, with", OPTIONS, LOSSES, of_option)
    print_table("Activation", [*ACTIVATIONS, MIXED], LOSSES, of_activation)
    with warnings.catch_warnings(action="ignore"):
        print_table("A fit, with", FITS, [(kind,) for kind in TARGETS], of_fit)


if __name__ == "__main__":
    main()
