"""DeepNNClassifier: a feedforward network of any depth."""

from __future__ import annotations

from functools import partial
from numbers import Integral, Real
from typing import TYPE_CHECKING

import numpy as np
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    InvalidParameterError,
    Options,
    StrOptions,
)
from sklearn.utils.validation import check_X_y

from .base import NetworkClassifier
from .crossfit import CrossFitted
from .fitting.fit import each_once, warn_caller
from .fitting.plan import FEW_ROWS, is_auto
from .interop import MLPPeer
from .model_selection import parse_layer_sizes
from .nn.activations import ACTIVATIONS, get_activation
from .nn.initializers import (
    INITIALIZERS,
    glorot_uniform,
    glorot_uniform_intercept,
    spread_intercept,
)
from .nn.layers import one_a_layer
from .preprocessing import TabularEncoder
from .tables.columns import check_table
from .tables.rows import FLOAT_TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from .nn.activations import Activation
    from .typing import (
        ArrayLike,
        Auto,
        ClassWeight,
        DType,
        Initializer,
        RandomState,
        Schedule,
        Scoring,
    )

__all__ = ["DeepNNClassifier"]


class DeepNNClassifier(MLPPeer, CrossFitted, NetworkClassifier):
    """A feedforward neural network of any depth: good on raw tables as it is.

    Give it the data frame as it came: numbers of any scale, dates, categories, text,
    gaps; `columns_` tells what each column was taken for. Without arguments it trains a
    few small networks side by side, each without a fold of the rows of its own, and so
    knows how well they predict what they have not seen: that tells when to stop and how
    the numbers are best shown to a network, makes the probabilities honest, and is the
    `oof_score_`.

    It is a drop-in for :class:`~sklearn.neural_network.MLPClassifier` too: every
    argument of that class has the same name and meaning, and with
    ``solver="adam", preprocess=None, dtype="float64"`` the same `random_state` gives
    the same initial weights, the same batches and, up to rounding, the same network.

    What "auto" stands for depends on the solver. With "adamw", the default, it is the
    recipe that the Notes describe; with the others it is what `MLPClassifier` has.

    Parameters
    ----------
    hidden_layer_sizes : int, array-like of int or str, default="auto"
        Number of units of each hidden layer; empty for none. A string such as "64-32"
        serves search tools, tables and command lines that know no tuples. "auto" is
        (128, 64), and (64, 64) for wide tables, those of more than 250 columns and more
        than one for every three rows; (100,) for the other solvers.

    activation : str, Activation or sequence of them, default="relu"
        Of the hidden layers, one for all or one each: "identity", "logistic" (or
        "sigmoid"), "tanh", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish",
        "softplus", or an object of your own
        (:class:`skdeepnn.nn.activations.Activation`).

    solver : {"adamw", "adam", "sgd", "lbfgs"}, default="adamw"
        What minimizes the loss. "adamw" shrinks the coefficients by
        ``learning_rate * alpha`` in each step instead of penalizing them. "adam" is
        `MLPClassifier`'s default. "sgd" is gradient descent, the one to learn from.
        "lbfgs" uses all rows in every step.

    alpha : float or "auto", default="auto"
        For "adamw" the decay; "auto" is 0.02: raise it where the data are noisy. For
        the others the L2 penalty ``alpha / 2 * sum(coef²)``, divided by the sum of the
        weights of the batch; "auto" is 0.0001.

    batch_size : int or "auto", default="auto"
        Rows a step. "auto" is 64 for less than 2,000 rows, 128 for more, and grows from
        65,536 rows on to 1,024; 200 for the other solvers; at most all rows. Not used
        by "lbfgs".

    learning_rate : str or callable, default="constant"
        Schedule: "constant"; "cosine" or "one_cycle", which end near 0 after `max_iter`
        epochs (use them with `n_iter_no_change` large and `max_iter` the number of
        epochs you mean to train); for "sgd" also "invscaling", with the exponent
        `power_t`, and "adaptive", which divides the rate by 5 when progress stalls; or
        a function from the progress of the training, 0 to 1, to a factor.

    learning_rate_init : float or "auto", default="auto"
        Initial, and for "constant" only, learning rate. "auto" is 0.008; 0.001 for the
        other solvers.

    power_t : float, default=0.5
        Exponent of "invscaling".

    max_iter : int or "auto", default="auto"
        Number of epochs at the most; for "lbfgs" of iterations. "auto" is as many as
        make 4,000 batches of all rows (2,000 where there are several views), and no
        fewer than 10; 600 for tables of less
        than 64 rows; 200 for the other solvers and where nothing is held out.

    shuffle : bool, default=True
        Whether rows come in a new order every epoch.

    random_state : int, RandomState instance or None, default=None
        Source of the initial weights, the validation part and the order of the rows.
        An int makes fits repeatable.

    tol : float, default=1e-4
        What counts as an improvement of the loss (or of the validation score); for
        "lbfgs" the largest component of the gradient at which to stop. Not used with
        ``early_stopping="auto"``, where any improvement counts.

    verbose : bool or int, default=False
        Print the loss of every epoch (True), or of every kth and the last (an int k).

    warm_start : bool, default=False
        Whether `fit` goes on from the last solution. The folds of `early_stopping` stay
        the same where the data do; with other data, or after `partial_fit`, members
        may have been trained on what they hold out, and there is no `oof_score_`.
        With it, and after `partial_fit`, a pickle holds the optimizer's moments too,
        which are two to three times as large as the model.

    momentum : float, default=0.9
        Of "sgd", between 0 and 1.

    nesterovs_momentum : bool, default=True
        Whether "sgd" looks ahead along its momentum.

    early_stopping : bool or "auto", default="auto"
        "auto" is to stop by the log loss of predictions for rows that were held out, to
        return to the best epoch, and to make them honest, see the Notes: each member
        holds out a fold of its own, so that all rows serve for both. A validation set
        of your own takes the folds' place; so does a part of the rows where `X` is
        sparse or there is one member. Tables of less than 64 rows are too small for
        that. With True rows
        are set aside, and the score on them decides, as in `MLPClassifier`. With False,
        and "auto" for the other solvers, nothing is held out, and training stops when
        its own loss does not improve.

    validation_fraction : float, default=0.1
        Share of the rows that `early_stopping` sets aside.

    beta_1, beta_2 : float, default=0.9, "auto"
        Decay of the moments of "adam" and "adamw", in [0, 1). "auto" is 0.95; 0.999 for
        "adam".

    epsilon : float, default=1e-8
        Added to the denominator by "adam" and "adamw".

    n_iter_no_change : int, inf or "auto", default="auto"
        Stop after more than so many epochs in a row without an improvement by `tol`.
        "auto" is 15, and 6 where there are several views; with
        ``early_stopping="auto"`` no stop before step 600, or in small tables the number
        of rows, but 200 at the least (for several views half of it, and 120); 8 for
        wide tables, and no stop before step 50,000 / n_columns; 10 for the other
        solvers.

    max_fun : int, default=15000
        Number of evaluations of the loss by "lbfgs" at the most.

    dropout : float or sequence of float, default=0.0
        Share of the units of each hidden layer that a step of training leaves out, one
        for all layers or one each; none when predicting. Use 0.1 to 0.5 where a large
        network overfits. Not with "lbfgs".

    label_smoothing : float or "auto", default="auto"
        Share of each target, between 0 and 1, that is spread evenly over the classes.
        "auto" is 0.1 for "adamw" where something is held out, so that a temperature can
        make up for the modesty that it teaches; otherwise 0.

    max_gradient_norm : float or None, default=None
        Longer gradients are shortened to this norm before each step. Use it, at 1 to
        10, where single batches upset the training. Not used by "lbfgs".

    loss : {"log_loss", "squared_error"}, default="log_loss"
        "log_loss" is the cross-entropy. "squared_error" is half the squared distance
        of the probabilities from the labels: it is bounded, so use it where some
        labels are plainly wrong.

    class_weight : dict, list of dict, "balanced" or None, default=None
        Weights of the classes, multiplied with the rows' own; "balanced" makes all
        classes weigh the same. Use it where a rare class matters as much as a frequent
        one. For multilabel targets a list has one dict a label.

    scoring : str, callable or None, default=None
        A scikit-learn scorer: measured on the training rows after every epoch
        (``history_["score"]``), and on the rows that `early_stopping` watches, which it
        then goes by. By default "auto" goes by the loss and True by the accuracy;
        "loss" is the loss for both. A function ``(estimator, X, y) -> float`` gets the
        encoded columns, and is to score all the rows that it gets.

    fit_intercept : bool, default=True
        Whether units have intercepts. False is for networks that are to map 0 to 0.

    weight_init : str or callable, default="auto"
        Initial coefficients: a name in
        :data:`skdeepnn.nn.initializers.INITIALIZERS`, or ``(rng, fan_in, fan_out) ->
        (fan_in, fan_out) array``. "auto" is Glorot's uniform distribution as
        `MLPClassifier` draws it; "he_normal" suits deep networks of ReLU,
        "lecun_normal" SELU.

    intercept_init : {"auto", "zeros"} or callable, default="auto"
        Initial intercepts: zeros, or ``(rng, fan_in, fan_out) -> (fan_out,) array``.
        "auto" is between -0.5 and 0.5 in hidden layers; for the other solvers as
        `MLPClassifier` with its initial coefficients, else zeros.

    dtype : {"auto", "float32", "float64"}, default="auto"
        In which to compute. "auto" is float64 for "lbfgs"; else float32, which is up
        to twice as fast, unless `X` has less than 64 rows ("adam" and "sgd": up to 512)
        or values that float32 cannot hold, and is not float32 itself. Set "float64" for
        results that agree with `MLPClassifier`'s.

    n_members : int or "auto", default="auto"
        Number of networks that are trained side by side as a stack, each from its own
        initial weights and in its own order of the rows; the mean of their logits
        predicts. "auto" is 4 for each of several views of the numbers, 6 from 300 to
        800 rows; where there is one view 8 for less than 2,000 rows, 4 for more and
        for wide tables; 1 for the other solvers. An int is for one view. With 1 the
        attributes are those of a single network.

    averaging : float or "auto", default="auto"
        Share of the steps so far over which to average the weights; the averages
        predict. 0 is not to. "auto" is 0.25 for "adamw" in `fit` (without held-out rows
        only in tables of less than 64); else 0.

    preprocess : "auto" or None, default="auto"
        "auto" has :class:`~skdeepnn.preprocessing.TabularEncoder` prepare the columns;
        None takes numbers as they come, which should then be scaled. `partial_fit`
        learns how to prepare them from the rows of its first call, and keeps to it.

    categorical_features : "from_dtype", array-like or None, default="from_dtype"
        Which columns are categories: those of a data frame whose type says so
        (booleans, category), and text that is not of numbers or dates; or names,
        positions or a mask; None for none.

    n_jobs : int or None, default=None
        How many cores to train and predict with. None stands for as many threads as
        BLAS would use, which is the number of cores unless something has limited it, as
        joblib does in the processes of ``GridSearchCV(n_jobs=2)``; fits that run at the
        same time in threads share them. Threads gain nothing where layers are as small
        as most: with an int (-1 for all cores), or within ``joblib.parallel_config``,
        groups of members are then trained in other processes, if there is work for
        some tenths of a second: those of joblib, or of a cluster with its backend
        "dask". The result is the same to the bit; not with `dropout`, `partial_fit`
        and "lbfgs", and in tasks of a search, all of which stay in their process.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, sorted; column numbers for multilabel targets.
    network_ : Network or Ensemble
        The trained network; ``print(clf.network_)`` shows its layers, and those of each
        view where there are several.
    views_ : dict of str to float
        The views of the numbers that were tried, and the share of the weight that each
        has in the predictions: 0 is left out. See the Notes; not with
        ``preprocess=None``.
    layers_ : list of Dense
        Its layers; of several views copies, put together as one stack of all members,
        with zeros for what a member does not see.
    coefs_ : list of ndarray of shape (..., fan_in, fan_out)
        Coefficients of each layer, with an axis of members in front where there are
        several: views of the parameters, not copies, but where the numbers have several
        views.
    intercepts_ : list of ndarray of shape (..., fan_out)
        Intercepts of each layer likewise.
    oof_score_ : float
        Accuracy of predictions for the training rows, each by members that have not
        seen it, with `sample_weight` if there was any; only where members hold out
        folds. What makes the predictions honest was learned from the rows of the other
        folds; only the number of epochs was chosen by them, so it is hardly too good.
    oof_decision_function_ : ndarray of shape (n_samples,) or (n_samples, n_classes)
        These predictions, as `decision_function` returns them.
    temperature_ : float
        By which logits were divided, on the whole, so that probabilities are honest; 1
        where nothing was held out. The last layer's parameters have it in them.
    encoder_ : TabularEncoder or None
        What makes the network's columns of a table; None with ``preprocess=None``.
    columns_ : dict of ndarray of shape (n_features_in_,)
        What became of each column: its kind, how many inputs of the network, and which
        shares of it are missing and rare, as `pandas.DataFrame` takes it; see
        :class:`~skdeepnn.preprocessing.TabularEncoder`. Not with ``preprocess=None``.
    history_ : dict of ndarray
        For each epoch its loss, learning rate, gradient norm and seconds; with
        `scoring` its score, with a validation set or folds the loss and score of what
        is held out. A dict of equally long arrays, as `pandas.DataFrame` takes it. With
        ``early_stopping="auto"`` both losses are the log loss of the labels as they
        are, by the averaged weights and honest logits, and so can be compared.
    loss_ : float
        Loss of the last epoch.
    best_loss_ : float or None
        Lowest loss of all epochs; None with `early_stopping`.
    loss_curve_ : list of float
        Loss of each epoch.
    validation_scores_ : list of float or None
        Score of each epoch on the rows set aside by `early_stopping`.
    best_validation_score_ : float or None
        The highest of them.
    n_iter_ : int
        Number of epochs (iterations of "lbfgs") of the last fit.
    t_ : int
        Number of rows seen in training, counted again in every epoch.
    n_layers_ : int
        Number of layers, input and output included.
    n_outputs_ : int
        Number of outputs: 1 for binary targets, else one a class or label.
    out_activation_ : {"logistic", "softmax"}
        What makes probabilities of the logits.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where `X` had any.

    See Also
    --------
    LogisticRegressionNN : The network without hidden layers.
    from_sklearn, to_sklearn : From and to `MLPClassifier`, fitted.
    from_torch, to_torch, state_dict : From and to PyTorch.

    Notes
    -----
    The defaults were chosen by experiments on 48 tables, 24 of the KEEL repository and
    24 others with categories, gaps and rare classes (100 to 15,000 rows), by what
    helped on most of them, with the log loss of held-out training rows as the guide.
    Each member is 128-64 ReLU units; Adam with a high constant rate and decoupled
    decay; the average over the last quarter of the steps predicts. Label smoothing
    lowers the error but makes predictions timid, which the temperature undoes. On these
    tables, three splits each, geometric means of ratios to `MLPClassifier` behind a
    scaler and one-hot encoding (benchmarks/accuracy.py):

    ==============================  =============  ==============  =============
    ..                              KEEL: error /  others: error   calibration
                                    log loss       / log loss      error
    ==============================  =============  ==============  =============
    DeepNNClassifier, raw data      0.71 / 0.67    0.84 / 0.74     0.038 / 0.054
    CatBoost, raw data              0.88 / 1.36    1.00 / 0.90
    LightGBM, raw data              0.96 / 1.11    1.07 / 1.10     0.061 / 0.084
    HistGradientBoostingClassifier  0.99 / 1.16    1.05 / 1.11     0.063 / 0.090
    MLPClassifier, prepared data    1 / 1          1 / 1           0.053 / 0.080
    LogisticRegression, prepared    1.58 / 1.62    1.29 / 1.16     0.061 / 0.070
    ==============================  =============  ==============  =============

    Which view of numbers suits a table, only training tells: some are slopes, where a
    number less its mean over its standard deviation does best, some are steps and
    peaks, for which bins are better, and some have tails that only ranks tame. So
    tables of 300 rows or more, with up to 64 columns of numbers, are seen in three ways
    by members of their own, "standardized", "quantiles" and "bins" (see
    :class:`~skdeepnn.preprocessing.TabularEncoder`), from 64 rows on in the first and
    the last; `views_` tells how much each came to count. From 800 rows on the one of
    three that the others miss least is left behind after 300 steps. Others have one
    view, "robust", and so have fits with `n_members`, another solver, or `partial_fit`.

    How much each view counts follows from predictions for rows that its members have
    not seen: weights that are not negative, for which the log loss of the weighted sum
    of logits is lowest (stacking). Then each class's logit becomes a linear combination
    of all, close to a multiple of itself (structured matrix scaling). The last layers
    have all that in them: the network's logits are honest.

    What becomes of a table's columns: numbers are centred, scaled and clipped smoothly,
    also where they are text, such as "1,234.5" and "12%". Dates are numbers, and where
    they are in the year, the week and the day. Categories have a column each if they
    are frequent, and share one if they are rare. Text of many values, such as names and
    titles, has up to 40 numbers for its n-grams, where these tell something of `y`;
    identifiers do not, and a warning says so. As all rows have a say in which these
    are, `oof_score_` may be a point too good with text in a few hundred rows. Missing
    values are marked in a column of their own, infinite ones are farther away than all
    others, and columns without any value are left out. Whatever is changed or left out
    is in a warning or `columns_`.

    Weighted rows: a weight of k is the same as k copies, and 0 as leaving the row out,
    exactly so in full-batch training, because losses and penalties are divided by the
    sum of the weights.

    Ctrl-C during the training of `fit` ends it, with a warning, and leaves the model
    that the finished epochs have made, as it is with `MLPClassifier`. It is raised
    instead, and the estimator is as it was before, where that would be no service:
    before an epoch has ended, during the work that follows the last one, in
    `partial_fit`, within three seconds of another, so that pressing it twice ends a
    loop of fits, and wherever something else has called `fit`: a search, a pipeline,
    joblib, Optuna, the command line. Whenever it comes, threads of BLAS, handlers of
    signals and settings of NumPy are left as they were. In the main thread a fit has
    handlers of its own for SIGINT, SIGTERM and SIGALRM stand before those written in
    Python; they call these at once, or after a few lines that must not be interrupted.

    Any number of threads may predict, also while `fit` is called: until that has ended
    they have the model before, whatever the shape of the new one. What goes on from a
    model, `partial_fit` and `warm_start`, changes it step by step, and so do callbacks,
    which look at it, let others see it. Two fits of one estimator at once are an error:
    fit clones. A loop of predictions without a pause makes fits beside it take two to
    four times as long, as any loop in Python does: they wait for the interpreter's
    lock. Predict in another process, or in larger batches, if that matters.

    References
    ----------
    Goodfellow, Bengio and Courville, "Deep Learning", MIT Press, 2016, chapters 6 and
    8; Glorot and Bengio, AISTATS 2010; Loshchilov and Hutter, :arxiv:`1711.05101`;
    Szegedy et al., :arxiv:`1512.00567`, section 7, for label smoothing; Gorishniy et
    al., :arxiv:`2203.05556`, for bins; Wolpert, Neural Networks 5, 1992, and Breiman,
    Machine Learning 24, 1996, for stacking; Guo et al., ICML 2017, and
    :arxiv:`2511.03685` for temperature and matrix scaling; Holzmüller et al.,
    :arxiv:`2407.04491`, for defaults that are tuned on many tables at once.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.model_selection import train_test_split
    >>> from skdeepnn import DeepNNClassifier
    >>> X, y = load_wine(return_X_y=True, as_frame=True)
    >>> X_train, X_test, y_train, y_test = train_test_split(
    ...     X, y, stratify=y, random_state=0
    ... )
    >>> clf = DeepNNClassifier(random_state=0).fit(X_train, y_train)
    >>> clf.score(X_test, y_test) > 0.95
    True
    >>> clf.oof_score_ > 0.95  # what to expect, known without a test part
    True
    >>> clf.predict_proba(X_test).shape
    (45, 3)

    As in `MLPClassifier`, with one network and data that are scaled already:

    >>> from sklearn.preprocessing import scale
    >>> clf = DeepNNClassifier((16, 8), solver="adam", preprocess=None, max_iter=500)
    >>> clf.fit(scale(X), y).layers_
    [Dense(13 -> 16, relu), Dense(16 -> 8, relu), Dense(8 -> 3, identity)]
    """

    _parameter_constraints: dict = {
        **NetworkClassifier._parameter_constraints,
        "hidden_layer_sizes": [
            "array-like",
            Interval(Integral, 1, None, closed="left"),
            str,
        ],
        "activation": [
            StrOptions(set(ACTIVATIONS)),
            HasMethods(["value", "backward"]),
            "array-like",
        ],
        "solver": [StrOptions({"lbfgs", "sgd", "adam", "adamw"})],
        "alpha": [StrOptions({"auto"}), Interval(Real, 0, None, closed="left")],
        "max_iter": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "early_stopping": ["boolean", StrOptions({"auto"})],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [StrOptions({"auto"}), Interval(Real, 0, 1, closed="left")],
        "n_iter_no_change": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
            Options(Real, {np.inf}),
        ],
        "max_fun": [Interval(Integral, 1, None, closed="left")],
        "loss": [StrOptions({"log_loss", "squared_error"})],
        "dropout": [Interval(Real, 0, 1, closed="left"), "array-like"],
        "label_smoothing": [
            StrOptions({"auto"}),
            Interval(Real, 0, 1, closed="left"),
        ],
        "max_gradient_norm": [Interval(Real, 0, None, closed="neither"), None],
        "weight_init": [StrOptions({"auto", *INITIALIZERS}), callable],
        "intercept_init": [StrOptions({"auto", "zeros"}), callable],
        "n_members": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "averaging": [StrOptions({"auto"}), Interval(Real, 0, 1, closed="left")],
        "preprocess": [StrOptions({"auto"}), None],
        "categorical_features": [StrOptions({"from_dtype"}), "array-like", None],
        "n_jobs": [
            Interval(Integral, 1, None, closed="left"),
            Interval(Integral, None, -1, closed="right"),
            None,
        ],
    }

    def __init__(
        self,
        hidden_layer_sizes: int | str | Sequence[int] | np.ndarray = "auto",
        activation: str | Activation | Sequence[str | Activation] = "relu",
        *,
        solver: Literal["adamw", "adam", "sgd", "lbfgs"] = "adamw",
        alpha: float | Auto = "auto",
        batch_size: int | Auto = "auto",
        learning_rate: Schedule = "constant",
        learning_rate_init: float | Auto = "auto",
        power_t: float = 0.5,
        max_iter: int | Auto = "auto",
        shuffle: bool = True,
        random_state: RandomState = None,
        tol: float = 1e-4,
        verbose: bool | int = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool | Auto = "auto",
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float | Auto = "auto",
        epsilon: float = 1e-8,
        n_iter_no_change: float | Auto = "auto",
        max_fun: int = 15000,
        dropout: float | Sequence[float] = 0.0,
        label_smoothing: float | Auto = "auto",
        max_gradient_norm: float | None = None,
        loss: Literal["log_loss", "squared_error"] = "log_loss",
        class_weight: ClassWeight = None,
        scoring: Scoring = None,
        fit_intercept: bool = True,
        weight_init: Initializer = "auto",
        intercept_init: Initializer = "auto",
        dtype: DType = "auto",
        n_members: int | Auto = "auto",
        averaging: float | Auto = "auto",
        preprocess: Auto | None = "auto",
        categorical_features: ArrayLike | None = "from_dtype",
        n_jobs: int | None = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.dropout = dropout
        self.label_smoothing = label_smoothing
        self.max_gradient_norm = max_gradient_norm
        self.loss = loss
        self.class_weight = class_weight
        self.scoring = scoring
        self.fit_intercept = fit_intercept
        self.weight_init = weight_init
        self.intercept_init = intercept_init
        self.dtype = dtype
        self.n_members = n_members
        self.averaging = averaging
        self.preprocess = preprocess
        self.categorical_features = categorical_features
        self.n_jobs = n_jobs

    @property
    def encoder_(self) -> TabularEncoder | None:
        """The fitted encoder of the columns; None with ``preprocess=None``."""
        return self._state.encoder

    @property
    def columns_(self) -> dict[str, np.ndarray]:
        """What became of each column: a dict of arrays, for `pandas.DataFrame`."""
        return self._state.encoder.columns_

    @property
    def views_(self) -> dict[str, float]:
        """The views of the numbers, and each one's share of the weights: a dict."""
        shares = self._state.view_shares
        if shares is None:
            views = self._state.encoder.views_
            return dict.fromkeys(views, 1 / len(views))
        return dict(shares)

    def _read(self, X, y, sample_weight, state, is_incremental=False):
        """Check the rows and encode their columns, learning how where they are new."""
        if state is not None:
            self._check_same_encoder(state.encoder)
        if self.preprocess is None:
            return self._read_numbers(X, y, sample_weight, state)
        X = check_table(self, X, reset=state is None)
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is "
                "None."
            )
        if state is None:
            encoder = TabularEncoder(
                categorical_features=self.categorical_features,
                views=("robust",) if is_incremental else self._views(),
            )
            with each_once():
                encoded = encoder.fit(X, y, sample_weight).encode(X)
        else:
            encoder = state.encoder
            encoded = encoder.encode(X)
        X, y = check_X_y(
            encoded,
            y,
            accept_sparse="csr",
            multi_output=True,
            dtype=FLOAT_TYPES,
            order="C",
            estimator=self,
        )
        return X, y, encoder

    def _views(self):
        """Return which views of numbers to try: one where nothing tells which suits."""
        tells = (
            self.solver == "adamw"
            and self.early_stopping == "auto"
            and is_auto(self.n_members)
        )
        return "auto" if tells else ("robust",)

    def _read_numbers(self, X, y, sample_weight, state):
        try:
            return super()._read(X, y, sample_weight, state)
        except ValueError as error:
            message = str(error)
            is_of_text_or_nan = "NaN" in message or "could not convert" in message
            if not is_of_text_or_nan or message.startswith("Input y"):
                raise
            raise ValueError(
                f"{message.splitlines()[0]} With preprocess=None columns are taken as "
                "they are: set preprocess='auto', which encodes text and categories "
                "and puts up with NaN, or make numbers of them before."
            ) from error

    def _check_same_encoder(self, encoder):
        fitted = None if encoder is None else "auto"
        if fitted != self.preprocess:
            raise ValueError(
                f"The network was fitted with preprocess={fitted!r}: training cannot "
                f"go on with {self.preprocess!r}. Set warm_start=False and call fit to "
                "start anew."
            )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        if self.preprocess is not None:
            encoder = TabularEncoder(categorical_features=self.categorical_features)
            input_tags = encoder.__sklearn_tags__().input_tags
            tags.input_tags.allow_nan = input_tags.allow_nan
            tags.input_tags.categorical = input_tags.categorical
            tags.input_tags.string = input_tags.string
            tags.input_tags.sparse = input_tags.sparse
        return tags

    def _layer_sizes(self, sizes):
        if isinstance(sizes, str):
            try:
                sizes = parse_layer_sizes(sizes)
            except ValueError as error:
                raise InvalidParameterError(str(error)) from error
        sizes = np.atleast_1d(np.asarray(sizes))
        if sizes.size and (sizes.ndim > 1 or sizes.dtype.kind not in "iu"):
            raise InvalidParameterError(
                "hidden_layer_sizes must hold integers, one a hidden layer, got "
                f"{sizes!r}."
            )
        if np.any(sizes <= 0):
            raise InvalidParameterError(
                f"hidden_layer_sizes must be > 0, got {self.hidden_layer_sizes!r}."
            )
        return sizes.astype(int).tolist()

    def _make_plan(self, shape, state, is_incremental, encoder=None):
        plan = super()._make_plan(shape, state, is_incremental, encoder)
        plan.hidden_layer_sizes = self._layer_sizes(plan.hidden_layer_sizes)
        self._check_layers(len(plan.hidden_layer_sizes))
        plan.weight_init, plan.intercept_init = self._initializers(plan)
        if is_incremental and state is None and self.preprocess and shape[0] < FEW_ROWS:
            warn_caller(
                "partial_fit learns medians, scales and categories from its first "
                f"call, and {shape[0]} rows are few: begin with more, or scale the "
                "columns yourself and set preprocess=None.",
                UserWarning,
            )
        return plan

    def _check_layers(self, n_hidden):
        try:
            for activation in one_a_layer("activation", self.activation, n_hidden):
                get_activation(activation)
            shares = one_a_layer("dropout", self.dropout, n_hidden)
        except (TypeError, ValueError) as error:
            raise InvalidParameterError(str(error)) from error
        if not all(isinstance(share, Real) and 0 <= share < 1 for share in shares):
            raise InvalidParameterError(
                "dropout must be a share in [0, 1), or one for each hidden layer, got "
                f"{self.dropout!r}."
            )

    def _initializers(self, plan):
        """Initializers of coefficients and of intercepts, one a layer."""
        n_hidden = len(plan.hidden_layer_sizes)
        names = one_a_layer("activation", plan.activation, n_hidden)
        names = [getattr(get_activation(name), "name", "") for name in names]
        names.append(names[-1] if names else "identity")
        factors = [2.0 if name == "logistic" else 6.0 for name in names]
        weights, intercepts = self.weight_init, self.intercept_init
        if intercepts == "auto" and self.solver == "adamw":
            # Spread, the units of a layer divide the range of its input between them.
            intercepts = [spread_intercept] * (len(names) - 1) + [None]
        elif intercepts == "auto":
            intercepts = (
                "zeros"
                if weights != "auto"
                else [
                    partial(glorot_uniform_intercept, factor=factor)
                    for factor in factors
                ]
            )
        if weights == "auto":
            weights = [partial(glorot_uniform, factor=factor) for factor in factors]
        return weights, None if intercepts == "zeros" else intercepts
