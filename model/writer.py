"""Writing: read a story into a hidden state, and go on from a state token by token.

A writer keeps nothing between calls: each call takes a state and gives one back. The hidden state alone fixes the next
token's distribution (the logits are a function of the last layer), so a state is all that a story needs to go on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from model.ask import End
from model.books import CHAPTER_BREAK, PARAGRAPH_BREAK, ends_in_word
from model.checkpoint import load_weights
from model.copies import Copies, load_copies
from model.device import pick_device
from model.endings import EndReason, Quota, Until
from model.errors import BadModel
from model.headings import match_person, write_heading
from model.lstm import LSTM, State
from model.sampling import Sampler, Sampling
from model.step import Stepper
from model.tokenizer import StreamDecoder, Tokenizer
from model.version import TOKENIZER_FILE, VersionInfo, read_info

READ_CHUNK = 512
MAX_HEADING_TOKENS = 48

PLAIN = Sampling()


@dataclass(frozen=True)
class Piece:
    """Some whole characters of new text; `end` is set on the last piece."""

    text: str
    end: End | None = None


@dataclass(frozen=True)
class Opening:
    """A chapter's beginning (break, heading, break, perhaps its first name) and the state after it."""

    text: str
    heading: str
    state: State


class Writer:
    """A trained version, ready to read and write."""

    def __init__(self, info: VersionInfo, model: LSTM, tokenizer: Tokenizer, copies: Copies | None = None) -> None:
        self.info = info
        self.copies = copies
        """Fingerprints of the corpus; None for a version that was made without them."""
        self.device = str(model.output_bias.device)
        self.tokenizer = tokenizer
        self.model = model
        self._stepper = Stepper(model)

    def read(self, text: str, state: State | None = None) -> State:
        """Feed canonical text; `state` None is a fresh book whose first chapter has just opened."""
        if state is None:
            heading = write_heading(self.info.headings, 1, "")
            state = self._feed(CHAPTER_BREAK + heading + PARAGRAPH_BREAK, self.model.start(1))
        return self._feed(text, state)

    @torch.inference_mode()
    def _feed(self, text: str, state: State) -> State:
        tokens = torch.from_numpy(self.tokenizer.encode(text)).to(self.device)
        for chunk in torch.split(tokens, READ_CHUNK):
            if len(chunk):
                _, state = self.model.features(chunk[:, None], state)
        return state

    def open_chapter(
        self,
        state: State | None,
        number: int,
        title: str | None,
        pov: str | None,
        sampling: Sampling = PLAIN,
    ) -> Opening:
        """Begin a chapter as the corpus does; without a title the model makes one where its books have them.

        A point-of-view character goes into the heading where the books head chapters by people, else it is the first
        word of the text.
        """
        style = self.info.headings
        person = match_person(style, pov) if pov else ""
        state = self.model.start(1) if state is None else state
        heading = write_heading(style, number, title or "", person)
        after = self._feed(CHAPTER_BREAK + heading, state)
        if not title and not person:
            rest, after = self._write_heading(after, sampling)
            heading += rest
        opening = PARAGRAPH_BREAK + (pov or "" if not style.people else "")
        return Opening(CHAPTER_BREAK + heading + opening, heading, self._feed(opening, after))

    def _write_heading(self, state: State, sampling: Sampling) -> tuple[str, State]:
        """Let the model finish a heading; stops before the break behind it."""
        sampler = Sampler(sampling, self._banned(self.tokenizer.chapter))
        tokens: list[int] = []
        for _ in range(MAX_HEADING_TOKENS):
            token = sampler.draw(self._stepper.logits(state))
            if int(token) == self.tokenizer.paragraph:
                break
            tokens.append(int(token))
            state = self._stepper.step(token, state)
        return self.tokenizer.decode(tokens), state

    def write(
        self,
        state: State,
        sampling: Sampling,
        words: int,
        *,
        until: Until = "sentence",
        after: str = "",
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[Piece]:
        """Go on from `state` for about `words` words (see `endings.Quota`), yielding text as it comes.

        `after` is the text before (its last character suffices): a word that it ends with is not written on.
        `should_stop` is asked before each token. The last piece carries the end.
        """
        began = time.monotonic()
        quota = Quota(words, until)
        decoder = StreamDecoder(self.tokenizer)
        sampler = Sampler(sampling, self._banned(self.tokenizer.chapter))
        first = sampler.without(*self.tokenizer.joining) if ends_in_word(after) else sampler
        count = 0
        while True:
            logits = self._stepper.logits(state)
            drawn = (sampler if count else first).draw(logits)
            token = int(drawn)
            ending: EndReason | None = quota.ending_before(self.tokenizer.bytes[token])
            if quota.may_end_chapter and sampler.happens(logits, self.tokenizer.chapter):
                ending = "chapter"
            if should_stop():
                ending = "stopped"
            if ending is not None and decoder.whole:
                yield Piece("", End(ending, state, count, time.monotonic() - began))
                return
            state = self._stepper.step(drawn, state)
            count += 1
            if text := decoder.feed(token):
                quota.add(text)
                yield Piece(text)

    def _banned(self, *tokens: int) -> Tensor:
        return torch.tensor([*self.info.unseen, *tokens], dtype=torch.int64, device=self.device)

    def state_to_bytes(self, state: State) -> bytes:
        """A state in 16 bits a value, to be kept outside."""
        return save_tensors({"hidden": state.hidden.half().cpu(), "cell": state.cell.half().cpu()})

    def state_from_bytes(self, data: bytes) -> State:
        """The state of `state_to_bytes`. Raises BadModel where it is not one of this model."""
        try:
            tensors = load_tensors(data)
            hidden, cell = tensors["hidden"], tensors["cell"]
        except (SafetensorError, KeyError) as error:
            raise BadModel("A stored state is damaged.") from error
        shape = (self.info.shape.layers, 1, self.info.shape.hidden)
        if hidden.shape != shape or cell.shape != shape:
            raise BadModel("A stored state belongs to another model.")
        return State(hidden.float().to(self.device), cell.float().to(self.device))


def load(folder: Path, device: str = "cpu") -> Writer:
    """Open a version on `device` ("auto": a GPU if there is one).

    Raises BadModel if the folder is missing, truncated or foreign, BadSettings if the device is not there.
    """
    info = read_info(folder)
    tokenizer = Tokenizer.load(folder / TOKENIZER_FILE)
    if tokenizer.vocab != info.shape.vocab:
        raise BadModel(f"{folder} is no whole model: its tokenizer and its weights do not belong together.")
    return Writer(info, load_weights(info, folder, pick_device(device)), tokenizer, load_copies(folder))
