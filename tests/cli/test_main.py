import json
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

import skdeepnn.cli.main as command
from skdeepnn.__main__ import main
from skdeepnn.cli.chart import draw_comparison
from skdeepnn.cli.compare import METRICS, compare, summarize
from skdeepnn.cli.models import MODELS, make_models

FAST = ["--models", "logreg,logreg-nn", "--cv", "2"]


@pytest.fixture
def table(tmp_path):
    X, y = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    lines = [f"{a},{b},{name}\n" for (a, b), name in zip(X[:, :2], names, strict=True)]
    path = tmp_path / "iris.csv"
    path.write_text("length,width,species\n" + "".join(lines))
    return path


@pytest.fixture(autouse=True)
def _wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("FORCE_COLOR", raising=False)


class Interrupted(LogisticRegression):
    """Raises KeyboardInterrupt at its second fit."""

    n_fits = 0

    def fit(self, X, y):
        Interrupted.n_fits += 1
        if Interrupted.n_fits == 2:
            raise KeyboardInterrupt
        return super().fit(X, y)


@pytest.fixture
def interrupted(monkeypatch):
    monkeypatch.setattr(Interrupted, "n_fits", 0)
    monkeypatch.setitem(MODELS, "mlp", Interrupted)


def row_of(text, name):
    (line,) = (line for line in text.splitlines() if line.startswith(f"{name} "))
    return re.sub(r"\s+", " ", line)


# Table


