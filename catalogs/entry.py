"""What every entry of the catalogue is."""

from pydantic import BaseModel, ConfigDict


class Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
