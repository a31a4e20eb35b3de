"""One fit: data, a plan and a state go in, a trained network comes out.

Read `plan`, what a fit is to do; `state`, what it carries from one call to the next;
`train`, the whole of it on one page; `fit`, what all solvers have in common; then
`descent` and `lbfgs`, the two families of them. `folds` and `calibration` know what was
held out, `record` what is kept of it, `scoring` what a scorer says of it, `monitor`
when to stop, `callbacks` whom to tell, `groups` which members train side by side and
`rounds` how they do so in other processes, `preconditioning` in which coordinates a
logistic regression is easy, `given` how one is made without a fit, `attempts` what is
left of one that fails, and `interruptions` what Ctrl-C ends. `checkpoint` and
`progress` are for fits that are killed: the file, and what is in it.
"""
