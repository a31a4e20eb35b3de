"""Types of arguments, for whoever has mypy or an editor check a script.

They say what the docstrings say, shortly: a table is anything with rows and columns,
and names are spelled out, so that a wrong one is found before the script is run.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["ArrayLike", "MatrixLike", "RandomState", "Scoring", "SparseLike"]


class SparseLike(Protocol):
    """A sparse matrix or array of SciPy, which NumPy does not take for an array."""

    @property
    def shape(self) -> Any:
        """Number of rows and of columns."""

    def toarray(self) -> Any:
        """Return a dense array."""


# Data frames are among ArrayLike: they have __array__
MatrixLike: TypeAlias = ArrayLike | SparseLike
RandomState: TypeAlias = int | np.random.RandomState | None
Scoring: TypeAlias = str | Callable[..., float] | None

Auto: TypeAlias = Literal["auto"]
ClassWeight: TypeAlias = (
    Mapping[Any, float] | Sequence[Mapping[Any, float]] | Literal["balanced"] | None
)
DType: TypeAlias = Literal["auto", "float32", "float64"]
Initializer: TypeAlias = str | Callable[[np.random.RandomState, int, int], np.ndarray]
Quantity: TypeAlias = Literal["loss", "score", "learning_rate", "gradient_norm"]
Schedule: TypeAlias = (
    Literal["constant", "cosine", "one_cycle", "invscaling", "adaptive"]
    | Callable[[float], float]
)
Shape: TypeAlias = Literal["constant", "funnel", "pyramid", "diamond"]

_Method = TypeVar("_Method", bound=Callable[..., Any])


def keeps_type(decorator: Any) -> Callable[[_Method], _Method]:
    """Say of a decorator of scikit-learn's, which has no types, that it changes none.

    Examples
    --------
    >>> keeps_type(staticmethod) is staticmethod
    True
    """
    return decorator
