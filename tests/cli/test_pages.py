import re
import resource
import subprocess
import sys
from html import unescape
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from browser import measured, run
from sklearn.datasets import load_breast_cancer, load_iris

from skdeepnn import DeepNNClassifier, LogisticRegressionNN, save
from skdeepnn.__main__ import main
from skdeepnn.cli.compare import compare, summarize
from skdeepnn.cli.compared import comparison_page
from skdeepnn.cli.models import make_models
from skdeepnn.cli.page import table
from skdeepnn.cli.report import report_page
from skdeepnn.cli.verdict import verdict
from skdeepnn.preprocessing import TabularEncoder

EVIL = ["<script>alert(1)</script>", "\"'&", "</style><img src=x onerror=alert(1)>"]
VOID = {"meta", "wbr"}

# Short trainings: what they find is no matter here
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Reader(HTMLParser):
    """Checks that tags are closed in order, and notes what there is."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.words = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    def named(self, name):
        return [attrs for tag, attrs in self.tags if tag == name]

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def check(page):
    """Check what holds for every page, and return what it has."""
    reader = Reader(page)
    assert page.startswith("<!DOCTYPE html>\n<html lang=")
    kinds = {tag for tag, _ in reader.tags}
    assert not kinds & {"script", "img", "link", "iframe", "object", "image", "use"}
    attributes = [name for _, attrs in reader.tags for name in attrs]
    assert not set(attributes) & {"src", "srcset", "data", "xlink:href"}
    assert not any(name.startswith("on") for name in attributes)
    assert all(attrs["href"].startswith("#") for attrs in reader.named("a"))
    ids = [attrs["id"] for _, attrs in reader.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {attrs["href"][1:] for attrs in reader.named("a")} == set(ids)
    (style,) = re.findall("<style>(.*?)</style>", page, re.DOTALL)
    assert "url(" not in style
    assert "@import" not in style
    assert all("scope" in attrs for attrs in reader.named("th"))
    assert len(reader.named("caption")) == len(reader.named("table"))
    for attrs in reader.named("svg"):
        assert attrs.get("aria-hidden") or len(attrs["aria-label"]) > 10
    levels = [int(tag[1]) for tag, _ in reader.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    steps = zip(levels, levels[1:], strict=False)
    assert all(after <= before + 1 for before, after in steps)
    assert "nan" not in re.sub("[a-z]*nan[a-z]+|[a-z]+nan", "", reader.text.lower())
    return reader


def looked_at(tmp_path, page, width=360, *options):
    """Check what a browser shows of a page."""
    seen = measured(tmp_path, page, width, *options)
    assert seen["width"] == width
    assert seen["scroll_width"] <= width
    assert seen["loaded"] == 0
    assert seen["n_scripts"] == 0
    for w, h, left, right in seen["pictures"]:
        assert w > 200
        assert h > 50
        assert left >= 0
        assert right <= width
    return seen


def importance_of(names, seed=0):
    values = np.random.RandomState(seed).normal(0.01, 0.01, (len(names), 5))
    return {"names": list(names), "values": values, "score": "accuracy"}


def about_of(names, **others):
    return {
        "data": "table & more.csv",
        "target": "<b>target</b>",
        "n_rows": 150,
        "created": "2020-02-29",
        "versions": {"skdeepnn": "9.8.7", "numpy": "2.0.1"},
        "seconds": 1.25,
        "notes": ["Dropped 1 row with no '<i>'."],
        "importance": importance_of(names),
        **others,
    }


@pytest.fixture(scope="module")
def evil():
    """A model whose columns and classes have names of a bad kind."""
    X, y = load_iris(return_X_y=True)
    frame = pd.DataFrame(X[:, :3], columns=EVIL)
    frame["x" * 300] = pd.Categorical(np.where(X[:, 3] > 1, *EVIL[:2]))
    frame = frame.astype({"x" * 300: object})
    frame.iloc[::3, 0] = np.nan
    frame.iloc[:2, 3] = "rare"
    clf = DeepNNClassifier(max_iter=12, random_state=0)
    return clf.fit(frame, np.array(EVIL)[y])


@pytest.fixture(scope="module")
def evil_page(evil):
    return report_page(evil, about_of(evil.feature_names_in_), f"{EVIL[0]}.model")


# Models


def test_page_of_a_model_has_what_is_known(evil, evil_page):
    reader = check(evil_page)
    report = evil.score_report()
    for key in ("accuracy", "log_loss", "roc_auc"):
        row = report[key]
        assert f"{row['value']:.4f} ± {row['standard_error']:.4f}" in reader.text
    assert f"{report['calibration_error']['value']:.4f}" in reader.text
    assert "0.3333 by the most frequent class alone" in reader.text
    for name in EVIL:
        row = report["per_class"][name]
        numbers = " ".join(f"{row[key]:.3f}" for key in ("precision", "recall", "f1"))
        assert f"{name} {numbers} {row['roc_auc']:.3f} 50" in reader.text
    headings = [
        "Scores",
        "Predictions",
        "Reliability",
        "ROC",
        "Confusion matrix",
        "Classes",
        "Columns",
        "Importance",
        "What became of them",
        "Training",
        "Losses",
        "Settings",
        "Notes",
    ]
    for heading in headings:
        assert re.search(f"<h[23]>{heading}</h[23]>", evil_page), heading
    wrong = 150 - round(150 * evil.oof_score_)
    assert f"{wrong} of 150 rows are off the diagonal" in reader.text
    assert "Trained on 2020-02-29 in 1.25 s" in reader.text
    assert "Dropped 1 row with no '<i>'." in reader.text
    assert "skdeepnn 9.8.7" in reader.text
    assert "max_iter 12 'auto'" in reader.text
    assert "What is missing" not in reader.text


def test_shares_stand_below_each_other_however_small():
    html = table(["column", "rare"], [["a", "5.76 %"], ["b", "< 0.1 %"]], "All")
    assert html.count('<td class="num">') == 2


def test_names_are_text_and_nothing_else(evil_page):
    assert "<script" not in evil_page
    assert "onerror=alert(1)>" not in evil_page
    assert evil_page.count("</style>") == 1
    text = Reader(evil_page).text
    for name in [*EVIL, "<b>target</b> in table & more.csv"]:
        assert name in text
    assert "x" * 61 not in text
    labels = [attrs.get("aria-label", "") for attrs in Reader(evil_page).named("svg")]
    assert any(EVIL[0] in label for label in labels)


def test_a_phone_shows_all_of_it(evil_page, tmp_path):
    seen = looked_at(tmp_path, evil_page)
    assert len(seen["pictures"]) == 3
    for name in EVIL:
        assert name in seen["text"]
    assert "ROC AUC" in seen["text"]
    assert seen["headings"][:3] == ["H1", "H2", "H2"]


def test_dark_rooms_are_dark(evil_page, tmp_path):
    dark = "--blink-settings=preferredColorScheme=0"
    seen = looked_at(tmp_path, evil_page, 1280, dark)
    red, green, blue = map(int, re.findall(r"\d+", seen["paper"]))
    assert max(red, green, blue) < 64
    light = "--blink-settings=preferredColorScheme=1"
    assert looked_at(tmp_path, evil_page, 1280, light)["paper"] == "rgb(255, 255, 255)"


def test_paper_has_all_of_it(evil_page, tmp_path):
    path = tmp_path / "page.pdf"
    run(tmp_path, evil_page, "--no-pdf-header-footer", f"--print-to-pdf={path}")
    content = path.read_bytes()
    assert content.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", content)) > 1
    # A4 less its margins is 688 px wide: there the rules for paper cut nothing off
    assert all(f">{head}</th>" in evil_page for head in ("missing", "categories"))
    printed = evil_page.replace("@media print", "@media all")
    seen = looked_at(tmp_path, printed, 688)
    assert all(right <= 688 for *_, right in seen["tables"])


def test_two_classes_have_one_curve():
    X, y = load_breast_cancer(return_X_y=True)
    clf = DeepNNClassifier(max_iter=5, random_state=0).fit(X, y)
    page = report_page(clf, None, "cancer.model")
    reader = check(page)
    area = clf.score_report()["roc_auc"]["value"]
    labels = [attrs.get("aria-label", "") for attrs in reader.named("svg")]
    roc = f"ROC curves, with the area under each: 1 {area:.3f}."
    assert roc in labels
    assert "does not hold how important columns are" in reader.text
    assert "569 rows, each predicted" in reader.text


def test_huge_tables_make_pages_that_can_be_read(tmp_path):
    rng = np.random.RandomState(0)
    X = pd.DataFrame(rng.normal(size=(1500, 200)))
    X.columns = [f"a column with a name of some length {i}" for i in range(200)]
    y = np.array([f"class {i}" for i in range(50)])[np.arange(1500) % 50]
    clf = DeepNNClassifier(max_iter=2, random_state=0).fit(X, y)
    page = report_page(clf, about_of(X.columns))
    reader = check(page)
    assert len(page) < 300_000
    assert "180 less important columns left out" in reader.text
    assert "150 more are in the model’s columns_" in reader.text
    assert "The other 45, with larger areas, are grey" in reader.text
    assert "The 10 most frequent, of" in reader.text
    seen = looked_at(tmp_path, page)
    assert len(seen["pictures"]) == 4


def test_more_classes_than_a_picture_can_show():
    X = np.random.RandomState(0).normal(size=(400, 2))
    clf = DeepNNClassifier(max_iter=2, random_state=0).fit(X, np.arange(400) % 80)
    reader = check(report_page(clf))
    assert "60 classes with most mistakes; 20 are left out" in reader.text
    assert "30 classes with higher F1 are left out" in reader.text


def test_weights_and_single_rows_of_a_class():
    X = np.random.RandomState(0).normal(size=(100, 2))
    y = np.r_[0, np.ones(49, int), np.full(50, 2)]
    weight = np.linspace(0.5, 2, 100)
    clf = DeepNNClassifier(max_iter=2, random_state=0).fit(X, y, weight)
    assert "Weights: " in check(report_page(clf)).text


def small():
    X, y = load_iris(return_X_y=True)
    return DeepNNClassifier(max_iter=3).fit(X[40:60], y[40:60])


def in_parts():
    X, y = load_iris(return_X_y=True)
    return DeepNNClassifier().partial_fit(X, y, classes=[0, 1, 2])


def several_labels():
    X, y = load_iris(return_X_y=True)
    return DeepNNClassifier(max_iter=3).fit(X, np.c_[y > 0, y > 1].astype(int))


def one_class():
    return DeepNNClassifier(max_iter=2).fit(np.arange(100.0)[:, None], np.zeros(100))


LACKING = {
    "small": (small, "No rows were held out"),
    "in parts": (in_parts, "No rows were held out"),
    "several labels": (several_labels, "there is no confusion matrix"),
    "one class": (one_class, None),
    "linear": (
        lambda: LogisticRegressionNN().fit(*load_iris(return_X_y=True)),
        "LogisticRegressionNN holds out no rows",
    ),
    "encoder": (
        lambda: TabularEncoder().fit(load_iris().data, load_iris().target),
        "TabularEncoder prepares columns and predicts nothing",
    ),
    "sparse": (
        lambda: LogisticRegressionNN(solver="adam", max_iter=3).fit(
            *load_iris(return_X_y=True)
        ),
        "LogisticRegressionNN holds out no rows",
    ),
    "as they come": (
        lambda: DeepNNClassifier(preprocess=None, max_iter=3).fit(
            *load_iris(return_X_y=True)
        ),
        "Columns were taken as they came",
    ),
}


@pytest.mark.parametrize("case", LACKING)
def test_what_a_model_has_not_is_said(case, tmp_path):
    make, sentence = LACKING[case]
    path = tmp_path / "a.model"
    save(make(), path)
    assert main(["report", str(path)]) == 0
    reader = check((tmp_path / "a.html").read_text(encoding="utf-8"))
    assert "Settings" in reader.text
    if sentence is not None:
        assert "What is missing" in reader.text
        assert sentence in reader.text


# Comparisons


@pytest.fixture(scope="module")
def compared():
    X, y = load_iris(return_X_y=True)
    names = ["logreg", "deepnn(max_iter=3)", "sklearn.svm.SVC"]
    models, held_out = make_models(names), {}
    models["broken <model>"] = make_models(["logreg(C=-1)"])["LogisticRegression(C=-1)"]
    y = np.array(EVIL)[y]
    records = list(compare(X, y, models, cv=3, held_out=held_out))
    summary = summarize(records)
    args = y, summary, records, held_out, verdict(summary, records), ["A <note>."]
    return summary, records, comparison_page("evil & co: 150 rows", *args)


def test_page_of_a_comparison_has_all_results(compared):
    summary, records, page = compared
    reader = check(page)
    text = reader.text.replace(" ", "")  # names may be broken at their words
    for row in summary[:3]:
        for metric in ("accuracy", "log_loss", "roc_auc"):
            if row[metric] is not None:
                shown = f"{row[metric]['mean']:.4f} ± {row[metric]['std']:.4f}"
                assert shown in reader.text
    for record in records:
        if record["error"] is None:
            row = f"{record['fold']}10050{record['accuracy']:.4f}"
            assert f"{record['model']}{row}".replace(" ", "") in text
    assert "broken <model> failed failed failed failed failed" in reader.text
    assert "It gives no probabilities." in reader.text
    assert "A <note>." in reader.text
    assert "Where DeepNNClassifier stands" in reader.text
    assert "Accuracy: DeepNNClassifier(max_iter=3) is" in reader.text
    pictures = reader.named("svg")
    assert len(pictures) == 5 + 2 + 2 + 1  # metrics; two each; SVC's ROC curves
    assert "<script" not in page


def test_comparison_on_a_phone_and_on_paper(compared, tmp_path):
    page = compared[-1]
    seen = looked_at(tmp_path, page)
    assert len(seen["pictures"]) == 10
    assert EVIL[0] in seen["text"]
    printed = page.replace("@media print", "@media all")
    seen = looked_at(tmp_path, printed, 688)
    assert all(right <= 688 for *_, right in seen["tables"])


def test_comparison_of_which_nothing_came(tmp_path, capsys):
    page = tmp_path / "r.html"
    names = "logreg(C=-1),sklearn.svm.SVC(decision_function_shape='ovo')"
    argv = ["--cv", "2", "--html", str(page)]
    assert main(["--models", names, *argv]) == 0
    reader = check(page.read_text(encoding="utf-8"))
    assert "InvalidParameterError" in reader.text
    assert "ROC curves" not in str(reader.named("svg"))
    assert main(["--models", "logreg(C=-1)", *argv]) == 1
    assert "failed in 2 of 2" in check(page.read_text(encoding="utf-8")).text


def test_the_command_writes_the_page_and_leaves_the_rest_as_it_is(tmp_path, capsys):
    path, page = tmp_path / "r.json", tmp_path / "r.html"
    argv = ["--models", "logreg,logreg-nn", "--cv", "2", "--json", str(path)]
    assert main([*argv, "--html", str(page)]) == 0
    out = capsys.readouterr().out
    reader = check(page.read_text(encoding="utf-8"))
    assert "digits (scikit-learn)" in reader.text
    assert "1,797 rows, 64 columns, 10 classes, 2 folds, seed 0." in reader.text
    means = re.findall(r"\d\.\d{4} ± \d\.\d{4}", out)
    assert len(means) == 6
    for mean in means:
        assert mean in reader.text
    assert len(path.read_bytes()) < 10_000  # no probabilities in it


# The command


@pytest.fixture
def model(tmp_path):
    X, y = load_iris(return_X_y=True)
    path = tmp_path / "iris.skdeepnn"
    save(DeepNNClassifier(max_iter=3, random_state=0).fit(X, y), path)
    return path


def test_report_writes_beside_the_model_and_says_so(model, capsys):
    page = model.with_suffix(".html")
    assert main(["report", str(model)]) == 0
    assert capsys.readouterr().out == f"Wrote {page}.\n"
    assert "iris.skdeepnn" in check(page.read_text(encoding="utf-8")).text
    assert main(["report", str(model)]) == 0  # a page of ours is written anew
    other = model.parent / "other.htm"
    assert main(["report", str(model), "--html", str(other)]) == 0
    assert other.read_text(encoding="utf-8") == page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "argv, part",
    [
        (["no.model"], "There is no file 'no.model': check the path."),
        (["DATA"], "is no model of skdeepnn"),
        (["MODEL", "--html", "MODEL"], "--html would overwrite the model"),
        (["MODEL", "--html", "page.pdf"], "--html writes no .pdf: name a file.html."),
        (["MODEL", "--html", "no/dir/p.html"], "Cannot write 'no/dir/p.html'"),
        (["."], "Cannot read '.' (Is a directory): name a model's file."),
        ([], "required: MODEL"),
    ],
)
def test_mistakes_take_one_line(argv, part, model, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    data = tmp_path / "data.csv"
    data.write_text("a,b\n1,2\n")
    names = {"DATA": str(data), "MODEL": str(model)}
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert main(["report", *(names.get(arg, arg) for arg in argv)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert part in err
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_file_of_the_user_is_not_overwritten(model, capsys):
    page = model.with_suffix(".html")
    page.write_text("<p>mine")
    assert main(["report", str(model)]) == 2
    assert "is there, and is no page of skdeepnn" in capsys.readouterr().err
    assert page.read_text() == "<p>mine"
    assert main(["report", str(model), "--html", str(page)]) == 0


def test_a_full_disk_leaves_the_page_before(model, capsys):
    page = model.with_suffix(".html")
    assert main(["report", str(model)]) == 0
    before, files = page.read_bytes(), sorted(page.parent.iterdir())
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, limits[1]))
    try:
        assert main(["report", str(model)]) == 2
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "Cannot write" in capsys.readouterr().err
    assert page.read_bytes() == before
    assert sorted(page.parent.iterdir()) == files


def test_report_needs_no_optional_package(model):
    code = """
import sys

class Hide:
    def find_spec(self, name, path=None, target=None):
        if name in ("pandas", "rich", "matplotlib", "pyarrow"):
            raise ModuleNotFoundError(name=name)

sys.meta_path.insert(0, Hide())
from skdeepnn.__main__ import main
sys.exit(main(["report", sys.argv[1]]))
"""
    run = subprocess.run(
        [sys.executable, "-c", code, str(model)], capture_output=True, text=True
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert unescape(run.stdout).startswith("Wrote ")
