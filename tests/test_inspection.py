import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.inspection import permutation_importance
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeepnn import DeepNNClassifier, LogisticRegressionNN
from skdeepnn.inspection import oof_permutation_importance


def make_frame(n=600):
    rng = np.random.RandomState(0)
    frame = pd.DataFrame(
        {
            "noise": rng.randn(n),
            "color": rng.choice(["red", "green", "blue", "white"], n),
            "day": pd.Timestamp("2024-01-01")
            + pd.to_timedelta(rng.randint(0, 700, n), unit="D"),
            "size": np.where(rng.rand(n) < 0.2, np.nan, rng.randn(n)),
            "same": 1.0,
        }
    )
    is_warm = frame.color.isin(["red", "white"])
    y = is_warm ^ (frame.day.dt.month.isin([6, 7, 8])) ^ (frame["size"] > 1)
    return frame, y.to_numpy()


def test_columns_of_all_kinds_are_shuffled_whole():
    X, y = make_frame()
    clf = DeepNNClassifier(random_state=0).fit(X, y)
    found = oof_permutation_importance(clf, X, y, random_state=0)
    by_name = dict(zip(X.columns, found.importances_mean, strict=True))
    assert by_name["color"] > 0.2
    assert by_name["day"] > by_name["size"] > 0.02
    assert abs(by_name["noise"]) < 0.03
    assert by_name["same"] == 0
    assert found.importances.shape == (5, 5)
    np.testing.assert_allclose(found.importances_std, found.importances.std(axis=1))


def test_some_rows_tell_nearly_the_same_as_all():
    X, y = make_frame()
    clf = DeepNNClassifier(random_state=0).fit(X, y)
    of = {"random_state": 0, "sample_weight": np.ones(600)}
    every = oof_permutation_importance(clf, X, y, **of).importances_mean
    for max_samples in (300, 0.5):
        some = oof_permutation_importance(clf, X, y, max_samples=max_samples, **of)
        np.testing.assert_allclose(some.importances_mean, every, atol=0.06)
        assert not np.array_equal(some.importances_mean, every)
    few = oof_permutation_importance(clf, X, y, max_samples=1, **of)
    assert np.isfinite(few.importances).all()
    for max_samples in (0, 1.5, 0.0):
        with pytest.raises(ValueError, match="max_samples must be"):
            oof_permutation_importance(clf, X, y, max_samples=max_samples)


def test_agrees_with_scikit_learn_on_rows_held_out():
    X, y = load_breast_cancer(return_X_y=True)
    X, X_test, y, y_test = train_test_split(X, y, random_state=0)
    clf = DeepNNClassifier(random_state=0).fit(X, y)
    of = {"scoring": "neg_log_loss", "random_state": 0, "n_repeats": 20}
    ours = oof_permutation_importance(clf, X, y, **of).importances_mean
    theirs = permutation_importance(clf, X_test, y_test, **of).importances_mean
    assert spearmanr(ours, theirs).statistic > 0.6


def test_shuffling_encoded_columns_is_shuffling_the_table():
    """The decrease is that of scoring a table in which a column is shuffled."""
    X, y = make_frame(200)
    clf = DeepNNClassifier(random_state=0).fit(X, y)
    record = clf._state.record
    encoder = clf._state.encoder
    positions = encoder.columns_of_features()
    rng = np.random.RandomState(0)
    for j, name in enumerate(X):
        order = rng.permutation(len(X))
        shuffled = X.assign(**{name: X[name].to_numpy()[order]})
        expected = encoder.transform(shuffled)
        encoded = encoder.transform(X)
        encoded[:, positions[j]] = encoded[order][:, positions[j]]
        np.testing.assert_allclose(encoded, expected, atol=1e-6)
    assert len(record.labels) == 200


def test_repeats_with_a_seed_and_leaves_the_data_alone():
    X, y = load_iris(return_X_y=True)
    clf, before = DeepNNClassifier(random_state=0).fit(X, y), X.copy()
    first, second = (
        oof_permutation_importance(clf, X, y, random_state=1) for _ in range(2)
    )
    np.testing.assert_array_equal(first.importances, second.importances)
    np.testing.assert_array_equal(X, before)


def test_numbers_taken_as_they_are():
    X, y = load_iris(return_X_y=True)
    clf = DeepNNClassifier(preprocess=None, random_state=0).fit(
        StandardScaler().fit_transform(X), y
    )
    found = oof_permutation_importance(
        clf, StandardScaler().fit_transform(X), y, random_state=0
    )
    assert set(np.argsort(found.importances_mean)[-2:]) == {2, 3}


def test_a_pipeline_of_nothing_else_will_do():
    X, y = load_iris(return_X_y=True)
    piped = make_pipeline("passthrough", DeepNNClassifier(random_state=0)).fit(X, y)
    found = oof_permutation_importance(piped, X, y, random_state=0)
    alone = oof_permutation_importance(piped[-1], X, y, random_state=0)
    np.testing.assert_array_equal(found.importances, alone.importances)


def test_weights_count():
    X, y = load_iris(return_X_y=True)
    clf = DeepNNClassifier(random_state=0).fit(X, y)
    weight = (y == 0).astype(float)  # which two columns tell apart, each
    of = {"random_state": 0, "n_repeats": 3}
    weighted = oof_permutation_importance(clf, X, y, sample_weight=weight, **of)
    assert weighted.importances_mean.max() < 0.4
    assert not np.allclose(
        weighted.importances, oof_permutation_importance(clf, X, y, **of).importances
    )


def test_refuses_what_it_cannot_judge():
    X, y = load_iris(return_X_y=True)
    clf = DeepNNClassifier(random_state=0).fit(X, y)
    with pytest.raises(ValueError, match="not the rows that"):
        oof_permutation_importance(clf, X[::-1], y[::-1])
    with pytest.raises(ValueError, match="not the rows that"):
        oof_permutation_importance(clf, X + 1, y)
    with pytest.raises(ValueError, match="at least 1"):
        oof_permutation_importance(clf, X, y, n_repeats=0)
    behind_a_scaler = make_pipeline(StandardScaler(), clf).fit(X, y)
    with pytest.raises(ValueError, match=r"\['standardscaler'\] in front"):
        oof_permutation_importance(behind_a_scaler, X, y)
    with pytest.raises(TypeError, match="LogisticRegressionNN has no out-of-fold"):
        oof_permutation_importance(LogisticRegressionNN().fit(X, y), X, y)
    with pytest.raises(AttributeError, match="each hold out a fold"):
        oof_permutation_importance(
            DeepNNClassifier().fit(X[:50], y[:50]), X[:50], y[:50]
        )
