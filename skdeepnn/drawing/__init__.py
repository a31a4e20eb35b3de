"""Pictures of trainings, networks and weights, on scikit-learn's Display convention.

Users import them from :mod:`skdeepnn.displays`, whose room this is. Read `source`,
what a fitted classifier has to be drawn, and `canvas`, what all pictures have in
common; then `loss_curve`, `importance`, `network` and `weights`, a display each. For
`network`, `blueprint` decides which layers and units are drawn, and where, and `pen`
draws them.

All are to be understood in grey, and by the colour-blind: nothing is told by hue alone.
"""
