"""Functions of the user's own, called by us."""

__all__ = ["call"]


def call(function, what, signature, *args, **kwargs):
    """Call a function of the user's; say what it is to take if it does not.

    Parameters
    ----------
    function : callable
        Of the user's.
    what : str
        What it was passed as.
    signature : str
        Its arguments and what it is to return.
    *args, **kwargs : object
        Arguments.

    Returns
    -------
    object
        What it returns.

    Raises
    ------
    TypeError
        If it does not take these arguments. Errors inside are left as they are.

    Examples
    --------
    >>> call(lambda: 1.0, "learning_rate", "progress -> factor", 0.5)
    Traceback (most recent call last):
    TypeError: learning_rate must be a function progress -> factor, but <lambda>()
    takes 0 positional arguments but 1 was given
    """
    try:
        return function(*args, **kwargs)
    except TypeError as error:
        if error.__traceback__.tb_next is not None:  # it was called
            raise
        raise TypeError(
            f"{what} must be a function {signature}, but {error}"
        ) from error
