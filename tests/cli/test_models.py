import sys

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skdeepnn.cli.compare import compare, summarize
from skdeepnn.cli.messages import CompareError
from skdeepnn.cli.models import (
    make_models,
    preparation_note,
    split_names,
    with_preparation,
)

# Names


def test_commas_in_brackets_do_not_split():
    text = "mlp(hidden_layer_sizes=(8, 4), alpha=1), sklearn.svm.SVC(C=2) ,,hgb"
    assert split_names(text) == [
        "mlp(hidden_layer_sizes=(8, 4), alpha=1)",
        "sklearn.svm.SVC(C=2)",
        "hgb",
    ]


def test_dotted_names_and_arguments():
    models = make_models(
        [
            "sklearn.svm.SVC",
            "sklearn.svm.SVC(C=10, kernel='poly')",
            "sklearn.ensemble.RandomForestClassifier(random_state=None)",
            "mlp(hidden_layer_sizes=(8, 4))",
            "sklearn.neighbors.KNeighborsClassifier()",
        ],
        (5,),
        seed=3,
    )
    assert list(models) == [
        "SVC",
        "SVC(C=10, kernel='poly')",
        "RandomForestClassifier(random_state=None)",
        "MLPClassifier(hidden_layer_sizes=(8, 4))",
        "KNeighborsClassifier",
    ]
    plain, poly, forest, mlp, _ = models.values()
    assert (plain.C, plain.random_state, poly.C, poly.kernel) == (1.0, 3, 10, "poly")
    assert forest.random_state is None  # what is given is not overruled
    assert (mlp.hidden_layer_sizes, mlp.random_state) == ((8, 4), 3)


