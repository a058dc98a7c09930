"""The model card: a version's record in words, for people (Mitchell et al. 2019)."""

from __future__ import annotations

from pathlib import Path

from model.curve import PICTURE_FILE
from model.version import CARD_FILE, CorpusFile, Shape, VersionInfo, write_beside


def write_card(info: VersionInfo, sample: str, folder: Path) -> None:
    """Write `CARD.md` beside the weights."""
    write_beside(folder / CARD_FILE, card(info, sample).encode())


def card(info: VersionInfo, sample: str) -> str:
    """The card as Markdown."""
    shape, metrics = info.shape, info.metrics
    software = ", ".join(f"{name} {version}" for name, version in info.software.items())
    quoted = "\n".join(f"> {line}".rstrip() for line in sample.split("\n"))
    return f"""# {info.name}

{_kind(shape)} {info.parameters:,} parameters ({_sizes(shape)}), trained
with Greenbeard on {info.created[:10]}.

| | |
|---|---|
| validation | {metrics.valid_bits_per_char:.3f} bits per character |
| trained | {metrics.seconds:,.0f} s, {metrics.epochs:.1f} epochs, {metrics.tokens_per_s:,.0f} tokens/s{_early(info)} |
| command | `{info.command or "from Discord"}` |
| preset, seed | {info.preset}, {info.seed} |
| software | {software} |

![How the losses fell while it trained]({PICTURE_FILE})
{_notes(info)}
## Corpus

{_table(info.corpus)}

{"Held out until the figure was read, then learned too:" if metrics.finished else "Held out for validation:"}

{_table(info.validation)}

The folder holds weights, a tokenizer, these hashes, how often each of several books uses each token, and fingerprints
of word runs by which copied passages are noticed (with the chapters' headings, to say where they stand); the text of
the corpus is not in it.

## What it writes

{quoted}

## What it is bad at

It has no plan: it keeps a voice and a scene for some paragraphs, then drifts. It invents facts, mixes up who is
speaking, and knows nothing outside its corpus; a name that it never read is soon forgotten. It may repeat phrases of
its corpus.
"""


def _kind(shape: Shape) -> str:
    return "An LSTM of" if shape.members == 1 else f"{shape.members} LSTMs that write together, in all of"


def _sizes(shape: Shape) -> str:
    sizes = [f"{shape.layers} × {shape.hidden}" if shape.members == 1 else f"each {shape.layers} × {shape.hidden}"]
    if shape.between:
        sizes.append(f"feed-forward {shape.between} between them")
    if shape.feed_forward:
        sizes.append(f"feed-forward {shape.feed_forward} behind")
    return ", ".join([*sizes, f"embedding {shape.embedding}", f"vocabulary {shape.vocab:,}"])


def _early(info: VersionInfo) -> str:
    metrics = info.metrics
    if metrics.overfitted:
        return f" (ended early; the weights are those after {metrics.kept_at:.0%} of the budget)"
    return " (stopped early)" if metrics.stopped_early else ""


def _notes(info: VersionInfo) -> str:
    return "".join(["\n", *(f"- {note.sentence}\n" for note in info.notes)]) if info.notes else ""


def _table(files: tuple[CorpusFile, ...]) -> str:
    rows = [f"| {f.name} | {f.chars:,} | {f.words:,} | `{f.sha256[:16]}` |" for f in files]
    return "\n".join(["| file | characters | words | SHA-256 of its text |", "|---|---|---|---|", *rows])
