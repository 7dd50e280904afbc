"""TOML that somebody else wrote: what it holds, within limits.

The standard library's reader takes time and memory by the square of the parts of a key (40 kB of `a.a.a…` take 2 GB) and lets
several exceptions out. Knows how strings and comments are told apart; must not know what any key means.
"""

import re
from typing import Any

__all__ = ["QUOTED", "TomlError", "loads"]

#: Comments, in which strings may be quoted, and strings; those of several lines first. What is never closed reaches to its end.
QUOTED = (
    r"""#[^\n]*|\"{3}(?:[^"\\]|\\.|"(?!""))*+(?:\"{3,5}|\\?\Z)|'{3}(?:[^']|'(?!''))*+(?:'{3,5}|\Z)"""
    r"""|"(?P<basic>[^"\\\n]*+)"|"(?:[^"\\\n]|\\.)*+(?:"|(?=\n)|\\?\Z)|'(?P<literal>[^'\n]*+)(?:'|(?=\n)|\Z)"""
)
#: Parts of a key, and of all keys, tables, arrays and values of a file together. More is no configuration that a person wrote; a
#: lock, which a tool wrote, has a value in this many characters at most.
_PARTS, _VALUES, _CHARACTERS_PER_VALUE = 16, 200_000, 16
_DOTTED = rf"(?<![\w-])(?:[\w-]++[ \t]*+\.[ \t]*+){{{_PARTS}}}"


class TomlError(ValueError):
    """Text that is no TOML or too much of it; str() says why, fit to follow a colon."""


def loads(text: str) -> dict[str, Any]:
    """What the text holds. Raises TomlError and nothing else."""
    import tomllib  # 15 ms that most runs do not need

    bare = re.sub(QUOTED, lambda token: "" if token[0][0] == "#" else "q", text, flags=re.DOTALL)
    if re.search(_DOTTED, bare):
        raise TomlError(f"a key has more than {_PARTS} parts")
    most = max(_VALUES, len(text) // _CHARACTERS_PER_VALUE)
    if sum(map(bare.count, ".=[,")) > most:
        raise TomlError(f"it holds more than {most:,} values")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TomlError(str(error)) from None
    except RecursionError:
        raise TomlError("it is nested too deeply") from None
    except ValueError:
        raise TomlError("it holds an integer of thousands of digits") from None
