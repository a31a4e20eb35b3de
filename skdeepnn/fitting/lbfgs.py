"""L-BFGS on a network's flat parameter vector; SciPy does the work."""

from time import perf_counter

import numpy as np
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning

from ..compute.threads import new_team
from ..nn.training import Epoch
from .fit import DIVERGED, Fit, warn_caller
from .preconditioning import rounds
from .progress import Evaluations

__all__ = ["LbfgsFit", "minimize_lbfgs"]

_STOPPED = 99  # SciPy's status after a callback's StopIteration


class LbfgsFit(Fit):
    """A fit by "lbfgs"; parameters as for :class:`Fit`."""

    def run(self, rng=None, rngs=None, n_epochs=None):
        """Train by L-BFGS on all rows.

        Parameters
        ----------
        rng, rngs, n_epochs : object
            Of the other solvers; there is nothing random here.

        Raises
        ------
        ValueError
            If there is to be dropout.
        """
        self.state.folded = "nothing"
        if np.any(self.plan.dropout):
            raise ValueError(
                "dropout changes the loss from step to step, which solver='lbfgs' "
                "cannot follow: use solver='adam', or dropout=0.0."
            )

        self._evaluate = None
        if self.checkpoint is not None:
            progress, path = self.checkpoint.progress, self.checkpoint.path
            self._evaluate = Evaluations(self.network, progress, path)

        def end_iteration(epoch):
            stops = self._end_epoch(epoch)
            if not stops:
                self._write_checkpoint()
            self.tasks.begin_epoch()
            return stops

        n_samples = self.data.X.shape[0]
        with new_team(self.plan.n_jobs, uses_blas=self._has_large_products(n_samples)):
            self._run_rounds(end_iteration)

    def _write_checkpoint(self):
        """Write the evaluations so far, if there are new ones and it is time to."""
        known = self._evaluate
        if known is None or known.is_told or known.is_full:
            return
        if self.checkpoint.is_due(known.n_bytes):
            self.checkpoint.write(known.progress)

    def _run_rounds(self, end_iteration):
        plan = self.plan
        self.tasks.begin(plan.max_iter + 1)  # one is begun after the last, and not run
        self.tasks.begin_epoch()
        l2, left = float(plan.alpha / self.data.total_weight), plan.max_iter
        was_stuck = False
        for coordinates, n_iterations, most_gain, precision in self._rounds(l2, left):
            result = minimize_lbfgs(
                self.network,
                self.loss,
                self.data.X,
                self._smooth_targets(),
                self.data.sample_weight,
                l2=l2,
                max_iter=min(left, n_iterations or left),
                max_fun=plan.max_fun,
                tol=plan.tol * precision,
                coordinates=coordinates,
                on_iteration=end_iteration,
                evaluate=self._evaluate,
                **plan.lbfgs_options,
            )
            self.monitor.loss = float(result.fun)  # if there was no iteration at all
            if not np.isfinite(self.monitor.loss):
                raise ValueError(DIVERGED)
            left -= result.nit
            gain = result.initial_fun - result.fun
            is_near = most_gain is None or gain <= most_gain * result.fun
            if result.status == _STOPPED or (result.status == 0 and is_near):
                return
            is_stuck = result.status == 2 and result.nit == 0
            if was_stuck and is_stuck:
                break  # the line search finds nothing better in new coordinates either
            was_stuck = is_stuck
            if left == 0:
                break  # before coordinates are computed that nobody needs
        warn_caller(
            f"lbfgs failed to converge after {self.monitor.n_iter} iteration(s). "
            f"Increase the number of iterations (max_iter={plan.max_iter})"
            + (
                "."
                if plan.preconditions
                else " or scale the data (sklearn.preprocessing)."
            ),
            ConvergenceWarning,
        )

    def _rounds(self, l2, max_iter):
        """Coordinates to minimize in, one set after another; None is as they are."""
        if not max_iter:
            return ()
        if self.plan.preconditions:
            return rounds(self.network, self.loss, self.data, l2)
        return [(None, None, None, 1.0)]


