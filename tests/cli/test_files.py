"""Tables as people have them, and what the notes say of each."""

import bz2
import gzip
import lzma
import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from skdeepnn.cli.dates import read_dates
from skdeepnn.cli.files import load_table
from skdeepnn.cli.messages import CompareError
from skdeepnn.cli.values import read_numbers

NAN = np.nan


@pytest.fixture
def load(tmp_path):
    def load(text, target="y", name="t.csv"):
        content = text if isinstance(text, bytes) else text.encode()
        (tmp_path / name).write_bytes(content)
        return load_table(tmp_path / name, target)

    return load


def table_of(cells, separator=",", others=None):
    """Text of a table with a column x of these cells, perhaps z, and a target y."""
    quoted = [f'"{cell}"' if separator in cell else cell for cell in cells]
    lines = [
        separator.join([cell, *([others[i]] if others else []), "kl"[i % 2]])
        for i, cell in enumerate(quoted)
    ]
    return "\n".join([separator.join("xzy" if others else "xy"), *lines]) + "\n"


def noted(table, *parts):
    notes = " ".join(table.notes)
    return all(part in notes for part in parts)


# Numbers


NUMBERS = {
    "decimal commas": (["1,5", "-2,25", "3"], ";", [1.5, -2.25, 3], "Decimal commas"),
    "and tab": (["1,5", "2,25", "3"], "\t", [1.5, 2.25, 3], "Decimal commas"),
    "quoted": (["1,5", "2,25", "3"], ",", [1.5, 2.25, 3], "Decimal commas"),
    "US": (["1,234.50", "7", "1,234,567"], ",", [1234.5, 7, 1234567], "by commas"),
    "Indian": (["1,23,456.5", "7", "1"], ",", [123456.5, 7, 1], "by commas"),
    "German": (["1.234,50", "7", "1.234.567"], ";", [1234.5, 7, 1234567], "by points"),
    "spaces": (["1 234,5", "7", "12 345 678"], ";", [1234.5, 7, 12345678], "by spaces"),
    "no-break": (["1\u00a0234", "7", "1\u202f000"], ",", [1234, 7, 1000], "by spaces"),
    "Swiss": (["1'234.5", "7", "1\u2019000"], ",", [1234.5, 7, 1000], "by apostrophes"),
    "dollars": (["$ 5", "-$1,200", "$0.5"], ",", [5, -1200, 0.5], "their '$'"),
    "some dollars": (["$ 5", "7", "8"], ",", [5, 7, 8], "their '$'"),
    "euros": (["5,00 €", "7,25€", "1"], ";", [5, 7.25, 1], "their '€'"),
    "percent": (["5%", "7.5 %", "0"], ",", [5, 7.5, 0], "their '%'"),
    "units": (["36 months", "60 months", "36 months"], ",", [36, 60, 36], "'months'"),
    "losses": (["(1,200)", "7", "8"], ",", [-1200, 7, 8], "parentheses"),
    "minus": (["\u22125", "7", "8"], ",", [-5, 7, 8], ""),
    "bounds": (["<0.1", "7", "8", ">100"], ",", [0.1, 7, 8, 100], "Bounds"),
    "spaces around": (["\u00a05 ", "7\t ", "  8"], ",", [5, 7, 8], ""),
    "exponents": (["1e3", "1E-2", "7"], ",", [1000, 0.01, 7], ""),
    "comma exponents": (["1,5e3", "1,5E-2", "7"], ";", [1500, 0.015, 7], "Decimal"),
    "booleans": (["True", "FALSE", "true"], ",", [1, 0, 1], ""),
}


@pytest.mark.parametrize("case", NUMBERS)
def test_numbers_as_people_write_them(case, load):
    cells, separator, expected, note = NUMBERS[case]
    table = load(table_of(cells, separator))
    assert table.X["x"].dtype == np.float64
    assert_allclose(table.X["x"], expected)
    assert noted(table, note)
    assert bool(table.notes) == bool(note)


