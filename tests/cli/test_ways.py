"""Columns are read later as they were in training, whatever else is in the file."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skdeepnn.cli.blocks import open_blocks
from skdeepnn.cli.columns import tidy
from skdeepnn.cli.files import load_table
from skdeepnn.cli.messages import CompareError, Notes
from skdeepnn.cli.predict import _as_pandas
from skdeepnn.cli.text import read_rows, stream_rows
from skdeepnn.cli.ways import Reader, Way

NAN = np.nan
WRITTEN = {
    "points": ["1.5", "2", "-0.25", "1e3", "inf", "+7"],
    "thousands": ["1,234.5", "7", "1,234", "12,345,678"],
    "commas": ["1,5", "1.234,5", "7", "-0,5"],
    "either": ["1,234", "1.234", "5"],
    "whole": ["1", "20", "300", "00012"],
    "money": ["$ 5", "$1,234.50", "7", "($3)"],
    "units": ["5 kg", "7.5 kg", "0"],
    "bounds": ["<5", "7", "8", "9", "10"],
    "large": ["9007199254740993", "9007199254740992", "5"],
    "iso": ["2020-01-02", "2021-12-31 23:59", "1999-01-01"],
    "either date": ["1/2/2020", "3/4/2021", "5/5/2022"],
    "day first": ["31/1/2020", "2/3/2020", "4.5.2021"],
    "clocks": ["12:30", "7:05", "23:59:30"],
    "booleans": ["true", "False", "TRUE"],
    "words": ["rome", "oslo ", "\u00a0oslo", "New York", "[b]"],
    "marks": ["", "NA", "?", "-", "n.a.", "unknown", "NULL"],
}
TEXTS = st.sampled_from(list(WRITTEN)).flatmap(
    lambda kind: st.lists(
        st.sampled_from(WRITTEN[kind] * 4 + WRITTEN["marks"]), min_size=24, max_size=24
    )
)


def as_array(column):
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
        return column.where(column.notna(), None).to_numpy(dtype=object)
    return column.to_numpy(dtype=float)


def same(one, other):
    pd.testing.assert_series_equal(pd.Series(one), pd.Series(other))


@given(st.lists(TEXTS, min_size=1, max_size=3), st.sampled_from(",;\t"))
@settings(max_examples=150, deadline=None)
def test_any_part_of_a_column_is_read_as_the_whole_was(columns, separator):
    frame = pd.DataFrame({f"x{i}": column for i, column in enumerate(columns)})
    X, ways = tidy(frame.astype(object), Notes(), separator)
    assert [way.feature for way in ways] == X.columns.tolist()
    for way in ways:
        texts, whole = frame[way.name].tolist(), as_array(X[way.feature])
        for size in (1, 5, 24):
            reader = Reader(way)
            parts = [reader.read(texts[i : i + size]) for i in range(0, 24, size)]
            same(np.concatenate(parts), whole)
        typed = Reader(way).read(pd.Series(texts, dtype=object))  # as of Parquet
        same(typed, whole)


TYPED = {
    "floats": pd.Series([1.5, NAN, np.inf] * 10),
    "whole": pd.Series(range(30)),
    "gaps": pd.Series([1, None, 3] * 10, dtype="Int64"),
    "large": pd.Series([2**62, 2**62 + 1, 5] * 10),
    "booleans": pd.Series([True, False, None] * 10, dtype=object),
    "flags": pd.Series([True, False] * 15),
    "text": pd.Series(["1,5", "2", None] * 10),
    "words": pd.Series(["a", " b", "NA"] * 10),
    "categories": pd.Series(["a", "b", None] * 10, dtype="category"),
    "codes": pd.Series([10, 20] * 15, dtype="category"),
    "moments": pd.Series(pd.date_range("2020-01-01", periods=30, freq="7h", tz="UTC")),
    "gone moments": pd.Series([pd.Timestamp("2020-01-01"), None, pd.NaT] * 10),
    "days": pd.Series([*pd.date_range("2020-01-01", periods=29).date, None]),
    "durations": pd.Series(pd.to_timedelta(range(30), unit="h")),
    "lists": pd.Series([[1, 2], [3], None] * 10),
}


@pytest.mark.parametrize("name", TYPED)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_any_part_of_a_typed_column_is_read_as_the_whole_was(name, size, tmp_path):
    path = tmp_path / "t.parquet"
    column = TYPED[name]
    pd.DataFrame({"x": column, "z": range(30), "y": ["k", "l"] * 15}).to_parquet(path)
    table = load_table(path, "y")
    way, reader = table.ways[0], Reader(table.ways[0])
    blocks = open_blocks(path, Notes(), {"x"}).read([0], size)
    parts = [reader.read(_as_pandas(columns[0], way)) for _, columns in blocks]
    same(np.concatenate(parts), as_array(table.X["x"]))
    assert reader.n_bad == 0


@pytest.mark.parametrize(
    "way, texts, values, bad",
    [
        (("numbers", "."), ["1.5", "1,5", "5 kg"], [1.5, NAN, NAN], ["1,5", "5 kg"]),
        (("numbers", ","), ["1,5", "1.5", "1.500"], [1.5, NAN, 1500], ["1.5"]),
        (("numbers", ".", "kg"), ["5 kg", "5 g", "5", "0"], [5, NAN, NAN, 0], None),
        (("numbers", ".", "$"), ["$5", "5", "5 EUR"], [5, 5, NAN], ["5 EUR"]),
        (("dates", ".", "", "day"), ["2/1/1970", "1/13/1970"], [1, NAN], None),
        (("dates", ".", "", None), ["2/1/1970", "1970-01-02"], [NAN, 1], ["2/1/1970"]),
        (("booleans",), ["TRUE", "false", "1", "-"], [1, 0, NAN, NAN], ["1"]),
        (("durations",), ["5"], [NAN], ["5"]),
        (("categories",), [" a ", "NA", "1.0"], ["a", None, "1.0"], []),
    ],
)
def test_values_of_other_kinds_are_missing_and_counted(way, texts, values, bad):
    kind, *rest = way
    reader = Reader(Way("x", 0, "x", kind, *rest))
    same(reader.read(texts), np.array(values, object if bad == [] else float))
    if bad is not None:
        assert (reader.bad, reader.n_bad) == (bad, len(bad))


def test_typed_values_of_other_kinds():
    def read(kind, values, **how):
        reader = Reader(Way("x", 0, "x", kind, **how))
        return reader.read(pd.Series(values)).tolist(), reader.n_bad

    assert read("categories", [1, 2]) == (["1", "2"], 0)
    assert read("booleans", [1.0, 0.0]) == ([1, 0], 0)
    assert read("numbers", [True, False]) == ([1, 0], 0)
    for kind, values in {
        "booleans": [2, 3],
        "dates": [1, 2],
        "durations": [1, 2],
        "numbers": [pd.Timestamp(0), pd.Timestamp(1)],
    }.items():
        found, n_bad = read(kind, values)
        assert np.isnan(found).all()
        assert n_bad == 2


def test_whole_numbers_take_the_decimal_mark_of_the_file():
    frame = pd.DataFrame({"a": ["1,5", "2,5"], "b": ["1", "2"]}, dtype=object)
    _, ways = tidy(frame, Notes())
    assert [way.mark for way in ways] == [",", ","]
    _, ways = tidy(frame[["b"]], Notes(), ";")  # a semicolon alone says too little
    assert ways[0].mark == "."


def test_columns_of_one_name_are_counted_from_the_right(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(",,a,a,y\n0,5,1,2,k\n1,6,2,3,l\n2,5,3,5,k\n")
    table = load_table(path, "y")
    assert [(w.name, w.n_after, w.feature) for w in table.ways] == [
        ("", 0, ""),
        ("a", 1, "a"),
        ("a", 0, "a.2"),
    ]


# Text, row by row

HEADED = "Pets of 2020\n\n"
ROWS = "".join(f"{i % 4};cat {i};\n" for i in range(300))
STREAMS = {
    "plain": "legs;pet\n" + ROWS.replace(";\n", "\n"),
    "title, ends": HEADED + "legs;pet;\n" + ROWS,
    "comments": "legs;pet\n" + ROWS.replace(";\n", "\n# no\n").replace("# no", "#x", 3),
    "footers": HEADED + "legs;pet;\n" + ROWS + "Total;300;\nSource: us\n",
    "no footer": "legs;pet\n" + "Total;1\n" + ROWS.replace(";\n", "\n") + "Total;300\n",
    "blank": "legs;pet\n" + ROWS.replace(";\n", "\n;\n"),
    "sep": "sep=;\r\nlegs;pet\r\n" + ROWS.replace(";\n", "\r\n"),
    "escaped": "legs,pet\n" + '1,"a \\"b\\" c"\n' * 300,
    "mac": "legs;pet\r" + ROWS.replace(";\n", "\r"),
    "row names": "legs pet\n" + "".join(f"r{i} {i} cat\n" for i in range(300)),
    "utf-16": "legs;pet\n" + ROWS.replace(";\n", "\u00e9\n"),
}


@pytest.mark.parametrize("name", STREAMS)
def test_row_by_row_is_as_all_at_once(name):
    import io

    content = STREAMS[name].encode("utf-16" if name == "utf-16" else "utf-8")
    told, streamed = Notes(), Notes()
    header, rows, separator = read_rows(content, "t.csv", told)
    stream = stream_rows(lambda: io.BytesIO(content), "t.csv", streamed, head=20)
    assert (stream[0], list(stream[1]), stream[2]) == (header, rows, separator)
    assert len(rows) >= 300
    assert sorted(streamed.sentences()) == sorted(told.sentences())


def test_a_file_of_the_only_column(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('"full name"\n' + "New York\nOslo\n\nSan Jose, US\n" * 20)
    notes = Notes()
    table = open_blocks(path, notes, {"full name"})
    with pytest.raises(CompareError, match="line 5 has 2 fields"):
        list(table.read([0]))
    path.write_text("name\n" + 'New York\n"a, b"\n\n' * 20)
    table = open_blocks(path, notes, {"name"})
    assert list(table.read([0])) == [(40, {0: ["New York", "a, b"] * 20})]
    assert "Left out 20 blank lines: write NA" in notes.sentences()[0]


def test_values_of_a_last_column_without_a_name_are_told_of(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b,\n" + "1,2,\n" * 600 + "1,2,late\n1,2\n")
    notes = Notes()
    table = open_blocks(path, notes, {"a"})
    assert sum(n for n, _ in table.read([0, 1])) == 602
    assert any("Left out values of the last column" in s for s in notes.sentences())


def test_lines_out_of_shape_are_found_on_the_way(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "1,2\n" * 5000 + "1,2,3\n" + "1,2\n" * 200)
    table = open_blocks(path, Notes(), {"a"})
    with pytest.raises(CompareError, match="line 5002 has 3 fields"):
        list(table.read([0]))


def test_memory_does_not_grow_with_the_file(tmp_path):
    peaks = []
    for n in (20_000, 80_000):
        path = tmp_path / f"{n}.csv"
        path.write_text("a,b\n" + "".join(f"{i},{i / 7}\n" for i in range(n)))
        tracemalloc.start()
        readers = [Reader(Way(name, 0, name, "numbers")) for name in "ab"]
        for _, columns in open_blocks(path, Notes(), {"a"}).read([0, 1], 2000):
            for reader, column in zip(readers, columns.values(), strict=True):
                reader.read(column)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]
