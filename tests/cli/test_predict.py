import gzip
import os
import signal
import struct
import subprocess
import sys
import time
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pets import damaged, pets

from skdeepnn import DeepNNClassifier, save
from skdeepnn.cli.files import load_table
from skdeepnn.cli.main import main
from skdeepnn.cli.messages import CompareError
from skdeepnn.cli.predict import predict
from skdeepnn.saving import MAGIC, read_model, write_model


@pytest.fixture(autouse=True)
def _wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("FORCE_COLOR", raising=False)


@pytest.fixture
def say(trained, tmp_path, capsys):
    """Predict for a frame, and return the predictions and what was said."""

    def say(frame, *options, name="new.csv", out="out.csv"):
        path, out = tmp_path / name, tmp_path / out
        out.unlink(missing_ok=True)
        if name.endswith(".parquet"):
            frame.to_parquet(path)
        else:
            frame.to_csv(path, index=False)
        argv = ["predict", trained / "pets.model", path, "--out", out, *options]
        status = main([*map(str, argv)])
        text, err = capsys.readouterr()
        if status:
            assert not out.exists()
            assert status == 2
            assert err.count("\n") == 1
            return err
        assert err == ""
        read = pd.read_parquet if out.suffix == ".parquet" else pd.read_csv
        options = {"sep": "\t"} if out.suffix == ".tsv" else {}
        return read(out, **options), text

    return say


def expected(trained):
    """Probabilities as the classifier has them for the table it was trained on."""
    table = load_table(trained / "pets.csv", "pet")
    classifier = read_model(trained / "pets.model")[0]
    return classifier.predict_proba(table.X), table.X, classifier


def proba_of(frame):
    return frame.filter(like="probability_").to_numpy()


# What is written


def test_predictions_are_those_of_the_classifier(trained, say):
    proba, X, classifier = expected(trained)
    found, text = say(pets())
    names = ["predicted", "probability_cat", "probability_x", "probability_y"]
    assert found.columns.tolist() == names
    np.testing.assert_allclose(proba_of(found), proba, rtol=1e-5)
    assert found.predicted.tolist() == classifier.predict(X).tolist()
    assert "new.csv: 120 rows predicted, in " in text
    n_cats = (found.predicted == "cat").sum()
    assert any(s.split()[:2] == ["cat", f"{n_cats}"] for s in text.splitlines())


@pytest.mark.parametrize("size", [1, 7, 1000, None])
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_predictions_do_not_depend_on_the_blocks(size, suffix, trained, tmp_path):
    proba, *_ = expected(trained)
    path, out = tmp_path / f"new{suffix}", tmp_path / "out.parquet"
    frame = pets()
    frame.to_csv(path, index=False) if suffix == ".csv" else frame.to_parquet(path)
    predict(trained / "pets.model", path, out, keep="id", size=size)
    found = pd.read_parquet(out)
    assert found.id.tolist() == frame.id.tolist()
    np.testing.assert_allclose(proba_of(found), proba, rtol=1e-5)
    assert (found.predicted == np.array(["cat", "x", "y"])[proba.argmax(1)]).all()


def test_typed_columns_mean_the_same_as_text(trained, say):
    proba, X, _ = expected(trained)
    frame = pets()
    frame["price"], frame["weight"] = X["price"], X["weight"].astype(np.float32)
    frame["born"] = pd.to_datetime(frame.born, format="%d/%m/%Y", errors="coerce")
    frame["tame"] = frame.tame.map({"true": True, "false": False})
    frame["skin"] = frame.skin.where(frame.skin != "NA").astype("category")
    found, _ = say(frame, name="new.parquet")
    np.testing.assert_allclose(proba_of(found), proba, rtol=1e-4)


@pytest.mark.parametrize("out", ["o.csv.gz", "o.tsv", "o.parquet", "o.csv.xz", "o.txt"])
def test_formats_of_the_output(out, say):
    one, _ = say(pets(), "--keep", "id", "--sets", "0.8")
    other, _ = say(pets(), "--keep", "id", "--sets", "0.8", out=out)
    assert other.columns.tolist() == one.columns.tolist()
    np.testing.assert_allclose(proba_of(other), proba_of(one), rtol=1e-5)
    assert other.id.tolist() == one.id.tolist()
    sets = other["set"].map("|".join) if out == "o.parquet" else other["set"].fillna("")
    assert sets.tolist() == one["set"].fillna("").tolist()


def test_packed_input(trained, tmp_path):
    path = tmp_path / "new.csv.gz"
    pets().to_csv(path, index=False)
    predict(trained / "pets.model", path, tmp_path / "o.csv", size=50)
    found = pd.read_csv(tmp_path / "o.csv")
    np.testing.assert_allclose(proba_of(found), expected(trained)[0], rtol=1e-5)


