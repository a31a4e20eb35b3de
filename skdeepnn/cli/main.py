"""The command ``skdeepnn``: its arguments, its errors, and what it does when.

rich and matplotlib are imported where they are used, because neither is needed to
import the package.
"""

import argparse
import codecs
import json
import re
import sys
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import numpy as np
import sklearn

from .. import __version__
from ..saving import replacing
from .chart import draw_comparison
from .compare import compare, summarize
from .compared import comparison_page
from .files import load_example, load_table
from .messages import CompareError, count_of
from .models import make_models, preparation_note, split_names
from .predict import predict
from .report import report_page
from .stored import read_model
from .terminal import collect, footnotes, print_table
from .train import train
from .verdict import NOISE, verdict

__all__ = ["main"]

PAGE_MARK = b'<meta name="generator" content="skdeepnn'
EXTRAS = {"rich": "cli", "pandas": "cli", "pyarrow": "cli", "matplotlib": "plot"}


def main(argv=None):
    """Run the command.

    Parameters
    ----------
    argv : list of str, default=None
        Arguments; those of the process by default.

    Returns
    -------
    int
        Exit status: 0; 1 if no model could be fitted; 2 for a mistake in the arguments
        or the data; 130 if interrupted.

    Examples
    --------
    >>> import os
    >>> main(["--models", "logreg", "--cv", "2", "--json", os.devnull])
    <BLANKLINE>
    digits (scikit-learn): 1,797 rows, 64 columns, 10 classes, 2 folds, seed 0
    ...
    0
    """
    codecs.register_error("skdeepnn", _substitute)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="skdeepnn")
    try:
        return _run(_parse(argv))
    except CompareError as error:
        print(f"skdeepnn: {error}", file=sys.stderr)
    except ImportError as error:
        package = (error.name or "").split(".")[0]
        if package not in EXTRAS:
            raise
        print(
            f"skdeepnn: {package} is not installed: "
            f'pip install "skdeepnn[{EXTRAS[package]}]"',
            file=sys.stderr,
        )
    except KeyboardInterrupt:
        print("skdeepnn: interrupted before any model had finished.", file=sys.stderr)
        return 130
    return 2


def _substitute(error):
    """Stand in for what a stream of few characters cannot write."""
    text = error.object[error.start : error.end]
    plain = {"\u00b1": "+-", "\u00b5": "u", "\u2026": "...", "\u2013": "-"}
    return "".join(plain.get(character, "?") for character in text), error.end


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        if "invalid choice" in message:
            message = (
                "to compare on a file: skdeepnn compare FILE --target COLUMN; other "
                "commands are train and predict"
            )
        raise CompareError(f"{message} (see {self.prog} --help)")


