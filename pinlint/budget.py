"""How much work one document may cause: counted, never timed, so that every machine stops at the same place.

A reading of a document has an account of steps that grows with the document. Whoever walks a tree takes from it what the walk costs
(`syntax.yaml` does so for every format), and so does who compares all of one kind with all of another. What is looked up once for
the whole run (`Tree.memo`) has an account of its own, so it does not matter who asks first. Without an account nothing is counted:
answers of registries have limits of their own.

Knows numbers; must not know documents.
"""

from _thread import _local  # what threading offers, without its 5 ms

from pinlint.text import Unparsable

__all__ = ["Exceeded", "apart", "begin", "end", "exceeded", "is_exceeded", "spend"]

#: Steps that any document may take, and characters that make one more. A step is one entry or element that is looked at, with what
#: is done about it: some microseconds. The largest manifests, values and pipelines of public repositories take a twentieth of this.
STEPS, CHARACTERS_PER_STEP = 50_000, 2
#: Steps of what is looked up once for the whole run, which may be about all files of a repository.
STEPS_APART = 2_000_000

_UNLIMITED = float("inf")


class Exceeded(Unparsable):
    """The account is empty. str() says what was exceeded; whoever catches it by mistake meets it again at the next step."""


class _Account(_local):
    left: float = _UNLIMITED
    allowed: float = _UNLIMITED


_account = _Account()


def begin(characters: int) -> None:
    """Opens the account of a document of that length."""
    _account.left = _account.allowed = STEPS + characters // CHARACTERS_PER_STEP


def end() -> None:
    """Closes the account: nothing is counted any more."""
    _account.left = _account.allowed = _UNLIMITED


def spend(steps: int) -> None:
    """Takes steps from the account. Raises Exceeded where it does not hold them."""
    _account.left -= steps
    if _account.left < 0:
        raise exceeded()


def exceeded() -> Exceeded:
    """What to say of an account that is empty."""
    return Exceeded(
        f"it takes more than {_account.allowed:,} steps to read, because it comes to the same places again and again (by aliases, "
        "merges, extends, includes or variables), so it is not judged to its end; split it",
        0,
    )


def is_exceeded() -> bool:
    """Whether the account was overdrawn, also where somebody went on in spite of it."""
    return _account.left < 0


class apart:  # noqa: N801 - a context manager that reads as a word
    """`with apart():` what is done inside has an account of its own."""

    __slots__ = ("_allowed", "_left")

    def __enter__(self) -> None:
        self._left, self._allowed = _account.left, _account.allowed
        if self._allowed != _UNLIMITED:
            _account.left = _account.allowed = STEPS_APART

    def __exit__(self, *_: object) -> None:
        _account.left, _account.allowed = self._left, self._allowed
