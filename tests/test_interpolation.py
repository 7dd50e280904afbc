"""Variables in values: what Compose's own reader makes of them, and where each character was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinlint.syntax.interpolation import UNKNOWN, dotenv, expand

VARIABLES = {"SET": "one", "EMPTY": "", "HIDDEN": None}


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("plain", "plain"),
        ("$SET-$SET", "one-one"),
        ("${SET}x", "onex"),
        ("$$SET $${SET}", "$SET ${SET}"),
        ("${NONE:-a}${NONE-b}", "ab"),
        ("${EMPTY:-a}${EMPTY-b}", "a"),
        ("${SET:-a}${SET-b}", "oneone"),
        ("${NONE:-${SET}}", "one"),
        ("${NONE:-${OTHER:-in${SET}ner}}!", "inonener!"),
        ("${NONE:-nginx:1.29-alpine}", "nginx:1.29-alpine"),
        ("${NONE:-$$}", "$"),
        ("${SET:+yes}${NONE:+no}${EMPTY:+no}${EMPTY+set}", "yesset"),
        ("${NONE:?say it}", UNKNOWN),
        ("${EMPTY?say it}|${EMPTY:?say it}", f"|{UNKNOWN}"),
        ("$NONE/${HIDDEN}", f"{UNKNOWN}/{UNKNOWN}"),
        ("${HIDDEN:-default}", UNKNOWN),
        ("'$SET' \\$SET", "'one' \\one"),
        ("$", "$"),
        ("a$ b", "a$ b"),
        ("$(date) $SET $1", "$(date) one $1"),
    ],
)
def test_expansion(written: str, text: str) -> None:
    assert expand(written, VARIABLES).text == text


@pytest.mark.parametrize("written", ["${", "${SET", "${SET:-a", "${1}", "${SET|x}", "${NONE:-" * 40 + "}" * 40])
def test_what_compose_refuses_says_why(written: str) -> None:
    expansion = expand(written, VARIABLES)
    assert expansion.malformed
    assert expansion.text == written


def test_too_much_is_refused() -> None:
    assert expand("$A" * 100, {"A": "x" * 1000}).malformed == "it becomes too long to be a name or an address"


@given(st.lists(st.sampled_from(["a", "nginx:1", "$$", "${N:-", "${N-", "}", "$SET", "${SET}", "/"]), max_size=12).map("".join))
def test_copied_characters_stand_where_they_say(written: str) -> None:
    expansion = expand(written, VARIABLES)
    if expansion.malformed:
        return
    copied = [(at, source, ends) for (at, source, real), ends in zip(
        expansion.pieces, [*(piece[0] for piece in expansion.pieces[1:]), len(expansion.text)], strict=True) if real]  # fmt: skip
    for at, source, ends in copied:
        assert expansion.text[at:ends] == written[source : source + ends - at]
        assert expansion.origin(at) == source


def test_dotenv() -> None:
    text = (
        '# comment\nA=1\nexport B = two # not this\nC=\'$A #x\'\nD="$A\\t\\"q\\""\nE=${A}/${B}\nF=$NONE\nG=\nH=a#b\nI: colon\n'
        'no assignment\nJ="over\nlines"\nA=last\nK="\\0061\\x61\\c\\\\n\\061"\nL="\\$A$$"\nM=\'it\\\'s \\n\'\nN=a\t#b\nO="$P\\n"\n'
    )
    assert dotenv(text) == {
        "A": "last", "B": "two", "C": "$A #x", "D": '1\t"q"', "E": "1/two", "F": None, "G": "", "H": "a#b", "I": "colon",
        "J": "over\nlines", "K": "1\\x61\\c\\n\\61", "L": "$A$", "M": "it's \\n", "N": "a\t#b", "O": None,
    }  # fmt: skip
