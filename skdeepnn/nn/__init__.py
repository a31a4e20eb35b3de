"""The network: what is computed, as the textbooks have it.

Rows are samples: `X` is ``(n_samples, n_features)``, and a layer computes
``activation(X @ coef + intercept)``. A *stack* of networks has an axis of members in
front: `coef` is ``(n_members, fan_in, fan_out)``, activations are ``(n_members,
n_samples, n_units)``, and the same lines of code serve both. `n_members` is None for
one network, which has no such axis.

All coefficients and intercepts of a network are views into one flat vector `params`,
all gradients into another, so that an optimizer is arithmetic on two vectors.

To learn backpropagation, read

1. `activations` and `losses`, the mathematics at both ends of a layer;
2. `layers`, one layer forward and backward;
3. `network`, layers one after another;
4. `optimizers`, what is done with the gradient;
5. `training`, the loop over epochs and batches;
6. `ensemble`, stacks that see different columns.

`initializers`, `schedules` and `penalty` are what these are given; `functions` calls
those of the user's own. What makes all of it
fast, without changing what is computed, is in :mod:`skdeepnn.compute`.
"""
