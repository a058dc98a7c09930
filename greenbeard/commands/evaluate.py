"""`greenbeard evaluate`: how many bits a character of a text costs a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add `evaluate`."""
    app.command("evaluate")(evaluate)


def evaluate(
    model: Annotated[str, typer.Argument(help="A version's name or a model folder.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE …", help="Books to read.")],
    dynamic: Annotated[bool, typer.Option("--dynamic", help="Learn from each part after it is scored.")] = False,
    dump: Annotated[Path | None, typer.Option(help="Write the text whose characters are counted here.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Read books from beginning to end and say how well the model foresaw them, in bits per character."""
    from rich.progress import Progress

    from greenbeard.output import errors_console, write_json, write_line, write_table
    from greenbeard.settings import load_settings
    from greenbeard.usage import check_place
    from model.evaluation import score_books, total
    from model.files import read_books
    from model.version import write_beside
    from model.writer import load

    settings = load_settings()
    books = read_books(files)
    if dump is not None:
        check_place("--dump", dump)
        write_beside(dump, "".join(book.text for book in books).encode())
    writer = load(settings.model_folder(model), settings.device)
    console = errors_console()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(
            f"reading {len(books)} books" if len(books) > 1 else f"reading {books[0].name}", total=1
        )
        scores = score_books(
            writer.model, writer.tokenizer, books, dynamic=dynamic,
            on_step=lambda share: progress.update(task, completed=share),
        )  # fmt: skip
    everything = total(scores)
    if as_json:
        write_json(
            {
                "bits_per_char": everything.bits_per_char,
                "nats": everything.nats,
                "chars": everything.chars,
                "tokens": everything.tokens,
                "word_perplexity": everything.word_perplexity,
                "seconds": everything.seconds,
            }
        )
        return
    rows = [(book.name, score) for book, score in zip(books, scores, strict=True)]
    if len(rows) > 1:
        rows.append(("all", everything))
    write_table(
        ["text", "bits/char", "word perplexity", "characters", "tokens"],
        [[n, f"{s.bits_per_char:.4f}", f"{s.word_perplexity:.1f}", f"{s.chars:,}", f"{s.tokens:,}"] for n, s in rows],
    )
    write_line(f"{everything.seconds:.0f} s")
