"""What `speed.py` times: data, networks, and everything that trains them."""

import math
from collections import namedtuple
from functools import partial
from itertools import pairwise

import numpy as np
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.datasets import (
    load_breast_cancer,
    load_digits,
    make_classification,
    make_moons,
)
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from skdeepnn import DeepNNClassifier

# Every argument is given, so that other defaults would not change what is measured.
COMMON = {
    "activation": "relu",
    "solver": "adam",
    "alpha": 1e-4,
    "learning_rate": "constant",
    "learning_rate_init": 1e-3,
    "power_t": 0.5,
    "shuffle": True,
    "random_state": 0,
    "tol": 1e-4,
    "verbose": False,
    "warm_start": False,
    "momentum": 0.9,
    "nesterovs_momentum": True,
    "early_stopping": False,
    "validation_fraction": 0.1,
    "beta_1": 0.9,
    "beta_2": 0.999,
    "epsilon": 1e-8,
    "n_iter_no_change": np.inf,  # nobody stops early
    "max_fun": 15_000,
}
OURS = {
    "dropout": 0.0,
    "label_smoothing": 0.0,
    "max_gradient_norm": None,
    "loss": "log_loss",
    "class_weight": None,
    "scoring": None,
    "fit_intercept": True,
    "weight_init": "auto",
    "intercept_init": "auto",
    "dtype": "auto",
    "n_members": 1,
    "averaging": 0.0,
    "preprocess": None,
    "categorical_features": "from_dtype",
    "n_jobs": None,
}


# ------------------------------------------------------------------------------- data


def shipped(loader, most):
    """Scaled data that scikit-learn ships; all rows of it, being few."""
    X, y = loader(return_X_y=True)
    return StandardScaler().fit_transform(X), y


def moons(most):
    return make_moons(min(1_000, most), noise=0.2, random_state=0)


def made(n_samples, n_features, n_classes, most=math.inf):
    """Scaled synthetic data."""
    X, y = make_classification(
        min(n_samples, most),
        n_features,
        n_informative=n_features // 2,
        n_classes=n_classes,
        random_state=0,
    )
    return StandardScaler(copy=False).fit_transform(X), y


def sparse_text(most, n_features=50_000, n_filled=50):
    """Random counterpart of bags of words, 0.1 % filled."""
    rng, n_samples = np.random.default_rng(0), min(20_000, most)
    columns = rng.integers(n_features, size=n_samples * n_filled)
    starts = np.arange(0, columns.size + 1, n_filled)
    X = sp.csr_matrix(
        (rng.random(columns.size), columns, starts), (n_samples, n_features)
    )
    X.sum_duplicates()
    return X, rng.integers(20, size=n_samples)


# ------------------------------------------------------------------------------- rows

# `task` says what is done: see TASKS. `load` takes the most rows that are wanted.
Row = namedtuple(
    "Row", "load hidden batch_size n_epochs settings task", defaults=[{}, "fit"]
)

_digits = partial(shipped, load_digits)
ROWS = {
    "moons": Row(moons, (25, 50, 50, 25), 1_000, 200),
    "breast cancer": Row(partial(shipped, load_breast_cancer), (100,), 200, 200),
    "digits": Row(_digits, (100,), 200, 60),
    "digits sgd": Row(_digits, (100,), 200, 60, {"solver": "sgd"}),
    "digits logistic": Row(_digits, (100, 100), 200, 40, {"activation": "logistic"}),
    "tabular": Row(partial(made, 10_000, 50, 5), (256, 256, 256), 256, 4),
    "image": Row(partial(made, 12_800, 784, 10), (256, 128), 128, 3),
    "wide": Row(partial(made, 8_192, 784, 10), (1024, 1024), 512, 1),
    "stack": Row(
        partial(made, 4_000, 30, 2),
        (64, 64),
        128,
        4,
        {"n_members": 8, "n_jobs": None},
    ),
    "sparse text": Row(sparse_text, (100,), 200, 1),
    # 50 chunks of 100,000 rows: one chunk, come again, keeps the data out of the way
    "stream": Row(
        partial(made, 100_000, 20, 2),
        (64, 32),
        1_024,
        50,
        {"solver": "sgd"},
        "partial_fit",
    ),
    # tol=0, that both run all iterations
    "lbfgs": Row(_digits, (100,), "auto", 100, {"solver": "lbfgs", "tol": 0}),
    "search": Row(_digits, (100,), 200, 5, task="search"),
}
SEARCHED = [(25,), (50,), (100,), (50, 25), (100, 50), (100, 100)]


