"""What the commands of scripts fetch: every program by the words that it is called with, and what silences it."""

# ruff: noqa: E501 - a command a line

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from trees import root_at

from pinlint.model import Fact, Script
from pinlint.programs import PROGRAMS, fetched, fetches, reading, vendors
from pinlint.programs.asking import asks
from pinlint.programs.os_packages import _MANAGERS
from pinlint.programs.reading import invocations
from pinlint.text import Document
from pinlint.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path


def tree(folder: Path, files: dict[str, str]) -> Tree:
    root_at(folder)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return Tree(str(folder), lambda: list(files))


def asked(text: str, folder: Path, files: dict[str, str] | None = None, path: str = "ci.yml", **place: object) -> list[str]:
    """A line for everything that a script asks for: kind, name, version, verdict, and how it is meant unless a build does."""
    document = Document(path, text.encode())
    script = Script(text, [(0, 0)], "sh", "ci", "job")._replace(**place)  # type: ignore[arg-type]
    found = []
    for item in fetched([script], document, tree(folder, files or {})):
        if isinstance(item, Fact):
            found.append(f"{item.kind}: {item.detail}")
        else:
            words = (item.artifact.kind, item.artifact.name, item.version, item.verdict, item.command.replace("build", ""))
            found.append(" ".join(word for word in words if word))
    return found


