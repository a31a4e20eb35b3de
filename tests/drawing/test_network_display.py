import matplotlib.pyplot as plt
import numpy as np
import pytest
from like_mlp import like_mlp
from matplotlib.colors import to_rgba
from sklearn.datasets import load_iris, load_wine, make_multilabel_classification
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeepnn import DeepNNClassifier, LogisticRegressionNN
from skdeepnn.displays import NetworkDisplay
from skdeepnn.drawing.canvas import NEGATIVE, POSITIVE

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

NAMES = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)"]
NAMES += ["petal width (cm)"]


@pytest.fixture(scope="module")
def wine():
    X, y = load_wine(return_X_y=True, as_frame=True)
    return DeepNNClassifier(max_iter=3, random_state=0).fit(X, y)


@pytest.fixture(scope="module")
def iris_frame():
    X, y = load_iris(return_X_y=True, as_frame=True)
    return X, np.array(["setosa", "versicolor", "virginica"])[y]


def texts(display):
    return [text.get_text() for text in display.ax_.texts]


def legend(display):
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


def n_units(display):
    return [len(units.get_offsets()) for units in display.units_]


def overlaps(display):
    """Pairs of texts of which one covers a part of the other."""
    display.figure_.draw_without_rendering()
    renderer = display.figure_.canvas.get_renderer()
    shown = [t for t in [*display.ax_.texts, display.ax_.title] if t.get_text()]
    boxes = [(t.get_text(), t.get_window_extent(renderer)) for t in shown]
    return [
        (one, other)
        for i, (one, box) in enumerate(boxes)
        for other, other_box in boxes[:i]
        if box.overlaps(other_box)
    ]


def outside(display):
    """Texts of which a part is not on the figure."""
    display.figure_.draw_without_rendering()
    renderer, figure = display.figure_.canvas.get_renderer(), display.figure_.bbox
    boxes = {t.get_text(): t.get_window_extent(renderer) for t in display.ax_.texts}
    return [
        text
        for text, box in boxes.items()
        if box.x0 < 0 or box.y0 < 0 or box.x1 > figure.x1 or box.y1 > figure.y1
    ]


def test_a_small_network_is_drawn_whole(iris_frame):
    clf = like_mlp((8, 5), dropout=[0.2, 0.0], max_iter=5, random_state=0)
    display = NetworkDisplay.from_estimator(clf.fit(*iris_frame))
    assert n_units(display) == [4, 8, 5, 3]
    assert [len(edges.get_paths()) for edges in display.edges_] == [32, 40, 15]
    assert display.bands_ == []
    assert display.ax_.get_title() == "DeepNNClassifier: 103 parameters"
    written = texts(display)
    assert {*NAMES, "setosa", "versicolor", "virginica"} <= {*written}
    assert "8 units\nrelu\n40 parameters\ndropout 0.2" in written
    assert "5 units\nrelu\n45 parameters" in written
    assert "3 units\nsoftmax\n18 parameters" in written
    assert "4 features" in written
    assert overlaps(display) == outside(display) == []


def test_lines_tell_size_and_sign_by_more_than_colour():
    display = NetworkDisplay(coefs=[np.array([[2.0, -1.0, 0.5, -0.1]]).T]).plot()
    (edges,) = display.edges_
    # The largest is drawn last, above the others
    assert [f"{width:.2f}" for width in edges.get_linewidth()] == [
        f"{0.3 + 2.1 * share:.2f}" for share in (0.05, 0.25, 0.5, 1)
    ]
    assert (np.diff(edges.get_alpha()) > 0).all()
    assert edges.get_alpha()[-1] == 1
    signs = [-1, 1, -1, 1]
    is_dashed = [dashes is not None for _, dashes in edges.get_linestyle()]
    assert is_dashed == [sign < 0 for sign in signs]
    colors = [NEGATIVE if sign < 0 else POSITIVE for sign in signs]
    expected = np.array([to_rgba(color)[:3] for color in colors])
    np.testing.assert_allclose(edges.get_colors()[:, :3], expected)
    ends = [path.vertices[0, 1] for path in edges.get_paths()]
    heights = display.units_[0].get_offsets()[:, 1]
    np.testing.assert_allclose(ends, heights[[3, 2, 1, 0]])
    assert legend(display) == ["positive weight", "negative weight"]
    assert "Weights: the wider, the larger, up to 2." in texts(display)


def test_weights_of_zero():
    display = NetworkDisplay(coefs=[np.zeros((2, 2))]).plot()
    np.testing.assert_allclose(display.edges_[0].get_linewidth(), 0.3)


