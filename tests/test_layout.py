"""The README's table of modules is complete and true."""

import ast
import re
from pathlib import Path

import skdeepnn

PACKAGE = Path(skdeepnn.__file__).parent
ROOT = Path(__file__).parent.parent


def table():
    """Line of each module in the README's table."""
    text = (ROOT / "README.md").read_text()
    rows = re.findall(r"^\| (`.*?) \|", text.split("| module |")[1], re.MULTILINE)
    return {
        name: line for line, row in enumerate(rows) for name in re.findall(r"\w+", row)
    }


def imported(path):
    """Names of the package's modules that a module imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module:
            yield node.module


def test_every_module_is_in_the_table():
    modules = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    assert set(table()) == modules


def test_modules_import_only_from_lines_below_their_own():
    lines = table()
    upward = [
        (name, other)
        for name in lines
        for other in imported(PACKAGE / f"{name}.py")
        if lines[other] <= lines[name]
    ]
    assert upward == []