@pytest.mark.parametrize(
    "cells",
    [
        ["3_1", "4_2", "5_3"],
        ["5%", "7", "8"],
        ["5 kg", "7 g", "8 kg"],
        ["5 kg", "7", "8"],
        ["$5", "€7", "$8"],
        ["<50", ">50", "<50"],
        ["1.2.3", "1.2.4", "2.0.0"],
        ["12,34,5", "1,2", "5"],
        ["0x1F", "0x2A", "0x3B"],
        ["1-2", "3-4", "5-6"],
        ["$5 %", "$6 %", "$7 %"],
    ],
)
def test_text_that_only_looks_like_numbers_is_left_alone(cells, load):
    table = load(table_of(cells, ";"))
    assert table.X["x"].dtype == "category"
    assert table.X["x"].tolist() == cells


def test_what_could_be_two_numbers_goes_by_the_other_columns(load):
    whole = ["1,234", "5,678", "9,012"]
    table = load(table_of(whole, ";", ["0,5", "1,5", "7,25"]))
    assert_allclose(table.X["x"], [1.234, 5.678, 9.012])
    table = load(table_of(whole, ",", ["0.5", "1.5", "7.25"]))
    assert_allclose(table.X["x"], [1234, 5678, 9012])
    assert noted(table, "'1,234' could be read in two ways, and was as 1234, in 'x'.")
    table = load(table_of(["1.234", "5.678", "9.012"], ";", ["0,5", "1,5", "7,25"]))
    assert_allclose(table.X["x"], [1234, 5678, 9012])
    assert noted(table, "'1.234' could be read in two ways")
    table = load(table_of(["1.234", "5.678", "9.012"]))
    assert_allclose(table.X["x"], [1.234, 5.678, 9.012])


MARKS = ["-", "--", ".", "N.A.", "none", "missing", "unknown", "#DIV/0!", "Unknown"]
MARKS += ["NULL", "\u2013", "k.A.", "#REF!"]


@pytest.mark.parametrize("mark", MARKS)
def test_marks_are_missing_among_numbers_and_dates_alone(mark, load):
    table = load(table_of(["1", mark, "3"]))
    assert_array_equal(table.X["x"], [1, NAN, 3])
    assert mark == "NULL" or noted(table, f"{mark!r} counts as missing in 'x'.")
    table = load(table_of(["2020-01-01", mark, "2020-01-03"]))
    assert_array_equal(table.X["x"], [18262, NAN, 18264])
    table = load(table_of(["red", mark, "blue"]))
    missing = mark.startswith("#") or mark == "NULL"
    assert table.X["x"].isna().tolist() == [False, missing, False]


def test_few_words_among_numbers_are_missing_and_many_are_not(load):
    cells = [str(i) for i in range(57)] + ["broken", "broken", "{x}"]
    table = load(table_of(cells))
    assert_array_equal(table.X["x"], [*range(57), NAN, NAN, NAN])
    assert noted(
        table, "3 values that cannot be read as numbers ('broken', '{x}') counted"
    )
    table = load(table_of([*cells, "broken"]))
    assert table.X["x"].dtype == "category"
    assert noted(table, "Over half of the values are numbers, but fewer than 95 %")


def test_whole_numbers_above_the_exact(load):
    big = 2**53
    table = load(table_of([str(big), str(big + 1), str(big + 2)]))
    assert table.X["x"].nunique() == 3
    assert noted(table, "2**53")
    table = load(table_of([str(big), str(big + 2), str(big + 4)]))
    assert table.X["x"].dtype == np.float64
    labels = "\n".join(f"{i},{big + i % 2}" for i in range(6))
    assert load(f"x,y\n{labels}\n").y.tolist() == [big + i % 2 for i in range(6)]
    labels = "\n".join(f"{i},{2**64 + i % 2}" for i in range(6))
    assert load(f"x,y\n{labels}\n").y.tolist() == [str(2**64 + i % 2) for i in range(6)]


