"""Who makes the files of a campaign, as their global attributes say it."""

import re

from catalogs.entry import Entry

NOT_STATED = "not stated"
COPERNICUS = re.compile(r"copernicus|cmems|mercator-ocean", re.IGNORECASE)


class Producer(Entry):
    """Attributes of files that do not follow from their numbers; what a campaign does not say is not stated.

    Files that are made of Copernicus Marine records for Copernicus Marine state what its template of ocean
    monitoring indicators tells every producer to leave as it is: ``credit`` "E.U. Copernicus Marine Service
    Information (CMEMS)", ``references`` "http://marine.copernicus.eu", ``contact``
    "servicedesk.cmems@mercator-ocean.eu".
    """

    institution: str = NOT_STATED
    references: str = NOT_STATED
    credit: str = NOT_STATED
    contact: str = NOT_STATED
    licence: str = ""
    """Of the files; empty: those of the sources."""
    quality_information_document: str = "not published; see the attributes method and trend_method"
    product_user_manual: str = "not published; see the attributes method and convention"

    def names_copernicus(self) -> list[str]:
        """Attributes that speak of Copernicus Marine."""
        return [key for key, text in self.model_dump().items() if COPERNICUS.search(text)]