def test_sets_are_those_of_the_classifier(trained, say):
    _, X, classifier = expected(trained)
    found, text = say(pets(), "--sets", "0.95")
    sets = classifier.predict_set(X, 0.95)
    names = ["|".join(classifier.classes_[row]) for row in sets]
    assert found["set"].fillna("").tolist() == names
    mean = sets.sum(axis=1).mean()
    assert f"at 0.95 confidence, {mean:.2f} on average, with '|'" in text


def test_columns_are_kept_as_they_are(say):
    frame = pets()
    found, _ = say(frame, "--keep", "keeper, id")
    assert found.columns.tolist()[:3] == ["keeper", "id", "predicted"]
    found, _ = say(frame, "--keep", "all", out="o.parquet")
    pd.testing.assert_frame_equal(found[frame.columns], frame, check_dtype=False)
    assert "has no column 'idd': did you mean 'id'?" in say(frame, "--keep", "idd")
    frame["predicted"] = 1
    assert "a column 'predicted' itself" in say(frame, "--keep", "all")
    frame.columns = [*frame.columns[:-1], "id"]
    assert "several columns 'id'" in say(frame, "--keep", "id")


# What files may be like


def test_columns_may_be_in_another_order_and_more(trained, say):
    frame = pets()[["pet", "tame", "skin", "born", "weight", "price", "keeper", "id"]]
    found, text = say(frame.assign(more=1, most=2))
    np.testing.assert_allclose(proba_of(found), expected(trained)[0], rtol=1e-5)
    assert "Columns that the model does not use: 'more', 'most'." in text


def test_missing_columns_are_named_with_those_they_may_be(say):
    err = say(pets().rename(columns={"price": "Price", "skin": "skins", "id": "key"}))
    assert "new.csv has no column 'id', 'price' (is it 'Price'?), 'skin' (is it" in err
    assert "which pets.model was trained with: rename or add them" in err


def test_target_is_not_used_but_compared(say):
    frame = pets()
    found, text = say(frame)
    share = (found.predicted == frame.pet).mean()
    assert f"{share:.1%} of 120 rows are predicted right" in text
    assert "as skdeepnn train has told" not in text  # a file of another name
    found, text = say(frame.assign(pet=["?", "dog"] * 60))
    assert "0.0% of 60 rows" in text
    _, text = say(frame.assign(pet=""))
    assert "The column 'pet' of new.csv was not used: it is what" in text
    found, text = say(frame.drop(columns="pet"))
    assert "was not used" not in text
    _, text = say(frame, name="pets.csv")
    assert "as skdeepnn train has told" in text