def test_whole_numbers_above_the_exact_in_parquet(tmp_path):
    values = np.array([2**53, 2**53 + 1, 2**53] * 2)
    frame = pd.DataFrame({"x": values, "y": values})
    frame.to_parquet(tmp_path / "t.parquet")
    table = load_table(tmp_path / "t.parquet", "y")
    assert table.y.tolist() == values.tolist()
    assert table.X["x"].nunique() == 2


def test_numbers_as_text_in_parquet(tmp_path):
    text = ["1,234.50", "-", "7"]
    for dtype in (object, "string", "category"):
        frame = pd.DataFrame({"x": pd.Series(text, dtype=dtype), "y": list("aba")})
        frame.to_parquet(tmp_path / "t.parquet")
        table = load_table(tmp_path / "t.parquet", "y")
        assert_array_equal(table.X["x"], [1234.5, NAN, 7])


@given(st.lists(st.floats(-1e12, 1e12), min_size=1), st.sampled_from(".,"))
def test_formatted_numbers_are_read_back(values, mark):
    def show(value):
        text = f"{value:,.2f}"
        return text if mark == "." else text.translate(str.maketrans(",.", ".,"))

    (reading,) = read_numbers({show(value): 1 for value in values}).values()
    for value in values:
        assert reading.values[show(value)] == pytest.approx(value, abs=0.006)


@given(st.text(max_size=12))
def test_any_text_can_be_judged(text):
    for reading in [*read_numbers({text: 2}).values(), *read_dates({text: 2}).values()]:
        assert isinstance(reading.values[text], float)


# Dates


@pytest.mark.parametrize(
    "cells",
    [
        ["01.02.2020", "15.02.2020"],
        ["1.2.20", "15.2.20"],
        ["01/02/2020", "15/02/2020"],
        ["02/01/2020", "02/15/2020"],
        ["2/1/20", "2/15/20"],
        ["15-02-2020", "01-02-2020"][::-1],
        ["2020/02/01", "2020/2/15"],
        ["1 Feb 2020", "15 February 2020"],
        ["Feb 1, 2020", "February 15, 2020"],
        ["01-FEB-20", "15-FEB-20"],
        ["Sat, 01 Feb 2020", "Sat, 15 Feb 2020"],
        ["2020-02-01 00:00:00", "15.02.2020"],
        ["02/01/2020 12:00 AM", "02/15/2020 12:00 am"],
        ["2020-02-01T01:00:00+01:00", "2020-02-15T00:00Z"],
    ],
)
def test_dates_as_people_write_them(cells, load):
    table = load(table_of([*cells, ""], "|"))
    assert_allclose(table.X["x"], [18293, 18307, NAN])
    assert table.notes == []


def test_day_and_month_that_cannot_be_told_apart(load):
    table = load(table_of(["01/02/2020", "03/04/2020"]))
    assert_array_equal(table.X["x"], [18263, 18325])
    assert noted(table, "'01/02/2020'", "the month was taken to be first in 'x'.")
    # Another column tells, and so do decimal commas.
    table = load(table_of(["01/02/2020", "03/04/2020"], ",", ["31/1/2020", "1/2/2020"]))
    assert_array_equal(table.X["x"], [18293, 18355])
    assert noted(table, "the day was taken to be first in 'x'.")
    table = load(table_of(["01/02/2020", "03/04/2020"], ";", ["0,5", "1,7"]))
    assert_array_equal(table.X["x"], [18293, 18355])


def test_one_bad_mark_among_dates(load):
    days = [f"2020-01-{i:02}" for i in range(1, 31)]
    for bad in ("2020-13-45", "soon", "0000-00-00"):
        table = load(table_of([*days, bad]))
        assert_array_equal(table.X["x"], [*range(18262, 18292), NAN])
        assert noted(table, f"1 value that cannot be read as dates ({bad!r}) counted")


def test_clock_times_and_text_with_digits(load):
    table = load(table_of(["06:00", "18:30", "12:00:36"]))
    assert_allclose(table.X["x"], [0.25, 18.5 / 24, 0.5 + 36 / 86400])
    table = load(table_of(["room 5", "5th of May", "2020"]))
    assert table.X["x"].dtype == "category"


