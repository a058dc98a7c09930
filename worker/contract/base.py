"""The base of everything that crosses Redis."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Contract(BaseModel):
    """Base of everything that crosses Redis: immutable, and strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")