def _parse(argv):
    # SUPPRESS keeps what is given before "compare" from being undone by its defaults.
    options = argparse.ArgumentParser(
        add_help=False, argument_default=argparse.SUPPRESS, allow_abbrev=False
    )
    add = options.add_argument
    add("--cv", type=int, metavar="N", help="number of folds (default: 5)")
    add(
        "--models",
        metavar="NAMES",
        help="comma-separated: logreg, logreg-nn, mlp, hgb, deepnn (default: all), "
        "or dotted names of other classifiers, as sklearn.svm.SVC or "
        "'lightgbm.LGBMClassifier(verbose=-1)'",
    )
    add(
        "--layers",
        metavar="SIZES",
        help="hidden layers of MLPClassifier and DeepNNClassifier, as 64,32 or 64-32 "
        "(default: 100)",
    )
    add("--seed", type=int, help="of folds and models (default: 0)")
    add("--json", metavar="FILE", type=Path, help="write all results, per fold too")
    add("--plot", metavar="FILE", type=Path, help="draw the results: .png, .svg, .pdf")
    add("--html", metavar="FILE", type=Path, help="write a page with all of it: .html")
    parser = _Parser(
        prog="skdeepnn",
        description="Cross-validate scikit-learn's classifiers and skdeepnn's on the "
        "same folds, and print one table.",
        epilog="Without a command: compare on data that scikit-learn ships.",
        parents=[options],
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add_train(commands)
    _add_predict(commands)
    command = commands.add_parser(
        "compare",
        parents=[options],
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
        help="compare on a table of yours: compare FILE --target COLUMN",
        description="Compare on a CSV or Parquet file, packed (.gz, .zip) or not. "
        "Columns may be numbers, text or dates, with missing values; what had to be "
        "changed or left out is told under the table.",
    )
    command.add_argument("file", nargs="?", type=Path, metavar="FILE", default=None)
    command.add_argument("--target", metavar="COLUMN", help="the column to predict")
    _add_report(commands)
    names = ("file", "target", "models", "layers", "json", "plot", "html")
    given = dict.fromkeys(names)
    return parser.parse_args(argv, argparse.Namespace(**given, cv=5, seed=0))


def _add_train(commands):
    command = commands.add_parser(
        "train",
        allow_abbrev=False,
        help="fit a model: train FILE --target COLUMN --out MODEL",
        description="Fit DeepNNClassifier to all rows of a table, write it to a file, "
        "and tell how good it is: scores out of fold, each class, each column.",
    )
    add = command.add_argument
    add("file", type=Path, metavar="FILE", help="CSV or Parquet, packed or not")
    add("--target", metavar="COLUMN", help="the column to predict")
    add("--out", metavar="MODEL", type=Path, required=True, help="write the model")
    # SUPPRESS: as of compare, these may stand before the command, too.
    add(
        "--layers",
        metavar="SIZES",
        default=argparse.SUPPRESS,
        help="hidden layers, as 64,32 or 64-32 (default: 128,64 for most tables)",
    )
    add("--seed", type=int, default=argparse.SUPPRESS, help="(default: 0)")


def _add_predict(commands):
    command = commands.add_parser(
        "predict",
        allow_abbrev=False,
        help="predict with a model: predict MODEL FILE --out FILE",
        description="Predict for each row of a table of any length with a model of "
        "skdeepnn train: the class, and the probability of each.",
    )
    add = command.add_argument
    add("model", type=Path, metavar="MODEL", help="what skdeepnn train has written")
    add("file", type=Path, metavar="FILE", help="CSV or Parquet, packed or not")
    add(
        "--out",
        metavar="FILE",
        type=Path,
        required=True,
        help="write the predictions: .csv, .csv.gz, .tsv or .parquet",
    )
    add(
        "--sets",
        metavar="CONFIDENCE",
        type=float,
        help="also the set of classes that has the true one with this confidence, "
        "such as 0.9",
    )
    add(
        "--keep",
        metavar="COLUMNS",
        help="columns of FILE to write beside: names between commas, or all",
    )


def _run_on_model(args):
    import_module("rich")
    try:
        if args.command == "train":
            layers, seed = _layers(args.layers), _seed(args.seed)
            train(args.file, args.target, args.out, layers=layers, seed=seed)
        else:
            options = {"confidence": args.sets, "keep": args.keep}
            predict(args.model, args.file, args.out, **options)
    except KeyboardInterrupt:
        print("skdeepnn: interrupted: nothing was written.", file=sys.stderr)
        return 130
    return 0


def _run(args):
    if args.command in ("train", "predict"):
        return _run_on_model(args)
    if args.command == "report":
        return _report(args)
    models = make_models(_names(args.models), _layers(args.layers), _seed(args.seed))
    if args.target is not None and args.file is None:
        raise CompareError("--target names a column of a file: name the file too.")
    if args.plot is not None:
        _check_format(args.plot)
    for option in ("json", "plot", "html"):
        _check_writable(option, getattr(args, option), args.file)
    import_module("rich")
    table = load_example() if args.file is None else load_table(args.file, args.target)
    held_out = None if args.html is None else {}
    steps = compare(
        table.X, table.y, models, cv=args.cv, seed=args.seed, held_out=held_out
    )
    records, interrupted = collect(steps, list(models), args.cv)
    summary = summarize(records)
    said = verdict(summary, records)
    if args.json is not None:
        _write_json(args, table, summary, records, said, interrupted)
    if not records:
        raise KeyboardInterrupt
    title = _title(table, args)
    notes = [*table.notes, *preparation_note(models, table.X)]
    notes += footnotes(table, summary, args.cv)
    print_table(title, summary, [*notes, *(["", *said, NOISE] if said else [])])
    if args.html is not None:
        page = comparison_page(title, table.y, summary, records, held_out, said, notes)
        _write(args.html, page)
    if args.plot is not None:
        with _writing(args.plot):
            draw_comparison(summary, records, title).savefig(args.plot, dpi=150)
    if interrupted:
        return 130
    return 0 if any(row["accuracy"] for row in summary) else 1


def _names(text):
    if text is None:
        return None
    names = split_names(text)
    if not names:
        raise CompareError("--models needs a name at least, such as mlp,deepnn.")
    return names


def _layers(text):
    if text is None:
        return None
    # As people write them: 64,32 and 64-32, 64x32, 64 32, (64, 32), [64, 32]
    pattern = r"\s*[(\[]?\s*\d+(?:\s*[-,x\s]\s*\d+)*\s*,?\s*[)\]]?\s*"
    is_list = re.fullmatch(pattern, text, re.ASCII)
    sizes = tuple(map(int, re.findall(r"\d+", text))) if is_list else (0,)
    if min(sizes) < 1:
        raise CompareError(
            f"--layers takes positive whole numbers, such as 64,32; got {text!r}."
        )
    return sizes


def _seed(seed):
    if not 0 <= seed < 2**32:
        raise CompareError(f"--seed must be from 0 to 2**32 - 1, got {seed}.")
    return seed


def _check_format(path):
    """Refuse what matplotlib cannot write, before there is anything to draw."""
    formats = import_module("matplotlib.backend_bases").FigureCanvasBase.filetypes
    if path.suffix.lower()[1:] not in formats:
        raise CompareError(
            f"--plot cannot write {path.name!r}: end its name in .png, .svg or .pdf."
        )


def _check_writable(option, path, source, what="data"):
    """Open a file that is to be written at the end, and leave no trace of it."""
    if path is None:
        return
    with _writing(path):
        if source is not None and path.resolve() == source.resolve():
            raise CompareError(f"--{option} would overwrite the {what}: name another.")
        if option == "html" and path.suffix.lower() not in ("", ".html", ".htm"):
            raise CompareError(f"--html writes no {path.suffix}: name a file.html.")
        is_new = not path.exists()
        with path.open("ab"):
            pass
        if is_new:
            path.unlink()


def _write(path, text):
    """Write a text file: all of it, or what was there before stays."""
    with _writing(path), replacing(path) as file:
        file.write(text.encode())


@contextmanager
def _writing(path):
    try:
        yield
    except OSError as error:
        raise CompareError(
            f"Cannot write {str(path)!r} ({error.strerror}): name another file."
        ) from error


def _write_json(args, table, summary, records, said, interrupted):
    labels, counts = np.unique(table.y, return_counts=True)
    results = {
        "skdeepnn": __version__,
        "scikit-learn": sklearn.__version__,
        "data": table.name,
        "target": args.target,
        "n_rows": len(table.y),
        "n_columns": table.X.shape[1],
        "classes": dict(zip(labels.astype(str).tolist(), counts.tolist(), strict=True)),
        "notes": table.notes,
        "cv": args.cv,
        "seed": args.seed,
        "hidden_layer_sizes": _layers(args.layers),
        "interrupted": interrupted,
        "summary": summary,
        "verdict": said,
        "folds": records,
    }
    text = json.dumps(results, indent=2, ensure_ascii=False, default=float)
    _write(args.json, text + "\n")


def _title(table, args):
    counts = (
        count_of(len(table.y), "row"),
        count_of(table.X.shape[1], "column"),
        count_of(len(np.unique(table.y)), "class", "es"),
        count_of(args.cv, "fold"),
    )
    return f"{table.name}: {', '.join(counts)}, seed {args.seed}"


def _add_report(commands):
    report = commands.add_parser(
        "report",
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
        help="a page that tells what is known of a trained model: report MODEL",
        description="Write a page, one HTML file complete in itself, of what a model's "
        "file tells: scores on rows that were held out, reliability, ROC curves, "
        "confusions, columns, training, settings.",
    )
    report.add_argument("model", type=Path, metavar="MODEL", help="as train writes it")
    report.add_argument(
        "--html", metavar="FILE", type=Path, help="(default: MODEL, ending in .html)"
    )


def _report(args):
    estimator, about = read_model(args.model)
    path = args.html or args.model.with_suffix(".html")
    if args.html is None and path.exists() and PAGE_MARK not in path.read_bytes():
        raise CompareError(
            f"{str(path)!r} is there, and is no page of skdeepnn: say where to write "
            "with --html."
        )
    _check_writable("html", path, args.model, "model")
    text = report_page(estimator, about, args.model.name)
    _write(path, text)
    print(f"Wrote {path}.")
    return 0
