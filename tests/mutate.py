"""Mutation testing: does a test fail where one spot of the package is made wrong?

    pip install coverage
    python tests/mutate.py --sample 300 --seed 0
    python tests/mutate.py skdeepnn/nn/layers.py:200 --map mutate.json

Everything happens in a copy of the checkout. First the tests run once, to find which
lines each of them executes; with `--map` that is kept in a file for later runs. Then
each mutant runs in a fork with the tests of its line, the quickest first, until one
fails or takes far too long. A line of a class's or module's body has the tests of all
lines of the module.

Mutants that no test can tell from the original are in `harmless.txt`, each with its
reason. Messages, representations and annotations are left as they are.
"""

import argparse
import ast
import compileall
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROOMS = ["skdeepnn/nn", "skdeepnn/fitting", "skdeepnn/tables"]
TESTS = "nn fitting tables compute peers/test_mlp.py"
TESTS += " test_callbacks.py test_classifier.py test_crossfit.py test_defaults.py"
TESTS += " test_interop.py test_logistic.py test_messages.py test_preprocessing.py"
TESTS += " test_saving.py test_stacks.py"

COMPARED = {"Lt": "<=", "LtE": "<", "Gt": ">=", "GtE": ">", "Eq": "!=", "NotEq": "=="}
COMPARED |= {"Is": "is not", "IsNot": "is", "In": "not in", "NotIn": "in"}
COMPUTED = {"Add": "-", "Sub": "+", "Mult": "/", "Div": "*", "FloorDiv": "/"}
COMPUTED |= {"Pow": "*", "Mod": "//", "BitAnd": "|", "BitOr": "&"}
NAMES = {"min": "max", "minimum": "maximum", "any": "all", "argmin": "argmax"}
NAMES |= {new: old for old, new in NAMES.items()}


# --- mutants --------------------------------------------------------------------------


