"""What a fitted classifier has to be drawn: its parts and its names."""

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

__all__ = [
    "choose_part",
    "classifier_of",
    "feature_names",
    "input_names",
    "output_names",
]


def classifier_of(estimator, attribute, otherwise):
    """Return the fitted classifier of an estimator: a pipeline's last step, or itself.

    Parameters
    ----------
    estimator : estimator
        A classifier of this package, or a pipeline that ends in one.
    attribute : str
        What it must have to be drawn.
    otherwise : str
        What to do where it does not, for the error.

    Raises
    ------
    NotFittedError
        If it is not fitted.
    TypeError
        If it does not have the attribute.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> peer = LogisticRegression().fit([[0], [1]], [0, 1])
    >>> classifier_of(peer, "history_", "Use another.")
    Traceback (most recent call last):
    TypeError: LogisticRegression keeps no history_. Use another.
    """
    classifier = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    check_is_fitted(classifier)
    if not hasattr(classifier, attribute):
        if hasattr(classifier, "best_estimator_"):
            otherwise = "Pass its best_estimator_."
        name = type(classifier).__name__
        raise TypeError(f"{name} keeps no {attribute}. {otherwise}")
    return classifier


def feature_names(estimator):
    """Return names of the features that a fitted classifier has seen, as an array.

    Of a pipeline they are what its steps before the classifier call them, where these
    know; without any they are x0, x1 and so on, as scikit-learn has it.

    Examples
    --------
    >>> from skdeepnn import LogisticRegressionNN
    >>> feature_names(LogisticRegressionNN().fit([[0, 1], [1, 1]], [0, 1]))
    array(['x0', 'x1'], dtype=object)
    """
    classifier = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    names = getattr(classifier, "feature_names_in_", None)
    if names is None and classifier is not estimator and len(estimator) > 1:
        try:
            names = estimator[:-1].get_feature_names_out()
        except (AttributeError, ValueError):  # of steps that know no names
            names = None
    if names is None or len(names) != classifier.n_features_in_:
        names = [f"x{i}" for i in range(classifier.n_features_in_)]
    return np.asarray(names, dtype=object)


def input_names(estimator):
    """Return what each part of a classifier's network sees: a list of arrays of names.

    Where columns of a table were encoded, they are those of the encoder's output.

    Examples
    --------
    >>> from skdeepnn import DeepNNClassifier
    >>> X, y = np.arange(100.0).reshape(-1, 1), np.arange(100) // 50
    >>> clf = DeepNNClassifier(random_state=0).fit(X, y)
    >>> [names[0] for names in input_names(clf)]
    ['x0_standardized', 'x0']
    """
    classifier = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    names, state = feature_names(estimator), classifier._state
    if state.encoder is not None:
        names = state.encoder.get_feature_names_out(names)
    if not state.network.names:
        return [names]
    return [names[columns] for columns in state.network.columns]


def output_names(classifier):
    """Return what the outputs of a classifier's network stand for: a list of str.

    Strings are as they are, other classes are "class 0", "class 1"; labels of
    multilabel targets "label 0". A single output is for the second of two classes.

    Examples
    --------
    >>> from skdeepnn import LogisticRegressionNN
    >>> output_names(LogisticRegressionNN().fit([[0], [1]], ["no", "yes"]))
    ['yes']
    """
    classes = classifier.classes_[-classifier.n_outputs_ :].tolist()
    is_multilabel = classifier._state.targets.kind == "multilabel-indicator"
    kind = "label" if is_multilabel else "class"
    return [label if isinstance(label, str) else f"{kind} {label}" for label in classes]


def choose_part(classifier, view, n_pixels):
    """Return the number of the part of a network whose weights are to be drawn.

    Parameters
    ----------
    classifier : classifier
        Fitted.
    view : str or None
        What the part is to see; None for the view that counts most.
    n_pixels : int or None
        How many columns it is to see, one a feature; None for any.

    Raises
    ------
    ValueError
        If there is none.

    Examples
    --------
    >>> from skdeepnn import DeepNNClassifier
    >>> X, y = np.arange(100.0).reshape(-1, 1), np.arange(100) // 50
    >>> clf = DeepNNClassifier(random_state=0).fit(X, y)
    >>> choose_part(clf, "bins", None), choose_part(clf, None, 1)
    (1, 0)
    """
    network, encoder = classifier.network_, classifier._state.encoder
    names = list(network.names) or ([] if encoder is None else encoder.views_)
    if view is not None and view not in names:
        raise ValueError(
            f"There is no view {view!r}: "
            + (f"those in use are {names}." if names else "columns are as they came.")
        )
    if view is None and len(network.parts) == 1:
        parts = [0]
    else:
        shares = classifier.views_
        parts = sorted(range(len(names)), key=lambda i: -shares[names[i]])
    if view is not None:
        parts = [names.index(view)]
    if n_pixels is not None:
        widths = [network.parts[i].layer_sizes[0] for i in parts]
        parts = [i for i in parts if _sees_pixels(classifier, i, n_pixels)]
        if not parts:
            raise ValueError(
                f"image_shape is of {n_pixels} pixels, but of the "
                f"{classifier.n_features_in_} features the network sees "
                f"{' or '.join(map(str, widths))} columns, not each as one: no images "
                "can be made of that. With preprocess=None it sees pixels as they are."
            )
    return parts[0]


def _sees_pixels(classifier, part, n_pixels):
    """Whether a part of the network sees each feature as one column, in their order."""
    network, encoder = classifier.network_, classifier._state.encoder
    if encoder is None:
        return network.layer_sizes[0] == n_pixels
    owners = np.full(network.layer_sizes[0], -1)
    for feature, columns in enumerate(encoder.columns_of_features()):
        owners[columns] = feature
    if network.names:
        owners = owners[network.columns[part]]
    return np.array_equal(owners, np.arange(n_pixels))