MODULE = """
import os
from sklearn.svm import SVC as Other

class SVC(Other):
    pass

class Keywords(Other):
    def __init__(self, C=1.0, **kwargs):
        super().__init__(C=C)

def function():
    pass
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    (tmp_path / "of_the_user").mkdir()
    for name, text in {
        "__init__": "",
        "good": MODULE,
        "needy": "import nowhere_at_all",
        "broken": "1 / 0",
    }.items():
        (tmp_path / "of_the_user" / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in [name for name in sys.modules if name.startswith("of_the_user")]:
        monkeypatch.delitem(sys.modules, name)


def test_two_classes_of_one_name_are_told_apart(package):
    models = make_models(["sklearn.svm.SVC", "of_the_user.good.SVC"])
    assert list(models) == ["SVC", "of_the_user.good.SVC"]
    assert type(models["SVC"]) is not type(models["of_the_user.good.SVC"])


@pytest.mark.parametrize(
    "name, message",
    [
        ("svm", r"There is no model 'svm'. Choose from .* dotted name"),
        (".", r"There is no model '\.'"),
        ("sklearn.svm.SVCC", r"no 'SVCC': did you mean sklearn\.svm\.SVC\?"),
        ("sklearn.svm.Qqqqq", r"no 'Qqqqq': check its spelling"),
        ("sklearn.svmm.SVC", r"no module 'sklearn.svmm'; sklearn is there: check"),
        ("nowhere.SVC", r"no module 'nowhere'; install 'nowhere' for this Python"),
        ("sklearn.svm", r"is no class"),
        ("sklearn.metrics.accuracy_score", r"is no class"),
        ("sklearn.svm.SVR", r"is no classifier"),
        ("json.JSONDecoder", r"is no classifier"),
        ("of_the_user.needy.SVC", r"needs 'nowhere_at_all', which is not installed"),
        ("of_the_user.broken.SVC", r"fails \(ZeroDivisionError: .*\): mend"),
        ("of_the_user.good.Keywords(CC=1)", r"has no 'CC': did you mean 'C'\?"),
        ("sklearn.svm.SVC(D=1)", r"unexpected keyword argument 'D'\): mend its arg"),
        ("sklearn.ensemble.VotingClassifier", r"name one that needs no arguments"),
        ("sklearn.svm.SVC(10)", r"write names and plain values"),
        ("sklearn.svm.SVC(", r"write names and plain values"),
        ("sklearn.svm.SVC(C=1).fit", r"write names and plain values"),
        ("sklearn.svm.SVC(**{'C': 1})", r"write names and plain values"),
        ("sklearn.svm.SVC(C=[1 for _ in 'a'])", r"write names and plain values"),
    ],
)
def test_what_cannot_be_made_says_why_in_one_line(name, message, package):
    with pytest.raises(CompareError, match=message) as error:
        make_models([name])
    assert "\n" not in str(error.value)


def test_nothing_in_arguments_is_executed(tmp_path):
    path = tmp_path / "touched"
    text = f"sklearn.svm.SVC(C=__import__('pathlib').Path({str(path)!r}).touch())"
    with pytest.raises(CompareError, match="plain values"):
        make_models(split_names(text))
    assert not path.exists()


# Preparation


@pytest.fixture
def table():
    rng = np.random.RandomState(0)
    n = 90
    X = pd.DataFrame(
        {
            "[a]": np.where(np.arange(n) % 5, rng.normal(size=n) * 1e3, np.nan),
            "b": pd.Categorical(rng.choice(["u", "v", None], n)),
        }
    )
    return X, np.arange(n) % 3


def test_models_of_other_packages_take_gaps_and_categories(table):
    X, y = table
    names = [
        "sklearn.svm.SVC",
        "sklearn.ensemble.RandomForestClassifier(n_estimators=3)",
        "sklearn.naive_bayes.GaussianNB",
    ]
    models = make_models(names)
    for row in summarize(compare(X, y, models, cv=2)):
        assert row["error"] is None
    forest = with_preparation(models["RandomForestClassifier(n_estimators=3)"], X)
    prepared = forest[:-1].fit_transform(X)
    assert np.isnan(prepared).any()  # trees take gaps as such, and need no scale
    assert np.nanmax(prepared) == X["[a]"].max()
    scaled = np.asarray(with_preparation(models["SVC"], X)[:-1].fit_transform(X))
    assert np.isfinite(scaled).all()
    (note,) = preparation_note(models, X)
    assert "to SVC, RandomForestClassifier(n_estimators=3), GaussianNB" in note
    assert preparation_note(models, X[["[a]"]]) == []
    assert preparation_note(make_models(), X) == []


def test_names_of_columns_do_not_reach_trees(table):
    X = table[0][["[a]"]]
    model = with_preparation(RandomForestClassifier(), X).fit(X, table[1])
    assert not hasattr(model[-1], "feature_names_in_")


# Scores of what gives no probabilities


@pytest.mark.parametrize("load", [load_breast_cancer, load_iris])
def test_models_without_probabilities_are_scored_by_what_they_have(load):
    X, y = load(return_X_y=True)
    held_out = {}
    models = make_models(["sklearn.svm.SVC", "sklearn.svm.LinearSVC"])
    records = list(compare(X, y, models, cv=2, held_out=held_out))
    model = make_pipeline(StandardScaler(), SVC())
    splitter = StratifiedKFold(2, shuffle=True, random_state=0)
    for record, (train, test) in zip(records[::2], splitter.split(X, y), strict=True):
        model.fit(X[train], y[train])
        scores = model.decision_function(X[test])
        classes = [1] if scores.ndim == 1 else range(3)
        scores = scores[:, np.newaxis] if scores.ndim == 1 else scores
        areas = [
            roc_auc_score(y[test] == k, scores[:, i]) for i, k in enumerate(classes)
        ]
        assert record["accuracy"] == model.score(X[test], y[test])
        assert_allclose(record["roc_auc"], np.mean(areas))
        assert record["log_loss"] is None
        assert record["error"] is None
        kept, predicted = held_out["SVC"]
        assert_allclose(kept[test][:, -1], scores[:, -1])
        assert (predicted[test] == model.predict(X[test])).all()
    for row in summarize(records):
        assert row["log_loss"] is None
        assert row["n_failed"] == 0


def test_scores_of_pairs_of_classes_are_not_taken_for_those_of_classes():
    X, y = load_iris(return_X_y=True)
    X, y = np.vstack([X, X + 5]), np.concatenate([y, y + 3])  # 6 classes, 15 pairs
    models = make_models(["sklearn.svm.SVC(decision_function_shape='ovo')"])
    (row,) = summarize(compare(X, y, models, cv=2))
    assert row["roc_auc"] is None
    assert row["accuracy"]["mean"] > 0.9


def test_what_was_held_out_is_kept_only_if_asked_for():
    X, y = load_iris(return_X_y=True)
    held_out = {}
    models = make_models(["logreg"])
    records = list(compare(X, y, models, cv=3, held_out=held_out))
    proba, predicted = held_out["LogisticRegression"]
    assert_allclose(proba.sum(axis=1), 1)
    accuracies = [record["accuracy"] for record in records]
    assert_allclose(np.mean(predicted == y), np.mean(accuracies))
    assert records[0].keys() == next(compare(X, y, models, cv=3)).keys()
