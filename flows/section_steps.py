"""The step that makes sections by depth and latitude, each from the boxes of all months."""

import numpy as np
import xarray as xr
from zarr.abc.store import Store

from catalogs.bottom import bottom_digest
from catalogs.land import land_class, land_digest
from catalogs.schema import Indicator, Region, load
from catalogs.section import Section
from flows import sections
from flows.collection import Reading, fingerprint
from flows.groups import write_dataset
from flows.steps import Job
from flows.work import Item, Outcome, Step
from kernels.registry import source_digest

MODULES = (
    "kernels.indicators",
    "flows.columns",
    "flows.section_steps",
    "flows.sections",
    "flows.series_variables",
)
"""Modules whose source decides on a section, beside those that made the boxes."""


def sections_of(job: Job) -> list[tuple[Section, tuple[Indicator, ...], tuple[Region, ...]]]:
    """The sections of a campaign, each with the indicators of its depths and its regions.

    Raises
    ------
    ValueError
        names the indicator or region of a section that the campaign does not average by boxes, or a section
        that is called as one of its indicators.
    """
    out = []
    known = {i.name for i in job.indicators}
    for name in job.campaign.sections:
        section = load(Section, name)
        of = load(Indicator, section.of).each()
        where = section.regions or job.campaign.regions
        if not load(Indicator, section.of).depths:
            raise ValueError(f"section {name}: of: {section.of} has no depths")
        if absent := [i.name for i in of if i.name not in known]:
            raise ValueError(
                f"section {name}: the campaign's indicators lack {section.of} ({', '.join(absent)})"
            )
        if absent := sorted(set(where) - set(job.campaign.regions)):
            raise ValueError(f"section {name}: the campaign's regions lack {', '.join(absent)}")
        if name in known:
            raise ValueError(f"section {name}: the campaign has an indicator of that name")
        depth = [i.layer[0] for i in of]
        deeper = tuple(of[k] for k in np.argsort(depth))
        out.append((section, deeper, tuple(r for r in job.regions if r.name in where)))
    return out


def sections_step(job: Job, reading: Reading) -> Step:
    """Sections, each a group of ``indicators`` of its own name."""
    done = reading.ledger("boxes")
    boxes = [(y, done[y]["digest"]) for y in sorted(done)]
    period = job.campaign.reference_period
    code = fingerprint(source_digest(*MODULES), land_digest(), bottom_digest(), boxes, job.boxes, period)
    items = [
        Item(
            section.name,
            fingerprint(code, section, of, regions),
            (tuple(sorted(done)), section, of, regions, job.boxes, period),
            (f"indicators/{section.name}",),
        )
        for section, of, regions in (sections_of(job) if done else [])
    ]
    return Step("sections", sections_item, items)


def sections_item(reading: Reading, target: Store, item: Item) -> Outcome:
    years, section, of, regions, grid, period = item.argument
    boxes = xr.concat(
        [_boxes(reading, year, of, regions) for year in years],
        "month",
        data_vars="minimal",
        coords="minimal",
        compat="override",
        join="override",
    )
    made = sections.section_dataset(boxes, section, of, regions, grid, land_class(), period)
    path = f"indicators/{section.name}"
    return {"wrote": [path], "digest": write_dataset(target, path, made.assign_attrs(of=section.of))}


def _boxes(reading: Reading, year: str, of: tuple[Indicator, ...], regions: tuple[Region, ...]) -> xr.Dataset:
    """Boxes of a year that a section needs: of its depths and regions alone."""
    boxes = reading.dataset(f"boxes/{year}", sections.WANTED)
    there = np.isin(boxes["region"].values, [r.name for r in regions])
    return boxes.sel(indicator=[i.name for i in of]).isel(cell=there)
