"""Levels of categorical features: which categories have one, and their codes."""

import warnings
from typing import NamedTuple

import numpy as np

from .distinct import factorize, is_missing, order, some

__all__ = ["Levels", "describe_new"]

RARE_SHARE = 0.02  # of the total weight; what has more is never put with the rare
MOSTLY_RARE = 0.9  # share of the values from which on a feature is as good as lost
ROUNDING = 1e-9  # of sums of weights, which differ by their order
UNLIKELY = 0.01  # that no value is known, if they come as those of training did


class Levels(NamedTuple):
    """Levels of a categorical feature: its categories, and one that rare ones share.

    Parameters
    ----------
    categories : list
        Categories with a level of their own.
    has_infrequent : bool
        Whether there is a level for the others.
    has_missing : bool
        Whether a further column says where the value is missing.
    rare_share : float, default=0
        Share of the weight of present values that the others have.
    n_values : float, default=0
        Weight of the present values, in rows.
    missing_share : float, default=0
        Share of the weight of all rows that those without a value have.

    Examples
    --------
    >>> column = np.array(["a", "b", "c"])
    >>> Levels.of(column, None, max_categories=9, min_frequency=1).encode(column, float)
    array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 0., 1.]])
    """

    categories: list
    has_infrequent: bool
    has_missing: bool
    rare_share: float = 0.0
    n_values: float = 0.0
    missing_share: float = 0.0

    @classmethod
    def of(cls, column, sample_weight=None, max_categories=100, min_frequency=10):
        """Return the levels of a column of training data, of weights with mean 1."""
        uniques, inverse = factorize(column)
        counts = np.bincount(inverse, sample_weight, minlength=len(uniques))
        missing = np.array([is_missing(value) for value in uniques])
        present = np.flatnonzero(~missing & (counts > 0))
        enough = min(min_frequency, RARE_SHARE * counts.sum()) * (1 - ROUNDING)
        frequent = present[counts[present] >= enough]
        some_are_rare = len(frequent) < len(present)
        has_infrequent = some_are_rare or len(frequent) > max_categories
        # By value first: the order of the rows must not decide between equal counts
        frequent = frequent[order([uniques[i] for i in frequent])]
        most = np.argsort(-counts[frequent].round(9), kind="stable")
        kept = frequent[np.sort(most[: max_categories - has_infrequent])]
        has_missing = len(present) > 0 and bool(counts[missing].any())
        total = float(counts[present].sum())
        rare_share = 1 - float(counts[kept].sum()) / total if total else 0.0
        categories = [uniques[i] for i in kept]
        gone = float(counts[missing].sum() / counts.sum())
        return cls(categories, has_infrequent, has_missing, rare_share, total, gone)

    def warn_if_lost(self, name):
        """Warn where nearly all values of the training data are rare."""
        if self.rare_share > MOSTLY_RARE:
            warnings.warn(
                f"Feature {name!r} tells next to nothing: its values are nearly all "
                "too rare to be categories, and count as one. Drop it, or make numbers "
                "or groups of it.",
                UserWarning,
                stacklevel=3,
            )

    @property
    def n_levels(self):
        """Number of levels, which missing values are not."""
        return len(self.categories) + self.has_infrequent

    @property
    def width(self):
        """Number of columns of the codes."""
        return (self.n_levels if self.n_levels > 2 else 1) + self.has_missing

    def table(self):
        """Return the codes of the levels, of an unknown and of a missing value."""
        table = np.zeros((self.n_levels + 2, self.width))
        width = self.width - self.has_missing
        if self.n_levels == 2:
            table[:2, 0] = -1, 1
        elif self.n_levels > 2:
            np.fill_diagonal(table[:-2], 1)
        table[-1, width:] = 1
        return table

    def is_rare(self, column):
        """Return the mask of values that share a level, or are unknown."""
        uniques, inverse = factorize(column)
        known = set(self.categories)
        rare = [not is_missing(value) and value not in known for value in uniques]
        return np.array(rare)[inverse]

    def encode(self, column, dtype, name=None, *, may_be_new=False):
        """Return the codes of a column, of that name in warnings.

        Where no value is known, there is a warning, unless that is to be expected.
        """
        uniques, inverse = factorize(column)
        known = {category: i for i, category in enumerate(self.categories)}
        missing = [is_missing(value) for value in uniques]
        rows = np.array(
            [
                self.n_levels + 1 if gone else known.get(value, len(known))
                for value, gone in zip(uniques, missing, strict=True)
            ]
        )
        if known and not (rows < len(known)).any():
            present = [v for v, gone in zip(uniques, missing, strict=True) if not gone]
            n_values = len(column) - np.isin(inverse, np.flatnonzero(missing)).sum()
            self._warn_of_unknown(present, n_values, name, may_be_new)
        return self.table().astype(dtype)[rows[inverse]]

    def new(self, column, min_frequency=10):
        """Return categories that are not known, and their counts.

        Where rare ones share a level, those that are rare here may have been in
        training: they are not among them.

        Examples
        --------
        >>> Levels(["a", "b"], False, False).new(np.array(["a", "c", "c", "d"]))
        {'c': 2, 'd': 1}
        """
        uniques, inverse = factorize(column)
        counts = np.bincount(inverse, minlength=len(uniques)).tolist()
        known = set(self.categories)
        least = min(min_frequency, RARE_SHARE * len(column)) * self.has_infrequent
        found = {
            value: n
            for value, n in zip(uniques, counts, strict=True)
            if value not in known and n > 0 and not is_missing(value)
        }
        none_is_known = not any(value in known for value in uniques)
        if none_is_known:  # of which there is a warning of its own
            return {}
        return {value: n for value, n in found.items() if n >= least}

    def _warn_of_unknown(self, values, n_values, name, may_be_new):
        """Warn where no value is known, unless that may happen by chance."""
        now, then = (_types(found) for found in (values, self.categories))
        text = {_plain(category): category for category in self.categories}
        alike = [v for v in values if isinstance(v, str) and _plain(v) in text]
        chance = (self.rare_share * self.n_values + 1) / (self.n_values + 2)
        is_expected = may_be_new or chance**n_values > UNLIKELY
        if not values or (is_expected and not alike and now & then):
            return
        cure = "Make them the same"
        if alike:
            same = text[_plain(alike[0])]
            cure = f"{alike[0]!r} is {same!r} but for spaces or case. {cure}"
        elif not now & then:
            now, then = (" and ".join(sorted(names)) for names in (now, then))
            cure = f"They are of type {now}, and were {then} in training. Convert them"
        warnings.warn(
            f"No value of feature {name!r} is a known category: it has values such as "
            f"{some(values)}, and known are {some(self.categories)}. {cure}, or all "
            "count as unknown.",
            UserWarning,
            stacklevel=3,
        )

    def decode(self, codes):
        """Return the values whose codes are the nearest."""
        values = [*self.categories, *["infrequent_sklearn"] * self.has_infrequent]
        values = np.fromiter([*values, None, None], dtype=object)
        table = self.table()
        distances = np.square(table).sum(axis=1) - 2 * codes @ table.T
        return values[distances.argmin(axis=1)]

    def names(self, name):
        """Return the names of the columns."""
        names = [f"{name}_{category}" for category in self.categories]
        names += [f"{name}_infrequent_sklearn"] * self.has_infrequent
        if self.n_levels <= 2:
            names = names[1:] or [name]
        return names + [f"missingindicator_{name}"] * self.has_missing


def describe_new(found):
    """Return a warning of categories that training had not; nothing without any.

    Parameters
    ----------
    found : dict of dict
        What :meth:`Levels.new` has returned, by the name of the feature.

    Examples
    --------
    >>> describe_new({"city": {"rome": 2, "oslo": 1}})[:68]
    "There are categories that the first call had not: 'city' has 'rome',"
    """
    texts = [
        f"{name!r} has {some([*new])}{' and more' * (len(new) > 3)} "
        f"in {sum(new.values())} rows"
        for name, new in found.items()
        if new
    ]
    if not texts:
        return ""
    return (
        f"There are categories that the first call had not: {'; '.join(texts)}. They "
        "count as unknown, for columns are learned in the first call: begin with rows "
        "of all categories, or fit anew."
    )


def _types(values):
    return {type(value).__name__ for value in values}


def _plain(value):
    """Text without what the eye does not see."""
    return " ".join(value.split()).casefold() if isinstance(value, str) else value