#: A command, and what it asks for.
COMMANDS = {
    # pip and uv
    "pip install flask": ["pypi flask floating"],
    "pip install --no-cache-dir -U flask==3.1.0 'click>=8'": ["pypi flask 3.1.0 version", "pypi click >=8 range"],
    "pip3.11 install -qr requirements.txt -e . ./dist/*.whl": ["pypi ./dist/*.whl local"],
    "python3 -m pip --quiet install -i https://index.example/simple -t lib flask": ["pypi flask floating"],
    "/opt/venv/bin/pip install flask[async]==3.1.0": ["pypi flask 3.1.0 version"],
    "pip install -e git+https://git.example/acme/a@v1#egg=a": ["git git.example/acme/a v1 tag"],
    "pip install git+https://git.example/acme/a": ["git git.example/acme/a floating"],
    "pip install --upgrade pip setuptools wheel": ["pypi pip floating meant", "pypi setuptools floating meant", "pypi wheel floating meant"],
    "pip install 'wheel<0.46'": ["pypi wheel <0.46 range"],
    "pip install -c constraints.txt flask": ["pypi flask floating"],
    "pip install --no-index -f wheels flask": ["pypi flask local"],
    "pip install --brand-new flask click": ["pypi flask unknown", "pypi click floating"],
    "pip install flask>=2": ["pypi flask floating"],
    "pip download flask && pip freeze && pip uninstall click": ["pypi flask floating"],
    "uv pip install --system --index-strategy unsafe-best-match ruff": ["pypi ruff floating"],
    "uv tool install ruff==0.14.1 && uvx ruff@0.14.1": ["pypi ruff 0.14.1 version hand", "pypi ruff 0.14.1 version hand"],
    "uvx --from 'acme[cli]' --with click,rich==14.0.0 acme run x": [
        "pypi acme floating hand", "pypi click floating hand", "pypi rich 14.0.0 version hand",
    ],
    "uv run --with rich script.py": ["pypi rich floating hand"],
    "pipx run --spec black==25.9.0 black . && pipx install tox && pipx inject tox tox-uv": [
        "pypi black 25.9.0 version hand", "pypi tox floating hand", "pypi tox-uv floating hand",
    ],
    # npm and its kin
    "npm install -g serve": ["npm serve floating"],
    "npm --prefix web i -D --loglevel error left-pad@1.3.0 @acme/a@^2": ["npm left-pad 1.3.0 version", "npm @acme/a ^2 range"],
    "npm install -g npm@latest yarn": ["npm npm latest floating hand", "npm yarn floating hand"],
    "npm run install && npm test && npm ci": [],
    "npm update left-pad; npm up -g serve": ["npm serve floating"],
    "pnpm exec changeset add x; yarn workspace a add": [],
    "npm install ./pkg.tgz acme/a#v1.2 github:acme/b": [
        "npm ./pkg.tgz ./pkg.tgz local", "git github.com/acme/a v1.2 tag", "git github.com/acme/b floating",
    ],
    "yarn global add serve --prefix /usr && yarn add --dev a@1.0.0": ["npm serve floating", "npm a 1.0.0 version"],
    "pnpm -C web add -w serve; pnpm dlx serve@2": ["npm serve floating", "npm serve 2 range"],
    "bun add -d serve && bunx --bun serve": ["npm serve floating", "npm serve local"],
    "npx --yes -p typescript@5.9.2 -p @acme/a tsc -p .": ["npm typescript 5.9.2 version", "npm @acme/a floating"],
    "npx serve --port 1 -p x": ["npm serve floating"],
    "npx --no-install serve; npm exec --no -- serve": ["npm serve local", "npm serve local"],
    "npm exec -- serve@latest -l 1": ["npm serve latest floating"],
    "npm create vite@latest app": ["npm create-vite latest floating hand"],
    "corepack enable && corepack prepare pnpm@9.1.0 --activate && corepack prepare yarn@stable": [
        "tool pnpm 9.1.0 version", "tool yarn stable floating hand",
    ],
    "deno run -A npm:serve@1.2.3 x": ["npm serve 1.2.3 version"],
    # others
    "go install example.org/a/cmd/b@latest example.org/c@v1.2.3": ["go example.org/a/cmd/b latest floating", "go example.org/c v1.2.3 version"],
    "go install ./... && go run -tags x . && go install example.org/a": ["go ./... local", "go . local", "go example.org/a local"],
    "go -C tools get -u example.org/a@v1": ["go example.org/a v1 range hand"],
    "GOFLAGS=-mod=mod go run example.org/a@main x y": ["go example.org/a main floating"],
    "cargo install --locked cross ripgrep@14.1.1": ["cargo cross floating", "cargo ripgrep 14.1.1 version"],
    "cargo +nightly install --version '~1.2' -F x cross": ["cargo cross ~1.2 range"],
    "cargo install --git https://git.example/a/b --tag v1 b; cargo install --path .": ["git git.example/a/b v1 tag"],
    "gem install --no-document rake:13.0.1 rubocop -v 1.81.1 && gem install a.gem bundler": [
        "gem rake 13.0.1 version", "gem rubocop 1.81.1 version", "gem a.gem local", "gem bundler floating hand",
    ],
    "dotnet tool install -g Acme.Tool --version 1.2.3; dotnet tool restore": ["nuget Acme.Tool 1.2.3 version"],
    "dotnet add src/A.csproj package Acme.B && dnx Acme.C@1.0.0 x": ["nuget Acme.B floating", "nuget Acme.C 1.0.0 version"],
    "docker run --rm -it -v $PWD:/a -e X=1 --name=b --gpus all python:3.12 pip install x": ["image docker.io/library/python 3.12 tag"],
    "docker pull -q ghcr.io/acme/a && podman --log-level debug create ghcr.io/acme/b:1": [
        "image ghcr.io/acme/a floating", "image ghcr.io/acme/b 1 tag",
    ],
    "docker build -t acme/a:$TAG . && docker run acme/a:$TAG && docker run acme/a": [
        "image acme/a:$TAG unknown", "image docker.io/acme/a floating",
    ],
    "docker run localhost:5000/a; docker compose run web; docker ps": ["image localhost:5000/a local"],
    "docker run acme:latest; docker run acme; docker run bash": [
        "image docker.io/library/acme latest floating hand", "image docker.io/library/acme floating hand",
        "image docker.io/library/bash floating",
    ],
    "docker run $FLAGS --rm acme/a:1 --x; docker run \"${params[@]}\" acme/b:1; docker run $IMG acme/c:1": [
        "image docker.io/acme/a 1 tag", "image docker.io/acme/b 1 tag", "image $IMG unknown",
    ],
    "pip install a=={{ version }} b=={% x %} c": ["pypi a=={{ version }} unknown", "pypi b=={% x %} unknown", "pypi c floating"],
    "docker run busybox:latest": ["image docker.io/library/busybox latest floating hand"],
    "helm repo add acme https://charts.example/ && helm upgrade --install -n a rel acme/web --set a=b": ["helm web floating"],
    "helm install rel oci://charts.example/a/web --version 1.2.3; helm template ./web; helm install rel other/web": ["helm web 1.2.3 version"],
    'helm repo add acme https://charts.example/; helm upgrade rel acme/web "${args[@]}"; helm upgrade rel acme/web -n "$NS"': ["helm web unknown", "helm web floating"],
    "cargo install cross $CARGO_FLAGS; gem install rake --bindir $DIR; git clone $OPTS https://git.example/a/b": [
        "cargo cross unknown", "cargo $CARGO_FLAGS unknown", "gem rake floating", "git $OPTS unknown hand",
    ],
    "helm pull --repo https://charts.example web --version ^1": ["helm web ^1 range"],
    "kubectl -n a apply -f https://raw.githubusercontent.com/acme/a/main/x.yaml -f https://github.com/acme/a/releases/download/v1/y.yaml": [
        "git github.com/acme/a main floating", "git github.com/acme/a v1 tag",
    ],
    "kubectl apply -k 'github.com/acme/a//config?ref=v1.2.0' && kubectl create ns a && kubectl apply -f x.yaml": [
        "git github.com/acme/a v1.2.0 tag",
    ],
    "curl -sL https://github.com/acme/a/releases/latest/download/x.yaml | kubectl apply -f -": ["git github.com/acme/a latest floating hand"],
    # packages of systems
    "sudo apt-get update && DEBIAN_FRONTEND=noninteractive apt-get -y -qq --no-install-recommends install curl=8.5-1 git/stable ./a.deb": [
        "os curl 8.5-1 version", "os git stable tag", "os ./a.deb local",
    ],
    "apk add --no-cache --virtual .build gcc 'git~2.45' make=4.4-r2": ["os gcc floating", "os git 2.45 range", "os make 4.4-r2 version"],
    "dnf install -y java-11-openjdk curl-8.5.0-2.fc40 nodejs:20 && brew install jq && choco install -y git --version 2.51.0": [
        "os java-11-openjdk floating", "os curl 8.5.0-2.fc40 version", "os nodejs 20 tag", "os jq floating", "os git 2.51.0 version",
    ],
    "conda install -y -c conda-forge numpy=1.26 'pandas==2.2.2'": ["conda numpy =1.26 range", "conda pandas 2.2.2 version"],
    # around a command
    "sudo -E -u me env A=1 timeout -k 5 30 nice -n 5 pip install flask": ["pypi flask floating"],
    "if ! command -v x; then xargs -n 1 pip install flask; fi": ["pypi flask floating"],
    "command -v pip install; echo pip install flask; # pip install flask": [],
    "bash -lc 'cd a && npx serve' && sh -c \"pip install flask\"": ["npm serve floating", "pypi flask floating"],
    "su - me -c 'pip install flask'; poetry run pip install click": ["pypi flask floating", "pypi click floating"],
    "eval pip install flask": ["pypi flask floating"],
    "bash <<'EOF'\npip install flask\nEOF": ["pypi flask floating"],
    # variables
    "V=1.2.3; pip install flask==$V a==${W:-2.0} b==$X": ["pypi flask 1.2.3 version", "pypi a 2.0 version", "pypi b==$X unknown"],
    "export PKGS='flask click==8.1.0'\npip install $PKGS": ["pypi flask floating", "pypi click 8.1.0 version"],
    "for p in flask click; do pip install $p; done": ["pypi flask floating", "pypi click floating"],
    "V=1; V=2; pip install flask==$V; read W; pip install click==$W": ["pypi flask==$V unknown", "pypi click==$W unknown"],
    "PIP=/opt/bin/pip3\n$PIP install flask; ${PYTHON} -m pip install click": ["pypi flask floating", "pypi click floating"],
}  # fmt: skip


