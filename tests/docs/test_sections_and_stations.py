"""What the page on sections and stations shows can be used as it is, and lists every entry."""

import re
from dataclasses import replace
from pathlib import Path

import yaml
from typer.main import get_command

from catalogs.producer import Producer
from catalogs.schema import Campaign, load, names
from flows.cli import app
from flows.report import KINDS
from flows.section_steps import sections_of
from flows.station_steps import stations_of
from flows.steps import Job

PAGE = (Path(__file__).parents[2] / "docs" / "sections_and_stations.md").read_text("utf-8")
EXAMPLES = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]


def test_page__a_campaign_as_it_says_can_be_made() -> None:
    example, producer = EXAMPLES
    said = Producer.model_validate(producer["producer"])
    assert said.names_copernicus() == ["references", "credit"]
    campaign = load(Campaign, "records").model_copy(update={k: tuple(v) for k, v in example.items()})
    job = replace(Job.of(campaign), campaign=campaign)
    assert [section.name for section, _, _ in sections_of(job)] == ["tyz_trend", "baltic_ttz_trend"]
    assert [entry.name for entry in stations_of(job)] == ["sst_percentile99", "marine_heat_waves"]


def test_page__lists_every_entry() -> None:
    listed = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE))))
    assert listed == {*names("sections"), *names("stations")}


def test_page__commands_are_those_that_there_are() -> None:
    lines = re.findall(r"^oceanstate (.*?)(?: +#.*)?$", PAGE, re.MULTILINE)
    assert len(lines) == 6
    commands = get_command(app).commands  # type: ignore[attr-defined]
    for line in lines:
        command, name, *options = line.split()
        assert name in {*names("sections"), *names("stations")}
        known = {o for p in commands[command].params for o in p.opts}
        assert known >= {o for o in options if o.startswith("--")}
        if command == "figure":
            assert options[options.index("--kind") + 1] in KINDS
