"""Models from their files, with errors for whoever names the wrong one."""

from .. import saving
from .messages import CompareError

__all__ = ["read_model"]


def read_model(path):
    """Return a model and what its file tells of its training.

    Parameters
    ----------
    path : Path
        Of a file that ``skdeepnn train`` or :func:`skdeepnn.save` has written.

    Returns
    -------
    estimator : DeepNNClassifier, LogisticRegressionNN or TabularEncoder
        The model.
    about : dict or None
        What its training noted.

    Raises
    ------
    CompareError
        If there is no such file, or it is no model.
    """
    try:
        return saving.read_model(path)
    except FileNotFoundError as error:
        raise CompareError(
            f"There is no file {str(path)!r}: check the path."
        ) from error
    except OSError as error:
        raise CompareError(
            f"Cannot read {str(path)!r} ({error.strerror}): name a model's file."
        ) from error
    except ValueError as error:
        raise CompareError(str(error)) from error
