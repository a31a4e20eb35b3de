"""The types of what users import, as a type checker and a script see them."""

import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from mypy import api
from typed_use import right

import skdeepnn

ROOT = Path(__file__).parent.parent


def test_what_users_write_is_right_and_mistakes_are_found(tmp_path, monkeypatch):
    """With the strictest settings, and as a user has them: no file of ours."""
    monkeypatch.setenv("MYPYPATH", str(Path(skdeepnn.__file__).parent.parent))
    settings = tmp_path / "mypy.ini"
    skipped = "follow_imports = skip\nignore_missing_imports = True\n"
    # Without types, or slow to read
    libraries = "[mypy-matplotlib.*,onnx.*,onnxruntime.*,scipy.*,sklearn.*,torch.*]\n"
    settings.write_text(f"[mypy]\nfollow_imports = silent\n{libraries}{skipped}")
    options = ["--strict", "--config-file", str(settings), "--cache-dir", str(tmp_path)]
    found, errors, status = api.run([*options, str(ROOT / "tests" / "typed_use.py")])
    assert (found.strip(), errors, status) == (
        "Success: no issues found in 1 source file",
        "",
        0,
    )


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_what_users_write_runs(tmp_path):
    right(tmp_path / "model.skdeepnn")


def test_package_says_that_it_has_types():
    assert files("skdeepnn").joinpath("py.typed").is_file()


def test_types_cost_no_import():
    """Neither other libraries nor, before first use, scikit-learn are imported."""
    code = (
        "import sys, skdeepnn; print({'numpy', 'sklearn'} & {*sys.modules});"
        "skdeepnn.DeepNNClassifier; print({'torch', 'matplotlib'} & {*sys.modules})"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert out.stdout.splitlines() == ["set()", "set()"], out.stderr
