import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from like_mlp import like_mlp
from matplotlib.colors import SymLogNorm
from sklearn.datasets import load_digits, load_iris, load_wine
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeepnn import DeepNNClassifier, LogisticRegressionNN
from skdeepnn.displays import WeightsDisplay
from skdeepnn.drawing.canvas import signed_colormap

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def wine():
    X, y = load_wine(return_X_y=True, as_frame=True)
    return DeepNNClassifier(max_iter=3, random_state=0).fit(X, y)


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X / 16, y


def rows(display):
    return [text.get_text() for text in display.ax_.get_yticklabels()]


def columns(display):
    return [text.get_text() for text in display.ax_.get_xticklabels()]


def luminance(rgb):
    """Relative luminance of sRGB colours, as WCAG 2 defines it."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def test_the_colours_are_read_in_grey():
    colors = signed_colormap()(np.linspace(0, 1, 101))[:, :3]
    assert (np.diff(luminance(colors)) > 0).all()
    assert np.ptp(colors[50]) < 0.01  # 0 has no hue


def test_a_heat_map_of_all_weights():
    coef = np.array([[0.5, -2.0], [0.25, 0.0], [-1.0, 1.0]])
    display = WeightsDisplay(coef=coef, feature_names=["age", "income", "city"]).plot()
    (image,) = display.images_
    np.testing.assert_array_equal(image.get_array(), coef)
    assert image.get_clim() == (-2, 2)  # symmetric
    colors = image.to_rgba(np.array([-2.0, 0.0, 2.0]))
    np.testing.assert_allclose(colors, signed_colormap()([0.0, 0.5, 1.0]))
    assert rows(display) == ["age", "income", "city"]
    assert columns(display) == ["0", "1"]
    assert display.ax_.get_xlabel() == "Unit of the first layer"
    assert display.colorbar_.ax.get_ylabel() == "Weight"
    assert display.ax_.get_title() == ""
    assert display.axes_.tolist() == [display.ax_]


def test_the_largest_are_shown_in_their_order():
    coef = np.zeros((30, 40))
    coef[[3, 20], [7, 30]] = 1.0, -3.0
    coef[11, 2] = 0.5
    display = WeightsDisplay(coef=coef, name="mine").plot(max_units=2, max_features=2)
    assert rows(display) == ["x3", "x20"]
    assert columns(display) == ["7", "30"]
    np.testing.assert_array_equal(display.images_[0].get_array(), [[1, 0], [0, -3]])
    assert display.ax_.get_title() == (
        "mine\n2 of 40 units and 2 of 30 features, those with the largest weights"
    )
    assert display.units_.tolist() == [7, 30]
    assert display.features_.tolist() == [3, 20]


def test_colours_of_the_users():
    display = WeightsDisplay(coef=[[1.0, -4.0]]).plot(cmap="RdBu_r", vmax=10)
    assert display.images_[0].get_cmap().name == "RdBu_r"
    assert display.images_[0].get_clim() == (-10, 10)


def test_a_norm_of_the_users():
    norm = SymLogNorm(0.1, vmin=-4, vmax=4)
    display = WeightsDisplay(coef=[[1.0, -4.0]]).plot(norm=norm)
    assert display.images_[0].norm is norm


def test_weights_of_zero():
    assert WeightsDisplay(coef=np.zeros((2, 2))).plot().images_[0].get_clim() == (-1, 1)


def test_the_view_that_counts_most(wine):
    display = WeightsDisplay.from_estimator(wine)
    name = max(wine.views_, key=wine.views_.get)
    part = wine.network_.parts[wine.network_.names.index(name)]
    np.testing.assert_array_equal(display.coef, part.layers[0].coef[0])
    assert display.ax_.get_title() == (
        f"DeepNNClassifier\nview {name!r} ({wine.views_[name]:.0%} of the weight), "
        "member 0 of 4\n16 of 128 units, those with the largest weights"
    )


def test_another_view_and_member(wine):
    display = WeightsDisplay.from_estimator(
        wine, view="bins", member=3, max_units=4, max_features=156
    )
    part = wine.network_.parts[1]
    weights = part.layers[0].coef[3][:, display.units_]
    np.testing.assert_array_equal(display.images_[0].get_array(), weights)
    assert rows(display)[0] == "alcohol"
    assert rows(display)[-1] == "proline_bin10"
    assert len(rows(display)) == 156


def test_what_there_is_not(wine):
    with pytest.raises(ValueError, match=r"no view 'ranks': .*'standardized', 'bins'"):
        WeightsDisplay.from_estimator(wine, view="ranks")
    with pytest.raises(ValueError, match="member=4, but there are 4"):
        WeightsDisplay.from_estimator(wine, member=4)
    plain = like_mlp((3,), max_iter=2).fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(ValueError, match="no view 'bins': columns are as they came"):
        WeightsDisplay.from_estimator(plain, view="bins")


def test_columns_are_named_as_the_encoder_has_them():
    rng = np.random.RandomState(0)
    color = rng.choice(["red", "green", "blue"], 200)
    X = pd.DataFrame({"color": color, "age": rng.randn(200)})
    clf = DeepNNClassifier((4,), n_members=2, max_iter=2, random_state=0)
    display = WeightsDisplay.from_estimator(clf.fit(X, color == "red"), view="robust")
    assert rows(display) == ["age", "color_blue", "color_green", "color_red"]
    assert display.ax_.get_title() == "DeepNNClassifier\nmember 0 of 2"


def test_coefficients_by_class():
    X, y = load_iris(return_X_y=True, as_frame=True)
    model = make_pipeline(StandardScaler(), LogisticRegressionNN())
    display = WeightsDisplay.from_estimator(model.fit(X, y))
    assert columns(display) == ["class 0", "class 1", "class 2"]
    assert rows(display) == list(X.columns)  # as the scaler has them
    np.testing.assert_array_equal(display.images_[0].get_array(), model[-1].coef_.T)
    assert display.ax_.get_xlabel() == ""
    names = np.array(["benign", "malignant"])[(y == 0).to_numpy().astype(int)]
    binary = WeightsDisplay.from_estimator(LogisticRegressionNN().fit(X, names))
    assert columns(binary) == ["malignant"]
    sparse = LogisticRegressionNN().fit(X, y).sparsify()
    assert WeightsDisplay.from_estimator(sparse).coef.shape == (4, 3)


def test_images_of_classes(digits):
    clf = LogisticRegressionNN(C=0.01).fit(*digits)
    display = WeightsDisplay.from_estimator(clf, image_shape=(8, 8))
    assert [ax.get_title() for ax in display.axes_] == [f"class {i}" for i in range(10)]
    for image, coef in zip(display.images_, clf.coef_, strict=True):
        np.testing.assert_array_equal(image.get_array(), coef.reshape(8, 8))
        assert image.get_clim() == (-abs(clf.coef_).max(), abs(clf.coef_).max())
    assert display.colorbar_.ax.get_ylabel() == "Weight"


def test_images_of_the_view_that_shows_pixels(digits):
    clf = DeepNNClassifier(max_iter=2, random_state=0).fit(*digits)
    shares = {name: clf.views_[name] for name in clf.network_.names if name != "bins"}
    best = max(shares, key=shares.get)
    display = WeightsDisplay.from_estimator(clf, image_shape=(8, 8), max_units=6)
    assert f"view {best!r}" in display.ax_.get_title()
    assert [ax.get_title() for ax in display.axes_] == [
        f"unit {unit}" for unit in display.units_
    ]
    part = clf.network_.parts[clf.network_.names.index(best)]
    first = part.layers[0].coef[0][:, display.units_[0]].reshape(8, 8)
    np.testing.assert_array_equal(display.images_[0].get_array(), first)
    with pytest.raises(ValueError, match=r"64 pixels, .* sees \d+ columns"):
        WeightsDisplay.from_estimator(clf, image_shape=(8, 8), view="bins")


def test_no_image_of_columns_that_are_as_many_as_pixels_by_chance():
    rng = np.random.RandomState(0)
    X = rng.randn(100, 4)
    X[:, 1] = np.nan  # is left out
    X[::2, 2] = np.nan  # has a column that says so
    clf = DeepNNClassifier((3,), n_members=1, max_iter=2, random_state=0)
    clf.fit(X, X[:, 0] > 0)
    assert clf.network_.layer_sizes[0] == 4
    with pytest.raises(ValueError, match="not each as one"):
        WeightsDisplay.from_estimator(clf, image_shape=(2, 2))


def test_colours_of_an_image_are_those_of_its_weights():
    coef = np.array([[-1.0, 0.0, 1.0, 0.5, 0.0, 0.0]]).T
    display = WeightsDisplay(coef=coef, image_shape=(1, 2, 3)).plot()
    pixels = display.images_[0].get_array()
    np.testing.assert_allclose(pixels, [[[0, 0.5, 1], [0.75, 0.5, 0.5]]])
    assert display.colorbar_.ax.get_ylabel() == "Weight of red, of green and of blue"
    assert (display.colorbar_.vmin, display.colorbar_.vmax) == (-1, 1)


def test_images_on_given_axes():
    coef = np.arange(12.0).reshape(4, 3)
    figure, axes = plt.subplots(1, 3)
    display = WeightsDisplay(coef=coef, image_shape=(2, 2)).plot(ax=axes)
    assert display.axes_.tolist() == axes.tolist()
    assert display.ax_ is None
    assert display.figure_ is figure
    assert all(len(ax.get_images()) == 1 for ax in axes)
    with pytest.raises(ValueError, match="3 axes for 2 images"):
        display.plot(ax=axes, max_units=2)
    with pytest.raises(ValueError, match="A heat map is drawn on axes alone"):
        WeightsDisplay(coef=coef).plot(ax=axes)


def test_titles_of_images_have_room_in_small_axes():
    figure = plt.figure()
    ax = figure.add_axes([0.1, 0.1, 0.4, 0.4])
    display = WeightsDisplay(coef=np.ones((16, 26)), image_shape=(4, 4))
    display.plot(ax=ax, max_units=26)
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    for panel in display.axes_:
        box = panel.title.get_window_extent(renderer)
        others = (p.images[0].get_window_extent() for p in display.axes_)
        assert not any(box.overlaps(other) for other in others)


def test_long_names_stand_upright_where_there_is_no_room():
    names = [f"a class of number {i}" for i in range(12)]
    display = WeightsDisplay(coef=np.ones((2, 12)), unit_names=names).plot()
    assert {text.get_rotation() for text in display.ax_.get_xticklabels()} == {90}
    few = WeightsDisplay(coef=np.ones((2, 2)), unit_names=["no", "yes"]).plot()
    assert {text.get_rotation() for text in few.ax_.get_xticklabels()} == {0}


def test_of_other_origin():
    X, y = load_iris(return_X_y=True)
    mlp = MLPClassifier((5,), max_iter=5).fit(X, y)
    display = WeightsDisplay(coef=mlp.coefs_[0]).plot()
    assert rows(display) == ["x0", "x1", "x2", "x3"]
    with pytest.raises(
        TypeError, match=r"use WeightsDisplay\(coef=estimator.coefs_\[0"
    ):
        WeightsDisplay.from_estimator(mlp)


@pytest.mark.parametrize(
    "given, message",
    [
        ({"coef": np.ones(3)}, r"but has \(3,\)"),
        ({"coef": np.ones((2, 3, 4))}, "of several networks choose one"),
        ({"coef": [[np.inf]]}, "coef must be finite"),
        ({"feature_names": ["a"]}, r"1 feature_names, but coef has the shape \(4, 2\)"),
        ({"unit_names": ["a"]}, r"1 unit_names, but coef has the shape \(4, 2\)"),
        ({"image_shape": (2, 3)}, r"image_shape=\(2, 3\) is to be .* of 4 values"),
        ({"image_shape": (1, 2, 2)}, r"\(height, width, 3\)"),
        ({"image_shape": (4,)}, r"\(height, width\)"),
    ],
)
def test_what_does_not_fit_together(given, message):
    with pytest.raises(ValueError, match=message):
        WeightsDisplay(**{"coef": np.ones((4, 2)), **given}).plot()


@pytest.mark.parametrize("name", ["max_units", "max_features"])
def test_nothing_at_all(name):
    with pytest.raises(ValueError, match=f"{name} must be at least 1, got 0"):
        WeightsDisplay(coef=np.eye(3)).plot(**{name: 0})


def test_outputs_that_are_left_out_are_called_so():
    display = WeightsDisplay(coef=np.eye(3), unit_names=["a", "b", "c"])
    title = display.plot(max_units=2).ax_.get_title()
    assert title == "2 of 3 outputs, those with the largest weights"
