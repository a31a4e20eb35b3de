import pytest
from pets import pets

from skdeepnn.cli.main import main


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A directory with pets.csv and a model that was trained on it."""
    path = tmp_path_factory.mktemp("trained")
    pets().to_csv(path / "pets.csv", index=False)
    argv = ["train", path / "pets.csv", "--target", "pet", "--out", path / "pets.model"]
    assert main([*map(str, argv)]) == 0
    return path