def test_labels_that_are_numbers_are_compared_as_numbers(tmp_path, capsys):
    frame = pd.DataFrame({"x": np.arange(80.0), "y": np.arange(80) // 40})
    frame.to_csv(tmp_path / "t.csv", index=False)
    args = ["train", tmp_path / "t.csv", "--target", "y", "--out", tmp_path / "m"]
    assert main([*map(str, args)]) == 0
    frame.astype({"y": float}).to_parquet(tmp_path / "n.parquet")
    predict(tmp_path / "m", tmp_path / "n.parquet", tmp_path / "o.parquet")
    share = (pd.read_parquet(tmp_path / "o.parquet").predicted == frame.y).mean()
    assert share > 0.9
    assert f"{share:.1%} of 80 rows are predicted right" in capsys.readouterr().out


def test_what_cannot_be_read_is_missing_and_told(trained, say):
    frame = pets()
    frame.loc[:2, "weight"] = ["heavy", "", "light"]
    frame.loc[3, "born"] = "spring"
    frame["skin"] = "wool"
    frame.loc[:3, "keeper"] = "Di"
    found, text = say(frame)
    assert "2 values that cannot be read as numbers ('heavy', 'light') counted" in text
    assert "1 value that cannot be read as dates ('spring') counted as missing" in text
    assert "No value of 'skin' is one that training had ('wool')" in text
    assert "4 values of 'keeper' that training had not ('Di') count as unknown" in text
    frame.loc[:2, "weight"] = ""
    frame.loc[3, "born"] = ""
    again, _ = say(frame)
    np.testing.assert_array_equal(proba_of(found), proba_of(again))


# Mistakes


@pytest.mark.parametrize(
    "argv, part",
    [
        (["no.model", "pets.csv", "--out", "o.csv"], "There is no model 'no.model'"),
        (["pets.csv", "pets.csv", "--out", "o.csv"], "pets.csv is no model of"),
        (["cut", "pets.csv", "--out", "o.csv"], "cut is damaged: it is cut short"),
        (["newer", "pets.csv", "--out", "o.csv"], "newer has format 2"),
        (["bare", "pets.csv", "--out", "o.csv"], "bare does not say how the columns"),
        (["odd", "pets.csv", "--out", "o.csv"], "odd does not say how the columns"),
        ([".", "pets.csv", "--out", "o.csv"], "Cannot read '.' (Is a directory)"),
        (["pets.model", "no.csv", "--out", "o.csv"], "There is no file 'no.csv'"),
        (["pets.model", "void.csv", "--out", "o.csv"], "void.csv is empty"),
        (["pets.model", "none.csv", "--out", "o.csv"], "none.csv has no rows"),
        (["pets.model", "pets.model", "--out", "o.csv"], "Cannot read 'pets.model'"),
        (["pets.model", "bad.gz", "--out", "o.csv"], "bad.gz cannot be read"),
        (["pets.model", "cut.csv.gz", "--out", "o.csv"], "cut.csv.gz cannot be read"),
        (["pets.model", "bad.parquet", "--out", "o.csv"], "bad.parquet is not a Parqu"),
        (["pets.model", "cut.parquet", "--out", "o.csv"], "cut.parquet"),
        (["pets.model", "odd.csv", "--out", "o.csv"], "odd.csv is ragged: line 1202"),
        (["pets.model", "pets.csv", "--out", "pets.csv"], "would overwrite the data"),
        (["pets.model", "pets.csv", "--out", "x.csv"], "would overwrite the model"),
        (["pets.model", "pets.csv", "--out", "no/o.csv"], "Cannot write 'no/o.csv'"),
        (["pets.model", "pets.csv", "--out", "dir.csv"], "it is a directory"),
        (["pets.model", "pets.csv", "--out", "o.xlsx"], "--out cannot write 'o.xlsx'"),
        (["pets.model", "pets.csv", "--out", "o.parquet.gz"], "--out cannot write"),
        (["pets.model", "pets.csv"], "required: --out"),
        (["pets.model", "pets.csv", "--out", "o.csv", "--sets", "90"], "got 90.0"),
        (["pets.model", "pets.csv", "--out", "o.csv", "--sets", "x"], "invalid float"),
    ],
)
def test_mistakes_take_one_line(argv, part, trained, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    frame, model = pets(), (trained / "pets.model").read_bytes()
    frame.to_csv("pets.csv", index=False)
    text = (tmp_path / "pets.csv").read_text()
    frame.to_parquet("cut.parquet")
    files = {
        "pets.model": model,
        "cut": model[:-9],
        "bad.gz": b"no gzip",
        "cut.csv.gz": gzip.compress(text.encode())[:-40],
        "bad.parquet": b"PAR1 no",
        "cut.parquet": (tmp_path / "cut.parquet").read_bytes()[:-20],
        "void.csv": b"",
        "none.csv": text.splitlines()[0].encode(),
        "odd.csv": (text + text.split("\n", 1)[1] * 9 + "1,2\n" * 200).encode(),
    }
    files["cut.parquet"] = files["cut.parquet"][:-20]
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "newer").write_bytes(newer(model))
    classifier, about = read_model("pets.model")
    save(classifier, "bare")
    write_model(classifier, "odd", about | {"reading": {"columns": [{"name": 1}]}})
    os.link("pets.model", "x.csv")
    (tmp_path / "dir.csv").mkdir()
    before = {p: p.is_file() and p.read_bytes() for p in tmp_path.iterdir()}
    assert main(["predict", *argv]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert part in err
    assert {p: p.is_file() and p.read_bytes() for p in tmp_path.iterdir()} == before


def newer(model):
    import hashlib

    body = MAGIC + struct.pack("<I", 2) + model[len(MAGIC) + 4 : -32]
    return body + hashlib.sha256(body).digest()


def test_sets_need_rows_enough(tmp_path, capsys):
    pets(40).to_csv(tmp_path / "few.csv", index=False)
    paths = [tmp_path / name for name in ("few.csv", "m", "o.csv")]
    argv = ["train", paths[0], "--target", "pet", "--out", paths[1]]
    assert main([*map(str, argv)]) == 0
    argv = ["predict", paths[1], paths[0], "--out", paths[2], "--sets", "0.9"]
    assert main([*map(str, argv)]) == 2
    assert "m was trained on fewer than 64 rows" in capsys.readouterr().err


# What happens to files


@pytest.mark.parametrize("name", ["o.csv.gz", "o.parquet"])
def test_a_full_disk_leaves_the_file_before(name, trained, tmp_path):
    (tmp_path / name).write_bytes(b"the one before")
    code = (
        "import resource, sys; from skdeepnn.cli.main import main;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (999, 999));"
        "sys.exit(main(sys.argv[1:]))"
    )
    argv = [sys.executable, "-c", code, "predict", trained / "pets.model"]
    argv += [trained / "pets.csv", "--out", tmp_path / name]
    process = subprocess.run(argv, capture_output=True, text=True)
    assert process.returncode == 2
    assert process.stderr.startswith("skdeepnn: Cannot write ")
    assert "File too large" in process.stderr
    assert process.stderr.count("\n") == 1
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"the one before"]


def test_devices_are_written_to_and_links_followed(trained, tmp_path, capsys):
    argv = [str(trained / "pets.model"), str(trained / "pets.csv"), "--out"]
    (tmp_path / "full.csv").symlink_to("/dev/full")
    (tmp_path / "null.csv").symlink_to("/dev/null")
    (tmp_path / "link.csv").symlink_to(tmp_path / "there.csv")
    assert main(["predict", *argv, str(tmp_path / "full.csv")]) == 2
    assert "No space left on device" in capsys.readouterr().err
    assert main(["predict", *argv, str(tmp_path / "null.csv")]) == 0
    assert main(["predict", *argv, str(tmp_path / "link.csv")]) == 0
    assert (tmp_path / "there.csv").read_text().startswith("predicted,")
    assert sum(path.is_symlink() for path in tmp_path.iterdir()) == 3


def test_ctrl_c_leaves_no_part(trained, tmp_path):
    path, out = tmp_path / "long.csv", tmp_path / "o.csv"
    text = (trained / "pets.csv").read_text().split("\n", 1)
    path.write_text(text[0] + "\n" + text[1] * 2000)
    argv = ["-m", "skdeepnn", "predict", trained / "pets.model", path, "--out", out]
    process = subprocess.Popen(
        [sys.executable, *argv], stderr=subprocess.PIPE, text=True
    )
    while not any(p.name.startswith(".o.csv.") for p in tmp_path.iterdir()):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == "skdeepnn: interrupted: nothing was written.\n"
    assert [p.name for p in tmp_path.iterdir()] == ["long.csv"]


# Anything at all


FUZZED = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def predicted_or_refused(model, path, out):
    out.unlink(missing_ok=True)
    refused = True
    with suppress(CompareError):
        predict(model, path, out, size=50)
        refused = False
    assert out.exists() is not refused
    assert not [p for p in out.parent.iterdir() if p.name.startswith(f".{out.name}")]


@given(data=st.data())
@FUZZED
def test_any_damaged_table_is_predicted_for_or_refused(data, trained, tmp_path):
    text = pets(60).to_csv(index=False).encode()
    path = tmp_path / "new.csv"
    path.write_bytes(data.draw(damaged(text)))
    predicted_or_refused(trained / "pets.model", path, tmp_path / "o.csv")


@given(data=st.data())
@FUZZED
def test_any_damaged_model_is_refused(data, trained, tmp_path):
    path = tmp_path / "m"
    path.write_bytes(data.draw(damaged((trained / "pets.model").read_bytes()[:9000])))
    predicted_or_refused(path, trained / "pets.csv", tmp_path / "o.csv")


@given(data=st.data())
@settings(FUZZED, max_examples=60)
def test_any_recipe_is_used_or_refused(data, trained, tmp_path):
    """A file of a right checksum may still hold any plain data."""
    classifier, about = read_model(trained / "pets.model")
    plain = st.sampled_from([None, 1, 0.5, "x", "numbers", -1, [], {}, ["a"], True])
    way = data.draw(st.integers(0, 6))
    key = data.draw(st.sampled_from(list(about["reading"]["columns"][way])))
    about["reading"]["columns"][way][key] = data.draw(plain)
    if data.draw(st.booleans()):
        about["reading"] = data.draw(plain)
    write_model(classifier, tmp_path / "m", about)
    predicted_or_refused(tmp_path / "m", trained / "pets.csv", tmp_path / "o.csv")


def test_classifiers_without_names_of_columns_are_refused(trained, tmp_path):
    about = read_model(trained / "pets.model")[1]
    X = np.random.RandomState(0).randn(70, 7)
    clf = DeepNNClassifier(random_state=0).fit(X, X[:, 0] > 0)
    write_model(clf, tmp_path / "m", about)
    with pytest.raises(CompareError, match="does not say how the columns"):
        predict(tmp_path / "m", trained / "pets.csv", tmp_path / "o.csv")