MANIFEST = '{"name": "web", "dependencies": {"left-pad": "1.3.0", "@acme/cli": "1.0.0"}}'
LOCK = '{"lockfileVersion": 3, "packages": {"node_modules/typescript": {"version": "5.9.2", "bin": {"tsc": "bin/tsc"}}}}'
#: What stands around a command, and what becomes of the command then.
AROUND: dict[str, tuple[str, dict[str, str], dict[str, str], list[str]]] = {
    "a package of a manifest": ("npx left-pad x", {"web/package.json": MANIFEST}, {}, ["npm left-pad local"]),
    "a program of a package": ("npx acme", {"package.json": MANIFEST}, {}, ["npm acme local"]),
    "a program of a lock": ("npx tsc -p .", {"package.json": MANIFEST, "package-lock.json": LOCK}, {}, ["npm tsc local"]),
    "another version than the manifest's": (
        "npx left-pad@latest", {"package.json": MANIFEST}, {}, ["npm left-pad latest floating"],
    ),
    "a package that was installed before": ("npm i -g serve@1.0.0 && npx serve", {}, {}, ["npm serve 1.0.0 version", "npm serve local"]),
    "the repository's package": ("npm i -g web@latest", {"package.json": MANIFEST}, {}, ["npm web latest local"]),
    "the repository's project": ("pip install acme-tool", {"pyproject.toml": '[project]\nname = "acme.tool"\n'}, {}, ["pypi acme-tool local"]),
    "the repository's module": (
        "go install example.org/a/cmd/b@latest", {"go.mod": "module example.org/a\n"}, {}, ["go example.org/a/cmd/b latest local"],
    ),
    "the repository's crate": ("cargo install acme", {"Cargo.toml": '[package]\nname = "acme"\n'}, {}, ["cargo acme local"]),
    "the repository's gem": ("gem install acme", {"acme.gemspec": ""}, {}, ["gem acme local"]),
    "the repository's assembly": ("dotnet tool install Acme.Cli", {"src/Acme.Cli.csproj": ""}, {}, ["nuget Acme.Cli local"]),
    "a file that updates": ("npm i -g serve", {}, {"path": ".github/workflows/update-deps.yml"}, ["npm serve floating meant"]),
    "a step that bumps": ("npm i -g serve", {}, {"name": "ci test Bump the version"}, ["npm serve floating meant"]),
    "a step that updates the installer": ("npm i -g serve", {}, {"name": "ci Update npm"}, ["npm serve floating"]),
    "a step that also updates": ("npm i -g serve", {}, {"name": "ci Install and update things"}, ["npm serve floating"]),
    "a target that vendors": ("go run example.org/a@latest", {}, {"name": "vendor-crds"}, ["go example.org/a latest floating meant"]),
    "a step that commits": ("npm i -g serve; git -C x commit -am x", {}, {}, ["npm serve floating meant"]),
    "a step that opens a pull request": ("pip install a\ngh pr create --fill", {}, {}, ["pypi a floating meant"]),
    "a commit before": ("git commit -m x; pip install a", {}, {}, ["pypi a floating"]),
    "a scanner": ("go install golang.org/x/vuln/cmd/govulncheck@latest", {}, {}, ["go golang.org/x/vuln/cmd/govulncheck latest floating meant"]),
    "a job that may publish": ("uvx acme; pipx run acme", {}, {"publishes": "1"}, ["pypi acme floating", "pypi acme floating"]),
    "a script run by hand": ("pip install a; npm i b", {}, {"setting": "script"}, ["pypi a floating hand", "npm b floating"]),
    "arguments that nobody sees": ('git clone https://git.example/a/b "$@"', {}, {}, ["git git.example/a/b unknown hand"]),
    "a target of make": ("git clone https://git.example/a/b $@", {}, {"foreign": "make"}, ["git git.example/a/b floating hand"]),
    "a script of tests": ("npm i b", {}, {"path": "web/__tests__/verify.sh"}, ["npm b floating hand"]),
    "an example": ("npm i b", {}, {"path": "examples/a/run.sh"}, ["npm b floating hand"]),
    "go get in an image": ("go get example.org/a@latest", {}, {"setting": "image"}, ["go example.org/a latest floating"]),
    "go get in the image of a module": (
        "go get example.org/a@latest", {"go.mod": "module b\n"}, {"setting": "image"}, ["go example.org/a latest floating hand"],
    ),
    "npm install beside a lock": (
        "npm install --no-audit", {"package.json": MANIFEST, "package-lock.json": LOCK}, {},
        ["passed-lock: `npm install` changes package-lock.json where package.json asks for something else, instead of failing; `npm ci` keeps to it"],
    ),
    "npm update of one": (
        "npm update left-pad", {"package.json": MANIFEST, "package-lock.json": LOCK}, {},
        ["passed-lock: `npm update` takes newer versions than package-lock.json says; `npm ci` installs those that it says"],
    ),
    "npm install in another folder": ("cd web && npm install", {"package.json": MANIFEST, "package-lock.json": LOCK}, {}, []),
    "npm install in the folder of a lock": (
        "cd web && npm i --no-package-lock", {"web/package.json": MANIFEST, "web/package-lock.json": LOCK}, {},
        ["passed-lock: --no-package-lock makes npm pass by web/package-lock.json; `npm ci` installs what it says"],
    ),
    "npm install where the lock was removed": (
        "rm -rf node_modules package-lock.json; npm i", {"package.json": MANIFEST, "package-lock.json": LOCK}, {},
        ["passed-lock: package-lock.json is removed before, so npm chooses all versions anew; `npm ci` installs what it says"],
    ),
    "npm install by hand": ("npm install", {"package.json": MANIFEST, "package-lock.json": LOCK}, {"setting": "script"}, []),
    "npm install in an update": ("npm install", {"package.json": MANIFEST, "package-lock.json": LOCK}, {"name": "ci job update snapshots"}, []),
    "npm ci, and a lock that is written": ("npm ci; npm install --package-lock-only", {"package.json": MANIFEST, "package-lock.json": LOCK}, {}, []),
    "yarn 1": (
        "yarn", {"package.json": MANIFEST, "yarn.lock": "# yarn lockfile v1\n"}, {},
        ["passed-lock: `yarn install` changes yarn.lock where package.json asks for something else, instead of failing; write --frozen-lockfile"],
    ),
    "yarn 1, frozen": ("yarn install --frozen-lockfile", {"package.json": MANIFEST, "yarn.lock": "# yarn lockfile v1\n"}, {}, []),
    "yarn 4": ("yarn install", {"package.json": MANIFEST, "yarn.lock": "__metadata:\n  version: 8\n"}, {}, []),
    "pnpm": ("pnpm install", {"package.json": MANIFEST, "pnpm-lock.yaml": ""}, {}, []),
    "pnpm, not frozen": (
        "pnpm i --no-frozen-lockfile", {"package.json": MANIFEST, "pnpm-lock.yaml": ""}, {},
        ["passed-lock: --no-frozen-lockfile lets pnpm change pnpm-lock.yaml instead of failing where it does not fit; leave it out"],
    ),
    "uv, upgraded": (
        "uv sync -U && uv run pytest -U", {"uv.lock": ""}, {},
        ["passed-lock: -U makes uv choose all versions anew, whatever uv.lock says; write --locked"],
    ),
    "pip from what was compiled": (
        "pip install -r requirements.in", {"requirements.in": "a\n", "requirements.txt": "# autogenerated by pip-compile\na==1\n"}, {},
        ["passed-lock: requirements.in is what requirements.txt was compiled from: install from that one, which says every version"],
    ),
    "bundle update": ("bundle update", {"Gemfile.lock": ""}, {}, ["passed-lock: `bundle update` takes newer versions than Gemfile.lock says; `bundle install` keeps to it"]),
    "terraform init": ("terraform init -backend=false", {".terraform.lock.hcl": ""}, {}, []),
}  # fmt: skip


