"""What vouches for a file that a script downloads: sums, signatures, and what compares them.

Knows the programs that check files; must not know how a file was fetched, nor what it is used for. A sum or key that the repository
holds says which bytes are wanted; one that is fetched beside the file only says that both come from the same place.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from pinlint.budget import spend
from pinlint.programs.flow import file_name
from pinlint.programs.uses import INTERPRETERS, names_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinlint.programs.flow import Flow, Sums
    from pinlint.programs.words import Invocation, Word

__all__ = ["Vouched", "by_sum", "vouched"]

_SUMS = re.compile(r"g?(?:sha(?:1|224|256|384|512)sum|md5sum|b2sum|b3sum|shasum|sha256|sha512|md5)")
_CHECKING = re.compile(r"-[a-z]*c[a-z]*|--check")
_HEX = re.compile(r"(?<![0-9a-fA-F])(?:[0-9a-fA-F]{128}|[0-9a-fA-F]{96}|[0-9a-fA-F]{64}|[0-9a-fA-F]{56}|[0-9a-fA-F]{40}|[0-9a-fA-F]{32})(?![0-9a-fA-F])")  # fmt: skip  # noqa: E501
_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)|\$\{?(\d)")
_ALGORITHMS = {32: "md5", 40: "sha1", 56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}
_WEAK = 40  # hex digits
_TESTS = frozenset(("[", "test", "[[", "grep", "egrep", "fgrep", "cmp", "diff", "expr"))
_SUM_FILE = re.compile(r"(?i)(?:sha\d*|md5)(?:sums?)?(?:[._-]|\Z)|checksums?|\.sum\Z|\.digest")
_CHECKER = re.compile(r"(?i)(?=.*(?:check|verif|compar|validat|assert|ensure)).*(?:sum|sha|hash|chk|md5|digest|integrity|signatur)")
_FINGERPRINT = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{40}(?![0-9A-Fa-f])")
_RECEIVING = ("--recv-keys", "--recv-key", "--recv", "--receive-keys")
_KEYS = frozenset(("gpg", "gpg2", "apt-key", "gpgv"))
_PROVING = frozenset(("gpg", "gpg2", "gpgv", "openssl", "gh", "cosign", "slsa-verifier", "minisign", "signify", "rsign"))
_ORDER = ("unknown", "version", "weak-digest", "digest")
_MOST = 200  # checks that are looked at for a file


class Vouched(NamedTuple):
    """`verdict` of a download that something vouches for, the digests that the repository holds, and in words what does."""

    verdict: str
    digests: tuple[str, ...]
    by: str


def vouched(flow: Flow, names: list[str], since: int, until: int, fetched: Callable[[str], str]) -> Vouched | None:
    """What checks a file between two calls; the firmest check counts. `fetched` says from which address a file came ("" = it was
    not downloaded)."""
    best: Vouched | None = None
    checks = flow.memo("checks", lambda: [at for at, call in enumerate(flow.calls) if _may_check(call) or _helps(flow, call)])
    first = bisect_left(checks, since)
    spend(min(len(checks) - first, _MOST) // 4)
    for at in checks[first : first + _MOST]:
        spend(len(flow.calls[at].words) // 16)
        found = _check(flow, at, names, fetched, until) if at < until else None
        if found and (best is None or _ORDER.index(found.verdict) > _ORDER.index(best.verdict)):
            best = found
    return best


def _may_check(call: Invocation) -> bool:
    program = call.program
    known = program in _PROVING or program.lower() == "get-filehash" or _SUMS.fullmatch(program) is not None
    return known or _helper(call)[0] != ""


def _helper(call: Invocation) -> tuple[str, list[Word]]:
    """The name of what a call runs, where that says that it checks sums, and the words that it is given: a program, a script that
    an interpreter runs, or a variable that holds either; ("", []) = nothing does."""
    text, words = call.program or call.written, call.words
    if INTERPRETERS.fullmatch(text) or text in (".", "source"):
        at = next((at for at, word in enumerate(words) if not word.text.startswith("-")), len(words))
        text, words = (words[at].text, words[at + 1 :]) if at < len(words) else ("", [])
    name = file_name(text)
    return (name, words) if _CHECKER.match(name) else ("", [])


def _helps(flow: Flow, call: Invocation) -> bool:
    """Whether a call is one of a function of the script that makes or compares sums."""
    body = flow.body(call.program)
    return bool(body) and bool(flow.memo(f"helps {call.program}", lambda: [at for at in body if _may_check(flow.calls[at])]))


def _check(flow: Flow, at: int, names: list[str], fetched: Callable[[str], str], until: int) -> Vouched | None:
    call = flow.calls[at]
    program = call.program
    if _SUMS.fullmatch(program):
        if any(_CHECKING.fullmatch(word.text) for word in call.words):
            return _listed(flow, at, names, fetched)
        return _compared(flow, at, names, until)
    if program in ("gpg", "gpg2", "gpgv"):
        return _signed(flow, call, names, fetched)
    if program.lower() == "get-filehash" and any(names_file(word.text, names) for word in call.words):
        from pinlint.programs.powershell_downloads import hash_compared

        return by_sum(flow, hash_compared(flow, at))
    if program == "openssl" and call.words:
        return _openssl(flow, at, names, until)
    told = any(names_file(word.text, names) for word in call.words)
    if told and (program, *[word.text for word in call.words[:2]])[:3] == ("gh", "attestation", "verify"):
        return Vouched("digest", (), "gh attestation verify")
    if told and program in ("cosign", "slsa-verifier", "minisign", "signify", "rsign"):
        return _proved(call)
    name, given = _helper(call)
    if name and (told or not given):
        return _trusted(name, given)
    return _by_function(flow, at, told, names, until)


def _by_function(flow: Flow, at: int, told: bool, names: list[str], until: int) -> Vouched | None:
    """What a function of the script does with a file: it compares the sum, or says it to whoever does."""
    call = flow.calls[at]
    body = flow.body(call.program)
    if not body:
        return None
    if call.command is not None and call.command.how in ("$(", "`"):
        return _compared(flow, at, names, until) if told else None
    fails = flow.memo(f"fails {call.program}", lambda: [one for one in body if _fails(flow.calls[one])])
    if fails and (told or not call.words):
        return _trusted(call.program, call.words)
    return None


def _fails(call: Invocation) -> bool:
    """Whether a call ends a function where a sum is another one."""
    lists = _SUMS.fullmatch(call.program) and any(_CHECKING.fullmatch(word.text) for word in call.words)
    return call.program in (*_TESTS, *_PROVING, "exit", "return") or bool(lists) or _helper(call)[0] != ""


def _trusted(name: str, words: list[Word]) -> Vouched:
    """What a helper vouches for that nobody reads: a sum that it is given, or else it cannot be told."""
    found = _HEX.search(" ".join(word.text for word in words))
    return _digest(found[0]) if found else Vouched("unknown", (), f"{name} checks it, which is not read")


# --- sums ------------------------------------------------------------------------------------------------------------------------


def _listed(flow: Flow, at: int, names: list[str], fetched: Callable[[str], str]) -> Vouched | None:
    """`sha256sum -c`, whose list is piped in, stands in the script, or is a file."""
    call = flow.calls[at]
    if at not in flow.sums and (text := flow.given(at)):
        flow.listed(at, text)
    if at in flow.sums:
        return _by_list(flow, flow.sums[at], names)
    files = [word.text for word in call.words if not word.text.startswith("-")]
    files += [one.target.text for one in call.redirections if one.operator == "<"]
    files += [
        word.text for writer in flow.writers(at) for word in flow.calls[writer].words[-1:] if not word.text.startswith("-")
    ]  # fmt: skip
    said = [word.text for writer in flow.writers(at) for word in flow.calls[writer].words]
    for file in files:
        spend(1)
        writers = flow.writing(file)
        first = bisect_left(writers, max(0, at - _MOST))
        if first < len(writers) and writers[first] < at:
            writer = writers[first]
            return _by_list(flow, flow.sums.get(writer) or flow.listed(writer, flow.said(writer)), names)
        if names_file(file, names) or _goes_with(file, names, said):
            return _beside(flow, file, fetched, at)
    if not files and flow.writers(at):
        return Vouched("version", (), "a sum that is fetched, too") if any(map(_is_own(names), said)) else None
    return None


def _is_own(names: list[str]) -> Callable[[str], bool]:
    """Whether a text has the name of a file in it, as patterns of grep do."""
    own = [name.rpartition("/")[2] for name in names]
    return lambda text: any(one and one in text.replace("\\", "") for one in own)


def _goes_with(file: str, names: list[str], said: list[str]) -> bool:
    """Whether a list of sums can be about a file: it is called after it, for many files, or what picks the line names the file."""
    last = file.rpartition("/")[2]
    own = [name.rpartition("/")[2] for name in names]
    if any(one and (last.startswith(one) or one.startswith(last.rpartition(".")[0] or "\0")) for one in own):
        return True
    return _SUM_FILE.search(last) is not None or any(map(_is_own(names), said))


def _by_list(flow: Flow, sums: Sums, names: list[str]) -> Vouched | None:
    """What a list says that the script holds: lines of a sum and a file."""
    for line in sums.about(names):
        words = line.split()
        if not (len(words) == 1 or any(names_file(word.strip("\"'*()"), names) for word in words)):
            continue
        return by_sum(flow, line)
    return None


def by_sum(flow: Flow, text: str) -> Vouched | None:
    """What a sum is worth: a literal one by its length, a variable by where it comes from."""
    if found := _HEX.search(text):
        return _digest(found[0])
    if variable := _VARIABLE.search(text):
        if variable[1] and flow.is_fetched(variable[1]):
            return Vouched("version", (), "a sum that is fetched, too")
        return Vouched("digest", (), f"the sum in {variable[0]}")
    if re.search(r"\$\(|`", text):
        return Vouched("version", (), "a sum that a command finds out")
    return None


def _digest(digits: str) -> Vouched:
    algorithm = _ALGORITHMS[len(digits)]
    return Vouched("weak-digest" if len(digits) <= _WEAK else "digest", (f"{algorithm}:{digits.lower()}",), "a sum")


def _beside(flow: Flow, file: str, fetched: Callable[[str], str], until: int) -> Vouched:
    """A list of sums that is a file: fetched, unless the repository has it; a signature may vouch for it."""
    proving = flow.memo("proving", lambda: [at for at, call in enumerate(flow.calls) if call.program in _PROVING])
    for at in proving[bisect_left(proving, until - _MOST) : bisect_left(proving, until)]:
        spend(1)
        call = flow.calls[at]
        if call.program in ("gpg", "gpg2", "gpgv") and (signed := _signed(flow, call, [file], fetched)):
            return signed
        proves = call.program in ("cosign", "minisign", "signify") and any(names_file(word.text, [file]) for word in call.words)
        if proves and (proved := _proved(call)):
            return proved
    return Vouched("version", (), f"the sums in {file}{', fetched, too' if fetched(file) else ''}")


def _compared(flow: Flow, at: int, names: list[str], until: int) -> Vouched | None:
    """`[ "$(sha256sum f | …)" = "$SUM" ]`, also by way of a variable, or piped into grep. A sum that is only shown proves
    nothing."""
    call = flow.calls[at]
    sources = [*call.words, *[one.target for one in call.redirections if one.operator == "<"]]
    sources += [word for writer in flow.writers(at) if flow.calls[writer].program == "cat" for word in flow.calls[writer].words]
    if not any(names_file(word.text, names) for word in sources):
        return None
    for one in _pipeline(flow, at):
        if flow.calls[one].program in ("grep", "egrep", "fgrep"):
            return by_sum(flow, " ".join(word.text for word in flow.calls[one].words))
        outer = flow.outer(one)
        if outer >= 0 and flow.calls[outer].program in _TESTS:
            return _against(flow, outer, "")
    if call.command is None or call.script is None:
        return None
    before = call.script.text[max(0, call.command.start - 200) : call.command.start]
    named = re.search(r"([A-Za-z_]\w*)=[\"']?(?:\$\(|`)[^`;\n]*\Z", before)
    if named is None:
        return None
    tests = flow.memo("tests", lambda: [at for at, call in enumerate(flow.calls) if call.program in _TESTS])
    for later in tests[bisect_left(tests, at + 1) : bisect_left(tests, until)]:
        tested = flow.calls[later]
        spend(1)
        if any(re.search(rf"\$\{{?{named[1]}\b", word.text) for word in tested.words):
            return _against(flow, later, named[1])
    return None


def _pipeline(flow: Flow, at: int) -> list[int]:
    """A call and those that its output runs through."""
    found = [at]
    while len(found) < 10 and (following := flow.reading(found[-1])):
        found.append(following[0])
    return found


def _against(flow: Flow, at: int, own: str) -> Vouched | None:
    """What a test compares a sum with: the word of it that is not the sum itself."""
    inner = [flow.calls[one].program for one in flow.within(at)]
    if "curl" in inner or "wget" in inner:
        return Vouched("version", (), "a sum that is fetched, too")
    for word in flow.calls[at].words:
        text = word.text
        if own and re.search(rf"\$\{{?{own}\b", text):
            continue
        if not own and re.search(r"\$\(|`", text) and not _HEX.search(text):
            continue
        if (_HEX.search(text) or _VARIABLE.search(text)) and (found := by_sum(flow, text)):
            return found
    return Vouched("version", (), "a comparison of sums")


def _openssl(flow: Flow, at: int, names: list[str], until: int) -> Vouched | None:
    call = flow.calls[at]
    words = [word.text for word in call.words]
    if not re.fullmatch(r"dgst|sha\d+|md5", words[0]) or not any(names_file(word, names) for word in words[1:]):
        return None
    if "-verify" in words:
        return Vouched("digest", (), "a signature")
    return _compared(flow, at, names, until)


# --- signatures -------------------------------------------------------------------------------------------------------------------


def _signed(flow: Flow, call: Invocation, names: list[str], fetched: Callable[[str], str]) -> Vouched | None:
    """`gpg --verify`: as firm as the key, which a full fingerprint or a file of the repository fixes."""
    words = [word.text for word in call.words]
    verifies = call.program == "gpgv" or "--verify" in words or "--decrypt" in words or "-d" in words
    own = [name.rpartition("/")[2] for name in names]
    if not verifies or not any(names_file(word, names) or any(one and one in word for one in own) for word in words):
        return None
    keys = flow.memo("keys", lambda: [at for at, one in enumerate(flow.calls) if one.program in _KEYS])
    spend(len(keys))
    for one in (flow.calls[at] for at in keys):
        texts = [word.text for word in one.words]
        if any(text in _RECEIVING for text in texts):
            received = [text for text in texts if not text.startswith("-")]
            if any(_FINGERPRINT.search(text) or "$" in text for text in received):
                return Vouched("digest", (), "a signature by a key of full fingerprint")
        if any(text in ("--import", "--keyring") for text in texts):
            files = [text for text in texts if not text.startswith("-") and text not in names]
            piped = one.command is not None and one.command.piped[0] < one.command.piped[1]
            if files and not piped and not any(fetched(file) for file in files):
                return Vouched("digest", (), "a signature by a key of the repository")
    return Vouched("version", (), "a signature by a key that is fetched, too")


def _proved(call: Invocation) -> Vouched | None:
    words = [word.text.partition("=")[0] for word in call.words]
    if call.program == "cosign":
        if not any(word.startswith("verify") for word in words[:1]):
            return None
        known = any(word in ("--key", "--certificate", "--cert") or word.startswith("--certificate-identity") for word in words)
        return Vouched("digest" if known else "version", (), "cosign")
    if call.program in ("minisign", "signify", "rsign") and not any(re.match(r"-V|verify", word) for word in words):
        return None
    return Vouched("digest", (), call.program)
