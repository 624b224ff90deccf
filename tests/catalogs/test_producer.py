"""Who makes the files of a campaign, and that nobody is credited for records that are synthetic."""

import pytest

from catalogs.producer import NOT_STATED, Producer
from catalogs.schema import Campaign, CatalogueError, load, parse

CREDIT = "E.U. Copernicus Marine Service Information (CMEMS)"


def campaign(name: str, producer: dict) -> Campaign:
    content = load(Campaign, name).model_dump(mode="json") | {"producer": producer}
    return parse(Campaign, content, f"campaigns/{name}.yaml")


def test_producer__states_nothing_that_a_campaign_does_not_say():
    said = Producer()
    assert {said.institution, said.references, said.credit, said.contact} == {NOT_STATED}
    assert not said.names_copernicus()
    assert Producer(contact="servicedesk.cmems@mercator-ocean.eu").names_copernicus() == ["contact"]


@pytest.mark.parametrize("key", ["credit", "contact", "references", "licence", "institution"])
def test_campaign__of_synthetic_records_credits_nobody(key):
    with pytest.raises(CatalogueError, match=f"producer: {key} must not name Copernicus"):
        campaign("demo", {key: CREDIT})
    assert campaign("records", {key: CREDIT}).producer.names_copernicus() == [key]
    assert campaign("demo", {"institution": "University of X"}).producer.institution == "University of X"


def test_campaign__refuses_an_attribute_that_is_not_known():
    with pytest.raises(CatalogueError, match=r"producer\.author: unknown key"):
        campaign("records", {"author": "x"})