@pytest.mark.parametrize("what", AROUND)
def test_what_stands_around_a_command_decides(what: str, tmp_path: Path) -> None:
    text, files, place, expected = AROUND[what]
    assert asked(text, tmp_path, files, **place) == expected


def test_a_file_for_the_shell_is_said(tmp_path: Path) -> None:
    document = Document("ci.yml", b"pip install flask>=2")
    (found,) = fetched([Script(document.text, [(0, 0)], "sh", "ci")], document, tree(tmp_path, {}))
    assert not isinstance(found, Fact)
    assert found.why == "the shell takes >=2 for a file, so no version is asked for; put it between quotes"


def test_words_without_a_shell_stand_where_they_are_written(tmp_path: Path) -> None:
    document = Document("x.json", b'["pip", "install", "flask", "$click"]')
    words = (("pip", 2, 5), ("install", 9, 16), ("flask", 20, 25), ("$click", 29, 35))
    found = list(fetched([Script("", [], "sh", "image", words=words)], document, tree(tmp_path, {})))
    assert [document.text[one.span.start : one.span.end] for one in found] == ["flask", "$click"]  # type: ignore[union-attr]


@pytest.mark.parametrize("module", ["pip", "npm", "go", "cargo", "gem", "dotnet", "images", "helm", "kubectl", "os_packages"])
def test_every_option_of_a_table_is_one(module: str) -> None:
    """A blank that is missing between two texts would make one option of two."""
    texts: list[str] = []
    for name, value in vars(import_module(f"pinlint.programs.{module}")).items():
        if name.isupper() and isinstance(value, str):
            texts.append(value)
        elif name == "_MANAGERS" and isinstance(value, dict):
            texts.extend(text for one in value.values() for text in one[2:])
    words = [word for text in texts for word in text.split() if " " in text and word.startswith("-")]
    assert [word for word in words if not re.fullmatch(r"--?[\w.@:]+(?:-\w+)*", word)] == []


