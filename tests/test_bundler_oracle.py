"""Bundler itself says what a Gemfile asks for, what a lock holds, and which two do not belong together: files, compared."""

# ruff: noqa: E501 - Ruby as it is written

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import at_hand

from pinlint.ecosystems.gem.names import requirements
from pinlint.engine import stream
from pinlint.formats import named
from pinlint.model import Fact, Reference
from pinlint.semantics.gem_locks import read_lock
from pinlint.tree import Tree

ROOT = Path(__file__).parent.parent
LOCKS = """
require "bundler"; require "json"
ENV["BUNDLE_GEMFILE"] = ARGV[0]
puts JSON.dump(JSON.parse(STDIN.read).map { |text|
  begin
    lock = Bundler::LockfileParser.new(text)
    kinds = { Bundler::Source::Git => "GIT", Bundler::Source::Rubygems => "GEM", Bundler::Source::Path => "PATH" }
    gems = lock.specs.map { |one| [one.name, one.version.to_s + (one.platform == "ruby" ? "" : "-#{one.platform}"), kinds[one.source.class]] }
    asked = lock.dependencies.map { |name, one| [name, one.requirement.requirements.map { |operator, version| "#{operator} #{version}" }] }
    { "gems" => gems.sort, "asked" => asked.sort }
  rescue Bundler::LockfileError, ArgumentError => error
    nil
  end
})
"""
FROZEN = """
require "bundler"; require "json"
Dir.chdir(ARGV[0])
ENV["BUNDLE_GEMFILE"] = "#{ARGV[0]}/Gemfile"
Bundler.ui = Bundler::UI::Silent.new
definition = Bundler::Definition.build(Pathname.new("#{ARGV[0]}/Gemfile"), Pathname.new("#{ARGV[0]}/Gemfile.lock"), nil)
gems = definition.dependencies.map { |one| [one.name, one.requirement.requirements.map { |operator, version| "#{operator} #{version}" }] }
begin
  definition.ensure_equivalent_gemfile_and_lockfile(true)
  puts JSON.dump({ "gems" => gems, "refused" => false })
rescue Bundler::ProductionError, Bundler::GemfileError => error
  puts JSON.dump({ "gems" => gems, "refused" => true })
end
"""


def ruby(script: str, folder: Path, sent: str = "") -> Any:
    at_hand("ruby", "bundle")
    done = subprocess.run(["ruby", "-e", script, str(folder)], input=sent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def told(text: str) -> dict[str, Any]:
    """What this project reads in a lock, as the script above writes it."""
    lock = read_lock(text)
    asked = {name: [" ".join(one) for one in requirements(texts) or [(">=", "0")]] for name, texts in lock.asked.items()}
    return {
        "gems": sorted([gem.name, gem.version, gem.origin.kind] for gem in lock.gems),
        "asked": sorted([name.rstrip("!"), sorted(texts)] for name, texts in asked.items()),
    }


LOCKED = [path for path in sorted((ROOT / "fixtures").glob("gemfile*/*/Gemfile.lock")) if "PLUGIN" not in path.read_text()]


def test_locks_hold_what_bundler_reads(tmp_path: Path) -> None:
    (tmp_path / "Gemfile").write_text("")
    texts = [path.read_text() for path in LOCKED]
    for path, theirs, text in zip(LOCKED, ruby(LOCKS, tmp_path / "Gemfile", json.dumps(texts)), texts, strict=True):
        if theirs is not None:
            theirs["asked"] = sorted([name, sorted(all_)] for name, all_ in theirs["asked"])
            assert told(text) == theirs, path


NAMES = ("alpha", "beta", "gamma", "delta")
REQUIRED = ('"1.0"', '"~> 1.2"', '">= 1", "< 3"', "[\">= 1\", '< 3']", "'= 2.0.1'", "")
LOCK = "GEM\n  remote: https://registry.example/\n  specs:\n{}\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n{}\n\nBUNDLED WITH\n   2.3.15\n"


def gem_line(name: str, required: str, draw: random.Random) -> str:
    more = draw.choice(("", ", require: false", ", :require => nil", ", group: [:test, :development]", ", platforms: %i[ruby]"))
    behind = draw.choice(("", "", "  # why", " # gem 'old', '1'"))
    arguments = f"{draw.choice((chr(34), chr(39)))}"
    named_ = f"{arguments}{name}{arguments}"
    wanted = f", {required}" if required else ""
    form = draw.randrange(3)
    if form == 0:
        return f"gem {named_}{wanted}{more}{behind}\n"
    if form == 1:
        return f"gem({named_}{wanted}{more}){behind}\n"
    return f"gem {named_},\n    {required}{more}{behind}\n" if required else f"gem {named_}{more}{behind}\n"


def gemfile(asked: dict[str, str], draw: random.Random) -> str:
    lines = ['source "https://registry.example"\n', "# gem 'none'\n"]
    for name, required in asked.items():
        line = gem_line(name, required, draw)
        bare = line.partition("  # why")[0].partition(" # gem")[0].rstrip("\n")
        around = (
            f"group :test do\n  {line}end\n", f"platforms :ruby do\n{line}end\n", f"group(:test) {{ {bare} }}\n",
            f"[1].each {{ |n| {bare} }}\n", f"note = <<~A\n  gem 'none'\nA\n{line}", line, line, line,
        )  # fmt: skip
        lines.append(draw.choice(around))
    lines.append(draw.choice(("", "\n__END__\ngem 'none'\n")))
    return "".join(lines)


def stale(root: Path) -> list[str]:
    tree = Tree(str(root), lambda: ["Gemfile", "Gemfile.lock"])
    items = list(stream(tree.read("Gemfile"), named("gemfile"), tree))
    assert all(isinstance(item, Reference) or item.kind == "stale-lock" for item in items), items
    return [item.detail for item in items if isinstance(item, Fact)]


@pytest.mark.parametrize("seed", range(20))
def test_a_lock_is_stale_where_bundler_refuses_it(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    asked = {name: draw.choice(REQUIRED) for name in draw.sample(NAMES, draw.choice((1, 2, 3)))}
    (tmp_path / "Gemfile").write_text(gemfile(asked, draw))
    (tmp_path / "Gemfile.lock").write_text(LOCK.format("", ""))
    found = ruby(FROZEN, tmp_path)["gems"]
    rows = [f"  {name} ({', '.join(all_)})" if all_ != [">= 0"] else f"  {name}" for name, all_ in found]
    specs = "".join(f"    {name} (2.0.1)\n" for name in asked)
    (tmp_path / "Gemfile.lock").write_text(LOCK.format(specs, "\n".join(rows)))
    assert stale(tmp_path) == []
    changed = dict(asked)
    if draw.random() < 0.7:
        changed[draw.choice(NAMES)] = draw.choice(REQUIRED)
    (tmp_path / "Gemfile").write_text(gemfile(changed, draw))
    assert bool(stale(tmp_path)) == ruby(FROZEN, tmp_path)["refused"]