# Labels


@pytest.mark.parametrize("word", ["None", "NA", "null", "none", "unknown", "-"])
def test_classes_called_by_words_for_nothing(word, load):
    rows = "".join(f"{i},{[word, 'some'][i % 2]}\n" for i in range(10))
    table = load(f"x,y\n{rows}11,\n")
    assert table.y.tolist() == [word, "some"] * 5
    assert noted(table, f"{word!r} is a class of 5 rows", "Dropped 1 row with no 'y'.")
    rows = "".join(f"{i},{[word, 0, 1][i % 3]}\n" for i in range(9))
    table = load(f"x,y\n{rows}")
    assert table.y.tolist() == [0, 1] * 3
    assert noted(table, f"{word!r} counts as missing in 'y'.")
    assert noted(table, "Dropped 3 rows with no 'y'")


def test_labels_that_are_one_number(load):
    table = load("x,y\n1,01\n2,1\n3,2\n4,2.0\n")
    assert table.y.tolist() == [1, 1, 2, 2]
    assert noted(table, "Labels that are the same number were made one in 'y'.")


def test_spaces_make_no_classes(load):
    table = load("x,c,y\n1,red,a\n2,red ,a \n3,blue,\tb\n4,\u00a0blue,b\u00a0\n")
    assert table.y.tolist() == ["a", "a", "b", "b"]
    assert table.X["c"].tolist() == ["red", "red", "blue", "blue"]
    assert noted(table, "Labels that differ only in spaces were made one in 'y'.")
    assert noted(table, "Values that differ only in spaces were made one in 'c'.")


@pytest.mark.parametrize(
    "labels", [["<=50K", ">50K"], ["5%", "10%"], ["1,5", "2,5"], ["1-2", "3-4"]]
)
def test_labels_stay_as_they_are_written(labels, load):
    rows = "".join(f"{i};{labels[i % 2]}\n" for i in range(6))
    assert load("x;y\n" + rows).y.tolist() == labels * 3


def test_decimal_commas_make_a_target_continuous(load):
    rows = "".join(f"{i};{i},5\n" for i in range(50))
    with pytest.raises(CompareError, match="looks continuous: 50 different"):
        load("x;y\n" + rows)


# An index that was saved along


@pytest.mark.parametrize(
    "name", ["", "Unnamed: 0", "Unnamed: 0.1", "...1", "index", "id"]
)
@pytest.mark.parametrize("start", [0, 1])
def test_a_saved_index_does_not_leak_a_sorted_target(name, start, load):
    rows = "".join(f"{i + start},{i % 3},{i // 5}\n" for i in range(10))
    table = load(f"{name},x,y\n{rows}")
    assert table.X.columns.tolist() == ["x"]
    assert noted(table, "Left out the first column")


def test_a_saved_index_after_filtering_or_shuffling(load):
    for index in ([3, 7, 8, 20], [2, 0, 3, 1], [10, 9, 8, 7]):
        rows = "".join(f"{i},{j % 3},{j % 2}\n" for j, i in enumerate(index))
        assert load(f",x,y\n{rows}").X.columns.tolist() == ["x"]
        rows = "".join(f"{j},{i},{j % 3},{j % 2}\n" for j, i in enumerate(index))
        twice = load(f"Unnamed: 0.1,Unnamed: 0,x,y\n{rows}")
        assert twice.X.columns.tolist() == ["x"]


def test_other_first_columns_stay(load):
    assert load(",x,y\n1,5,a\n1,6,b\n2,6,b\n").X.columns.tolist() == ["", "x"]
    assert load("age,x,y\n1,5,a\n2,6,b\n3,6,b\n").X.columns.tolist() == ["age", "x"]
    assert load("id,x,y\n7,5,a\n5,6,b\n9,6,b\n").X.columns.tolist() == ["id", "x"]
    assert load(",x,y\n1.5,5,a\n2,6,b\n3,6,b\n").X.columns.tolist() == ["", "x"]


