"""Fresh releases are not chosen, by option, by configuration, by the project's own tools: with the reason, and never by a guess."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import reduce
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinlint.cli import main
from pinlint.config import Policy, load
from pinlint.cooldown import Cooldown, moment, seconds
from pinlint.discover import Found, format_of
from pinlint.ecosystems.helm.registry import Registry as Helm
from pinlint.ecosystems.maven.configuration import Repository
from pinlint.ecosystems.maven.registry import Registry as Maven
from pinlint.ecosystems.pypi.registry import Registry as Pypi
from pinlint.errors import PinlintError
from pinlint.fix.mend import mend
from pinlint.http import Response, _retry_after
from pinlint.pins import NoPin, Pin
from pinlint.question import Question, Registry

DAY = 86400
NOW = datetime.now(UTC)
POM = (
    "<project><groupId>a</groupId><artifactId>b</artifactId><version>1</version><dependencies><dependency>"
    "<groupId>org.g</groupId><artifactId>lib</artifactId><version>{}</version></dependency></dependencies></project>"
)
CHART = "apiVersion: v2\nname: s\nversion: 1.0.0\ndependencies:\n- name: redis\n  version: {}\n  repository: https://c.example\n"


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


class Answers:
    """A client that answers from memory; `ages` are the days since a release, None for one that nobody dates."""

    def __init__(self, ages: dict[str, float | None], updated: float = 0.5) -> None:
        self.ages = ages
        self.updated = updated
        self.asked: list[str] = []

    def request(self, method: str, url: str, *_: object, **__: object) -> Response:
        self.asked.append(f"{method} {url}")
        headers = {}
        if url.endswith("/index.yaml"):
            entries = [
                {
                    "version": one,
                    "urls": ["x.tgz"],
                    **({"created": f"{ago(age):%Y-%m-%dT%H:%M:%S.123456789Z}"} if age is not None else {}),
                }
                for one, age in self.ages.items()
            ]
            body = json.dumps({"apiVersion": "v1", "entries": {"redis": entries}})
        elif url.endswith("maven-metadata.xml"):
            versions = "".join(f"<version>{one}</version>" for one in self.ages)
            newest = list(self.ages)[-1]
            body = (
                f"<metadata><versioning><latest>{newest}</latest><release>{newest}</release><versions>{versions}</versions>"
                f"<lastUpdated>{ago(self.updated):%Y%m%d%H%M%S}</lastUpdated></versioning></metadata>"
            )
        elif method == "HEAD":
            age = self.ages[url.split("/")[-2]]
            headers = {"last-modified": format_datetime(ago(age), usegmt=True)} if age is not None else {}
            body = ""
        elif url.endswith(".metadata"):
            body = "Metadata-Version: 2.2\nName: lib\nVersion: 1.0\n"
        else:
            files = [
                {
                    "filename": f"lib-{one}.tar.gz", "url": "x", "core-metadata": True, "hashes": {"sha256": f"{number:064x}"},
                    **({"upload-time": f"{ago(age):%Y-%m-%dT%H:%M:%S.%fZ}"} if age is not None else {}),
                }
                for number, (one, age) in enumerate(self.ages.items())
            ]  # fmt: skip
            headers = {"content-type": "application/vnd.pypi.simple.v1+json"}
            body = json.dumps({"files": files})
        return Response(200, {**headers, "content-length": str(len(body))}, body.encode(), url)


def outcome(
    folder: Path, name: str, text: str, answers: Answers, *, min_age: int | None = None, policy: Policy | None = None
) -> Pin | NoPin | str:
    """What becomes of the first thing that is to be pinned; the text of a new chart lock."""
    user: Any = SimpleNamespace(
        no_index=False, indexes=["https://i.example"], find_links=[], python="3.12.999", plain_hosts=set(),
        authorization=lambda _: "", second=lambda _: "", names=lambda _: True,
    )  # fmt: skip
    settings: Any = SimpleNamespace(complete=True, asked=lambda _: [Repository("central", "https://m.example")])
    client: Any = answers
    registries: dict[str, Registry] = {
        "pypi": Pypi(client, user),
        "helm": Helm(client, list),
        "maven": Maven(client, lambda: settings),
    }

    (folder / name).write_text(text)
    format_ = format_of(name)
    assert format_ is not None
    found = [Found(str(folder), [(name, format_)])]

    def resolve(question: Question) -> Pin | NoPin:
        return registries[question.kind].resolve(question)

    (one,) = mend(found, lambda _: policy or Policy(), resolve, (), unsafe=True, write=False, cooldown=min_age)
    (patch,) = (made for made in one.patches if made.fixes)
    fix = patch.fixes[0]
    return patch.new.decode() if patch.created else fix.outcome


AGES: dict[str, float | None] = {"1.0": 90, "1.1": 10, "1.2": 1}


@pytest.mark.parametrize(("days", "chosen"), [(0, "1.2"), (0.5, "1.2"), (2, "1.1"), (10.5, "1.0")])
def test_the_newest_that_is_old_enough_is_chosen_and_the_fresh_one_is_named(tmp_path: Path, days: float, chosen: str) -> None:
    age = int(days * DAY)
    pin = outcome(tmp_path, "requirements.txt", "lib>=1\n", Answers(AGES), min_age=age)
    assert isinstance(pin, Pin)
    assert pin.version == chosen
    told = f"1.2 of {ago(1):%Y-%m-%d} is too fresh: the cool-down leaves out what is newer than {ago(days):%Y-%m-%d}"
    assert pin.remark == ("" if chosen == "1.2" else told)
    for wanted in ("RELEASE", "LATEST", "[1.0,2)"):
        pin = outcome(tmp_path, "pom.xml", POM.format(wanted), Answers(AGES), min_age=age)
        assert isinstance(pin, Pin)
        assert (pin.version, pin.remark) == (chosen, "" if chosen == "1.2" else told), wanted
    lock = outcome(
        tmp_path, "Chart.yaml", CHART.format("^1"), Answers({f"{one}.0": days for one, days in AGES.items()}), min_age=age
    )
    assert isinstance(lock, str)
    assert f"version: {chosen}.0\n" in lock


def test_nothing_old_enough_and_nothing_dated_are_reasons(tmp_path: Path) -> None:
    files = {"requirements.txt": "lib\n", "pom.xml": POM.format("RELEASE"), "Chart.yaml": CHART.format("^1")}
    for name, text in files.items():
        helm = name == "Chart.yaml"
        fresh = outcome(tmp_path, name, text, Answers({"1.0.0" if helm else "1.0": 1}), min_age=3 * DAY)
        assert isinstance(fresh, NoPin)
        assert "is too fresh" in fresh.why
        assert "nothing older fits" in fresh.why
        undated_ages: list[dict[str, float | None]] = [{"1.0.0": None}, {"1.0.0": 90, "1.1.0": None}]
        for ages in undated_ages:
            undated = outcome(tmp_path, name, text, Answers(ages), min_age=3 * DAY)
            assert isinstance(undated, NoPin), (name, ages)
            assert "no cool-down can be kept" in undated.why
        assert not isinstance(outcome(tmp_path, name, text, Answers({"1.0.0": None})), NoPin), "nobody asked how old it is"


def test_only_files_that_are_old_enough_are_hashed(tmp_path: Path) -> None:
    answers = Answers({"1.0": 90, "1.0.0": 1})  # two spellings of one version: a second file came yesterday
    policy = Policy(require={**Policy().require, "pypi": "digest"})
    pin = outcome(tmp_path, "requirements.txt", "lib>=1\n", answers, min_age=3 * DAY, policy=policy)
    assert isinstance(pin, Pin)
    assert pin.digests == (f"sha256:{0:064x}",)
    named = outcome(tmp_path, "requirements.txt", "lib==1.0\n", answers, min_age=3 * DAY, policy=policy)
    assert isinstance(named, Pin)
    assert len(named.digests) == 2, "who names a version has chosen it"


def test_old_metadata_needs_no_further_question(tmp_path: Path) -> None:
    answers = Answers(AGES, updated=4)
    pin = outcome(tmp_path, "pom.xml", POM.format("RELEASE"), answers, min_age=3 * DAY)
    assert isinstance(pin, Pin)
    assert pin.version == "1.2"
    assert not any(one.startswith("HEAD") for one in answers.asked)


def test_a_chart_at_one_version_is_locked_whatever_its_age() -> None:
    client: Any = Answers({"1.2.0": 0})
    pin = Helm(client, list).resolve(Question("helm", "redis", "https://c.example", "1.2.0", cooldown=Cooldown(9 * DAY)))
    assert isinstance(pin, Pin)
    assert pin.version == "1.2.0"


@pytest.mark.parametrize(
    ("files", "chosen"),
    [
        ({"pinlint.toml": 'min-age = "3d"'}, "1.1"),
        ({"pyproject.toml": '[tool.uv]\nexclude-newer = "3 days"'}, "1.1"),
        ({"pyproject.toml": f'[tool.uv]\nexclude-newer = "{ago(3):%Y-%m-%dT%H:%M:%SZ}"'}, "1.1"),
        ({"pyproject.toml": f"[tool.uv]\nexclude-newer = {ago(20):%Y-%m-%d}"}, "1.0"),
        ({"uv.toml": '[pip]\nexclude-newer = "P3D"', "pyproject.toml": '[tool.uv]\nexclude-newer = "60 days"'}, "1.1"),
        ({"uv.toml": 'exclude-newer = "60 days"\n[exclude-newer-package]\nlib = "3 days"\n'}, "1.1"),
        ({"uv.toml": 'exclude-newer = "60 days"\n[exclude-newer-package]\nlib = false\n'}, "1.2"),
        ({"renovate.json": '{"minimumReleaseAge": "3 days"}'}, "1.1"),
        ({"renovate.json": "{", ".renovaterc": '{"minimumReleaseAge": "3 days"}'}, "1.1"),
        ({"renovate.json": '{"minimumReleaseAge": null}'}, "1.2"),
        ({"renovate.json": '{"minimumReleaseAge": "3 days"}', "pinlint.toml": 'min-age = "20d"'}, "1.0"),
        ({"renovate.json": '{"minimumReleaseAge": "20 days"}', "pinlint.toml": 'min-age = "3d"'}, "1.0"),
        ({"pyproject.toml": '[tool.uv]\nexclude-newer = "1 month"'}, "exclude-newer in pyproject.toml is '1 month'"),
        ({"renovate.json": '{"minimumReleaseAge": "a while"}'}, "minimumReleaseAge in renovate.json is 'a while'"),
    ],
)
def test_the_project_says_how_fresh(tmp_path: Path, files: dict[str, str], chosen: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    policy = load(str(tmp_path))
    pin = outcome(tmp_path, "requirements.txt", "lib>=1\n", Answers(AGES), policy=policy)
    assert pin.why.startswith(chosen) if isinstance(pin, NoPin) else isinstance(pin, Pin) and pin.version == chosen
    told = outcome(tmp_path, "requirements.txt", "lib>=1\n", Answers(AGES), policy=policy, min_age=0)
    assert isinstance(told, Pin)
    assert told.version == "1.2", "the option alone counts where it is given"
    if "uv" not in "".join(files) and "tool.uv" not in "".join(files.values()):
        for name, text in {"pom.xml": POM.format("RELEASE"), "Chart.yaml": CHART.format("^1")}.items():
            ages = {f"{one}.0": days for one, days in AGES.items()} if name == "Chart.yaml" else AGES
            made = outcome(tmp_path, name, text, Answers(ages), policy=policy)
            assert chosen in (made.why if isinstance(made, NoPin) else made if isinstance(made, str) else made.version)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("3d", 3), ("72h", 3), ("2w", 14), ("90m", 0.0625), ("0", 0), ("0d", 0), ("3 days", 3), ("1 day", 1), ("1 week 2 days", 9),
        ("12 Hours", 0.5), ("P7D", 7), ("PT36H", 1.5), ("P1W", 7), ("3", None), ("", None), ("3 months", None), ("1y", None),
        ("-3d", None), ("3d!", None), ("P", None), ("PT", None), ("d", None), ("9" * 40 + "d", None),
    ],
)  # fmt: skip
def test_lengths_of_time(text: str, days: float | None) -> None:
    assert seconds(text) == (None if days is None else days * DAY)


@given(st.text(alphabet="0123456789 dwhmsPT:-Z.+", max_size=30))
def test_no_text_breaks_the_reading(text: str) -> None:
    assert seconds(text) is None or seconds(text) >= 0  # type: ignore[operator]
    assert moment(text) is None or isinstance(moment(text), float)


@given(st.lists(st.integers(0, 10**9), max_size=4))
def test_the_strictest_counts(lengths: list[int]) -> None:
    now = time.time()
    strictest = reduce(Cooldown.stricter, map(Cooldown, lengths), Cooldown())
    assert strictest.limit(now) == min((now - one for one in lengths if one), default=float("inf"))


def test_wrong_lengths_are_refused_with_what_would_be_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pinlint.toml").write_text('min-age = "soon"\n')
    with pytest.raises(PinlintError, match="min-age is 'soon'"):
        load(str(tmp_path))
    with pytest.raises(SystemExit) as raised:
        main(["--fix", "--min-age", "soon"])
    assert raised.value.code == 2
    assert re.search("'soon' is no length of time; write 3d, 72h or 2w", capsys.readouterr().err)


@given(st.floats(), st.floats())
def test_every_moment_can_be_said(released: float, until: float) -> None:
    assert Cooldown.refusal("1.0", released, until).startswith("1.0 of ")


@pytest.mark.parametrize("length", ["999999999w", "P999999999W", "999999999w 999999999w", "0s"])
def test_a_length_of_time_beyond_all_calendars(length: str) -> None:
    asked = seconds(length)
    assert asked is not None
    assert "1.1 of " in Cooldown.refusal("1.1", NOW.timestamp(), Cooldown(asked).limit(NOW.timestamp()))


@pytest.mark.parametrize(
    "date",
    [
        "Mon, 01 Jan 10000000000000000000 00:00:00 GMT",
        "Mon, 01 Jan 2024 99999999999999999999:00:00 GMT",
        "Mon, 01 Jan 2024 00:00:00 +99999999999999999999",
        f"Mon, {'9' * 5000} Jan 2024 00:00:00 GMT",
        "",
    ],
)
def test_a_date_that_no_calendar_has_dates_nothing(date: str) -> None:
    answer = SimpleNamespace(request=lambda *_, **__: Response(200, {"last-modified": date}, b"", ""))
    released = Maven(answer)._released(Repository("m", "https://m.example"), "org.g:lib", "1.0")  # type: ignore[arg-type]
    assert released is None
    assert _retry_after(date) == 0
