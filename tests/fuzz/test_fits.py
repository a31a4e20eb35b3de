"""Whatever is passed: a fit that is sound, or an error in words of the user's.

Half a thousand examples run here. `SKDEEPNN_FUZZ=10000 pytest tests/fuzz` runs as many
as it says, of a seed of its own each time; `--hypothesis-seed=N` repeats one.
"""

import os

import numpy as np
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from invariants import check_classifier, check_encoder, tried, unchanged
from problems import (
    ENCODER,
    LOGISTIC,
    NETWORK,
    arguments,
    class_weights,
    tables,
    targets,
    weights,
)

from skdeepnn import DeepNNClassifier, LogisticRegressionNN
from skdeepnn.preprocessing import TabularEncoder

N_EXAMPLES = int(os.environ.get("SKDEEPNN_FUZZ", 0))
SMALL = {"hidden_layer_sizes": (4,), "max_iter": 2, "random_state": 0}


def examples(share):
    """Settings for a share of all examples."""
    return settings(
        max_examples=max(1, int((N_EXAMPLES or 500) * share)),
        derandomize=not N_EXAMPLES,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )


@st.composite
def classifiers(draw):
    if draw(st.booleans()):
        params = SMALL | draw(arguments(NETWORK))
        clf = DeepNNClassifier(**params)
    else:
        clf = LogisticRegressionNN(random_state=0).set_params(
            **draw(arguments(LOGISTIC))
        )
    return clf.set_params(class_weight=draw(class_weights()))


@st.composite
def problems(draw):
    X, n = draw(tables())
    y, name = draw(targets(n))
    return X, y, draw(weights(n))


def test_all_arguments_are_tried():
    assert {*NETWORK, "class_weight"} == set(DeepNNClassifier().get_params())
    assert {*LOGISTIC, "class_weight"} == set(LogisticRegressionNN().get_params())
    assert set(ENCODER) == set(TabularEncoder().get_params())


@given(clf=classifiers(), problem=problems(), validates=st.booleans())
@examples(0.5)
def test_fit(clf, problem, validates):
    X, y, weight = problem
    more = {"X_val": X, "y_val": y, "sample_weight_val": weight} if validates else {}
    with tried(X=X, y=y, weight=weight), unchanged(clf):
        clf.fit(X, y, weight, **more)
        event("fits")
        check_classifier(clf, X, y)


@given(clf=classifiers(), problem=problems(), data=st.data())
@examples(0.2)
def test_fit_again(clf, problem, data):
    X, y, weight = problem
    other = data.draw(problems())
    arguments_of = NETWORK if isinstance(clf, DeepNNClassifier) else LOGISTIC
    with tried(X=X, y=y, weight=weight):
        clf.fit(X, y, weight)
        event("fits")
        before = clf.predict_proba(X)
        try:
            clf.set_params(**data.draw(arguments(arguments_of)))
            with unchanged(clf):
                clf.fit(*other)
        except (ValueError, TypeError):
            np.testing.assert_array_equal(clf.predict_proba(X), before)
            raise
        event("fits again")
        check_classifier(clf, *other[:2])


@given(clf=classifiers(), problem=problems(), data=st.data())
@examples(0.1)
def test_partial_fit(clf, problem, data):
    X, y, weight = problem
    other = problem if data.draw(st.booleans()) else data.draw(problems())
    odd = st.sampled_from([None, [0, 1], ["a", "b"], [0], [], [1, 0, 0], 3, "ab"])
    classes = odd if data.draw(st.booleans()) else st.just(classes_of(y))
    with tried(X=X, y=y, weight=weight):
        clf.partial_fit(X, y, weight, classes=data.draw(classes))
        event("fits")
        clf.partial_fit(*other)
        event("fits again")
        check_classifier(clf, *other[:2])


def classes_of(y):
    try:
        return np.unique(y) if np.ndim(y) == 1 else None
    except (ValueError, TypeError):
        return None


@given(clf=classifiers(), problem=problems(), data=st.data())
@examples(0.1)
def test_predict_for_other_rows(clf, problem, data):
    X, y, weight = problem
    other, n = data.draw(tables())
    labels, _ = data.draw(targets(n))
    with tried(other=other):
        clf.fit(X, y, weight)
    if not hasattr(clf, "_state"):
        return
    for method in "predict", "predict_proba", "decision_function":
        with tried(other=other):
            found = getattr(clf, method)(other)
            event(method)
            if method != "predict":
                assert np.isfinite(found).all()
    with tried(other=other, labels=labels):
        assert 0 <= clf.score(other, labels, data.draw(weights(n))) <= 1


@given(params=arguments(ENCODER), problem=problems(), data=st.data())
@examples(0.1)
def test_encoder(params, problem, data):
    X, y, weight = problem
    other, _ = data.draw(tables())
    encoder = TabularEncoder(**params)
    with tried(X=X, y=y, weight=weight, other=other), unchanged(encoder):
        encoder.fit(X, data.draw(st.sampled_from([None, y])), weight)
        event("fits")
        check_encoder(encoder, X)
        encoder.transform(other)
        event("transforms")