def test_table_shows_the_results(table, tmp_path, capsys):
    path = tmp_path / "r.json"
    args = ["compare", str(table), "--target", "species", "--json", str(path)]
    assert main([*args, "--models", "logreg,hgb", "--cv", "3"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "iris.csv: 150 rows, 2 columns, 3 classes, 3 folds, seed 0" in out
    results = json.loads(path.read_text())
    for summary in results["summary"]:
        line = row_of(out, summary["model"])
        for metric in ("accuracy", "log_loss", "roc_auc"):
            mean, std = summary[metric]["mean"], summary[metric]["std"]
            star = "* " if metric in summary["best"] else ""
            assert f" {star}{mean:.4f} ± {std:.4f}" in line
        assert line.count("*") == len(summary["best"])
    assert "each class against the rest" in out


def test_star_is_on_the_best(monkeypatch, capsys):
    # A model of one iteration is worse than one that converges.
    class Worse(LogisticRegression):
        def __init__(self, random_state=None):
            super().__init__(max_iter=1, random_state=random_state)

    monkeypatch.setitem(MODELS, "mlp", Worse)
    main(["--models", "mlp,logreg", "--cv", "2"])
    out = capsys.readouterr().out
    assert len(re.findall(r"\* [\d.]+ ±", row_of(out, "LogisticRegression"))) == 3
    assert not re.findall(r"\* [\d.]+ ±", row_of(out, "Worse"))
    assert "Worse: not converged within max_iter in 2 of 2 folds." in out


def test_default_run_compares_all_models(monkeypatch, capsys):
    seen = {}

    def few(X, y, models, *, cv, seed, held_out):
        seen.update(models=list(models), cv=cv, seed=seed, rows=len(y))
        return compare(X[:60, :9], y[:60] % 2, models, cv=cv, seed=seed)

    monkeypatch.setattr(command, "compare", few)
    assert main([]) == 0
    names = [model.__name__ for model in MODELS.values()]
    assert seen == {"models": names, "cv": 5, "seed": 0, "rows": 1797}
    out = capsys.readouterr().out
    for name in names:
        assert row_of(out, name).count("±") == 3


@pytest.mark.parametrize(
    "argv", [["--cv", "3"], ["compare", "--cv", "3"], ["--cv", "3", "compare"]]
)
def test_options_with_and_without_the_command(argv, monkeypatch, capsys):
    monkeypatch.setattr(command, "make_models", lambda *_: make_models(["logreg"]))
    assert main(argv) == 0
    assert "10 classes, 3 folds, seed 0" in capsys.readouterr().out


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
def test_no_width_truncates_a_number(width, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", str(width))
    main(FAST)
    out = capsys.readouterr().out
    assert len(re.findall(r"\d\.\d{4}", out)) == 2 * 6
    assert "…" not in out
    if width >= 80:
        assert max(map(len, out.splitlines())) <= width


def test_file_gets_plain_text(table):
    env = {k: v for k, v in os.environ.items() if k != "COLUMNS"}
    argv = ["compare", str(table), "--target", "species", "--models", "logreg"]
    run = subprocess.run(
        [sys.executable, "-m", "skdeepnn", *argv],
        capture_output=True,
        env=env | {"PYTHONIOENCODING": "utf-8"},
    )
    assert (run.returncode, run.stderr) == (0, b"")
    assert b"\x1b" not in run.stdout
    assert b"\r" not in run.stdout.replace(b"\r\n", b"\n")
    assert row_of(run.stdout.decode(), "LogisticRegression").count("±") == 3


def test_stream_of_few_characters(table):
    argv = ["compare", str(table), "--target", "species", "--models", "logreg"]
    run = subprocess.run(
        [sys.executable, "-m", "skdeepnn", *argv],
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )
    assert (run.returncode, run.stderr) == (0, b"")
    assert re.search(rb"\d\.\d{4} \+- \d\.\d{4}", run.stdout)


def test_names_in_brackets_are_no_markup(tmp_path, capsys):
    rows = "".join(f"{i},1,{i % 2}\n" for i in range(20))
    (tmp_path / "[red].csv").write_text("a,[bold]b,y\n" + rows)
    main(["compare", str(tmp_path / "[red].csv"), "--target", "y", *FAST])
    out = capsys.readouterr().out
    assert "[red].csv: 20 rows" in out
    assert "'[bold]b'" in out


def test_failure_of_a_model_is_shown(monkeypatch, capsys):
    class Broken(LogisticRegression):
        def fit(self, X, y):
            raise RuntimeError("out of luck")

    monkeypatch.setitem(MODELS, "mlp", Broken)
    assert main(["--models", "mlp,logreg", "--cv", "2"]) == 0
    out = capsys.readouterr().out
    assert row_of(out, "Broken").count("failed") == 5
    assert "Broken: failed in 2 of 2 folds (RuntimeError: out of luck)." in out
    assert main(["--models", "mlp", "--cv", "2"]) == 1


def test_what_is_said_of_our_own_is_below_the_table(table, tmp_path, capsys):
    path = tmp_path / "r.json"
    argv = ["compare", str(table), "--target", "species", "--json", str(path)]
    names = "deepnn(max_iter=2),logreg,sklearn.svm.LinearSVC"
    assert main([*argv, "--models", names, "--cv", "2"]) == 0
    out = capsys.readouterr().out
    row = next(line for line in out.splitlines() if line.startswith("LinearSVC  "))
    assert row.count("±") == 2
    assert " – " in row
    assert "LinearSVC gives no probabilities, and so has no log loss." in out
    sentences = json.loads(path.read_text())["verdict"]
    assert [text.split(":")[0] for text in sentences] == [
        "Accuracy",
        "Log loss",
        "ROC AUC",
        "Time to fit",
        "Time to predict",
    ]
    shown = " ".join(out.split())
    for sentence in sentences:
        assert sentence in shown
    assert "Nadeau and Bengio" in shown
    assert main([*argv, *FAST]) == 0  # nothing to say where it is not compared
    assert json.loads(path.read_text())["verdict"] == []
    assert "Noise" not in capsys.readouterr().out


def test_brackets_in_names_of_models_are_no_markup(table, capsys):
    argv = ["compare", str(table), "--target", "species", "--cv", "2"]
    assert main([*argv, "--models", "logreg(class_weight={'[bold]': 1})"]) == 1
    assert "'[bold]'" in capsys.readouterr().out


# Options


def test_layers_and_seed_reach_the_models(monkeypatch, capsys):
    seen = {}

    def note(X, y, models, *, cv, seed, held_out):
        seen.update(models, seed=seed)
        return compare(X, y, {"a": LogisticRegression()}, cv=cv, seed=seed)

    monkeypatch.setattr(command, "compare", note)
    monkeypatch.setattr(command, "collect", lambda steps, *_: (list(steps), False))
    argv = ["--layers", "64, 32", "--seed", "7", "--cv", "2"]
    assert main([*argv, "--models", "MLPClassifier, deepnn"]) == 0
    assert seen.pop("seed") == 7
    assert list(seen) == ["MLPClassifier", "DeepNNClassifier"]
    for model in seen.values():
        assert (model.hidden_layer_sizes, model.random_state) == ((64, 32), 7)


@pytest.mark.parametrize(
    "text", ["64,32", "64-32", "64x32", "64 32", "(64, 32)", "[64,32]", " 64 , 32, "]
)
def test_layers_as_people_write_them(text):
    assert command._layers(text) == (64, 32)
    assert command._layers("64") == command._layers("(64,)") == (64,)


def test_json_has_all_results(table, tmp_path, capsys):
    path = tmp_path / "r.json"
    argv = ["compare", str(table), "--target", "species", "--json", str(path)]
    assert main([*argv, *FAST, "--seed", "3", "--layers", "9"]) == 0
    results = json.loads(path.read_text(encoding="utf-8"))
    X, y = load_iris(return_X_y=True)
    X = np.ascontiguousarray(X[:, :2])
    records = list(compare(X, y, make_models(["logreg", "logreg-nn"]), cv=2, seed=3))
    assert len(results["folds"]) == len(records)
    for ours, theirs in zip(results["folds"], records, strict=True):
        for key in ("model", "fold", "n_train", "n_test", "accuracy", "error"):
            assert ours[key] == theirs[key]
        assert ours["log_loss"] == pytest.approx(theirs["log_loss"])
    assert results["summary"] == summarize(results["folds"])
    assert results["classes"] == {"setosa": 50, "versicolor": 50, "virginica": 50}
    assert (results["cv"], results["seed"], results["interrupted"]) == (2, 3, False)
    assert results["hidden_layer_sizes"] == [9]
    assert (results["n_rows"], results["n_columns"]) == (150, 2)


def test_scores_are_repeatable(table, tmp_path, capsys):
    path, scores = tmp_path / "r.json", []
    argv = ["compare", str(table), "--target", "species", "--json", str(path)]
    for _ in range(2):
        main([*argv, "--models", "mlp,deepnn", "--layers", "4", "--cv", "2"])
        folds = json.loads(path.read_text())["folds"]
        scores.append([fold["log_loss"] for fold in folds])
    assert scores[0] == scores[1]


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_plot_is_written(suffix, table, tmp_path, capsys):
    path = tmp_path / f"p.{suffix}"
    argv = ["compare", str(table), "--target", "species", "--plot", str(path)]
    assert main([*argv, *FAST]) == 0
    magic = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[suffix]
    assert path.read_bytes().startswith(magic)


def test_drawing_shows_means_folds_and_units():
    X, y = load_iris(return_X_y=True)
    records = list(compare(X, y, make_models(["logreg", "hgb"]), cv=3))
    records.append(records[0] | dict.fromkeys(METRICS) | {"model": "x", "error": "e"})
    summary = summarize(records)
    figure = draw_comparison(summary, records, "Iris")
    assert figure.get_suptitle() == "Iris"
    labels = [axes.get_xlabel() for axes in figure.axes]
    assert labels == [
        "Accuracy: higher is better",
        "Log loss: lower is better",
        "ROC AUC: higher is better",
        "Fit (s): lower is better",
        "Predict (µs/row): lower is better",
    ]
    for axes, metric in zip(figure.axes, METRICS, strict=True):
        folds = [record[metric] for record in records if record["model"] != "x"]
        dots = [line for line in axes.lines if len(line.get_xdata()) == 3]
        drawn = np.concatenate([line.get_xdata() for line in dots])
        assert sorted(drawn) == sorted(folds)
        texts = [text.get_text() for text in axes.texts]
        best = [metric in row["best"] for row in summary]
        assert [text.startswith("* ") for text in texts] == best
        assert texts[2] == "failed"
        assert (axes.get_xscale() == "log") == (metric in list(METRICS)[3:])
    names = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert names == [row["model"] for row in summary]


# Interruption


def test_ctrl_c_shows_and_writes_what_has_finished(interrupted, tmp_path, capsys):
    path, page = tmp_path / "r.json", tmp_path / "r.html"
    argv = ["--models", "logreg,mlp", "--cv", "3", "--json", str(path)]
    argv += ["--html", str(page)]
    assert main(argv) == 130
    out, err = capsys.readouterr()
    assert err == ""
    assert row_of(out, "LogisticRegression").count("±") == 3
    done = "Interrupted. Folds finished, of 3: LogisticRegression 2, Interrupted 1."
    assert done in out
    results = json.loads(path.read_text())
    assert "Interrupted. Folds finished" in page.read_text(encoding="utf-8")
    assert results["interrupted"] is True
    assert [(fold["model"], fold["fold"]) for fold in results["folds"]] == [
        ("LogisticRegression", 1),
        ("Interrupted", 1),
        ("LogisticRegression", 2),
    ]


def test_ctrl_c_before_anything_has_finished(interrupted, tmp_path, capsys):
    Interrupted.n_fits = 1
    path = tmp_path / "r.json"
    assert main(["--models", "mlp", "--json", str(path)]) == 130
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert json.loads(path.read_text())["folds"] == []


def test_ctrl_c_from_the_keyboard(tmp_path):
    # The network would go on for hours, and keeps the interrupt to itself.
    path = tmp_path / "started"
    code = f"""
import pathlib, signal, sys
from sklearn.neural_network import MLPClassifier
from skdeepnn.__main__ import main
from skdeepnn.cli.models import MODELS

class Slow(MLPClassifier):
    def fit(self, X, y):
        self.set_params(max_iter=10**6, n_iter_no_change=10**6)
        pathlib.Path({str(path)!r}).touch()
        return super().fit(X, y)

MODELS["mlp"] = Slow
signal.signal(signal.SIGINT, signal.default_int_handler)  # background jobs ignore it
sys.exit(main(["--models", "logreg,mlp"]))
"""
    run = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        while not path.exists():
            assert run.poll() is None
            time.sleep(0.05)
        time.sleep(0.5)
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=60)
    finally:
        run.kill()
    assert (run.returncode, err) == (130, b"")
    assert b"Folds finished, of 5: LogisticRegression 1." in out


def test_ctrl_c_while_importing():
    code = """
import sys

class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == "skdeepnn.cli.main":
            raise KeyboardInterrupt

import skdeepnn.__main__
sys.meta_path.insert(0, Interrupt())
sys.exit(skdeepnn.__main__.main([]))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (130, "")
    assert run.stderr == "skdeepnn: interrupted before any model had finished.\n"


# Mistakes


def check_error(argv, capsys, *parts):
    assert main(argv) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.endswith("\n")
    for part in ("skdeepnn: ", *parts):
        assert part in err


@pytest.mark.parametrize(
    "argv, part",
    [
        (["--models", "svm"], "Choose from logreg (LogisticRegression)"),
        (["--models", ", ,"], "--models needs a name"),
        (["--models", "sklearn.svm.SVCC"], "did you mean sklearn.svm.SVC?"),
        (["--layers", "64,x"], "--layers takes positive whole numbers, such as 64,32"),
        (["--layers", "64,0"], "got '64,0'"),
        (["--layers", ""], "--layers takes"),
        (["--layers", "64.5"], "--layers takes"),
        (["--layers", "64,-32"], "--layers takes"),
        (["--layers", "-5"], "--layers"),
        (["--cv", "1"], "--cv must be at least 2"),
        (["--cv", "many"], "invalid int value: 'many'"),
        (["--cv", "999"], "too few for 999 folds"),
        (["--seed", "-1"], "--seed must be from 0"),
        (["--json", "no/such/dir/r.json"], "Cannot write 'no/such/dir/r.json'"),
        (["--html", "no/such/dir/p.html"], "Cannot write 'no/such/dir/p.html'"),
        (["--plot", "no/such/dir/p.png"], "Cannot write 'no/such/dir/p.png'"),
        (["--plot", "p.xyz"], "end its name in .png, .svg or .pdf"),
        (["--plot", "p"], "end its name in .png"),
        (["--json", "."], "Is a directory"),
        (["--target", "y"], "--target"),
        (["compare", "--target", "y"], "name the file too"),
        (["data.csv"], "skdeepnn compare FILE --target COLUMN"),
        (["--bogus"], "unrecognized arguments: --bogus"),
        (["compare", "no.csv", "--target", "y"], "There is no file 'no.csv'"),
        (["compare", "."], "is a directory"),
    ],
)
def test_mistakes_take_one_line(argv, part, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "collect", None)  # none may get that far
    check_error(argv, capsys, part)
    assert list(tmp_path.iterdir()) == []


def test_data_are_not_overwritten(table, capsys):
    before = table.read_bytes()
    argv = ["compare", str(table), "--target", "species", "--json", str(table)]
    check_error(argv, capsys, "--json would overwrite the data")
    assert table.read_bytes() == before


def test_target_is_missing_or_misspelt(table, capsys):
    check_error(["compare", str(table)], capsys, "'length', 'width', 'species'")
    argv = ["compare", str(table), "--target", "Specie"]
    check_error(argv, capsys, "did you mean 'species'?")


@pytest.mark.parametrize(
    "package, extra, argv",
    [
        ("rich", "cli", []),
        ("pandas", "cli", ["compare", "FILE", "--target", "species"]),
        ("pyarrow", "cli", ["compare", "PARQUET", "--target", "species"]),
        ("matplotlib", "plot", ["--plot", "PLOT"]),
    ],
)
def test_missing_extras(package, extra, argv, table, tmp_path, monkeypatch, capsys):
    parquet = tmp_path / "t.parquet"
    parquet.write_bytes(b"PAR1")
    paths = {"FILE": table, "PARQUET": parquet, "PLOT": tmp_path / "p.png"}
    argv = [str(paths.get(argument, argument)) for argument in argv]
    for name in list(sys.modules):
        if name.startswith(f"{package}."):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    check_error(argv, capsys, package, f'pip install "skdeepnn[{extra}]"')


def test_plain_run_needs_rich_alone(monkeypatch, capsys):
    monkeypatch.setattr(command, "import_module", _only_rich)
    assert main(FAST) == 0


def _only_rich(name):
    assert name == "rich"


def test_other_import_errors_are_not_hidden(monkeypatch):
    def fail(*args):
        raise ImportError("broken", name="broken")

    monkeypatch.setattr(command, "load_example", fail)
    with pytest.raises(ImportError, match="broken"):
        main([])


@pytest.mark.parametrize(
    "content, message",
    [
        (b"a,y\n1,2\n1,2,3\n", "is ragged: line 3"),
        (b"a,y\n" + b"1,k\n2,k\n" * 5, "has one class only, 'k'"),
        (b"a,y\n" + b"1,k\n2,l\n" * 3, "Class 'k' has 3 rows, too few for 5 folds"),
    ],
)
def test_mistakes_in_a_process(content, message, tmp_path):
    (tmp_path / "t.csv").write_bytes(content)
    run = subprocess.run(
        [sys.executable, "-m", "skdeepnn", "compare", "t.csv", "--target", "y"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.count("\n") == 1
    assert message in run.stderr


def test_help_and_version(capsys):
    for argv in (["--help"], ["compare", "--help"], ["--version"]):
        with pytest.raises(SystemExit) as exit_:
            main(argv)
        assert exit_.value.code == 0
    out = capsys.readouterr().out
    for option in ("cv", "models", "layers", "seed", "json", "plot", "html"):
        assert f"--{option}" in out
