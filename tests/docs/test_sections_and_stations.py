"""What the page on sections and stations shows can be used as it is, and lists every entry."""

import re
from dataclasses import replace
from pathlib import Path

import yaml

from catalogs.schema import Campaign, load, names
from flows.section_steps import sections_of
from flows.station_steps import stations_of
from flows.steps import Job

PAGE = (Path(__file__).parents[2] / "docs" / "sections_and_stations.md").read_text("utf-8")


def test_page__a_campaign_as_it_says_can_be_made() -> None:
    (example,) = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
    campaign = load(Campaign, "records").model_copy(update={k: tuple(v) for k, v in example.items()})
    job = replace(Job.of(campaign), campaign=campaign)
    assert [section.name for section, _, _ in sections_of(job)] == ["tyz_trend", "baltic_ttz_trend"]
    assert [entry.name for entry in stations_of(job)] == ["sst_percentile99", "marine_heat_waves"]


def test_page__lists_every_entry() -> None:
    listed = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE))))
    assert listed == {*names("sections"), *names("stations")}
