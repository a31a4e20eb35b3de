"""Fitted networks to PyTorch and back; only where it is used is it imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .base import NetworkClassifier
from .fitting.given import trained_state
from .fitting.monitor import Monitor
from .nn.activations import ACTIVATIONS
from .nn.ensemble import as_one
from .tables.targets import TargetCoder

if TYPE_CHECKING:
    from typing import Self

    from torch.nn import Sequential

    from .typing import ArrayLike

__all__ = ["FromTorch", "InTorch"]

# Names of activations, the modules of torch.nn, and their arguments
_MODULES = {
    "identity": ("Identity", {}),
    "logistic": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
    "relu": ("ReLU", {}),
    "leaky_relu": ("LeakyReLU", {}),
    "elu": ("ELU", {}),
    "selu": ("SELU", {}),
    "gelu": ("GELU", {"approximate": "tanh"}),
    "silu": ("SiLU", {}),
    "mish": ("Mish", {}),
    "softplus": ("Softplus", {"threshold": 40}),  # as good as none, in float64 too
}


class InTorch(NetworkClassifier):
    """A network's parameters and modules as PyTorch has them."""

    def state_dict(self) -> dict[str, np.ndarray]:
        """Return the parameters under the names that `torch.nn.Sequential` gives them.

        Returns
        -------
        dict of str to ndarray
            "0.weight", of shape (fan_out, fan_in), "0.bias", "2.weight" and so on, as
            of the module that :meth:`to_torch` builds: copies, in the network's type.
            Several members are the one network that has their mean logits: its hidden
            layers are theirs side by side, with zeros between members.

        Examples
        --------
        >>> from skdeepnn import DeepNNClassifier
        >>> X, y = np.random.RandomState(0).randn(100, 3), np.arange(100) % 2
        >>> clf = DeepNNClassifier((5,), solver="lbfgs", preprocess=None).fit(X, y)
        >>> {name: values.shape for name, values in clf.state_dict().items()}
        {'0.weight': (5, 3), '0.bias': (5,), '2.weight': (1, 5), '2.bias': (1,)}
        """
        check_is_fitted(self)
        params = {}
        for i, (coef, intercept) in enumerate(as_one(self.network_)):
            params[f"{2 * i}.weight"] = np.ascontiguousarray(coef.T)
            params[f"{2 * i}.bias"] = intercept
        return params

    def to_torch(self) -> Sequential:
        """Return the network as a `torch.nn.Sequential` of the same logits.

        Its input are the network's columns: those of `X` with ``preprocess=None``, else
        what ``encoder_.transform(X)`` returns, as a tensor of the network's type. Its
        output is one logit for binary targets, else one a class or label. Dropout is
        left out: it has no part in predictions.

        Returns
        -------
        torch.nn.Sequential
            Linear layers and activations, with copies of the parameters.

        Raises
        ------
        ImportError
            If PyTorch is not installed.
        ValueError
            If PyTorch has no such activation.
        """
        check_is_fitted(self)
        torch = _torch("to_torch")
        params, modules = self.state_dict(), []
        for i, layer in enumerate(self.network_.layers):
            fan_out, fan_in = params[f"{2 * i}.weight"].shape
            linear = torch.nn.Linear(fan_in, fan_out, dtype=_dtype(torch, layer.dtype))
            modules += [linear, _new_module(torch.nn, layer.activation)]
        module = torch.nn.Sequential(*modules[:-1])  # logits have no activation
        module.load_state_dict({k: torch.from_numpy(v) for k, v in params.items()})
        return module


