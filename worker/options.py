"""What a worker process needs to know, built by the front door and passed down."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class WorkerOptions:
    """One worker process."""

    redis_url: str
    home: Path
    """GREENBEARD_HOME: model versions and checkpoints are under `models`."""
    shipped: Path
    """Folder of the model version that ships with the project, live until another one is promoted."""
    device: str = "auto"
    """auto, cpu or cuda."""
    slots: int = 32
    """Takes that are written side by side."""
    copy_limit: int = 12
    """No run of so many words or more is copied from the corpus; 0: any."""
    state_cache_bytes: int = 256 << 20
    """How much of Redis the hidden states of stories may fill."""

    @property
    def models(self) -> Path:
        """Folder of the model versions."""
        return self.home / "models"
