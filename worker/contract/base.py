"""The base of everything that crosses Redis."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Contract(BaseModel):
    """Base of everything that crosses Redis: immutable, strict about unknown fields, and quoted in no log."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
