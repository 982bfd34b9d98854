"""What a user's mistake becomes: an exception whose text is the line to print."""

from __future__ import annotations


class FrameworkError(Exception):
    """Something a user can mend; its text says what was wrong, where, and what was expected."""


class ConfigurationError(FrameworkError):
    """The configuration names something unknown, or holds a value that cannot be."""


class PluginError(FrameworkError):
    """A plugin could not be loaded, or did what its hook does not allow."""


class DataError(FrameworkError):
    """A dataset is missing, damaged, or does not fit the network or the loss."""


class RunError(FrameworkError):
    """A run's directory or one of its files cannot be read or written."""


class CallbacksError(RunError):
    """Callbacks of a run failed and were left out; the run is whole.

    Attributes
    ----------
    score : the run's score.
    """

    def __init__(self, text: str, score: float) -> None:
        super().__init__(text)
        self.score = score


class DivergenceError(FrameworkError):
    """Training gave a loss or a parameter that is not finite."""


class Interrupted(KeyboardInterrupt):
    """A signal ended a run; its text says where to go on.

    Attributes
    ----------
    signal : the signal's number; the exit status is 128 more.
    """

    def __init__(self, text: str, number: int) -> None:
        super().__init__(text)
        self.signal = number

    def __reduce__(self) -> tuple[type[Interrupted], tuple[str, int]]:
        """Go from one process to another whole."""
        return Interrupted, (str(self), self.signal)


class Leaving(SystemExit):
    """The end of the process, asked for by a signal's handler that is not the framework's."""