def test_wide_layers_have_an_ellipsis_and_a_band():
    coefs = [np.ones((200, 16)), np.ones((16, 26))]
    letters = [chr(65 + i) for i in range(26)]
    display = NetworkDisplay(coefs=coefs, class_names=letters).plot()
    assert n_units(display) == [10, 10, 10]
    assert display.edges_ == []
    assert len(display.bands_) == 2
    written = texts(display)
    assert {"190 more", "6 more", "16 more"} <= {*written}
    assert [t for t in written if len(t) == 1] == list("ABCDEVWXYZ")
    assert "26 units\n442 parameters" in written
    assert legend(display) == ["weights not drawn one by one"]
    assert overlaps(display) == outside(display) == []
    whole = display.plot(max_units=26)
    assert n_units(whole) == [24, 16, 26]
    assert len(whole.edges_) == len(whole.bands_) == 1


def test_views_are_rows_with_their_shares(wine):
    display = NetworkDisplay.from_estimator(wine)
    shares = {name: f"{share:.0%}" for name, share in wine.views_.items()}
    written = texts(display)
    for name, n_params in {"standardized": "10,243", "bins": "28,547"}.items():
        assert (
            f"{name}, {shares[name]} of the weight, 4 such networks of {n_params} "
            "parameters"
        ) in written
    assert "13 columns\nof 13 features" in written
    assert "156 columns\nof 13 features" in written
    assert written.count("3 units\nlogits\n195 parameters") == 2
    assert (
        "The logits of all networks are averaged, by the shares of their views, and go "
        "through softmax."
    ) in written
    assert display.ax_.get_title() == "DeepNNClassifier: 8 networks, 155,160 parameters"
    assert len(display.units_) == 8
    assert overlaps(display) == outside(display) == []


def test_views_that_were_left_out_are_named():
    coefs = {"a": [np.ones((2, 1))]}
    display = NetworkDisplay(coefs=coefs, shares={"a": 1.0, "b": 0.0, "c": 0}).plot()
    assert "Left out after a trial: b, c." in texts(display)
    assert "a, 100% of the weight" in texts(display)


def test_a_stack_shows_the_first_of_its_members():
    X, y = make_multilabel_classification(100, 6, n_classes=4, random_state=0)
    clf = DeepNNClassifier((6,), n_members=3, max_iter=2, random_state=0).fit(X, y)
    display = NetworkDisplay.from_estimator(clf)
    written = texts(display)
    assert "3 such networks of 70 parameters" in written
    assert {"label 0", "label 3", "x0", "x5"} <= {*written}
    assert "The logits of all networks are averaged and go through logistic." in written
    largest = max(abs(coef[0]).max() for coef in clf.coefs_)
    assert (
        f"Weights of the first network of a row: the wider, the larger, up to "
        f"{largest:.3g}."
    ) in written


def test_a_deep_network_has_a_gap():
    coefs = [np.ones((4, 10)), *[np.ones((10, 10))] * 27, np.ones((10, 3))]
    display = NetworkDisplay(coefs=coefs, activations=[*["relu"] * 28, "softmax"])
    display.plot()
    assert n_units(display) == [4, 10, 10, 10, 10, 10, 3]
    written = texts(display)
    assert "23 more Dense" in written
    assert "of 10 units\nrelu\n2,530 parameters" in written
    assert len(display.bands_) == 2
    total = 50 + 27 * 110 + 33
    assert display.ax_.get_title() == f"{total:,} parameters"
    assert overlaps(display) == outside(display) == []


def test_layers_of_many_parameters_stand_farther_apart():
    coefs = [np.ones(pair) for pair in ((784, 5000), (5000, 2000), (2000, 10))]
    display = NetworkDisplay(coefs=coefs).plot()
    assert "2,000 units\n10,002,000 parameters" in texts(display)
    assert overlaps(display) == outside(display) == []


class Ramp:
    def value(self, z, a):
        np.maximum(z, 0, out=a)

    def backward(self, gradient, z, a, scratch):
        gradient *= z > 0


def test_activations_of_the_users_are_called_by_their_class():
    clf = like_mlp((3,), activation=Ramp(), max_iter=2).fit([[0.0], [1.0]], [0, 1])
    assert "3 units\nRamp\n6 parameters" in texts(NetworkDisplay.from_estimator(clf))


def test_unlike_layers_in_the_gap():
    sizes = [2, 3, 4, 5, 6, 7, 8, 9, 10, 2]
    coefs = [np.ones(pair) for pair in zip(sizes, sizes[1:], strict=False)]
    display = NetworkDisplay(
        coefs=coefs,
        activations=["tanh"] * 4 + ["relu"] * 5,
        dropout=[0.0] * 4 + [0.5] * 5,
    ).plot()
    assert "3 more Dense" in texts(display)
    n_params = (5 + 1) * 6 + (6 + 1) * 7 + (7 + 1) * 8
    gap = f"of 6 to 8 units\ntanh\nrelu\n{n_params} parameters\ndropout 0.5"
    assert gap in texts(display)


