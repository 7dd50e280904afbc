"""What a call of Ruby is handed: texts, and options by name, as far as they are written literally. No Ruby is run.

Must not know which call means what.
"""

from typing import NamedTuple

from pinlint.syntax.ruby import Token

__all__ = ["Arguments", "arguments"]

_LISTED = 20  # texts in a list


class Arguments(NamedTuple):
    """`first` is the text that is given first, None for something else; `texts` are those behind it; `options` the values by name,
    None for what is no text; `literal` is whether nothing but texts and options is given."""

    first: Token | None
    texts: tuple[Token, ...]
    options: dict[str, Token | None]
    literal: bool


def arguments(tokens: tuple[Token, ...]) -> Arguments:
    """The arguments of a call whose word stands before the tokens."""
    texts: list[Token] = []
    options: dict[str, Token | None] = {}
    first, literal = True, True
    for one in (part for given in _split(tokens) for part in _unbraced(given)):
        if len(one) > 1 and one[0].kind == "word" and (str(one[0].text).endswith(":") or one[1].text == "=>"):
            value = one[2:] if one[1].text == "=>" else one[1:]
            options[str(one[0].text).strip(":")] = (
                value[0] if len(value) == 1 and value[0].kind == "text" and value[0].text else None
            )
        elif found := _listed(one):
            texts += found
        else:
            literal = False
            if first:
                return Arguments(None, (), options, literal=False)
        first = False
    return Arguments(texts[0] if texts else None, tuple(texts[1:]), options, literal)


def _unbraced(one: list[Token]) -> list[list[Token]]:
    """The pairs of a table that is given as one argument; any other argument as it is."""
    table = len(one) > 2 and (one[0].text, one[-1].text) == ("{", "}") and one[0].kind == one[-1].kind == "mark"
    return _split(tuple(one[1:-1])) if table else [one]


def _listed(one: list[Token]) -> list[Token]:
    """The texts of an argument that is a text, or a list of texts; none for anything else."""
    if len(one) > 1 and one[0].text == "[" and one[-1].text == "]":
        one = [token for token in one[1:-1] if token.text != "," or token.kind == "text"]
    return one if one and all(token.kind == "text" for token in one) and len(one) < _LISTED else []


def _split(tokens: tuple[Token, ...]) -> list[list[Token]]:
    """The arguments of a call, each with its tokens."""
    made: list[list[Token]] = [[]]
    depth = 0
    for number, token in enumerate(tokens):
        text = token.text if token.kind != "text" else ""
        if text in ("if", "unless", "do") and depth <= 0:
            break
        if number == 0 and text == "(":
            continue
        if text == "," and depth <= 0:
            made.append([])
            continue
        depth += (text in ("(", "[", "{")) - (text in (")", "]", "}"))
        if depth < 0:
            break
        made[-1].append(token)
    return [one for one in made if one]
