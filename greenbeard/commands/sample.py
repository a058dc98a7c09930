"""`greenbeard sample`: let a model write, in the terminal."""

from __future__ import annotations

import random
from typing import Annotated

import typer


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
    min_p: Annotated[
        float | None,
        typer.Option(min=0, max=0.99, help="Only tokens with this share of the likeliest one's probability."),
    ] = None,
    commonness: Annotated[
        float | None, typer.Option(min=0, max=1, help="How much common words are favoured; less is livelier.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, max=2**31 - 1, help="Same seed, same text.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Write a passage, or several takes of it, side by side."""
    from greenbeard.output import write_json, write_line
    from greenbeard.settings import load_settings
    from greenbeard.usage import is_utf8
    from model.ask import Ask
    from model.sampling import Sampling
    from model.whole import write
    from model.writer import load

    if not is_utf8(prompt):
        raise typer.BadParameter("--prompt is not UTF-8 text; check the terminal's encoding.")
    settings = load_settings()
    writer = load(settings.model_folder(model), settings.device)
    sampling = Sampling(
        temperature=settings.temperature if temperature is None else temperature,
        top_p=settings.top_p if top_p is None else top_p,
        min_p=settings.min_p if min_p is None else min_p,
        commonness=settings.commonness if commonness is None else commonness,
        seed=seed if seed is not None else random.SystemRandom().randrange(2**31 - takes),
    )
    ask = Ask("sample", sampling, words, read=prompt.rstrip(" "), takes=takes, copy_limit=settings.copy_limit)
    written = [
        {"text": take.text, "seed": sampling.seed + number, "tokens": take.end.tokens, "seconds": take.end.seconds}
        for number, take in enumerate(write(writer, ask))
    ]
    if as_json:
        write_json({"takes": written})
        return
    for take in written:
        if takes > 1:
            write_line(f"--- seed {take['seed']}")
        write_line(f"{ask.read}{take['text']}".strip())