class Mutants(ast.NodeVisitor):
    """Collects (node, text in its place) of a module."""

    def __init__(self, source):
        self.source, self.found, self.function = source, [], ""
        self.visit(ast.parse(source))

    def text(self, node):
        return ast.get_source_segment(self.source, node)

    def add(self, node, text):
        self.found.append((node, text, self.function))

    def visit_FunctionDef(self, node):
        if node.name == "__repr__":
            return
        before, self.function = self.function, node.name
        for part in [*node.args.defaults, *node.args.kw_defaults, *node.body]:
            if part is not None:
                self.visit(part)
        self.function = before

    def visit_AnnAssign(self, node):
        if node.value is not None:
            self.visit(node.value)

    def visit_JoinedStr(self, node):
        pass

    def visit_Raise(self, node):
        self.add(node, "pass")

    def visit_Break(self, node):
        self.add(node, "pass")

    visit_Continue = visit_Break

    def visit_Expr(self, node):
        if isinstance(node.value, ast.Call):
            self.add(node, "pass")
            if self.text(node.value.func) not in ("warnings.warn", "warn_caller"):
                self.visit(node.value)
        elif isinstance(node.value, (ast.Yield, ast.YieldFrom)):
            self.visit(node.value)

    def visit_Assign(self, node):
        if not isinstance(node.targets[0], (ast.Name, ast.Tuple)):
            self.add(node, "pass")
        if self.text(node.targets[0]) != "__all__":
            self.visit(node.value)

    def visit_AugAssign(self, node):
        operator, target = type(node.op).__name__, self.text(node.target)
        self.add(node, "pass")
        if operator in COMPUTED:
            value = self.text(node.value)
            self.add(node, f"{target} {COMPUTED[operator]}= {value}")
        self.visit(node.value)

    def visit_Compare(self, node):
        operands = [node.left, *node.comparators]
        texts = [f"({self.text(operand)})" for operand in operands]
        for i, operator in enumerate(node.ops):
            operators = [_SYMBOLS[type(op).__name__] for op in node.ops]
            operators[i] = COMPARED[type(operator).__name__]
            pairs = zip(operators, texts[1:], strict=True)
            self.add(node, " ".join([texts[0], *(f"{o} {t}" for o, t in pairs)]))
        self.generic_visit(node)

    def visit_BinOp(self, node):
        operator = COMPUTED.get(type(node.op).__name__)
        if operator:
            left, right = self.text(node.left), self.text(node.right)
            self.add(node, f"({left}) {operator} ({right})")
        self.generic_visit(node)

    def visit_BoolOp(self, node):
        operator = " or " if isinstance(node.op, ast.And) else " and "
        self.add(node, operator.join(f"({self.text(of)})" for of in node.values))
        self.generic_visit(node)

    def visit_UnaryOp(self, node):
        if isinstance(node.op, (ast.Not, ast.USub)):
            self.add(node, self.text(node.operand))
        self.generic_visit(node)

    def visit_If(self, node):
        self.negate(node.test)
        self.generic_visit(node)

    visit_While = visit_IfExp = visit_If

    def visit_comprehension(self, node):
        for condition in node.ifs:
            self.negate(condition)
        self.generic_visit(node)

    def negate(self, condition):
        if not isinstance(condition, (ast.Compare, ast.UnaryOp)):  # done by themselves
            self.add(condition, f"not ({self.text(condition)})")

    def visit_Constant(self, node):
        if isinstance(node.value, bool):
            self.add(node, str(not node.value))
        elif isinstance(node.value, (int, float)):
            self.add(node, repr(node.value + 1))

    def visit_Call(self, node):
        name = getattr(node.func, "attr", getattr(node.func, "id", None))
        if name in NAMES:
            text = self.text(node.func)
            self.add(node.func, text[: len(text) - len(name)] + NAMES[name])
        for keyword in node.keywords:
            if keyword.arg not in (None, "strict"):
                args = [*node.args, *(k for k in node.keywords if k is not keyword)]
                texts = ", ".join(self.text(arg) for arg in args)
                self.add(node, f"{self.text(node.func)}({texts})")
        self.generic_visit(node)

    def visit_keyword(self, node):
        if node.arg != "strict":  # of zip: lengths are as they are
            self.visit(node.value)


