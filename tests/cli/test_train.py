import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from pets import pets

from skdeepnn import load
from skdeepnn.cli import train as command
from skdeepnn.cli.main import main
from skdeepnn.saving import read_model


@pytest.fixture(autouse=True)
def _wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("FORCE_COLOR", raising=False)


def run(*argv):
    return main([*map(str, argv)])


def cells_of(text, name):
    (line,) = (line for line in text.splitlines() if line.split()[:1] == [name])
    return line.split()[1:]


def test_report_tells_scores_classes_columns_and_how_to_go_on(tmp_path, capsys):
    path, out = tmp_path / "pets.csv", tmp_path / "my model"
    pets().to_csv(path, index=False)
    assert run("train", path, "--target", "pet", "--out", out) == 0
    text, err = capsys.readouterr()
    assert err == ""
    classifier, about = read_model(out)
    report = classifier.score_report()
    for name, key in {"Accuracy": "accuracy", "Log": "log_loss"}.items():
        value, error = (report[key][k] for k in ("value", "standard_error"))
        assert cells_of(text, name)[-3:] == [f"{value:.4f}", "±", f"{error:.4f}"]
    for label, of in report["per_class"].items():
        assert cells_of(text, label)[:2] == [
            f"{of['support']:.0f}",
            f"{of['precision']:.4f}",
        ]
    mean = about["importance"]["values"].mean(axis=1)
    names = about["importance"]["names"]
    assert names[mean.argmax()] == "skin"
    assert cells_of(text, "skin")[0] == f"{mean.max():.4f}"
    kinds = {"price": "numbers", "born": "dates", "tame": "booleans", "skin": "categ"}
    for name, kind in kinds.items():
        assert cells_of(text, name)[3].startswith(kind)
    assert text.index("\nskin ") < text.index("\nborn ")
    assert "Numbers were read without their '$' in 'price'." in text
    assert "pets.csv: 120 rows, 7 columns, 3 classes, fitted in" in text
    assert f"skdeepnn predict '{out}' NEW.csv --out OUT.csv" in text


def test_model_says_what_it_is_about(trained):
    classifier, about = read_model(trained / "pets.model")
    assert list(about) == [
        *("data", "target", "n_rows", "created", "versions", "seconds", "notes"),
        *("importance", "reading"),
    ]
    assert (about["data"], about["target"], about["n_rows"]) == ("pets.csv", "pet", 120)
    assert about["created"].count("-") == 2
    assert sorted(about["versions"]) == ["numpy", "python", "scikit-learn", "skdeepnn"]
    assert about["importance"]["values"].shape == (7, 5)
    assert about["importance"]["score"] == "accuracy"
    columns = {column["name"]: column for column in about["reading"]["columns"]}
    assert columns["price"]["unit"] == "$"
    assert columns["born"]["order"] == "day"
    assert classifier.get_params()["random_state"] == 0
    assert load(trained / "pets.model").oof_score_ == classifier.oof_score_


def test_options_reach_the_classifier(trained, tmp_path):
    out = tmp_path / "m"
    argv = ["train", trained / "pets.csv", "--target", "pet", "--out", out]
    assert run(*argv, "--layers", "8-4", "--seed", "7") == 0
    params = load(out).get_params()
    assert params["hidden_layer_sizes"] == (8, 4)
    assert params["random_state"] == 7


