"""`greenbeard sample`: let a model write, in the terminal."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from model.sampling import Sampling
    from model.writer import Writer


def register(app: typer.Typer) -> None:
    """Add `sample`."""
    app.command("sample")(sample)


def sample(
    model: Annotated[str, typer.Argument(help="A version's name or a model folder.")],
    prompt: Annotated[str, typer.Option(help="Text to go on from.")] = "",
    words: Annotated[int, typer.Option(min=1, max=100_000, help="About how many words to write.")] = 120,
    takes: Annotated[int, typer.Option(min=1, max=64, help="How many different continuations.")] = 1,
    temperature: Annotated[float | None, typer.Option(min=0, max=2, help="Lower is safer, higher is wilder.")] = None,
    top_p: Annotated[
        float | None, typer.Option(min=0.01, max=1, help="Nucleus: the share of likely tokens kept.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, max=2**31 - 1, help="Same seed, same text.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Write a passage, or several takes of it."""
    from greenbeard.output import write_json, write_line
    from greenbeard.settings import load_settings
    from greenbeard.usage import is_utf8
    from model.sampling import Sampling
    from model.writer import load

    if not is_utf8(prompt):
        raise typer.BadParameter("--prompt is not UTF-8 text; check the terminal's encoding.")
    settings = load_settings()
    writer = load(settings.model_folder(model), settings.device)
    first = seed if seed is not None else random.SystemRandom().randrange(2**31 - takes)
    chosen = [
        Sampling(
            temperature=settings.temperature if temperature is None else temperature,
            top_p=settings.top_p if top_p is None else top_p,
            seed=first + take,
        )
        for take in range(takes)
    ]
    written = [_take(writer, prompt, sampling, words) for sampling in chosen]
    if as_json:
        write_json({"takes": written})
        return
    for take in written:
        if takes > 1:
            write_line(f"--- seed {take['seed']}")
        write_line(f"{prompt}{take['text']}".strip())


def _take(writer: Writer, prompt: str, sampling: Sampling, words: int) -> dict[str, Any]:
    """One continuation; `text` is what the model wrote behind the prompt."""
    pieces = list(writer.write(writer.read(prompt), sampling, words, after=prompt))
    end = pieces[-1].end
    assert end is not None  # noqa: S101  (the last piece always carries it)
    text = "".join(piece.text for piece in pieces)
    return {"text": text, "seed": sampling.seed, "tokens": end.tokens, "seconds": end.seconds}
