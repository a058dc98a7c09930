"""`/help`, and the first words in a new server."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.figures import GREEN
from bot.replies import Interaction

HELLO = (
    "👋 Hello, I am **Greenbeard**. I learned to write from books, and I write the next one with you.\n"
    "Type `/continue` in any channel to begin its story, with your own first words if you like: "
    "`/continue prompt:The rider came at dawn.`\n"
    "`/help` tells the rest."
)


def help_embed() -> discord.Embed:
    """Everything that members can do, on one page."""
    embed = discord.Embed(
        title="Greenbeard writes with you",
        description="Every channel, thread or direct message tells a story. You and I take turns.",
        colour=GREEN,
    )
    embed.add_field(
        name="Write",
        value=(
            "`/continue` – I go on with the story. Add `prompt` with your own next words (they are shown in **bold** "
            "and become part of the story) and `words` for the length.\n"
            "`/write` – you write the next passage. **Add to the story** in a message's menu takes one of yours.\n"
            "`/chapter` – I write the next chapter, with a `title`, whose chapter it is (`pov`) and `words` if you "
            "like. It ends with the chapter as a file."
        ),
        inline=False,
    )
    embed.add_field(
        name="Steer",
        value=(
            "Below the newest passage: **Another take**, ◀ ▶ to look through the takes, **Edit**, **Undo**, **Vote**. "
            "Nothing is ever lost: **Redo** brings back what was taken back.\n"
            "In the menu of an older passage: **Edit this passage**, **Go back to here**, **Branch from here**, "
            "**Replay this passage**.\n"
            "`≡ 7 words in a row as in …` names the longest run of words that my passage shares with the books."
        ),
        inline=False,
    )
    embed.add_field(
        name="Stories",
        value=(
            "`/story start` begins one in a thread of its own. `/story list`, `read`, `history`, `rename`, `end`, "
            "`reopen` and `branch` do what they say; `/story settings` says how I write: calm, balanced or wild."
        ),
        inline=False,
    )
    embed.add_field(
        name="Make a book",
        value=(
            "`/book export` – the story as a file: EPUB, HTML, Markdown or text.\n"
            "`/book write` – several `chapters` one after the other, then the file."
        ),
        inline=False,
    )
    embed.add_field(
        name="For those who may manage the server",
        value=(
            "`/train start` – I learn from books that you attach. `/train status` and `/train stop` do what they say.\n"
            "`/model list` shows the models, `/model promote` lets one write from then on.\n"
            "`/rules` – who may write, how much, and words that never appear."
        ),
        inline=False,
    )
    embed.add_field(
        name="Look",
        value=(
            "`/status` – who waits, which model writes and how fast. `/rules show` – what this server allows.\n"
            "`/privacy show` – what I keep of you, and how I forget it."
        ),
        inline=False,
    )
    embed.set_footer(text="I read only what you give me in commands. Nothing I write pings anyone.")
    return embed


@app_commands.command(name="help", description="How to write with me.")
async def help_(interaction: Interaction) -> None:
    """`/help`."""
    await interaction.response.send_message(embed=help_embed(), ephemeral=True)


def place_for_hello(guild: discord.Guild) -> discord.TextChannel | None:
    """Where to greet: the system channel, else the first channel that the bot may write in."""
    candidates = [guild.system_channel, *guild.text_channels]
    for channel in candidates:
        if channel is not None:
            held = channel.permissions_for(guild.me)
            if held.view_channel and held.send_messages:
                return channel
    return None


def setup(tree: app_commands.CommandTree[Any]) -> None:
    """Add the command."""
    tree.add_command(help_)
