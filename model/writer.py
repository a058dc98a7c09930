"""A trained version in memory, ready for an engine: weights packed for writing, and what it knows of its tokens.

It holds nothing of any story. The hidden state alone fixes the next token's distribution (the logits are a function of
the last layer), so a state is all that a story needs to go on.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from model.ask import NewChapter
from model.batch import Lexicon
from model.books import CHAPTER_BREAK, PARAGRAPH_BREAK
from model.checkpoint import load_weights
from model.copies import Copies, load_copies
from model.device import pick_device
from model.ensemble import Model
from model.errors import BadModel
from model.headings import match_person, write_heading
from model.lstm import State
from model.products import Precision, fastest
from model.step import Stepper
from model.titles import Titles
from model.tokenizer import Tokenizer
from model.version import TOKENIZER_FILE, VersionInfo, read_info
from model.voices import Likeness, Voices, load_voices


class Writer:
    """A trained version, ready to read and write; `precision` None is the fastest one here."""

    def __init__(
        self,
        info: VersionInfo,
        model: Model,
        tokenizer: Tokenizer,
        copies: Copies | None = None,
        precision: Precision | None = None,
        voices: Voices | None = None,
    ) -> None:
        self.info = info
        self.copies = copies
        """Fingerprints of the corpus; None for a version that was made without them."""
        self.titles = Titles(copies.headings if copies is not None else ())
        self.voices = voices
        """How each book of the corpus sounds; None where there is but one, or where nobody made the table."""
        self.device = str(model.device)
        self.tokenizer = tokenizer
        self.model = model
        self.stepper = Stepper(model, precision or fastest(self.device))
        self.lexicon = self._lexicon()

    def _lexicon(self) -> Lexicon:
        def ids(*tokens: int) -> torch.Tensor:
            return torch.tensor(tokens, dtype=torch.int64, device=self.device)

        tokenizer = self.tokenizer
        letters = [any(char.isalnum() for char in text.decode("utf-8", "ignore")) for text in tokenizer.bytes]
        return Lexicon(
            vocab=tokenizer.vocab,
            chapter=tokenizer.chapter,
            banned=ids(*self.info.unseen, tokenizer.chapter),
            joining=ids(*tokenizer.joining),
            words=torch.tensor(letters, device=self.device),
            common=self._common(),
        )

    @torch.no_grad()
    def _common(self) -> torch.Tensor:
        """The logits that no feature has a part in, [vocab]."""
        weight, bias = self.model.softmax()
        return self.model.spread(bias[None].detach(), weight.new_zeros(1, weight.shape[1]))[0]

    @property
    def first_words(self) -> str:
        """What is read before a story that begins: its first chapter opens."""
        return CHAPTER_BREAK + write_heading(self.info.headings, 1, "") + PARAGRAPH_BREAK

    def heading(self, wish: NewChapter) -> tuple[str, str]:
        """A chapter's heading (where no title was asked for, up to where it begins) and the person in it."""
        style = self.info.headings
        person = match_person(style, wish.pov) if wish.pov else ""
        return write_heading(style, wish.number, wish.title, person), person

    def likeness(self, text: str) -> Likeness | None:
        """The book of the corpus that a text clearly sounds most like, if there is one."""
        return self.voices.likeness(text, self.tokenizer) if self.voices else None

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
        shape = (self.info.shape.states, 1, self.info.shape.hidden)
        if hidden.shape != shape or cell.shape != shape:
            raise BadModel("A stored state belongs to another model.")
        return State(hidden.float().to(self.device), cell.float().to(self.device))


def load(folder: Path, device: str = "cpu", precision: Precision | None = None) -> Writer:
    """Open a version on `device` ("auto": a GPU if there is one).

    Raises BadModel if the folder is missing, truncated or foreign, BadSettings if the device is not there.
    """
    info = read_info(folder)
    tokenizer = Tokenizer.load(folder / TOKENIZER_FILE)
    if tokenizer.vocab != info.shape.vocab:
        raise BadModel(f"{folder} is no whole model: its tokenizer and its weights do not belong together.")
    weights, voices = load_weights(info, folder, pick_device(device)), load_voices(folder, info)
    return Writer(info, weights, tokenizer, load_copies(folder), precision, voices)