def network_settings(row):
    """Return the constructor arguments that a row is about."""
    return {
        **COMMON,
        "hidden_layer_sizes": row.hidden,
        "batch_size": row.batch_size,
        "max_iter": row.n_epochs,
        **row.settings,
    }


def ours(row):
    return DeepNNClassifier(**{**OURS, **network_settings(row)})


def theirs(row):
    settings = network_settings(row)
    return MLPClassifier(**{k: v for k, v in settings.items() if k not in OURS})


# -------------------------------------------------------------- what a fit consists of


def fit(estimator, X, y):
    return estimator.fit(X, y)


def fit_members(n_members, estimator, X, y):
    """Fit as many networks one after another."""
    for seed in range(n_members):
        estimator.set_params(random_state=seed).fit(X, y)


def partial_fit(estimator, X, y):
    """Train a new network on chunks, as many as `max_iter` says."""
    estimator, classes = clone(estimator), np.unique(y)
    for _ in range(estimator.max_iter):
        estimator.partial_fit(X, y, classes=classes)


def search(estimator, X, y):
    grid = {"hidden_layer_sizes": SEARCHED}
    GridSearchCV(estimator, grid, cv=5, n_jobs=None).fit(X, y)


TASKS = {"fit": fit, "partial_fit": partial_fit, "search": search}


def contenders(row, X, y):
    """Return functions that do a row's work, by the names of those that do it.

    Parameters
    ----------
    row : Row
        What to train.
    X : {ndarray, sparse matrix} of shape (n_samples, n_features)
        Data in float64.
    y : ndarray of shape (n_samples,)
        Labels.

    Returns
    -------
    dict of callable
        In the order in which to call them. "ours 32", "theirs 32", "torch" and
        "products" are given float32; "torch" is missing without PyTorch.
    """
    task = TASKS[row.task]
    n_members = row.settings.get("n_members", 1)
    peers_task = task if n_members == 1 else partial(fit_members, n_members)
    found = {
        "ours": partial(task, ours(row), X, y),
        "theirs": partial(peers_task, theirs(row), X, y),
    }
    if row.settings.get("solver") == "lbfgs":
        return found  # which is for float64
    X = X.astype(np.float32)
    found["ours 32"] = partial(task, ours(row), X, y)
    found["theirs 32"] = partial(peers_task, theirs(row), X, y)
    if row.task != "search":
        if import_torch() is not None:
            found["torch"] = torch_training(row, X, y)
        found["products"] = matrix_products(row, X, y)
    return found


# ---------------------------------------------------------------------------- PyTorch


def import_torch():
    """Return PyTorch, or None where it is not installed."""
    try:
        import torch
    except ImportError:
        return None
    return torch


def torch_training(row, X, y):
    """Return a function that trains a row's network with PyTorch, on the CPU.

    Eager mode and fused optimizers. The data are tensors beforehand, except sparse
    ones, as PyTorch cannot take rows of these.
    """
    torch = import_torch()
    _, indices = np.unique(y, return_inverse=True)
    targets = torch.from_numpy(indices)
    loss = torch.nn.functional.cross_entropy
    if indices.max() == 1:
        targets = targets.to(torch.float32)[:, None]
        loss = torch.nn.functional.binary_cross_entropy_with_logits
    data = X if sp.issparse(X) else torch.from_numpy(X)
    return partial(_train_torch, row, data, targets, loss, _sizes(row, X, y))


