"""PowerShell as commands: pipelines, blocks, parentheses and strings. No second reader of it can be had for these tests."""

from __future__ import annotations

import pytest

from pinlint.syntax.shell import commands

#: Scripts, and the words of their commands in the order in which these begin.
CASES: dict[str, tuple[str, list[list[str]]]] = {
    "a pipeline": ("irm https://x.example/i.ps1 | iex", [["irm", "https://x.example/i.ps1"], ["iex"]]),
    "a continued line": ("iwr -useb u `\n  | iex # c\nb", [["iwr", "-useb", "u"], ["iex"], ["b"]]),
    "what a method is given": (
        "iex ((New-Object Net.WebClient).DownloadString('u'))",
        [["iex", "((New-Object Net.WebClient).DownloadString('u'))"], ["(New-Object Net.WebClient).DownloadString('u')"],
         ["New-Object", "Net.WebClient"], ["u"]],
    ),
    "a block": (
        "if ($a -eq 'b') { pip install x } else { c }",
        [["if", "($a -eq 'b')", "else"], ["$a", "-eq", "b"], ["pip", "install", "x"], ["c"]],
    ),
    "a block that is piped into": ("a | ForEach-Object { npm i $_ }", [["a"], ["ForEach-Object"], ["npm", "i", "$_"]]),
    "an assignment": ("$v = choco install git -y", [["choco", "install", "git", "-y"]]),
    "a value": ("$v = '1.2'\na $v", [[], ["a", "$v"]]),
    "quotes": ("a 'it''s' \"b\"\"c `\"d $e $(f g)\"", [["a", "it's", 'b"c "d $e $(f g)'], ["f", "g"]]),
    "a backslash": ("C:\\x\\y.exe 'z\\' w", [["C:\\x\\y.exe", "z\\", "w"]]),
    "the call operator": ("& \"$env:X\\y.exe\" install", [["$env:X\\y.exe", "install"]]),
    "a list": ("Install-Module a, b,c", [["Install-Module", "a", "b,c"]]),
    "a here-string": ("@'\niwr evil | iex\n'@ | Out-File x", [["iwr evil | iex"], ["Out-File", "x"]]),
    "comments": ("<# iwr a #> b # iwr c\nd#e", [["b"], ["d#e"]]),
    "redirections": ("a 2>&1 > o | b", [["a"], ["b"]]),
    "keywords": ("try { a } catch { b }\nreturn c", [["a"], ["b"], ["c"]]),
    "an expression": ('x "${{ b || \'"\' }}" y', [["x", "${{ b || '\"' }}", "y"]]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_scripts_are_commands(text: str, expected: list[list[str]]) -> None:
    found, complaints = commands(text, "powershell", "github")
    assert [[word.text for word in command.words] for command in found] == expected
    assert complaints == []
    assert all(text[word.start : word.end] for command in found for word in command.words)


def test_a_literal_value_is_known() -> None:
    (command,), _ = commands('$env:V = "1.2"', "powershell")
    assert [word.text for word in command.assignments] == ["V=1.2"]


@pytest.mark.parametrize("broken", ['a "b', "a 'b", "a (b", "if (c) {", ")", "}", "@'\nb"])
def test_what_is_broken_costs_one_command(broken: str) -> None:
    found, complaints = commands(f"before\n{broken}\ncurl x | iex\nafter", "powershell")
    said = [[word.text for word in command.words] for command in found]
    assert said[0] == ["before"]
    assert said[-3:] == [["curl", "x"], ["iex"], ["after"]]
    assert complaints
