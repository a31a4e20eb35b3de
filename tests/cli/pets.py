"""A table as people have them, for tests of train and predict."""

import numpy as np
import pandas as pd


def pets(n=120, seed=0):
    """A table as text, with what there is in files, and the label last."""
    rng = np.random.RandomState(seed)
    skin = rng.choice(["fur", "feathers", "scales"], n)
    frame = pd.DataFrame(
        {
            "id": [f"p{i}" for i in range(n)],
            "price": [f"${v:,.2f}" for v in rng.lognormal(7, 1, n)],
            "weight": [f"{v:.2f}" for v in rng.rand(n)],
            "born": [f"{a}/{b}/2020" for a, b in rng.randint(1, [29, 13], (n, 2))],
            "skin": skin,
            "tame": rng.choice(["true", "false"], n),
            "keeper": rng.choice(["Ann", "Bo", "Cy", "N.A."], n),
        },
        dtype=object,
    )
    for i, name in enumerate(["price", "born", "skin", "tame"]):
        frame.loc[rng.rand(n) < 0.1, name] = ["", "?", "NA", "-"][i]
    frame["pet"] = np.where(skin == "fur", "cat", np.where(skin == "scales", "x", "y"))
    return frame