def test_row_names_of_write_table(load):
    table = load("x y\n1 5 a\n2 6 b\n3 6 b\n", name="t.txt")
    assert table.X.columns.tolist() == ["x"]
    assert noted(table, "a name less", "it numbers rows")


def test_target_in_the_index_of_parquet(tmp_path):
    frame = pd.DataFrame({"x": range(6), "y": list("ab") * 3, "k": range(3, 9)})
    for index in (["y"], ["k", "y"]):
        frame.set_index(index).to_parquet(tmp_path / "t.parquet")
        table = load_table(tmp_path / "t.parquet", "y")
        assert table.y.tolist() == list("ab") * 3
        assert "Took the target 'y' from the index." in table.notes
        assert ("Left out the index, 'k'." in table.notes) == ("k" in index)
    frame.iloc[[2, 1, 3, 0, 5, 4]].to_parquet(tmp_path / "t.parquet")
    assert noted(
        load_table(tmp_path / "t.parquet", "y"), "the index, which has no name"
    )


# What stands around a table

PLAIN = "a,b,y\n1,2,k\n3,4,l\n5,6,k\n"
AROUND = {
    "sep line": ("sep=,\n" + PLAIN, "Left out line 1, which only says"),
    "title": ("Sales of 2020\n\n" + PLAIN, "Left out line 1, which is not of the tab"),
    "title cells": ("Sales,,\n,,\n" + PLAIN, "Left out line 1"),
    "comments": ("# one, two\n#three\n" + PLAIN, "Left out line 2"),
    "hash header": ("#" + PLAIN, ""),
    "comment inside": (PLAIN.replace("3,4", "# note\n3,4"), "line 3, a comment: '# n"),
    "ended rows": (
        "a,b,y\n1,2,k,\n3,4,l,\n5,6,k,\n",
        "empty field at the end of every",
    ),
    "ended all": ("a,b,y,\n1,2,k,\n3,4,l,\n5,6,k,\n", "neither name nor value"),
    "ended some": ("a,b,y\n1,2,k,\n3,4,l\n5,6,k,,\n", "at the end of 2 rows"),
    "footer": (PLAIN + "\nSource: the bureau\n", "Left out line 6, which sums up"),
    "count": (PLAIN + "(3 rows affected)\n", "Left out line 5"),
    "totals": (PLAIN + "Total,12,\n", "Left out line 5, which sums up"),
    "totals with a class": (PLAIN + "TOTAL:,12,k\n", "Left out line 5"),
    "empty rows": (PLAIN + ",,\n,,\n", "Left out 2 rows without any value."),
    "header twice": (PLAIN + PLAIN[:6] + "7,8,k\n", "Left out line 5, which repeats"),
    "single quotes": ("'a','b','y'\n1,2,'k'\n3,4,'l'\n5,6,'k'\n", "Single quotes"),
    "space": (PLAIN.replace(",", " "), ""),
    "spaces": (PLAIN.replace(",", "   ").replace("\n", " \n"), ""),
    "tabs": (PLAIN.replace(",", "\t"), ""),
    "blank lines": (PLAIN.replace("\n", "\n\n"), ""),
    "carriage returns": (PLAIN.replace("\n", "\r\n"), ""),
    "utf-16": (PLAIN.replace(",", "\t").encode("utf-16"), ""),
}


@pytest.mark.parametrize("case", AROUND)
def test_what_stands_around_a_table_is_left_out(case, load):
    content, note = AROUND[case]
    table = load(content, name="t.txt")
    assert table.X.columns.tolist() == ["a", "b"]
    n = 4 if case == "header twice" else 3
    assert_array_equal(table.X, [[1, 2], [3, 4], [5, 6], [7, 8]][:n])
    assert table.y.tolist() == list("klkk")[:n]
    assert noted(table, note)
    assert bool(table.notes) == bool(note)


def test_fields_in_single_quotes_may_hold_the_separator(load):
    table = load("a,y\n'Paris, France','k'\n'Rome','l'\n")
    assert table.X["a"].tolist() == ["Paris, France", "Rome"]


