"""What the package must not do, whoever uses it: its source, and what a process does.

No code that is made of text, no network, no other programs, no pickles but between a
fit's own processes, and nothing written but to the files that users name.
"""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import skdeepnn

PACKAGE = Path(skdeepnn.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

RUNS_CODE = {"eval", "exec", "compile", "__import__", "breakpoint"}
RUNS_CODE_MODULES = {"code", "codeop", "ctypes", "marshal", "runpy", "cffi"}
NETWORK = {"aiohttp", "asyncio", "ftplib", "http", "httpx", "imaplib", "poplib"}
NETWORK |= {"requests", "smtplib", "socket", "socketserver", "ssl", "urllib", "urllib3"}
NETWORK |= {"webbrowser", "xmlrpc"}
PROGRAMS = {"multiprocessing", "pty", "subprocess"}
PICKLES = {"cloudpickle", "copyreg", "dill", "pickle", "pickletools", "shelve"}

OF_OS = {"access", "fsync", "getpid", "open", "umask"}

# Members of a fit train in joblib's processes, which are handed objects as joblib
# itself hands them: pickled, here with their arrays in files of a folder that the fit
# has made, that nobody else may enter, and that goes with it.
HANDS_OBJECTS_ON = "compute/parcels.py"

# container.py writes the files that `save` and `checkpoint=` were given, checkpoint.py
# renames and deletes the latter, and output.py and main.py write those that the command
# line was given: all through `replacing`, but for pictures of Matplotlib.
WRITES = {HANDS_OBJECTS_ON, "files/container.py", "fitting/checkpoint.py"}
WRITES |= {"cli/main.py", "cli/output.py"}
WRITING = {"mkdtemp", "mkstemp", "NamedTemporaryFile", "TemporaryDirectory", "rmtree"}
WRITING |= {"mkdir", "makedirs", "savefig", "save_npz", "savetxt"}
WRITING |= {"symlink_to", "to_csv", "to_parquet", "tofile", "touch", "unlink"}
WRITING |= {"write_bytes", "write_text"}

# Names of modules that are not written out: classes of this package, by its own tables,
# and the models that `compare --models` is given by name
NAMES_MODULES = {"__init__.py", "saving.py", "cli/models.py"}


def place_of(path):
    return path.relative_to(PACKAGE).as_posix()


def imports_of(tree):
    """Yield the full names of what a module imports from outside the package."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and name_of(node) == "import_module":
            name = node.args[0]
            yield name.value if isinstance(name, ast.Constant) else "a computed name"


def calls_of(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def name_of(call):
    """Return what is called, without the object it is an attribute of."""
    return getattr(call.func, "id", getattr(call.func, "attr", None))


def opens_to_write(call):
    """Whether a call of `open`, the function or a method, is for writing."""
    if name_of(call) != "open":
        return False
    modes = [*call.args, *(word.value for word in call.keywords)]
    texts = [arg.value for arg in modes if isinstance(arg, ast.Constant)]
    texts = [text for text in texts if isinstance(text, str)]
    is_of_os = getattr(getattr(call.func, "value", None), "id", None) == "os"
    return is_of_os or any(set(text) & set("wax+") for text in texts)


def faults_of(place, tree):
    """Return what a module does that it must not, as text."""
    found = []
    for name in imports_of(tree):
        parts = set(name.split("."))
        if parts & (NETWORK | PROGRAMS | RUNS_CODE_MODULES):
            found.append(f"imports {name}")
        if parts & PICKLES and place != HANDS_OBJECTS_ON:
            found.append(f"imports {name}")
        if name == "a computed name" and place not in NAMES_MODULES:
            found.append("imports a computed name")
        if name in ("os.system", "os.popen", "joblib.load", "joblib.dump"):
            found.append(f"imports {name}")
    for call in calls_of(tree):
        name, owner = name_of(call), getattr(call.func, "value", None)
        if isinstance(call.func, ast.Name) and name in RUNS_CODE:
            found.append(f"calls {name}")
        if getattr(owner, "id", None) == "os" and name not in OF_OS:
            found.append(f"calls os.{name}")
        if any(word.arg == "allow_pickle" for word in call.keywords):
            found.append("allows pickles")
        if getattr(owner, "id", None) in ("np", "joblib") and name in ("load", "save"):
            found.append(f"calls {owner.id}.{name}")
        if (name in WRITING or opens_to_write(call)) and place not in WRITES:
            found.append(f"writes by {name}")
    return found


@pytest.mark.parametrize("path", MODULES, ids=place_of)
def test_no_module_does_what_none_must(path):
    assert faults_of(place_of(path), ast.parse(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "line",
    [
        "eval('1')",
        "exec(text)",
        "import pickle",
        "from joblib.externals.cloudpickle import loads",
        "import urllib.request",
        "from http import client",
        "import_module('socket')",
        "import_module(name)",
        "import subprocess",
        "os.system('ls')",
        "os.execv(path, arguments)",
        "np.load(path)",
        "read(path, allow_pickle=True)",
        "open(path, 'w')",
        "path.open(mode='ab')",
        "path.write_text('')",
        "tempfile.mkdtemp()",
    ],
)
def test_each_of_it_would_be_found(line):
    assert len(faults_of("nn/layers.py", ast.parse(line))) == 1


WATCHED = """
import json, os, sys, warnings
import numpy as np
from pathlib import Path
from skdeepnn import DeepNNClassifier, load, save

seen, path = [], Path(sys.argv[1])
events = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "urllib.")
events += ("pickle.find_class", "compile", "exec", "ctypes.", "shutil.", "ftplib.")

def hook(event, args):
    if event.startswith(events):
        seen.append(event)
    if event == "open" and isinstance(args[0], (str, bytes, os.PathLike)):
        writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
        if args[2] & writes:
            seen.append("writes " + os.fsdecode(args[0]))

def everything():
    X = np.random.RandomState(0).randn(200, 3)
    clf = DeepNNClassifier(max_iter=3, random_state=0)
    clf = clf.fit(X, X[:, 0] > 0)
    save(clf, path)
    again = load(path)
    assert (again.predict_proba(X) == clf.predict_proba(X)).all()

warnings.simplefilter("ignore")
everything()  # modules are imported as they are needed
sys.addaudithook(hook)
everything()
print(json.dumps(seen))
"""


def test_what_a_fit_and_a_file_do_in_a_process(tmp_path):
    """Python itself tells of files that are opened, of code and of connections."""
    path = tmp_path / "model.skdeepnn"
    command = [sys.executable, "-c", WATCHED, str(path)]
    out = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert out.returncode == 0, out.stderr
    seen = json.loads(out.stdout)
    # A file beside it, which becomes the model when it is complete
    assert seen[-1].startswith(f"writes {tmp_path}/.model.skdeepnn.")
    assert {event.partition(str(tmp_path))[0] for event in seen} == {"writes "}
    assert [file.name for file in tmp_path.iterdir()] == ["model.skdeepnn"]