@pytest.mark.parametrize("width", ["80", "120"])
def test_lines_fit_the_terminal(width, trained, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", width)
    argv = ["train", trained / "pets.csv", "--target", "pet", "--out", tmp_path / "m"]
    assert run(*argv) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= int(width)


def test_small_tables_have_no_scores_and_say_so(tmp_path, capsys):
    path = tmp_path / "few.csv"
    pets(40).to_csv(path, index=False)
    assert run("train", path, "--target", "pet", "--out", tmp_path / "m") == 0
    out = capsys.readouterr().out
    assert "No scores: 40 rows are too few" in out
    assert "Accuracy" not in out
    assert "Importance" not in out
    assert cells_of(out, "weight") == ["numbers"]
    assert read_model(tmp_path / "m")[1]["importance"] is None
    assert run("predict", tmp_path / "m", path, "--out", tmp_path / "o.csv") == 0
    assert len(pd.read_csv(tmp_path / "o.csv")) == 40


@pytest.mark.parametrize("color", ["blue", "mauve"])
def test_signs_are_explained_where_they_are(color, tmp_path, capsys):
    """Of a column whose values are all rare no number of categories is told."""
    rng = np.random.RandomState(0)
    frame = pd.DataFrame({"size": rng.randn(200), "id": [f"n{i}" for i in range(200)]})
    frame["color"] = rng.choice(["red", "blue"], 200)
    frame.loc[0, "color"] = color
    frame["label"] = np.where(frame["size"] > 0, "big", "small")
    frame.to_csv(tmp_path / "a.csv", index=False)
    run("train", tmp_path / "a.csv", "--target", "label", "--out", tmp_path / "a")
    out = capsys.readouterr().out
    assert ("+: and one that rare" in out) == (color == "mauve")


def test_many_classes_and_columns_are_cut(tmp_path, capsys):
    rng = np.random.RandomState(0)
    frame = pd.DataFrame(rng.randn(200, 50)).add_prefix("[x]")
    frame["y"] = [f"class {i % 40}" for i in range(200)]
    frame.to_parquet(tmp_path / "t.parquet")
    argv = ["train", tmp_path / "t.parquet", "--target", "y", "--out", tmp_path / "m"]
    assert run(*argv, "--layers", "4") == 0
    out = capsys.readouterr().out
    assert "and 10 classes with fewer rows" in out
    assert "and 10 more columns" in out
    assert out.count("\n[x]") == 40


@pytest.mark.parametrize(
    "argv, part",
    [
        (["no.csv", "--target", "pet", "--out", "m"], "There is no file 'no.csv'"),
        (["pets.csv", "--out", "m"], "Say which column of pets.csv to predict"),
        (["pets.csv", "--target", "pett", "--out", "m"], "did you mean 'pet'?"),
        (["pets.csv", "--target", "same", "--out", "m"], "one class only, 'k'"),
        (["pets.csv", "--target", "pet"], "required: --out"),
        (["pets.csv", "--target", "pet", "--out", "no/m"], "Cannot write 'no/m'"),
        (["pets.csv", "--target", "pet", "--out", "."], "Cannot write '.'"),
        (["pets.csv", "--target", "pet", "--out", "pets.csv"], "overwrite the data"),
        (["pets.csv", "--target", "pet", "--out", "link"], "overwrite the data"),
        (["pets.csv", "--target", "pet", "--out", "m", "--layers", "x"], "--layers"),
        (["pets.csv", "--target", "pet", "--out", "m", "--seed", "-1"], "--seed"),
        (["empty.csv", "--target", "pet", "--out", "m"], "empty.csv is empty"),
        ([], "required: FILE, --out"),
    ],
)
def test_mistakes_take_one_line_and_no_fit(argv, part, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pets().assign(same="k").to_csv("pets.csv", index=False)
    os.link("pets.csv", "link")
    (tmp_path / "empty.csv").touch()
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.setattr(command, "DeepNNClassifier", None)
    assert main(["train", *argv]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert part in err
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_full_disk_leaves_the_model_before(trained, tmp_path, capsys):
    argv = ["train", trained / "pets.csv", "--target", "pet", "--out"]
    assert run(*argv, "/dev/full") == 2
    err = capsys.readouterr().err
    assert "Cannot write '/dev/full' (No space left on device)" in err
    assert os.path.exists("/dev/full")
    (tmp_path / "m").write_bytes(b"the one before")
    code = (
        "import resource, sys; from skdeepnn.cli.main import main;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (9999, 9999));"
        "sys.exit(main(sys.argv[1:]))"
    )
    argv = [sys.executable, "-c", code, *argv, tmp_path / "m", "--layers", "99"]
    process = subprocess.run(argv, capture_output=True, text=True)
    assert process.returncode == 2
    assert process.stderr.startswith("skdeepnn: Cannot write ")
    assert "(File too large): make room" in process.stderr
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"the one before"]


def test_ctrl_c_in_the_fit_writes_nothing(tmp_path, callbacks):
    path, out = tmp_path / "t.csv", tmp_path / "m"
    rows = np.random.RandomState(0).randn(20_000, 8).round(3)
    pd.DataFrame(rows).assign(y=rows[:, 0] > 0).to_csv(path, index=False)
    code = (
        "import sys; from skdeepnn.cli import console, main\n"
        "begin = console.EpochBar.on_fit_task_begin\n"
        "def tell(*args, **kwargs):\n"
        "    print('begun', flush=True)\n"
        "    begin(*args, **kwargs)\n"
        "console.EpochBar.on_fit_task_begin = tell\n"
        "sys.exit(main.main(sys.argv[1:]))"
    )
    argv = [sys.executable, "-c", code, "train", path, "--target", "y", "--out", out]
    process = subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "begun\n"
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == "skdeepnn: interrupted: nothing was written.\n"
    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]