@pytest.mark.parametrize("text", COMMANDS)
def test_a_command_asks_for(text: str, tmp_path: Path) -> None:
    assert asked(text, tmp_path) == COMMANDS[text]


def _calls() -> list[str]:
    """A call of every program whose commands are read, by every subcommand that its module knows."""
    found = []
    for program, module in PROGRAMS.items():
        known = getattr(import_module(f"pinlint.programs.{module}"), "_COMMANDS", {}) if module else {}
        known = vendors.commands(program) if module == "deploying" else known.get(program, known)
        known = known[0] if isinstance(known, tuple) else known
        if module == "os_packages" and (manager := _MANAGERS.get(program)):
            known = manager.commands.split()
        found += [f"{program} {name} x" for name in known if isinstance(name, str) and not name.endswith(" ")]
    return found


@pytest.mark.parametrize("text", _calls())
def test_no_subcommand_is_passed_over(text: str) -> None:
    """What fetches is told by words before any shell code is read: a subcommand that is not among them would never be seen."""
    assert asks(Script(text, [(0, 0)], "sh", "ci")), text
    assert fetches(f"{text}\n".encode()), text


def test_a_step_that_fetches_nothing_may_remove_a_lock(tmp_path: Path) -> None:
    files = {"package.json": "{}", "package-lock.json": LOCK}
    document = Document("ci.yml", b"rm package-lock.json\nnpm install\n")
    steps = [Script(text, [(0, at)], "sh", "ci", "job") for text, at in (("rm package-lock.json", 0), ("npm install", 21))]
    (found,) = fetched(steps, document, tree(tmp_path, files))
    assert isinstance(found, Fact)
    assert "is removed before" in found.detail


def test_what_fetches_nothing_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a job, only the steps that may fetch something; all where another may check what one downloads."""
    read: list[str] = []

    def noted(script: Script, document: Document) -> object:
        read.append(script.text)
        return invocations(script, document)

    monkeypatch.setattr(reading, "invocations", noted)
    for texts, expected in (
        (["make test", "git push", "pip install flask"], ["pip install flask"]),
        (["npm run build", "go test ./...", "docker build ."], []),
        (
            ["curl -O https://a.example/b", "sha256sum -c sums", "sh b"],
            ["curl -O https://a.example/b", "sha256sum -c sums", "sh b"],
        ),
    ):
        read.clear()
        document = Document("ci.yml", "\n".join(texts).encode())
        list(fetched([Script(text, [(0, 0)], "sh", "ci", "job") for text in texts], document, tree(tmp_path, {})))
        assert read == expected
