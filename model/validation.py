"""Held-out text: a quick look on the way, the whole of it at the end, and the weights that read it best."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence

from torch import Tensor

from model.books import Book
from model.corpus import Stream
from model.ensemble import Model
from model.evaluation import nats_of, side_by_side
from model.learner import part

PIECE = 512
"""Tokens of held-out text that a quick look reads in one go."""
PIECES = 16
RUN_UP = 64
"""Tokens before each piece that are read, so that it is not read from nothing, but not counted."""
PROBE_TOKENS = 128
SHARPNESSES = (0.85, 0.95, 1.05)
"""Evenly spread; the best one is found between them, as the lowest point of a parabola."""
PATIENCE = 0.3
"""Share of the budget without a better look at the held-out text, after which a training that got worse is given up."""
WORSE = 1.02


class Validation:
    """The held-out books of a training."""

    def __init__(self, books: Sequence[Book], streams: Sequence[Stream]) -> None:
        self._streams = streams
        self._chars = sum(len(book.text) for book in books)
        self._run_ups, self._pieces = _spread(streams)
        counted = sum(map(len, self._pieces)) - sum(map(len, self._run_ups))
        self._share = counted / sum(len(stream) - 1 for stream in streams)

    def quick(self, model: Model, sharpness: float = 1.0) -> float:
        """Bits per character on pieces spread over the books, read side by side, with features times `sharpness`."""
        texts = (self._pieces, self._run_ups)
        nats, run_up = (sum(nats_of(model, text, sharpness=sharpness)) for text in texts)
        return (nats - run_up) / math.log(2) / (self._chars * self._share)

    def sharpness(self, model: Model) -> float:
        """What to multiply the model's features by so that it reads the pieces best (as in Guo et al. 2017).

        A model that has read its books often is surer of itself than it may be where a text is new.
        """
        low, middle, high = (self.quick(model, sharpness) for sharpness in SHARPNESSES)
        bend = low - 2 * middle + high
        if not bend > 0:
            return 1.0
        least, best, most = SHARPNESSES
        return min(max(best + (most - best) * (low - high) / (2 * bend), least), most)

    def whole(self, model: Model) -> float:
        """Bits per character on all of the books, each read from beginning to end."""
        return sum(nats_of(model, self._streams)) / math.log(2) / self._chars

    def seconds_of_whole(self, model: Model) -> float:
        """About how long `whole` will take."""
        groups = side_by_side([len(stream) for stream in self._streams])
        began = time.monotonic()
        nats_of(model, [self._streams[lane][: PROBE_TOKENS + 1] for lane in groups[0]])
        steps = sum(len(self._streams[lanes[0]]) for lanes in groups)
        return 1.2 * (time.monotonic() - began) * steps / PROBE_TOKENS


class Best:
    """The weights that read the held-out text best so far; the untrained ones before any were read with."""

    def __init__(self, model: Model) -> None:
        self.bits = math.inf
        """Per character, of the quick look."""
        self.at = 0.0
        """The fraction of the budget at which they were kept."""
        self._keep(model)

    @property
    def known(self) -> bool:
        """Whether any weights were read with."""
        return self.bits < math.inf

    def offer(self, model: Model, bits: float, fraction: float) -> None:
        """Keep these weights if they read better, in bits per character, than any before."""
        if bits < self.bits:
            self.bits, self.at = bits, fraction
            self._keep(model)

    def overfitted(self, bits: float, fraction: float) -> bool:
        """Whether the newest look, in bits per character, shows a training that only gets worse."""
        return fraction - self.at >= PATIENCE and bits > WORSE * self.bits

    def give_back(self, model: Model) -> None:
        """Put the best weights into the model."""
        model.load_state_dict(self._weights)

    def tensors(self) -> dict[str, Tensor]:
        """For a checkpoint."""
        return {f"best.{name}": value for name, value in self._weights.items()}

    def restore(self, tensors: Mapping[str, Tensor], bits: float, at: float) -> None:
        """Go back to what a checkpoint kept."""
        self.bits, self.at, self._weights = bits, at, part(tensors, "best")

    def _keep(self, model: Model) -> None:
        self._weights = {name: value.clone() for name, value in model.state_dict().items()}


def _spread(streams: Sequence[Stream]) -> tuple[list[Stream], list[Stream]]:
    """Up to PIECES pieces evenly spread over the streams: their run-ups alone, and the pieces behind their run-ups."""
    starts = [(stream, begin) for stream in streams for begin in range(0, len(stream) - 1, PIECE)]
    chosen = [starts[len(starts) * n // PIECES] for n in range(PIECES)] if len(starts) > PIECES else starts
    run_ups = [stream[max(0, begin - RUN_UP) : begin + 1] for stream, begin in chosen]
    return run_ups, [stream[max(0, begin - RUN_UP) : begin + PIECE + 1] for stream, begin in chosen]