def minimize_lbfgs(
    network,
    loss,
    X,
    y,
    sample_weight=None,
    *,
    l2=0.0,
    max_iter=200,
    max_fun=15000,
    tol=1e-4,
    ftol=None,
    max_line_search=20,
    coordinates=None,
    on_iteration=None,
    evaluate=None,
):
    """Minimize the penalized loss over all rows with L-BFGS.

    Parameters
    ----------
    network : Network
        At its starting point; left at the minimum. The members of a stack are
        minimized together, the sum of their losses.
    loss : object
        One of :mod:`skdeepnn.nn.losses`.
    X, y, sample_weight : ndarray
        The data, in the network's type; see `Network.loss_and_gradient`.
    l2 : float, default=0.0
        Strength of the penalty on coefficients.
    max_iter, max_fun : int, default=200, 15000
        Bounds on the iterations and on the evaluations of the loss.
    tol : float, default=1e-4
        Stop where no component of the gradient is larger.
    ftol : float, optional
        Stop where an iteration lowers the loss by less than this, relatively; SciPy's
        default of 2.2e-9.
    max_line_search : int, default=20
        Bound on the evaluations in an iteration.
    coordinates : Coordinates, optional
        Variables in which to minimize; `tol` is then for the gradient with respect to
        them. By default the parameters themselves.
    on_iteration : callable, optional
        Given an `Epoch` after each iteration, with the network at that point; returns
        True to stop.
    evaluate : callable, optional
        What to call instead of the network's `loss_and_gradient`.

    Returns
    -------
    scipy.optimize.OptimizeResult
        `nit`, `initial_fun`, `fun`, `status` and `message` say how it went.

    Notes
    -----
    An exception, KeyboardInterrupt included, leaves the network at the last finished
    iteration.

    References
    ----------
    Byrd, Lu, Nocedal and Zhu, "A limited memory algorithm for bound constrained
    optimization", SIAM J. Sci. Comput. 16(5), 1995.

    Examples
    --------
    >>> from skdeepnn.nn.losses import BinaryCrossEntropy
    >>> from skdeepnn.nn.network import Network
    >>> X, y = np.array([[-1.0], [1.0]]), np.array([[0.0], [1.0]])
    >>> network = Network([1, 1])
    >>> result = minimize_lbfgs(network, BinaryCrossEntropy(), X, y, l2=0.5)
    >>> network.layers[0].coef.round(3)
    array([[0.675]])
    """
    last, initial, lowest = network.params.copy(), None, np.inf
    started = perf_counter()
    evaluate = evaluate or network.loss_and_gradient

    def objective(x):
        nonlocal initial, lowest
        network.params[:] = x if coordinates is None else coordinates.to_params(x)
        value = float(np.sum(evaluate(X, y, sample_weight, loss, l2)))
        if initial is None:
            initial = lowest = value
        if coordinates is None:
            return value, network.gradient.astype(np.float64)
        return value, coordinates.to_gradient(network.gradient)

    def callback(intermediate_result):
        nonlocal started, lowest
        # The line search ends at the accepted point: parameters and gradient are there.
        last[:], lowest = network.params, intermediate_result.fun
        record = Epoch(
            loss=float(intermediate_result.fun) / (network.n_members or 1),
            gradient_norm=float(np.linalg.norm(network.gradient)),
            learning_rate=np.nan,
            n_samples=X.shape[0],
            seconds=perf_counter() - started,
        )
        started = perf_counter()
        if on_iteration is not None and on_iteration(record):
            raise StopIteration

    options = {"maxiter": max_iter, "maxfun": max_fun, "gtol": tol}
    options["maxls"] = max_line_search
    if ftol is not None:
        options["ftol"] = ftol
    start = last.astype(np.float64)
    if coordinates is not None:
        start = coordinates.from_params(start)
    try:
        result = minimize(
            objective,
            start,
            jac=True,
            method="L-BFGS-B",
            options=options,
            callback=callback,
        )
        # A line search that failed may end above where it began.
        result.fun = min(result.fun, lowest) / (network.n_members or 1)
        result.initial_fun = initial / (network.n_members or 1)
    finally:
        network.params[:] = last
    return result
