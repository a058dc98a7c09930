"""`greenbeard forget`: for a member who cannot use `/privacy forget`, or asks the operator."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add `forget`."""
    app.command("forget")(forget)


def forget(
    member: Annotated[int, typer.Argument(min=1, help="The member's Discord id: Developer Mode, Copy User ID.")],
    keep_words: Annotated[
        bool, typer.Option("--keep-words", help="Their words stay in the stories, without their name.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Let the bot forget a member, on all servers: their words become […], their name goes; this cannot be undone."""
    import redis

    from bot.forgetting import order
    from bot.options import BotOptions
    from greenbeard.errors import NotReady
    from greenbeard.output import write_json, write_line
    from greenbeard.settings import load_settings
    from worker.connection import admitted, brisk, public_address
    from worker.contract import Keys

    url = load_settings().redis_url
    if url is None:
        raise NotReady("REDIS_URL is not set; set it to the Redis of the bot that is to forget the member.")
    try:
        with admitted(url), brisk(url) as connection:
            passages: int = connection.scard(Keys.authored(str(member)))
            is_new = order(connection, BotOptions.consumer, member, "give" if keep_words else "replace")
    except (redis.ConnectionError, redis.TimeoutError) as error:
        raise NotReady(
            f"Redis does not answer at {public_address(url)}; is it running there? Check REDIS_URL."
        ) from error
    if as_json:
        write_json({"member": str(member), "passages": passages, "begun": is_new})
    elif is_new:
        write_line(
            f"The bot forgets member {member} (passages: {passages}), within seconds if it runs, else when it starts. "
            "Messages in Discord follow, about one a second."
        )
    else:
        write_line(f"The bot is forgetting member {member} already (passages left: {passages}).")