_SYMBOLS = {"Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">=", "Eq": "==", "NotEq": "!="}
_SYMBOLS |= {"Is": "is", "IsNot": "is not", "In": "in", "NotIn": "not in"}


def mutants_of(path):
    """Yield the mutants of a module: (path, line, function, old, new, source)."""
    source = (ROOT / path).read_text()
    raw = source.encode()
    starts = [0, *(i + 1 for i, byte in enumerate(raw) if byte == ord("\n"))]
    for node, text, function in Mutants(source).found:
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[node.end_lineno - 1] + node.end_col_offset
        new = f"({text})" if isinstance(node, ast.expr) else text
        old = raw[start:end].decode()
        mutated = raw[:start] + new.encode() + raw[end:]
        lines = [node.lineno, node.end_lineno]
        yield path, lines, function, _short(old), _short(text), mutated.decode()


def _short(text):
    return " ".join(text.split())


# --- tests ----------------------------------------------------------------------------


class Recorder:
    """A plugin of pytest that notes which lines each test executes, and how long."""

    def __init__(self, coverage):
        self.coverage, self.seconds, self.failed = coverage, {}, set()

    def pytest_runtest_logstart(self, nodeid):
        self.coverage.switch_context(nodeid)

    def pytest_runtest_logreport(self, report):
        self.seconds[report.nodeid] = (
            self.seconds.get(report.nodeid, 0) + report.duration
        )
        if report.outcome != "passed":
            self.failed.add(report.nodeid)


def record(work, tests, out):
    """Run tests and write what each of them executes."""
    import coverage
    import pytest

    measured = coverage.Coverage(data_file=None, source=[str(work / "skdeepnn")])
    measured.start()
    recorder = Recorder(measured)
    pytest.main(
        ["-q", "-p", "no:cacheprovider", *(f"tests/{name}" for name in tests)],
        plugins=[recorder],
    )
    measured.stop()
    data = measured.get_data()
    passed = [of for of in recorder.seconds if of not in recorder.failed]
    number = {nodeid: i for i, nodeid in enumerate(passed)}
    lines = {
        str(Path(name).relative_to(work)): {
            line: [number[of] for of in nodeids if of in number]
            for line, nodeids in data.contexts_by_lineno(name).items()
        }
        for name in data.measured_files()
    }
    seconds = [recorder.seconds[nodeid] for nodeid in passed]
    out.write_text(json.dumps({"tests": passed, "seconds": seconds, "lines": lines}))


class Chosen:
    """A plugin of pytest that runs some tests, in that order."""

    def __init__(self, nodeids):
        self.order = {nodeid: i for i, nodeid in enumerate(nodeids)}

    def pytest_collection_modifyitems(self, items):
        items[:] = [item for item in items if item.nodeid in self.order]
        items.sort(key=lambda item: self.order[item.nodeid])


def tests_for(path, lines, of_lines, most):
    """Return the tests of these lines, the quickest first, and their seconds."""
    of_module = of_lines["lines"].get(path, {})
    numbers = {i for line in set(lines) for i in of_module.get(str(line), [])}
    if not numbers:  # executed as the module was imported
        numbers = {i for tests in of_module.values() for i in tests}
    chosen, total = [], 0.0
    for i in sorted(numbers, key=of_lines["seconds"].__getitem__):
        total += of_lines["seconds"][i] + 0.002
        if total > most and chosen:
            break
        chosen.append(of_lines["tests"][i])
    return chosen, total, len(numbers)


def collect(tests):
    """Compile all modules and tests once."""
    import pytest

    compileall.compile_dir("skdeepnn", quiet=1)
    return pytest.main(
        ["-q", "-p", "no:cacheprovider", "--collect-only"]
        + [f"tests/{name}" for name in tests]
    )


def run_tests(nodeids):
    """Run tests until one fails; return pytest's exit code."""
    import pytest

    files = list(dict.fromkeys(nodeid.split("::")[0] for nodeid in nodeids))
    args = ["-x", "-q", "-p", "no:cacheprovider", *files]
    return pytest.main(args, plugins=[Chosen(nodeids)])


def in_fork(function, args, seconds, log):
    """Call a function in a fork; return its result, None after too many seconds."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setsid()
            with open(log, "wb") as file:
                os.dup2(file.fileno(), 1)
                os.dup2(file.fileno(), 2)
            code = function(*args) or 0
        finally:
            os._exit(int(code))
    end = time.monotonic() + seconds
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done or time.monotonic() > end:
            break
        time.sleep(0.02)
    with suppress(ProcessLookupError):  # and whatever it has started
        os.killpg(child, signal.SIGKILL)
    if not done:
        os.waitpid(child, 0)
        return None
    return os.waitstatus_to_exitcode(status)


# --- one after another ----------------------------------------------------------------


def judge(mutant, work, of_lines, most):
    """Return "killed", "too slow", "survived" or "not run", and of how many tests."""
    path, lines, _, _, _, source = mutant
    nodeids, seconds, n_tests = tests_for(path, lines, of_lines, most)
    if not nodeids:
        return "not run", "no test"
    file, before = work / path, (work / path).stat()
    original = file.read_bytes()
    file.write_text(source)
    try:
        limit = 30 + 4 * seconds
        code = in_fork(run_tests, [nodeids], limit, work / "mutant.log")
    finally:
        file.write_bytes(original)
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    of_tests = f"{len(nodeids)} of {n_tests} tests"
    if code is None:
        return "too slow", of_tests
    return ("survived" if code in (0, 5) else "killed"), of_tests


def harmless():
    """Return what is known to make no difference, as (path, function, old, new)."""
    file = Path(__file__).with_name("harmless.txt")
    lines = [line for line in file.read_text().splitlines() if line.startswith("skd")]
    return {tuple(part.strip() for part in line.split(" | ")[:4]) for line in lines}


def choose(arguments):
    """Return the mutants to be tried, without those that are known to be harmless."""
    mutants = []
    for name in arguments.paths:
        name, _, line = name.partition(":")
        paths = sorted((ROOT / name).rglob("*.py")) if not name.endswith(".py") else []
        for path in paths or [ROOT / name]:
            found = mutants_of(str(path.relative_to(ROOT)))
            mutants += [m for m in found if not line or m[1][0] <= int(line) <= m[1][1]]
    known = harmless()
    kept = [m for m in mutants if (m[0], *m[2:5]) not in known]
    print(f"{len(mutants)} mutants, {len(mutants) - len(kept)} known to be harmless")
    if arguments.sample and arguments.sample < len(kept):
        kept = random.Random(arguments.seed).sample(kept, arguments.sample)
    return kept


def prepare(work, tests):
    """Copy the checkout, and import what a fork then need not."""
    files = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    for name in files:
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, work / name)
    os.chdir(work)
    # Imports find the copy first, here and in processes that tests start
    sys.path[:0] = [str(work)]
    os.environ["PYTHONPATH"] = str(work)
    os.environ |= {"SCIPY_ARRAY_API": "1", "OPENBLAS_NUM_THREADS": "1"}
    for name in ("pandas", "scipy.optimize", "sklearn.ensemble", "hypothesis", "torch"):
        try:
            __import__(name)
        except ImportError:
            assert name == "torch", name
    assert "skdeepnn" not in sys.modules
    compiled = in_fork(collect, [tests], 600, work / "collect.log")
    if compiled != 0:
        sys.exit((work / "collect.log").read_text()[-3000:])
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"


def print_table(counts):
    print(f"\n{'Module':40} Mutants  Killed  Too slow  Survived  Not run  Dead")
    total = Counter()
    for path, count in [*sorted(counts.items()), ("All", total)]:
        n, dead = sum(count.values()), count["killed"] + count["too slow"]
        cells = [count[of] for of in ("killed", "too slow", "survived", "not run")]
        print(f"{path:40} {n:7} {cells[0]:7} {cells[1]:9} {cells[2]:9} {cells[3]:8}"
              f" {dead / max(n, 1):5.0%}")  # fmt: skip
        total.update(count)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("paths", nargs="*", default=ROOMS, help="files[:line], folders")
    parser.add_argument("--sample", type=int, help="so many mutants, by chance")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tests", nargs="*", default=TESTS.split(), help="in tests/")
    parser.add_argument(
        "--seconds", type=float, default=20, help="of tests for a mutant, at the most"
    )
    parser.add_argument("--map", type=Path, help="file of what each test executes")
    arguments = parser.parse_args()
    mutants = choose(arguments)
    of_lines = (arguments.map or Path("mutate.json")).absolute()
    counts, start = defaultdict(Counter), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder).resolve()
        prepare(work, arguments.tests)
        if not of_lines.exists():
            of_lines = of_lines if arguments.map else work / "mutate.json"
            code = in_fork(
                record, [work, arguments.tests, of_lines], 3600, work / "record.log"
            )
            if code != 0:
                sys.exit((work / "record.log").read_text()[-3000:])
        found = json.loads(of_lines.read_text())
        print(f"{len(found['tests'])} tests, {time.monotonic() - start:.0f} s")
        for mutant in mutants:
            path, lines, function, old, new, _ = mutant
            verdict, of_tests = judge(mutant, work, found, arguments.seconds)
            counts[path][verdict] += 1
            text = f"{verdict:9} {path}:{lines[0]} | {function} | {old} | {new}"
            print(f"{text} ({of_tests})", flush=True)
    print_table(counts)
    print(f"{time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