def test_apostrophes_are_no_quotes(load):
    table = load("a,y\n'tis,k\nit's,l\n")
    assert table.X["a"].tolist() == ["'tis", "it's"]
    with pytest.raises(CompareError, match="line 3 has 3 fields.*double quotes"):
        load("a,y\n'tis,k\n'a, b',l\nc,k\n")


def test_a_category_that_is_called_total_stays(load):
    rows = "".join(f"{['total', 'part'][i % 2]},{i},{i % 2}\n" for i in range(5))
    table = load("x,z,y\n" + rows)
    assert len(table.X) == 5
    assert table.notes == []


def test_long_fields(load):
    table = load(f"a,x,y\n{'long' * 50_000},1,k\nb,2,l\n")
    assert len(table.X["a"][0]) == 200_000


def test_titles_with_commas_hide_no_semicolons(load):
    rows = "".join(f"{i};{i},5;{'kl'[i % 2]}\n" for i in range(4))
    table = load(f"Report, final\nby Jo, Inc.\na;b;y\n{rows}")
    assert_array_equal(table.X, [[i, i + 0.5] for i in range(4)])
    assert noted(table, "Left out line 1", "Left out line 2")


def test_quotes_with_backslashes_and_quotes_that_stay_open(load):
    table = load('a,b,y\n"say \\"hi\\", Jo",1,k\nb,2,l\n')
    assert table.X["a"].tolist() == ['say "hi", Jo', "b"]
    with pytest.raises(CompareError, match="line 2 has 1 field .* may not be closed"):
        load('a,b,y\n"x,1,k\nb,2,l\n')


def test_three_decimals_are_no_thousands(load):
    table = load(table_of(["0.123", "12.345", "100.001"], ";", ["0,5", "1,5", "2,5"]))
    assert_allclose(table.X["x"], [0.123, 12.345, 100.001])
    table = load(table_of(["1.123", "12.345", "100.001"]))
    assert_allclose(table.X["x"], [1.123, 12.345, 100.001])
    assert table.notes == []


# Packed files


def test_packed_files(load, tmp_path):
    for suffix, pack in ((".gz", gzip), (".bz2", bz2), (".xz", lzma)):
        for inner in (".csv", ".txt", ""):
            table = load(pack.compress(PLAIN.encode()), name=f"t{inner}{suffix}")
            assert table.y.tolist() == list("klk")
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr("__MACOSX/data.csv", "x")
        archive.writestr("readme.md", "x")
        archive.writestr("data.csv", PLAIN)
    table = load_table(tmp_path / "z.zip", "y")
    assert table.y.tolist() == list("klk")
    assert table.notes == ["Read 'data.csv' from z.zip."]


def test_packed_files_that_cannot_be_used(load, tmp_path):
    for suffix in ("gz", "bz2", "xz", "zip"):
        with pytest.raises(CompareError, match=f"t.csv.{suffix} cannot be read"):
            load(b"not packed", name=f"t.csv.{suffix}")
    with pytest.raises(CompareError, match="t.csv.gz cannot be read"):
        load(gzip.compress(PLAIN.encode())[:-9], name="t.csv.gz")
    with pytest.raises(CompareError, match="convert it to"):
        load(gzip.compress(b"x"), name="t.xlsx.gz")
    for names in ([], ["a.csv", "b.csv"]):
        with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
            for name in names:
                archive.writestr(name, PLAIN)
        with pytest.raises(CompareError, match="z.zip has .* table.*unpack it"):
            load_table(tmp_path / "z.zip", "y")


def test_bytes_of_another_encoding_name_their_line(load):
    with pytest.raises(CompareError, match="0xe9 in line 3"):
        load("a,y\n1,k\né,l\n".encode("latin1"))


def test_digits_that_are_no_decimals(load):
    table = load("x,y\n1,5\u00b2\n2,7\u00b2\n3,5\u00b2\n")
    assert table.y.tolist() == ["5\u00b2", "7\u00b2", "5\u00b2"]
