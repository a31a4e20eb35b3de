"""Tables of numbers and categories, made fit for a network."""

from __future__ import annotations

import functools
import itertools
from copy import copy
from numbers import Integral, Real
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import issparse
from sklearn.base import (
    BaseEstimator,
    OneToOneFeatureMixin,
    TransformerMixin,
    _fit_context,
)
from sklearn.utils import check_array, estimator_html_repr
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from .tables.columns import (
    check_table,
    find_categorical,
    find_readings,
    read_column,
    read_numbers,
)
from .tables.levels import Levels, describe_new
from .tables.numeric import NumericColumns
from .tables.rows import FLOAT_TYPES
from .tables.scaling import warn_of_infinite
from .tables.summary import as_html, beside, summary
from .tables.text import read_text
from .tables.views import VIEWS
from .tables.weights import weighted_rows
from .typing import keeps_type

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Self

    from .typing import ArrayLike, MatrixLike

__all__ = ["TabularEncoder"]


class TabularEncoder(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Turn tables of numbers and categories into what suits a neural network.

    Numbers are centred by their median, scaled by their quartiles and clipped smoothly
    to (-3, 3), so that neither their unit nor outliers matter; infinite ones are at the
    bound. Categories are one-hot encoded, or as -1 and 1 where there are two. Text of
    many values is encoded by its n-grams too, where these tell something of the target.
    Missing values need no imputer: a missing number is put at the median, and a further
    column says where a feature that had missing values in training misses one.

    The output has the numbers first, then the columns that say where numbers were
    missing, then where dates are in the cycles of months, weekdays and hours, if these
    vary in training, as sine and cosine; then those of each categorical feature,
    with up to 40 numbers of n-grams behind them if it is text. `columns_` lists it all.
    Features without any value in training are left out, unless none has any. Rows are
    transformed independently of each other, so a large table may be transformed in
    parts.

    Parameters
    ----------
    categorical_features : "from_dtype", array-like or None, default="from_dtype"
        Which features are categories: an array of their names or indices, or a boolean
        mask. None says that all are numbers. "from_dtype" goes by the type of the
        columns, and where that is text or object, by their values: categories are the
        columns of booleans in data frames, of a type of categories, and those with
        values that are neither numbers nor dates. See the notes.
    views : "auto" or sequence of str, default=("robust",)
        How numbers are shown: "robust" as said above; "standardized" less their mean,
        over their standard deviation, clipped at 8; "quantiles" as normal scores, which
        only go by ranks; "bins" as "robust", and beside it how far they are through
        each of up to 16 bins. Several are put side by side. "auto" is what
        :class:`~skdeepnn.DeepNNClassifier` has by default, three views for most tables,
        of which it finds out which one suits. Sparse tables have "robust" alone.
    max_categories : int, default=100
        How many columns the one-hot encoding of a feature may have. The categories of
        most weight are kept.
    min_frequency : float, default=10
        Categories of fewer rows are rare, unless they have 2 % of the total; weights
        count in units of their mean, so that a common factor does not matter. The
        rare ones, and those beyond `max_categories`, share one column, which also
        takes categories that were not seen in training; where there are none to share
        it, an unseen category is encoded as zeros.

    Attributes
    ----------
    is_categorical_ : ndarray of shape (n_features_in_,)
        Mask of the categorical features.
    center_ : ndarray of shape (n_numeric,)
        Medians of the numeric features; zeros for sparse `X`.
    scale_ : ndarray of shape (n_numeric,)
        What the centred features are multiplied with; 0 for constant ones.
    categories_ : list of list
        The categories, but for those that share a column, by categorical feature.
    has_missing_ : ndarray of shape (n_features_in_,)
        Mask of the features with both missing and other values in training.
    views_ : list of str
        The views in their order; :meth:`columns_of_views` tells where each is.
    columns_ : dict of ndarray of shape (n_features_in_,)
        What became of each column in training, as `pandas.DataFrame` takes it:
        "name"; "kind", which is "numbers", "dates", "durations", "times", "categories",
        "text", "constant" or "empty"; "n_outputs", how many columns it has in the
        output; "missing", the share of the weight of all rows that lack a value;
        "rare", the share of the categories' weight that has no column of its own, and
        "n_categories", how many have one. Notebooks show it beside the encoder.
    n_features_in_ : int
        Number of features of the table.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where it has names that are all strings.

    See Also
    --------
    sklearn.preprocessing.OneHotEncoder : Categories alone, with more choice.
    sklearn.preprocessing.RobustScaler : Numbers alone, without the clip.

    Notes
    -----
    Text counts as numbers where at least 95 % of a column's values are numbers, such as
    "1,234.5", " 3 ", "12%" and "1e-3", or dates in the form of "2020-12-31 23:59"; the
    others then count as missing, with a warning, in training and after. Marks such as
    "-" and "unknown" do not count among the values. Codes of digits are numbers too
    unless they are named in `categorical_features`, or have a type of categories. Even
    these are numbers where they are text of which most values would be rare. Dates,
    durations, periods and times of day, of any library, are microseconds. What a column
    was in training it must be in `transform`, where its type may be another.

    Text that is neither has categories. From a tenth of rare values on, it is looked at
    closer, if `fit` gets the target: all n-grams of two to four characters in a word,
    its ends included, that recur among the values are counted, without regard to case,
    and weighted by how rare they are (tf-idf). Its 40 principal components become the
    further columns, as in [3]_ and [4]_: so a name not seen before is between those
    that are like it. They have to tell what the categories do not: only if their means
    among the rows of rare values differ by class, by more than a chance of one in a
    thousand, are those kept that each do so probably, by the measure of Akaike's
    criterion. Identifiers are left out by that. Text of which nothing is known, or that
    is missing, is put at the mean. Read are up to 1,000 characters of a value, and
    learned from up to 10,000 values.

    The scale is that of RealMLP [1]_, 1 / (q75 - q25), but for features whose quartiles
    are the same: there it is 2 / (max - min) in [1]_, which a single outlier brings
    near zero. Here it is 2 over the median distance from the median among the values
    that are not at the median: the same for two values, such as 0 and 1. Differences
    that rounding alone may have made count as none. In sparse matrices, which cannot
    be centred, the distance from zero takes its place, as if most values were zero.

    Quantiles are those of definition 2 in [2]_, the mean of the least and the greatest
    value that divides the weight in the ratio asked for. So a weight of two means the
    same as two copies of a row, and a weight of zero the same as none.

    References
    ----------
    .. [1] Holzmüller et al., "Better by default: Strong pre-tuned MLPs and boosted
       trees on tabular data", NeurIPS 2024, section 3, :arxiv:`2407.04491`.
    .. [2] Hyndman and Fan, "Sample quantiles in statistical packages", The American
       Statistician 50(4), 1996.
    .. [3] Cerda and Varoquaux, "Encoding high-cardinality string categorical
       variables", IEEE Transactions on Knowledge and Data Engineering 34(3), 2022,
       :arxiv:`1907.01860`.
    .. [4] skrub's `StringEncoder`, https://skrub-data.org: tf-idf of n-grams, then
       truncated singular value decomposition.

    Examples
    --------
    >>> X = [[8, "red"], [4, "bay"], [None, "red"], [6, "tan"], [9e9, None], [7, "red"]]
    >>> X = np.array(X, dtype=object)
    >>> encoder = TabularEncoder().fit(X)
    >>> encoder.center_, encoder.scale_
    (array([7.]), array([0.5]))
    >>> encoder.get_feature_names_out()[:4].tolist()
    ['x0', 'missingindicator_x0', 'x1_bay', 'x1_red']
    >>> encoder.transform(X[:3])[:, :4].round(2)
    array([[ 0.49,  0.  ,  0.  ,  1.  ],
           [-1.34,  0.  ,  1.  ,  0.  ],
           [ 0.  ,  1.  ,  0.  ,  1.  ]])
    >>> encoder.columns_["kind"].tolist(), encoder.columns_["n_outputs"].tolist()
    (['numbers', 'categories'], [2, 4])
    """

    is_categorical_: np.ndarray
    center_: np.ndarray
    scale_: np.ndarray
    categories_: list[list[Any]]
    has_missing_: np.ndarray
    views_: list[str]
    columns_: dict[str, np.ndarray]
    n_features_in_: int
    feature_names_in_: np.ndarray
    _numeric: NumericColumns

    _parameter_constraints = {
        "categorical_features": ["array-like", StrOptions({"from_dtype"}), None],
        "views": [StrOptions({"auto"}), "array-like"],
        "max_categories": [Interval(Integral, 2, None, closed="left")],
        "min_frequency": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        *,
        categorical_features: ArrayLike | None = "from_dtype",
        views: str | Sequence[str] = ("robust",),
        max_categories: int = 100,
        min_frequency: float = 10,
    ) -> None:
        self.categorical_features = categorical_features
        self.views = views
        self.max_categories = max_categories
        self.min_frequency = min_frequency

    @keeps_type(_fit_context(prefer_skip_nested_validation=True))
    def fit(
        self,
        X: MatrixLike,
        y: MatrixLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Learn medians, scales, categories and n-grams.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Training data.
        y : array-like of shape (n_samples,) or (n_samples, n_labels), default=None
            The target: classes, labels or numbers. It decides which columns text has
            for its n-grams, and nothing else; without it there are none.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows: 2 counts twice as much as 1, and 0 as none.

        Returns
        -------
        self : object
            The fitted encoder.

        Raises
        ------
        ValueError
            If `categorical_features` does not fit `X`, values that should be numbers
            are not, or `y` has another number of rows.

        Warns
        -----
        UserWarning
            If values of a column are left out for not being numbers, as nearly all the
            others are, or are infinite; if nearly all categories of a column are rare,
            and their n-grams tell nothing.
        """
        X = check_table(self, X, reset=True)
        if sample_weight is not None:
            X, y, sample_weight = weighted_rows(X, y, sample_weight)
        levels_of = functools.partial(
            Levels.of,
            sample_weight=sample_weight,
            max_categories=self.max_categories,
            min_frequency=self.min_frequency,
        )
        self.is_categorical_ = find_categorical(X, self.categorical_features, levels_of)
        self._fit_numeric(X, sample_weight)
        self._fit_levels(X, y, sample_weight, levels_of)
        self._used = [j for j, levels in self._levels.items() if levels.n_levels]
        if not self._used and not self._numeric.used.any():  # a network needs some
            self._used = list(self._levels)
            self._numeric = self._numeric.with_all_used()
        self.has_missing_ = np.zeros(self.n_features_in_, dtype=bool)
        self.has_missing_[~self.is_categorical_] = self._numeric.has_missing
        for j, levels in self._levels.items():
            self.has_missing_[j] = levels.has_missing
        names = super().get_feature_names_out()
        self.columns_ = summary(names, self._numeric, self._levels, self._used)
        return self

    def _fit_numeric(self, X, sample_weight):
        """Learn from the numeric features."""
        readings = find_readings(X, np.flatnonzero(~self.is_categorical_))
        values = self._read_numeric(X, readings)
        views = self._check_views(values)
        self._numeric = NumericColumns.of(values, readings, sample_weight, views)
        self.views_ = list(self._numeric.views)
        self.center_, self.scale_ = self._numeric.center, self._numeric.scale

    def _check_views(self, values):
        """Return `views` if they are views of such values."""
        views = self.views
        if not isinstance(views, str):
            views = list(views)
            unknown = [
                name for name in views if not (isinstance(name, str) and name in VIEWS)
            ]
            if unknown or not views or len({*views}) < len(views):
                raise ValueError(
                    f"views={self.views!r}: name one or more of {[*VIEWS]}, each once, "
                    "or set it to 'auto'."
                )
            if issparse(values) and views != ["robust"]:
                raise ValueError(
                    f"X is sparse, for which there is no other view than 'robust', but "
                    f"views={self.views!r}: pass X.toarray()."
                )
        return views

    def _fit_levels(self, X, y, sample_weight, levels_of):
        """Learn from the categorical features."""
        self._levels = {}
        for j in np.flatnonzero(self.is_categorical_).tolist():
            column = read_column(X, j)
            levels = read_text(column, levels_of(column), y, sample_weight)
            levels.warn_if_lost(self._names()[j])
            self._levels[j] = levels
        self.categories_ = [levels.categories for levels in self._levels.values()]

    def transform(self, X: MatrixLike) -> np.ndarray:
        """Return the table as numbers.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Data with the columns of the training data.

        Returns
        -------
        {ndarray, csr_array, csr_matrix} of shape (n_samples, n_features_out)
            Of type float32 where all numbers are, else float64; sparse where `X` is.

        Raises
        ------
        ValueError
            If columns are not those of the training data, values of a numeric feature
            are not numbers, or `X` is sparse and was not in training.

        Warns
        -----
        UserWarning
            If values are infinite, or count as missing for not being numbers; if no
            value of a categorical feature is known.
        """
        check_is_fitted(self)
        return self.encode(check_table(self, X, reset=False))

    def encode(self, X: MatrixLike) -> np.ndarray:
        """Transform a table whose shape and names have been checked.

        Parameters
        ----------
        X : {ndarray, sparse matrix, dataframe} of shape (n_samples, n_features)
            What :func:`skdeepnn.tables.columns.check_table` has returned.

        Returns
        -------
        {ndarray, csr_array, csr_matrix} of shape (n_samples, n_features_out)
            As of :meth:`transform`.
        """
        parts = self._parts()
        n_levels = parts[-1].stop - parts[0].stop
        values = self._read_numeric(X, self._numeric.readings)
        out = self._numeric.encode(values, n_levels)
        for (j, levels), part in zip(self._used_levels(), parts[1:], strict=True):
            column = read_column(X, j)
            out[:, part] = levels.encode(column, out.dtype, self._names()[j])
        return out

    def describe_new(self, X: MatrixLike) -> str:
        """Say which categories of a table were not there in training.

        Takes `X` as :meth:`transform` does; returns a text, empty if there are none.
        """
        if not self._levels:
            return ""
        X, names = check_table(self, X, reset=False), self._names()
        found = {names[j]: v.new(read_column(X, j)) for j, v in self._used_levels()}
        return describe_new(found)

    def columns_of_views(self) -> dict[str, np.ndarray]:
        """Return which columns of the output a network of each view is to see.

        Returns
        -------
        dict of str to ndarray of int
            For each of `views_` the numbers so shown, and all columns that are not
            numbers.
        """
        check_is_fitted(self)
        parts = self._numeric.view_parts()
        n_columns = self._parts()[-1].stop
        others = np.arange(max(part.stop for part in parts.values()), n_columns)
        return {
            name: np.concatenate([np.arange(part.start, part.stop), others])
            for name, part in parts.items()
        }

    def with_views(self, names: Sequence[str]) -> TabularEncoder:
        """Return an encoder like this one that shows numbers in these views alone.

        Parameters
        ----------
        names : sequence of str
            Some of `views_`.

        Returns
        -------
        TabularEncoder
            Fitted; it shares what it has learned with this one.
        """
        twin = copy(self)
        views = {name: self._numeric.views[name] for name in names}
        twin._numeric = self._numeric._replace(views=views)
        twin.views_ = list(views)
        named = OneToOneFeatureMixin.get_feature_names_out(self)
        twin.columns_ = summary(named, twin._numeric, self._levels, self._used)
        return twin

    def columns_of_features(self) -> list[np.ndarray]:
        """Return which columns of the output each feature has become.

        Returns
        -------
        list of ndarray of int
            One for each feature of the training data; empty for those left out.
        """
        check_is_fitted(self)
        out: list[Any] = [[]] * self.n_features_in_
        numbers = np.flatnonzero(~self.is_categorical_)
        for j, positions in zip(numbers, self._numeric.positions(), strict=True):
            out[j] = positions
        for (j, _), part in zip(self._used_levels(), self._parts()[1:], strict=True):
            out[j] = range(part.start, part.stop)
        return [np.array(positions, int) for positions in out]

    def inverse_transform(self, X: ArrayLike) -> np.ndarray:
        """Return the table that the numbers stand for.

        Numbers far from all others lose digits in the clip, and those of constant
        features become the median. What is not known to be any category is None.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features_out)
            Transformed data, not sparse.

        Returns
        -------
        ndarray of shape (n_samples, n_features_in_)
            Of objects where there are categorical features, else floats.
        """
        check_is_fitted(self)
        rows = check_array(X, dtype=FLOAT_TYPES, estimator=self)
        parts = self._parts()
        if rows.shape[1] != parts[-1].stop:
            raise ValueError(
                f"X has {rows.shape[1]} columns, but transform returns "
                f"{parts[-1].stop}: pass what it has returned."
            )
        values: np.ndarray = self._numeric.decode(rows[:, parts[0]])
        if not self._levels:
            return values
        out: np.ndarray = np.empty((len(rows), self.n_features_in_), dtype=object)
        out[:, ~self.is_categorical_] = values
        for (j, levels), part in zip(self._used_levels(), parts[1:], strict=True):
            out[:, j] = levels.decode(rows[:, part])
        return out

    def get_feature_names_out(
        self, input_features: ArrayLike | None = None
    ) -> np.ndarray:
        """Return names of the columns of the output.

        Parameters
        ----------
        input_features : array-like of str of shape (n_features_in_,), default=None
            Names of the features; by default those of the training data, or "x0",
            "x1" and so on. Others than those of the training data raise an error.

        Returns
        -------
        ndarray of shape (n_features_out,)
            Names, in scikit-learn's manner.
        """
        names = super().get_feature_names_out(input_features)
        out = self._numeric.names(names[~self.is_categorical_])
        for j, levels in self._used_levels():
            out += levels.names(names[j])
        return np.array(out, dtype=object)

    def _html_repr(self):
        """scikit-learn's diagram, with what became of the columns beside it."""
        diagram = estimator_html_repr(self)
        if not hasattr(self, "columns_"):
            return diagram
        return beside(diagram, as_html(self.columns_))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        # A sparse matrix has no categories that could be asked for
        tags.input_tags.sparse = self.categorical_features is None or isinstance(
            self.categorical_features, str
        )
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def _read_numeric(self, X, readings):
        """Return the matrix of the numeric features."""
        numeric = np.flatnonzero(~self.is_categorical_)
        names = np.asarray(self._names())[numeric].tolist()
        matrix = read_numbers(self, X, numeric, readings, names)
        warn_of_infinite(matrix, names)
        return matrix

    def _used_levels(self):
        """Return the numbers and the levels of the categorical features in use."""
        return [(j, self._levels[j]) for j in self._used]

    def _names(self):
        """Return what to call the features in messages."""
        return getattr(self, "feature_names_in_", range(self.n_features_in_))

    def _parts(self):
        """Return where in the output the numeric features and each one's levels are."""
        widths = [int(self._numeric.widths.sum())]
        widths += [levels.width for _, levels in self._used_levels()]
        ends = itertools.accumulate(widths, initial=0)
        return [slice(start, stop) for start, stop in itertools.pairwise(ends)]