class FromTorch(InTorch):
    """A network with hidden layers, which may come from PyTorch, too."""

    @classmethod
    def from_torch(cls, module: Sequential, classes: ArrayLike | None = None) -> Self:
        """Return a fitted classifier with the network of a `torch.nn.Sequential`.

        It has the module's logits, default hyperparameters otherwise, and takes columns
        as they are (``preprocess=None``). Training goes on from there with `warm_start`
        or `partial_fit`.

        Parameters
        ----------
        module : torch.nn.Sequential
            Linear layers; behind each but the last one of this package's activations or
            none, and dropout or none. The last gives logits: one for two classes, or
            one a class or label.
        classes : array-like of shape (n_classes,), default=None
            Labels, sorted, as the logits have them; None for labels that do not exclude
            each other (multilabel).

        Returns
        -------
        DeepNNClassifier
            With copies of the parameters.

        Raises
        ------
        ImportError
            If PyTorch is not installed.
        TypeError
            If it is no `Sequential`.
        ValueError
            If there are other modules in it, or not as many outputs as classes.
        """
        torch = _torch("from_torch")
        if not isinstance(module, torch.nn.Sequential):
            raise TypeError(
                f"from_torch reads a torch.nn.Sequential, not a {type(module).__name__}"
                ": put its layers into one."
            )
        layers, settings = _read(torch.nn, module)
        targets = _targets(classes, layers[-1][0].shape[1])
        if targets.kind == "binary" and layers[-1][0].shape[1] == 2:
            # Of two logits of a softmax only the difference matters
            coef, intercept = layers[-1]
            layers[-1] = np.diff(coef), np.diff(intercept)
        state = trained_state(
            layers, targets, Monitor(tol=0.0, patience=np.inf), **settings
        )
        sizes = tuple(state.network.layer_sizes[1:-1])
        new = cls(sizes, **settings, preprocess=None, dtype=str(state.network.dtype))
        return new._take_over(state)


def _torch(method):
    try:
        import torch
    except ImportError as error:
        raise ImportError(
            f'{method} needs PyTorch: pip install "skdeepnn[torch]"'
        ) from error
    return torch


def _dtype(torch, dtype):
    return torch.float32 if dtype == np.float32 else torch.float64


def _new_module(nn, activation):
    """Return the module of an activation."""
    name = getattr(activation, "name", None)
    if name not in _MODULES or activation != ACTIVATIONS[name]:
        raise ValueError(
            f"torch.nn has no {activation!r}: build a module yourself, and load "
            "state_dict() into it."
        )
    kind, arguments = _MODULES[name]
    return getattr(nn, kind)(**arguments)


def _targets(classes, n_outputs):
    """Return what a module's logits stand for."""
    if classes is None:
        if n_outputs < 2:
            raise ValueError(
                "The module has a single output: name its two classes, as in "
                "from_torch(module, [0, 1])."
            )
        return TargetCoder.of_classes(range(n_outputs), is_multilabel=True)
    if not np.array_equal(np.unique(classes), classes):
        raise ValueError(
            f"classes={classes!r} must be sorted, each once, and the module's outputs "
            "in their order."
        )
    return TargetCoder.of_classes(classes)


def _read(nn, module):
    """Return layers as arrays, and what else makes a network of them."""
    linear, activations, dropout = [], [], []
    names = {_describe(_new_module(nn, ACTIVATIONS[name])): name for name in _MODULES}
    for child in _flat(nn, module):
        name = names.get(_describe(child))
        if isinstance(child, nn.Linear):
            linear.append(child)
            activations.append("identity")
            dropout.append(0.0)
        elif linear and type(child) is nn.Dropout and not dropout[-1]:
            dropout[-1] = child.p
        elif linear and name and activations[-1] == "identity":
            activations[-1] = name
        else:
            raise ValueError(
                f"There is no {child} in a network of this package: it is linear "
                "layers, each with one activation behind it, out of "
                f"{', '.join(names)}, and dropout."
            )
    if not linear:
        raise ValueError("The module has no linear layer.")
    if activations.pop() != "identity" or dropout.pop():
        raise ValueError(
            f"The module ends with {child}, and must end with the linear layer that "
            "gives logits: leave out what comes behind."
        )
    settings = {"activation": _one(activations, "relu"), "dropout": _one(dropout, 0.0)}
    settings["fit_intercept"] = any(layer.bias is not None for layer in linear)
    return [_arrays(layer) for layer in linear], settings


def _describe(module):
    """Return what tells activations from each other, and no more."""
    text = repr(module).replace("inplace=True", "").replace(", )", ")")
    return "Softplus()" if text == "Softplus(beta=1.0, threshold=20.0)" else text


def _flat(nn, module):
    for child in module:
        if isinstance(child, nn.Sequential):
            yield from _flat(nn, child)
        else:
            yield child


def _one(values, default):
    """Return one value for all layers where they have the same."""
    return next(iter({*values}), default) if len({*values}) < 2 else values


def _arrays(linear):
    coef = _array(linear.weight).T
    if linear.bias is None:
        return coef, np.zeros(coef.shape[1], coef.dtype)
    return coef, _array(linear.bias)


def _array(parameter):
    tensor = parameter.detach().cpu()
    return (tensor if tensor.element_size() == 4 else tensor.double()).numpy()
