"""The rooms of the package: who may import whom, and what the README says of them."""

import ast
import importlib
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import skdeepnn

PACKAGE = Path(skdeepnn.__file__).parent
ROOT = Path(__file__).parent.parent

# From the top floor down. "" is what users import, beside the rooms. Two modules are
# floors of their own: the front doors of the rooms beneath them, which nobody inside
# imports. So `drawing` may draw whatever the estimators below it know.
DOORS = ["__main__", "displays"]
FLOORS = ["__main__", "cli", "displays", "drawing", "", "fitting", "graphs", "tables"]
FLOORS += ["nn", "compute", "files"]
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.stem != "__init__")


def name_of(path):
    """Name of a module inside the package, such as "nn.layers"."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def room_of(name):
    """Room of a module, by its name."""
    room, dot, _ = name.rpartition(".")
    return name if name in DOORS else room


def imported(path):
    """Names of the package's modules that a module imports."""
    package = ["skdeepnn", *path.relative_to(PACKAGE).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1][1:]
            name = ".".join([*base, *([node.module] if node.module else [])])
            if name:
                yield name
        elif isinstance(node, ast.ImportFrom):
            assert not (node.module or "").startswith("skdeepnn"), "import relatively"


def test_there_are_no_other_rooms():
    assert {room_of(name_of(path)) for path in MODULES} == set(FLOORS)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_import_only_from_their_own_room_and_from_rooms_below(path):
    floor = FLOORS.index(room_of(name_of(path)))
    upward = [o for o in imported(path) if FLOORS.index(room_of(o)) < floor]
    assert upward == []


def test_no_module_imports_itself_in_a_circle():
    graph = {name_of(path): set(imported(path)) for path in MODULES}
    order = list(TopologicalSorter(graph).static_order())
    assert set(order) == set(graph)


@pytest.mark.parametrize("room", [room for room in FLOORS if room not in [*DOORS, ""]])
def test_a_room_says_what_is_in_it_and_exports_nothing_else(room):
    module = importlib.import_module(f"skdeepnn.{room}")
    tree = ast.parse(Path(module.__file__).read_text())
    assert len(tree.body) == 1
    modules = {path.stem for path in MODULES if room_of(name_of(path)) == room}
    assert modules <= set(re.findall(r"`(\w+)`", module.__doc__))


@pytest.mark.skipif(not (ROOT / "README.md").is_file(), reason="there is no README")
def test_readme_is_the_map_of_the_rooms():
    text = (ROOT / "README.md").read_text().split("## How the code is laid out")[1]
    rows = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
    listed = [
        name.strip("/").replace(".py", "")
        for name in re.findall(r"`(.*?)`", " ".join(rows))
    ]
    entries = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    assert sorted(listed) == sorted(entries | set(FLOORS) - {""})
    order = [FLOORS.index(name if name in FLOORS else "") for name in listed]
    assert order == sorted(order)
