"""A table as people have them, and what becomes of files, for tests of commands."""

import numpy as np
import pandas as pd
from hypothesis import strategies as st


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


@st.composite
def damaged(draw, content):
    """Bytes with some cut out, changed or put in."""
    content = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        n = draw(st.sampled_from([0, 1, 2, 30, 4000]))
        new = draw(
            st.one_of(
                st.binary(max_size=6),
                st.sampled_from(
                    [b'"', b"\n", b"\0", b",", b";", b"\\", b"\xff", b"inf", b"\n\n#,"]
                ),
            )
        )
        content[at : at + n] = new
    return bytes(content)