def _train_torch(row, X, y, loss, sizes):
    """Train and return the last network, and the mean loss of its last epoch."""
    torch = import_torch()
    for seed in range(row.settings.get("n_members", 1)):
        torch.manual_seed(seed)
        network = _torch_network(row, sizes)
        optimizer = _torch_optimizer(row, network.parameters())
        for _ in range(row.n_epochs):
            last_loss = _torch_epoch(network, optimizer, loss, X, y, row.batch_size)
    return network, last_loss


def _torch_network(row, sizes):
    nn = import_torch().nn
    units = {"relu": nn.ReLU, "logistic": nn.Sigmoid}[
        network_settings(row)["activation"]
    ]
    layers = []
    for fan_in, fan_out in pairwise(sizes):
        layers += [nn.Linear(fan_in, fan_out), units()]
    return nn.Sequential(*layers[:-1])


def _torch_optimizer(row, params):
    optim, settings = import_torch().optim, network_settings(row)
    common = {
        "lr": settings["learning_rate_init"],
        "weight_decay": settings["alpha"] / settings["batch_size"],
        "fused": True,
    }
    if settings["solver"] == "sgd":
        return optim.SGD(params, momentum=0.9, nesterov=True, **common)
    return optim.Adam(params, **common)


def _torch_epoch(network, optimizer, loss, X, y, batch_size):
    torch, n_samples, total = import_torch(), len(y), 0.0
    order = torch.randperm(n_samples) if batch_size < n_samples else None
    for start in range(0, n_samples, batch_size):
        rows = slice(None) if order is None else order[start : start + batch_size]
        batch, labels = _torch_rows(X, rows), y[rows]
        optimizer.zero_grad()
        value = loss(network(batch), labels)
        value.backward()
        optimizer.step()
        total += value.item() * len(labels)
    return total / n_samples


def _torch_rows(X, rows):
    if not sp.issparse(X):
        return X[rows]
    torch, batch = import_torch(), X[rows.numpy()]
    parts = map(torch.from_numpy, (batch.indptr, batch.indices, batch.data))
    return torch.sparse_csr_tensor(*parts, batch.shape)


# -------------------------------------------------------------------- matrix products


def _sizes(row, X, y):
    n_classes = len(np.unique(y))
    return [X.shape[1], *row.hidden, 1 if n_classes == 2 else n_classes]


def matrix_products(row, X, y):
    """Return a function with the matrix products of a row's training, and no more.

    For each batch those of all layers forward, and backward those for the gradients of
    the coefficients and of the inputs, except the first layer's, into memory that is
    there before; SciPy's sparse products alone make new arrays.
    """
    rng, sizes = np.random.default_rng(0), _sizes(row, X, y)
    n_rows = min(row.batch_size, X.shape[0])
    # Of a scale that keeps all products of the size of the data
    coefs = [
        rng.standard_normal(shape, np.float32) / np.float32(np.sqrt(shape[0]))
        for shape in pairwise(sizes)
    ]
    gradients = [np.empty_like(coef) for coef in coefs]
    outputs, deltas = (
        [rng.standard_normal((n_rows, size), np.float32) for size in sizes[1:]]
        for _ in range(2)
    )
    batches = [X[start : start + n_rows] for start in range(0, X.shape[0], n_rows)]
    n_passes = row.n_epochs * row.settings.get("n_members", 1)

    def run():
        for _ in range(n_passes):
            for batch in batches:
                _batch_products(batch, coefs, gradients, outputs, deltas)

    return run


def _batch_products(batch, coefs, gradients, outputs, deltas):
    n_rows = batch.shape[0]
    inputs = [batch, *(output[:n_rows] for output in outputs)]
    deltas = [delta[:n_rows] for delta in deltas]
    for i, coef in enumerate(coefs):
        _product(inputs[i], coef, out=inputs[i + 1])
    for i in reversed(range(len(coefs))):
        _product(inputs[i].T, deltas[i], out=gradients[i])
        if i > 0:
            np.matmul(deltas[i], coefs[i].T, out=deltas[i - 1])


def _product(A, B, out):
    return A @ B if sp.issparse(A) else np.matmul(A, B, out=out)
