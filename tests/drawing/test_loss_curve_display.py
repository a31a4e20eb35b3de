import numpy as np
import pytest
from like_mlp import like_mlp
from sklearn.exceptions import NotFittedError
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeepnn import LogisticRegressionNN
from skdeepnn.datasets import make_flower
from skdeepnn.displays import LossCurveDisplay

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def data():
    return make_flower()


@pytest.fixture(scope="module")
def plain(data):
    return like_mlp((4,), max_iter=12, random_state=0).fit(*data)


@pytest.fixture(scope="module")
def validated(data):
    return like_mlp(
        (4,),
        learning_rate_init=0.05,
        early_stopping=True,
        scoring="accuracy",
        max_iter=12,
        random_state=0,
    ).fit(*data)


def texts(display):
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


def check(line, values):
    np.testing.assert_array_equal(line.get_ydata(), values)
    np.testing.assert_array_equal(line.get_xdata(), np.arange(1, len(values) + 1))


def test_training_loss(plain):
    display = LossCurveDisplay.from_estimator(plain)
    check(display.line_, plain.history_["loss"])
    assert display.validation_line_ is None
    assert display.best_epoch_ is None
    assert display.best_marker_ is None
    assert display.figure_ is display.ax_.figure
    assert display.ax_.get_xlabel() == "Epoch"
    assert display.ax_.get_ylabel() == "Loss"
    assert display.ax_.get_legend() is None  # one curve needs no key


@pytest.mark.parametrize("quantity", ["loss", "score"])
def test_validation_part(validated, quantity):
    display = LossCurveDisplay.from_estimator(validated, quantity=quantity)
    history = validated.history_
    check(display.line_, history[quantity])
    check(display.validation_line_, history[f"validation_{quantity}"])
    assert display.line_.get_color() == display.validation_line_.get_color()
    best = display.best_epoch_
    assert history["validation_score"][best - 1] == validated.best_validation_score_
    assert best == 1 + np.argmax(history["validation_score"])
    (x,), (y,) = display.best_marker_.get_data()
    assert (x, y) == (best, history[f"validation_{quantity}"][best - 1])
    assert texts(display) == ["training", "validation", f"best epoch ({best})"]


@pytest.mark.parametrize("quantity", ["learning_rate", "gradient_norm"])
def test_other_quantities(validated, quantity):
    display = LossCurveDisplay.from_estimator(validated, quantity=quantity)
    check(display.line_, validated.history_[quantity])
    assert display.validation_line_ is None
    assert display.best_marker_ is None


def test_validation_score_alone(data):
    clf = like_mlp((4,), early_stopping=True, max_iter=5, random_state=0)
    display = LossCurveDisplay.from_estimator(clf.fit(*data), quantity="score")
    assert display.line_ is None
    check(display.validation_line_, clf.history_["validation_score"])


@pytest.mark.parametrize("solver", ["lbfgs", "sgd"])
def test_logistic_regression(data, solver):
    clf = LogisticRegressionNN(solver=solver).fit(*data)
    display = LossCurveDisplay.from_estimator(clf)
    check(display.line_, clf.history_["loss"])
    assert len(display.line_.get_xdata()) == clf.n_iter_[0] > 1
    assert display.line_.get_ydata()[-1] == clf.loss_ < np.log(2)
    assert display.validation_line_ is None


def test_two_trainings_on_the_same_axes(plain, validated):
    first = LossCurveDisplay.from_estimator(plain, name="plain")
    second = LossCurveDisplay.from_estimator(validated, name="watched", ax=first.ax_)
    assert second.ax_ is first.ax_
    assert first.line_.get_color() != second.line_.get_color()
    # In grey, too
    assert first.line_.get_marker() == "None"
    assert second.line_.get_marker() == second.validation_line_.get_marker() == "s"
    best = f"watched, best epoch ({second.best_epoch_})"
    expected = ["plain", "watched, training", "watched, validation", best]
    assert texts(second) == expected


def test_styles(validated):
    display = LossCurveDisplay.from_estimator(
        validated,
        color="black",
        linewidth=3,
        validation_kwargs={"linestyle": ":"},
        despine=False,
    )
    assert display.line_.get_linewidth() == 3
    assert display.validation_line_.get_color() == "black"
    assert display.validation_line_.get_linestyle() == ":"
    assert display.ax_.spines["top"].get_visible()
    assert not display.plot().ax_.spines["top"].get_visible()


def test_plot_again_under_another_name(plain):
    display = LossCurveDisplay.from_estimator(plain, name="one")
    assert texts(display.plot(name="two")) == ["two"]


def test_pipeline(data):
    model = make_pipeline(StandardScaler(), LogisticRegressionNN()).fit(*data)
    display = LossCurveDisplay.from_estimator(model, name="scaled")
    check(display.line_, model[-1].history_["loss"])
    assert display.line_.get_ydata()[-1] == model[-1].loss_
    assert texts(display) == ["scaled"]


def test_records_of_other_origin(data):
    mlp = MLPClassifier((4,), max_iter=5).fit(*data)
    display = LossCurveDisplay(history={"loss": mlp.loss_curve_}).plot()
    check(display.line_, mlp.loss_curve_)
    with pytest.raises(TypeError, match="MLPClassifier keeps no history_"):
        LossCurveDisplay.from_estimator(mlp)


def test_errors(plain):
    with pytest.raises(NotFittedError):
        LossCurveDisplay.from_estimator(like_mlp())
    with pytest.raises(ValueError, match="quantity must be one of"):
        LossCurveDisplay.from_estimator(plain, quantity="entropy")
    with pytest.raises(ValueError, match=r"no score: fit with scoring=\.\.\."):
        LossCurveDisplay.from_estimator(plain, quantity="score")


def test_each_further_training_has_a_mark_of_its_own(plain):
    ax, marks = None, []
    for name in "abcd":
        display = LossCurveDisplay.from_estimator(plain, name=name, ax=ax)
        ax = display.ax_
        marks.append(display.line_.get_marker())
    assert marks == ["None", "s", "^", "D"]
    other = LossCurveDisplay.from_estimator(plain, ax=ax, marker="")
    assert other.line_.get_marker() == ""


def test_a_single_epoch_can_be_seen():
    display = LossCurveDisplay(history={"loss": [0.7]}).plot()
    assert display.line_.get_marker() == "o"
    check(display.line_, [0.7])


def test_epochs_are_whole_numbers():
    display = LossCurveDisplay(history={"loss": [0.7, 0.6, 0.5]}).plot()
    ticks = display.ax_.get_xticks()
    np.testing.assert_array_equal(ticks, ticks.astype(int))


def test_a_model_that_was_given_has_no_history():
    clf = LogisticRegressionNN()
    clf.classes_, clf.coef_ = np.array([0, 1]), np.ones((1, 2))
    with pytest.raises(ValueError, match="The history has no loss"):
        LossCurveDisplay.from_estimator(clf)