def test_logistic_regression_is_one_layer(iris_frame):
    X, y = iris_frame
    model = make_pipeline(StandardScaler(), LogisticRegressionNN())
    display = NetworkDisplay.from_estimator(model.fit(X, y == "setosa"))
    assert n_units(display) == [4, 1]
    written = texts(display)
    assert {*NAMES, "class True"} <= {*written}  # as the scaler has them
    assert "1 unit\nlogistic\n5 parameters" in written
    coef = model[-1].coef_.ravel()
    (edges,) = display.edges_
    widths = np.sort(0.3 + 2.1 * abs(coef) / abs(coef).max())
    np.testing.assert_allclose(edges.get_linewidth(), widths)


def test_one_input():
    clf = like_mlp((3,), max_iter=2, fit_intercept=False, weight_init="he_normal")
    display = NetworkDisplay.from_estimator(clf.fit([[0.0], [1.0]], ["a", "b"]))
    assert n_units(display) == [1, 3, 1]
    assert "1 feature" in texts(display)
    assert "3 units\nrelu\n3 parameters" in texts(display)


def test_of_other_origin(iris_frame):
    mlp = MLPClassifier((5,), max_iter=5).fit(*iris_frame)
    display = NetworkDisplay(
        coefs=mlp.coefs_,
        activations=[mlp.activation, mlp.out_activation_],
        feature_names=mlp.feature_names_in_,
        class_names=mlp.classes_,
        name="MLPClassifier",
    ).plot()
    assert display.ax_.get_title() == "MLPClassifier: 43 parameters"
    assert {*NAMES, "versicolor"} <= {*texts(display)}
    with pytest.raises(TypeError, match=r"use NetworkDisplay\(coefs=estimator.coefs_"):
        NetworkDisplay.from_estimator(mlp)


def test_texts_fit_small_axes(iris_frame):
    clf = like_mlp((8, 5), max_iter=5, random_state=0).fit(*iris_frame)
    _, axes = plt.subplots(2, 2)
    display = NetworkDisplay.from_estimator(clf, ax=axes[1, 1])
    assert overlaps(display) == outside(display) == []
    own = NetworkDisplay.from_estimator(clf)
    assert own.ax_.texts[0].get_fontsize() == 9
    assert display.ax_.texts[0].get_fontsize() < 6


def test_what_is_drawn_is_seen_on_dark_ground():
    with plt.style.context("dark_background"):
        display = NetworkDisplay(coefs=[np.ones((2, 30))]).plot()
    assert display.units_[0].get_edgecolor().tolist() == [[1, 1, 1, 1]]
    assert display.units_[0].get_facecolor().tolist() == [[0, 0, 0, 1]]
    assert display.bands_[0].get_facecolor() == (1, 1, 1, 0.12)


def test_names_are_taken_by_the_letter():
    names = ["price $", "cost $", "x" * 100]
    display = NetworkDisplay(coefs=[np.ones((3, 1))], feature_names=names).plot()
    assert {r"price \$", r"cost \$", "x" * 15 + "…" + "x" * 16} <= {*texts(display)}
    assert outside(display) == []


@pytest.mark.parametrize(
    "given, message",
    [
        ({"coefs": []}, "coefs must be arrays of shape"),
        ({"coefs": {}}, "coefs is a dict: it must have an entry"),
        ({"coefs": [np.full((2, 3), np.nan)]}, "coefs must be finite"),
        ({"coefs": [np.ones(3)]}, r"have the shapes \[\(3,\)\]"),
        ({"coefs": [np.ones((2, 3)), np.ones((4, 1))]}, "do not fit each other"),
        (
            {"coefs": {"a": [np.ones((2, 3))], "b": [np.ones((2, 4))]}},
            "differ in their inputs alone",
        ),
        ({"feature_names": ["a"]}, "1 feature_names, but 2 inputs"),
        ({"class_names": ["a"]}, "1 class_names are given for 3 outputs"),
        ({"activations": ["relu", "softmax"]}, "2 activations are given for 1 layers"),
        ({"dropout": []}, "0 dropout are given for 1 layers"),
        ({"coefs": {"a": [np.eye(2)]}, "shares": {"b": 1}}, r"shares does not have"),
        ({"coefs": {"a": [np.eye(2)]}, "feature_names": ["u", "v"]}, "a dict too"),
    ],
)
def test_what_does_not_fit_together(given, message):
    with pytest.raises(ValueError, match=message):
        NetworkDisplay(**{"coefs": [np.ones((2, 3))], **given}).plot()


def test_too_few_units():
    with pytest.raises(ValueError, match="max_units must be at least 4, got 3"):
        NetworkDisplay(coefs=[np.ones((2, 3))]).plot(max_units=3)
