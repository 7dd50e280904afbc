"""How firmly the hashes of a Python lock hold its files.

Knows what uv, Poetry, PDM, pipenv and pip make of a hash; must not know where locks keep it.
"""

import re

__all__ = ["files_verdict", "grade"]

#: Hex digits by algorithm; blake2b is uv's own and comes in one length.
_STRONG = {"sha256": 64, "sha384": 96, "sha512": 128, "blake2b": 64, "sha3_256": 64, "sha3_512": 128}
_WEAK = {"md5": 32, "sha1": 40, "sha224": 56}
_usual = re.compile(r"sha256:[0-9a-f]{64}").fullmatch


def grade(text: str) -> tuple[str, str]:
    """(verdict, why) of one hash as `algorithm:digits`: `digest`, `weak-digest`, or `version` for what no file can match."""
    if _usual(text):
        return "digest", ""
    algorithm, _, digits = text.partition(":")
    length = _STRONG.get(algorithm) or _WEAK.get(algorithm)
    if length is None:
        return "version", f"{algorithm[:20] or 'nothing'} is no algorithm that Python's installers check files by"
    if len(digits) != length or not re.fullmatch("[0-9a-fA-F]+", digits):
        return "version", f"the {algorithm} hash is not {length} hexadecimal digits long, so no file can match it"
    return ("digest", "") if algorithm in _STRONG else ("weak-digest", f"{algorithm} is all that it is checked by")


def files_verdict(hashes: list[str]) -> tuple[str, tuple[str, ...], str]:
    """(verdict, digests, why) of a package whose files have these hashes: the weakest decides, for the tool may choose that file.
    Nothing is known of files without any ("")."""
    found = tuple(one for one in hashes if one)
    graded = [grade(one) for one in found]
    for wanted in ("version", "weak-digest"):
        for verdict, why in graded:
            if verdict == wanted:
                return verdict, found, why
    return ("digest", found, "") if found and len(found) == len(hashes) else ("version", (), "")
