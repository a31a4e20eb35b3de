"""What `accuracy.py` fits: tables in files, and the classifiers of their rows."""

from importlib.util import find_spec

import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skdeepnn import DeepNNClassifier

MAX_ROWS = 15_000
SMALLEST_CLASS = 10
GAPS = {"?": None, "<null>": None}


# ----------------------------------------------------------------------------- tables


def find(folders, names=None):
    """Return the paths of tables by their folder's name and their own."""
    return {
        (folder.resolve().name, path.stem): path
        for folder in folders
        for path in sorted(folder.glob("*.dat"))
        if not names or path.stem in names
    }


def load(path):
    """Read a table in KEEL's format.

    Returns
    -------
    X : DataFrame
        Numbers as float64, other columns as categories.
    y : ndarray of int
        Labels by their order.
    """
    rows = [
        [cell.strip() for cell in line.split(",")]
        for line in path.read_text().splitlines()
        if line.strip() and not line.startswith("@")
    ]
    frame = pd.DataFrame(rows).replace(GAPS)
    y = frame.iloc[:, -1].to_numpy(str)
    X = frame.iloc[:, :-1].set_axis(range(frame.shape[1] - 1), axis=1)
    for name in X:
        try:
            X[name] = X[name].astype(float)
        except ValueError:
            X[name] = X[name].astype("category")
    X.columns = [f"x{name}" for name in X]
    if len(y) > MAX_ROWS:
        _, X, _, y = train_test_split(
            X, y, test_size=MAX_ROWS, stratify=y, random_state=0
        )
    labels, counts = np.unique(y, return_counts=True)
    keep = np.isin(y, labels[counts >= SMALLEST_CLASS])
    return X[keep].reset_index(drop=True), np.unique(y[keep], return_inverse=True)[1]


# ------------------------------------------------------------------------ classifiers


def prepared(classifier):
    """Put `classifier` behind scaled numbers, gaps filled, and one-hot categories."""
    return make_pipeline(
        make_column_transformer(
            (
                make_pipeline(SimpleImputer(strategy="median"), StandardScaler()),
                make_column_selector(dtype_include="number"),
            ),
            (
                OneHotEncoder(handle_unknown="ignore", sparse_output=False),
                make_column_selector(dtype_exclude="number"),
            ),
        ),
        classifier,
    )


class CatBoost:
    """CatBoost, told which columns are categories, and given strings in these.

    Gaps among categories become "?", which no category is called: it stands for a gap
    in the files. Those among numbers are left to CatBoost.
    """

    def __init__(self, split):
        from catboost import CatBoostClassifier

        self.model = CatBoostClassifier(
            random_seed=split, thread_count=1, verbose=False, allow_writing_files=False
        )

    def fit(self, X, y):
        """Fit on a data frame with columns of numbers and categories."""
        categories = list(X.select_dtypes("category"))
        self.model.fit(_with_strings(X), y, cat_features=categories)
        return self

    def predict_proba(self, X):
        """Return the probabilities of the labels 0, 1, ... in columns."""
        return self.model.predict_proba(_with_strings(X))


def _with_strings(X):
    categories = X.select_dtypes("category").astype(object)
    return X.assign(**categories.where(categories.notna(), "?"))


def lightgbm(split):
    """LightGBM, which takes pandas' categories, and gaps of all kinds, as they are."""
    from lightgbm import LGBMClassifier

    return LGBMClassifier(random_state=split, n_jobs=1, verbose=-1)


MODELS = {
    "skdeepnn": lambda split: DeepNNClassifier(random_state=split),
    "mlp": lambda split: prepared(MLPClassifier(random_state=split)),
    "lr": lambda split: prepared(LogisticRegression(max_iter=1000)),
    "hgb": lambda split: HistGradientBoostingClassifier(random_state=split),
    "catboost": CatBoost,
    "lightgbm": lightgbm,
}


def is_installed(method):
    """Tell whether a method can be run: two are named after the library they need."""
    return method not in ("catboost", "lightgbm") or find_spec(method) is not None
