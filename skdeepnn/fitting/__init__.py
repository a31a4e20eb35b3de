"""One fit: from rows of numbers and a plan to a trained network.

Read `plan`, what a fit is to do; `fit`, what all solvers have in common; then `descent`
and `lbfgs`, the two families of them. `folds` and `calibration` know what was held out,
`scoring` what a scorer says of it, `monitor` when to stop, `callbacks` whom to tell,
`groups` which members train side by side, and `preconditioning` in which coordinates a
logistic regression is easy.
"""
