"""What became of each column, as attribute and in notebooks."""

from datetime import date, time, timedelta

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_array

from skdeepnn import DeepNNClassifier, LogisticRegressionNN
from skdeepnn.preprocessing import TabularEncoder
from skdeepnn.tables.summary import as_html

DAYS = [date(2020, 1, 1) + timedelta(i) for i in range(200)]
HALF = np.repeat(["no", "yes"], 100)
TABLE = pd.DataFrame(
    {
        "size": [None] * 20 + list(np.arange(180.0)),
        "price": [f"{i}.5" for i in range(200)],
        "day": DAYS,
        "span": [timedelta(i) for i in range(200)],
        "hour": [time(i % 24) for i in range(200)],
        "color": np.resize(["red", "bay", "tan", None], 200),
        "sex": np.resize(["f", "m"], 200),
        "name": [f"ann{i}" for i in range(100)] + [f"jim{i}" for i in range(100)],
        "same": "x",
        "one": 1.0,
        "gone": np.nan,
        "blank": np.full(200, None, dtype=object),
        "town": ["Rome"] * 150 + [f"town {i}" for i in np.resize([3, 1, 2], 50)],
    }
)


def columns_of(encoder):
    return pd.DataFrame(encoder.columns_).set_index("name")


def test_what_became_of_each_column():
    columns = columns_of(TabularEncoder().fit(TABLE, HALF))
    assert columns["kind"].to_dict() == {
        "size": "numbers",
        "price": "numbers",
        "day": "dates",
        "span": "durations",
        "hour": "times",
        "color": "categories",
        "sex": "categories",
        "name": "text",
        "same": "constant",
        "one": "constant",
        "gone": "empty",
        "blank": "empty",
        "town": "categories",
    }
    assert columns["n_outputs"].loc[["size", "price", "day"]].tolist() == [2, 1, 5]
    assert columns["n_outputs"].loc[["color", "sex", "gone", "blank"]].tolist() == [
        *[4, 1, 0, 0],
    ]
    assert columns["n_categories"].loc[["color", "sex", "name", "size"]].tolist() == [
        *[3, 2, 0, 0],
    ]
    assert_allclose(columns.loc[["size", "color", "gone"], "missing"], [0.1, 0.25, 1])
    assert_allclose(columns.loc[["name", "color", "size"], "rare"], [1, 0, 0])


@pytest.mark.parametrize("weight", [None, np.resize([1.0, 0.0, 3.0], 200)])
def test_outputs_are_as_many_as_there_are(weight):
    encoder = TabularEncoder().fit(TABLE, HALF, weight)
    encoded = encoder.transform(TABLE)
    assert encoder.columns_["n_outputs"].sum() == encoded.shape[1]
    for name, n_outputs in columns_of(encoder)["n_outputs"].items():
        out = encoder.get_feature_names_out()
        stems = [o.removeprefix("missingindicator_") for o in out]
        assert n_outputs == sum(o == name or o.startswith(f"{name}_") for o in stems)


def test_shares_are_those_of_the_weight():
    weight = np.where(TABLE["size"].isna(), 9.0, 1.0)
    columns = columns_of(TabularEncoder().fit(TABLE, HALF, 5 * weight))
    assert_allclose(columns.loc["size", "missing"], 0.5)
    weight = np.where(TABLE["color"].isna(), 3.0, 1.0)
    columns = columns_of(TabularEncoder().fit(TABLE, HALF, weight))
    assert_allclose(columns.loc["color", "missing"], 0.5)
    weight = np.where(TABLE["color"].isna(), 0.0, 1.0)
    columns = columns_of(TabularEncoder().fit(TABLE, HALF, weight))
    assert columns.loc["color", "missing"] == 0


@pytest.mark.parametrize("weight", [None, [1.0, 3.0, 1.0, 1.0]])
def test_sparse_matrices(weight):
    X = csr_array(np.array([[0, 2.0], [np.nan, 0], [3, 0], [4, 0]]))
    columns = TabularEncoder().fit(X, sample_weight=weight).columns_
    assert columns["name"].tolist() == ["x0", "x1"]
    assert_allclose(columns["missing"], [0.25 if weight is None else 0.5, 0])
    assert columns["n_outputs"].tolist() == [2, 1]


def test_a_table_of_nothing():
    table = pd.DataFrame({"a": [np.nan] * 5, "b": pd.Series([None] * 5, dtype="str")})
    columns = TabularEncoder(categorical_features=["b"]).fit(table).columns_
    assert columns["kind"].tolist() == ["empty", "empty"]
    assert columns["n_outputs"].tolist() == [1, 1]  # a network needs some


def test_html_is_escaped_and_short():
    names = ["<script>alert(1)</script>", "b" * 300, *map(str, range(998))]
    encoder = TabularEncoder().fit(pd.DataFrame(np.eye(1000), columns=names))
    html = as_html(encoder.columns_)
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "b" * 41 not in html
    assert "1000 columns, 1000 outputs: 1000 of numbers" in html
    assert "and 900 more" in html
    assert html.count("<tr>") == 102


def test_notebooks_show_the_columns():
    encoder = TabularEncoder()
    assert "13 columns" not in encoder._repr_html_()
    html = encoder.fit(TABLE, HALF)._repr_html_()
    assert "13 columns, " in html
    assert ">durations<" in html
    clf = DeepNNClassifier(random_state=0)
    assert "13 columns" not in clf._repr_html_()
    html = clf.fit(TABLE, HALF)._repr_html_()
    assert "13 columns, " in html
    assert "Dense(" in html


def test_columns_of_a_classifier():
    clf = DeepNNClassifier(random_state=0)
    assert not hasattr(clf, "columns_")
    assert clf.fit(TABLE, HALF).columns_["kind"][7] == "text"
    numbers = np.random.RandomState(0).standard_normal((100, 2))
    clf.set_params(preprocess=None).fit(numbers, HALF[50:150])
    with pytest.raises(AttributeError, match="There is no columns_: .*preprocess"):
        clf.columns_  # noqa: B018
    assert " columns, " not in clf._repr_html_()
    with pytest.raises(AttributeError, match="has no attribute 'columns_'"):
        LogisticRegressionNN().fit(numbers, HALF[50:150]).columns_  # noqa: B018
