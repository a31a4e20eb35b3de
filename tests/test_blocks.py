"""Training by `partial_fit` on blocks of what memory cannot hold: Dask, Arrow, CSV."""

import tracemalloc
import warnings

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset
import pyarrow.parquet
import pytest
from dask_ml.wrappers import Incremental
from sklearn.datasets import make_classification

from skdeepnn import DeepNNClassifier, LogisticRegressionNN
from skdeepnn.preprocessing import TabularEncoder

N_ROWS, N_BLOCK = 3000, 500


@pytest.fixture(scope="module")
def table():
    """Numbers, a category with gaps, and "violet" only where most rows have gone by."""
    rng = np.random.RandomState(0)
    frame = pd.DataFrame({"amount": rng.lognormal(size=N_ROWS), "x": rng.randn(N_ROWS)})
    colors = np.array(["red", "green", None], dtype=object)
    frame["color"] = colors[rng.randint(3, size=N_ROWS)]
    frame.loc[2500:, "color"] = rng.choice(["red", "violet"], size=500)
    is_red = frame["color"] == "red"
    frame["label"] = np.where(is_red ^ (frame["x"] > 0), "yes", "no")
    return frame


def learn(clf, blocks):
    """Train on blocks in turn; return the classifier and what it warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for block in blocks:
            is_frame = isinstance(block, pd.DataFrame)
            drop = block.drop if is_frame else block.drop_columns
            names = {"columns": ["label"]}
            clf.partial_fit(drop(**names), block["label"], classes=["no", "yes"])
    return clf, [str(w.message) for w in caught]


def frames(table):
    return [table[i : i + N_BLOCK] for i in range(0, N_ROWS, N_BLOCK)]


def read_parquet(path, table):
    pa.parquet.write_table(pa.Table.from_pandas(table), path, row_group_size=N_BLOCK)
    return path


STREAMS = {
    "categories": lambda table, path: [
        block.astype({"color": "category"}) for block in frames(table)
    ],
    "row groups": lambda table, path: (
        pa.parquet.ParquetFile(read_parquet(path, table)).read_row_group(i)
        for i in range(N_ROWS // N_BLOCK)
    ),
    "dictionaries": lambda table, path: pa.parquet.ParquetFile(
        read_parquet(path, table), read_dictionary=["color"]
    ).iter_batches(N_BLOCK),
    "dataset": lambda table, path: pa.dataset.dataset(
        read_parquet(path, table)
    ).to_batches(batch_size=N_BLOCK),
    "partitions of Dask": lambda table, path: (
        partition.compute()
        for partition in dd.from_pandas(
            table, npartitions=N_ROWS // N_BLOCK, sort=False
        ).partitions
    ),
}


@pytest.mark.parametrize("kind", STREAMS)
def test_blocks_of_any_kind_teach_the_same(table, tmp_path, kind):
    clf, told = learn(DeepNNClassifier(random_state=0), frames(table))
    other, told_there = learn(
        DeepNNClassifier(random_state=0), STREAMS[kind](table, tmp_path / "t.parquet")
    )
    X = table.drop(columns="label")
    np.testing.assert_array_equal(other.predict_proba(X), clf.predict_proba(X))
    np.testing.assert_array_equal(
        other.predict_proba(pa.Table.from_pandas(X, preserve_index=False)),
        clf.predict_proba(X),
    )
    assert other.feature_names_in_.tolist() == ["amount", "x", "color"]
    # What comes too late is unknown, which the last block, and no other, tells
    assert told_there == told
    assert len(told) == 1
    n_violet = int((table["color"] == "violet").sum())
    assert f"'color' has 'violet' in {n_violet} rows. They count as unknown" in told[0]
    new = X.replace({"color": {"violet": "orange"}})
    np.testing.assert_array_equal(clf.predict_proba(X), clf.predict_proba(new))


def test_blocks_of_csv(table, tmp_path):
    table.to_csv(tmp_path / "t.csv", index=False)
    options = pa.csv.ReadOptions(block_size=20_000)
    blocks = pa.csv.open_csv(tmp_path / "t.csv", read_options=options)
    clf, told = learn(DeepNNClassifier(random_state=0), blocks)
    assert len(clf.loss_curve_) > 3  # blocks, each of them an epoch
    assert all("violet" in message for message in told)
    X = table.drop(columns="label")
    assert clf.score(X[:2500], table["label"][:2500]) > 0.9


def test_a_regression_learns_blocks_as_an_encoder_shows_them(table):
    first, *_ = blocks = frames(table)
    encoder = TabularEncoder().set_output(transform="pandas")
    encoder.fit(first.drop(columns="label"))
    clf = LogisticRegressionNN(solver="adam", random_state=0)
    for block in blocks * 5:
        X = encoder.transform(block.drop(columns="label"))
        clf.partial_fit(X, block["label"], classes=["no", "yes"])
    X = encoder.transform(table.drop(columns="label"))
    assert X.shape[1] == clf.n_features_in_
    assert np.isfinite(clf.predict_proba(X)).all()
    with pytest.raises(ValueError, match="could not convert string"):
        LogisticRegressionNN(solver="adam").fit(first[["color"]], first["label"])


@pytest.mark.parametrize(
    "clf",
    [
        DeepNNClassifier(random_state=0),
        LogisticRegressionNN(solver="adam", random_state=0),
    ],
    ids=repr,
)
@pytest.mark.parametrize("is_frame", [False, True])
def test_incremental_of_dask_ml_is_the_plain_loop(clf, is_frame):
    X, y = make_classification(1200, 10, random_state=0)
    blocks = da.from_array(X, chunks=(300, 10)), da.from_array(y, chunks=300)
    if is_frame:
        X = pd.DataFrame(X).add_prefix("x")
        blocks = (
            dd.from_pandas(X, npartitions=4),
            dd.from_pandas(pd.Series(y, name="y"), npartitions=4),
        )
    wrapped = Incremental(clf, scoring="accuracy", shuffle_blocks=False)
    with dask.config.set(scheduler="synchronous"):
        wrapped.fit(*blocks, classes=[0, 1])
        labels = wrapped.predict(blocks[0]).compute()
    plain = type(clf)(**clf.get_params())
    for i in range(0, 1200, 300):
        plain.partial_fit(X[i : i + 300], y[i : i + 300], classes=[0, 1])
    np.testing.assert_array_equal(
        wrapped.estimator_.predict_proba(X), plain.predict_proba(X)
    )
    np.testing.assert_array_equal(labels, plain.predict(X))


def test_what_is_not_in_memory_is_refused_whole(table):
    X = table.drop(columns="label")
    there = dd.from_pandas(X, npartitions=2)
    clf = DeepNNClassifier((8,), n_members=1, random_state=0)
    with pytest.raises(TypeError, match=r"X\.compute\(\), or train by partial_fit"):
        clf.fit(there, table["label"])
    with pytest.raises(TypeError, match="data frame of Dask"):
        clf.fit(X, table["label"]).predict(there)
    assert clf.predict(there.compute()).shape == (N_ROWS,)


def test_memory_does_not_grow_with_the_number_of_blocks():
    clf = DeepNNClassifier((32,), n_members=2, random_state=0)
    rng = np.random.RandomState(0)

    def learn_block():
        frame = pd.DataFrame(rng.randn(1000, 8)).add_prefix("x")
        frame["color"] = rng.choice(["red", "green"], 1000)
        clf.partial_fit(frame, frame["x0"] > 0, classes=[False, True])

    learn_block()
    learn_block()
    tracemalloc.start()
    try:
        learn_block()
        held, once = tracemalloc.get_traced_memory()
        for _ in range(20):
            learn_block()
        held_now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    one_block = 1000 * 8 * 8
    assert held_now - held < one_block
    assert most < 2 * once


def test_tables_of_arrow_take_pandas_to_read():
    class Table:
        def to_pandas(self):
            raise ImportError("No module named 'pandas'")

    with pytest.raises(ImportError, match=r'pip install "skdeepnn\[cli\]"'):
        DeepNNClassifier().fit(Table(), [0, 1])
