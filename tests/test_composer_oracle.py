"""Composer itself says which lock belongs to a composer.json, and what a constraint allows: generated documents, compared."""

# ruff: noqa: E501 - PHP as it is written
from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import at_hand

from pinlint.ecosystems.composer.names import constraint_verdict, is_platform
from pinlint.semantics.composer_manifests import content_hash

LIBRARY = Path("/usr/share/php/Composer/autoload.php")
HASHES = """
foreach (json_decode(stream_get_contents(STDIN)) as $text) {
    try { echo Composer\\Package\\Locker::getContentHash($text), "\\n"; } catch (Throwable $error) { echo "-\\n"; }
}
"""
CONSTRAINTS = """
$parser = new Composer\\Semver\\VersionParser();
foreach (json_decode(stream_get_contents(STDIN)) as $text) {
    try {
        $made = $parser->parseConstraints($text);
        if ($made instanceof Composer\\Semver\\Constraint\\MatchAllConstraint) { echo "floating\\n"; continue; }
        $exact = $made instanceof Composer\\Semver\\Constraint\\Constraint && $made->getOperator() === '==';
        echo $exact ? (str_starts_with($made->getVersion(), 'dev-') || str_ends_with($made->getVersion(), '-dev') ? 'floating' : 'version') : 'range', "\\n";
    } catch (Throwable $error) { echo "-\\n"; }
}
"""
PLATFORM = """
foreach (json_decode(stream_get_contents(STDIN)) as $text) {
    echo Composer\\Repository\\PlatformRepository::isPlatformPackage($text) ? "yes\\n" : "no\\n";
}
"""


def php(script: str, texts: list[str]) -> list[str]:
    at_hand("php")
    if not LIBRARY.exists():
        pytest.skip("Composer is not installed")
    code = f"require '{LIBRARY}'; {script}"
    done = subprocess.run(["php", "-r", code], input=json.dumps(texts), capture_output=True, text=True, check=True)
    return done.stdout.split()


def value(draw: random.Random, depth: int = 0) -> Any:
    kind = draw.randrange(9 if depth < 3 else 6)
    if kind > 6:
        keys = draw.choice((["a", "b/c", "ä"], ["0", "1"], ["1", "0"], ["x"], [], ["0", "2"], ["", "-1", "01"]))
        return {key: value(draw, depth + 1) for key in keys}
    if kind == 6:
        return [value(draw, depth + 1) for _ in range(draw.randrange(3))]
    texts = ("^1.0", "a/b", 'say "x"', "Zürich 🐳", "tab\there", "\x7f\u2028", "<&'>", "\\")
    return (draw.choice(texts), draw.randrange(-5, 10**9), draw.choice((True, False)), None, 1.5, 10.0, 0.25)[draw.randrange(7)]


def test_content_hash_is_composers() -> None:
    draw = random.Random(20261130)
    keys = ["name", "version", "require", "require-dev", "conflict", "replace", "provide", "minimum-stability", "prefer-stable"]
    keys += ["repositories", "extra", "config", "description", "scripts", "autoload"]
    documents = []
    for _ in range(400):
        made = {key: value(draw) for key in draw.sample(keys, draw.randrange(8))}
        made |= {"config": {"platform": value(draw), "sort-packages": True}} if draw.random() < 0.3 else {}
        documents.append(json.dumps(made, ensure_ascii=draw.random() < 0.5, indent=draw.choice((None, 4))))
    told = php(HASHES, documents)
    ours = [content_hash(json.loads(text)) for text in documents]
    assert [text for text, theirs, mine in zip(documents, told, ours, strict=True) if mine not in ("", theirs)] == []
    assert ours.count("") < 20


TEXTS = [
    "1.0", "1.0.0", "v1.2.3", "=1.2", "==1.0.0", "1.0.0-beta2", "1.0.0-RC1", "1.2.3.4", "2.0.0+build", "1.0@dev", "1.0.0@stable", "^1.0", "~1.2",
    "1.*", "1.0.x", "*", "x", "*@dev", "@dev", ">=1.0", "<2", "1.0 - 2.0", "1.0 || 2.0", "1.0|2.0", ">=1.0 <2.0", ">=1.0,<2.0", "!=1.0", "dev-main",
    ">=2.4,<2.8-dev", ">=1.0-dev", "^2.0-dev", "~1.0@dev", "dev-main|^1.0", "dev-main || dev-next",
    "dev-feature/x", "1.x-dev", "1.0.x-dev", "2.1-dev", "dev-main@dev", "20240101", "2024.01.02", "1.0-alpha.1", "1.0 ", " 1.0", "1.2.3-p1", "v2", "^1 || ^2",
]  # fmt: skip


def test_constraints_are_read_as_composer_reads_them() -> None:
    told = php(CONSTRAINTS, TEXTS)
    assert [(text, constraint_verdict(text)[0]) for text in TEXTS] == list(zip(TEXTS, told, strict=True))


def test_what_is_no_package_is_what_composer_takes_for_none() -> None:
    names = [
        "php",
        "PHP",
        "php-64bit",
        "ext-json",
        "ext-a_b",
        "lib-icu",
        "hhvm",
        "composer",
        "composer-plugin-api",
        "composer-runtime-api",
    ]
    names += ["composer/composer", "ext-json/x", "phpunit/phpunit", "php-http", "ext-", "lib", "a/php"]
    told = php(PLATFORM, names)
    assert [(name, "yes" if is_platform(name) else "no") for name in names] == list(zip(names, told, strict=True))
