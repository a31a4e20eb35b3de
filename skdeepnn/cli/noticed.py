"""What is noticed while predicting: labels that are there, categories that are new."""

from collections import Counter

import numpy as np

from .messages import count_of
from .values import is_mark, read_number, tidied

__all__ = ["Labels", "Unseen"]


class Labels:
    """The target, where a file has it: compared with predictions, and not used.

    Parameters
    ----------
    model : Model
        What predicts.
    name : str
        Of the file.
    header : list of str
        Names of its columns.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> model = SimpleNamespace(target="y", ways=[], classes=[0, 1], trained_on=())
    >>> labels = Labels(model, "new.csv", ["x", "y"])
    >>> labels.compare({1: ["1", "0.0", "", "2"]}, np.array([1, 1, 1, 1]))
    >>> [*labels.told()][0][:69]
    "The column 'y' of new.csv was not used: compared with it, 33.3% of 3 "
    """

    def __init__(self, model, name, header):
        self.name, self.target = name, model.target
        self.trained_on = model.trained_on
        self.places = [i for i, n in enumerate(header) if n == model.target][-1:]
        if any(way.name == model.target for way in model.ways):
            self.places = []
        self.labels = {str(label): k for k, label in enumerate(model.classes)}
        self.numbers = {}
        for label, k in self.labels.items():
            self.numbers.setdefault(read_number(label, "."), k)
        self.n_known = self.n_right = 0

    def compare(self, columns, best):
        """Count the rows of a block whose label is predicted."""
        for place in self.places:
            values = columns[place]
            if hasattr(values, "to_pylist"):
                values = ["" if v is None else str(v) for v in values.to_pylist()]
            known = {text: self._class_of(text) for text in set(values)}
            given = np.array([known[text] for text in values])
            self.n_known += int((given > -2).sum())
            self.n_right += int((given == best).sum())

    def _class_of(self, text):
        """Return the number of a label; -1 if it is no class, -2 if it is missing."""
        text = tidied(text)
        if text in self.labels:
            return self.labels[text]
        if is_mark(text):
            return -2
        number = read_number(text, ".")
        return -1 if number is None else self.numbers.get(number, -1)

    def told(self):
        """Say that it was there, and how often it was predicted."""
        if self.places:
            of = f"The column {self.target!r} of {self.name} was not used"
            if not self.n_known:
                yield f"{of}: it is what is predicted."
                return
            share = self.n_right / self.n_known
            yield (
                f"{of}: compared with it, {share:.1%} of "
                f"{count_of(self.n_known, 'row')} are predicted right."
            )
            if (self.name, self.n_known) == self.trained_on:
                yield (
                    "These seem to be the rows that it was trained on: it predicts new "
                    "ones as well as skdeepnn train has told, and not as these."
                )


class Unseen:
    """Values of categories that training had not.

    Parameters
    ----------
    model : Model
        What predicts.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> way = SimpleNamespace(kind="categories", name="skin", feature="skin")
    >>> unseen = Unseen(SimpleNamespace(ways=[], estimator=None))
    >>> unseen.known = {way.name: (way, {"fur"}, 0.0)}
    >>> unseen.look({"skin": np.array(["fur", "wool", None], dtype=object)})
    >>> [*unseen.told()]
    ["1 value of 'skin' that training had not ('wool') count as unknown."]
    """

    def __init__(self, model):
        ways = [way for way in model.ways if way.kind == "categories"]
        self.known, self.counts, self.some = {}, Counter(), {}
        if ways:
            encoder = model.estimator._state.encoder
            rare = np.asarray(encoder.columns_["rare"])[encoder.is_categorical_]
            found = zip(ways, encoder.categories_, rare, strict=True)
            self.known = {way.feature: (way, set(c), share) for way, c, share in found}

    def look(self, features):
        """Count them in a block: values of features, by name."""
        for feature, (_, known, _) in self.known.items():
            counts = Counter(features[feature].tolist())
            del counts[None]
            self.counts[feature, "all"] += counts.total()
            new = {value: n for value, n in counts.items() if value not in known}
            self.counts[feature, "new"] += sum(new.values())
            some = self.some.setdefault(feature, [])
            some += [v for v in list(new)[:3] if v not in some][: 3 - len(some)]

    def told(self):
        """Say where there are any; rare ones cannot be told from new ones."""
        for feature, (way, known, rare) in self.known.items():
            n, n_new = self.counts[feature, "all"], self.counts[feature, "new"]
            shown = ", ".join(map(repr, self.some.get(feature, [])))
            if known and n_new == n > 0:
                yield (
                    f"No value of {way.name!r} is one that training had ({shown}): see "
                    "whether they are written alike."
                )
            elif n_new and not rare:
                yield (
                    f"{count_of(n_new, 'value')} of {way.name!r} that training had not "
                    f"({shown}) count as unknown."
                )
