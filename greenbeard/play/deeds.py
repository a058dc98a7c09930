"""What a member does in the simulated Discord, as far as Discord's own client would let them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import discord
import simcord
from discord import app_commands
from simcord import ChannelHandle, InteractionResult, MemberActor, ResponseMessage
from simcord.backend.models import Message

from greenbeard.errors import BadScript, NotSent
from greenbeard.play import controls, script, shown
from greenbeard.play.controls import Chooser, Field
from greenbeard.play.reading import Invocation, read_choice, read_command, read_fields, read_menu
from greenbeard.play.shown import Shown
from greenbeard.play.typed import AppCommand, catalogue, typed_file, typed_options, typed_truth
from greenbeard.play.world import World

Tree = app_commands.CommandTree[Any]


class Deeds:
    """The hands of all members of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._forms: dict[int, tuple[InteractionResult, ChannelHandle]] = {}
        """Member id → the modal that they opened last, and where."""

    async def do(self, deed: script.Deed, name: str, place: str | None, tree: Tree) -> Shown | None:
        """Do it; what Discord's client shows beside messages: a refusal, choices, a form that opened. Raises BadScript.

        simcord's SetupError and BackendError say what Discord would not let the member do.
        """
        member = self._world.member(name)
        where = self._world.place(place) if place is not None else self._world.usual_place(member)
        near = [where] if place is not None else self._nearest_first(member, where)
        try:
            match deed:
                case script.Say(text):
                    await self._say(member, where, text)
                case script.React(emoji):
                    await self._react(member, where, emoji)
                case script.Click(label):
                    return await self._click(member, near, label)
                case script.Select(text):
                    return await self._select(member, near, text)
                case script.Submit(text):
                    return await self._submit(member, text)
                case script.Menu(text):
                    return await self._menu(member, near, text)
                case script.Autocomplete(text):
                    return await self._autocomplete(member, where, text, tree)
                case script.Command(text):
                    return await self._command(member, where, text, tree)
        except (NotSent, simcord.OptionError) as sentence:
            return shown.beside(str(where.name), str(sentence))
        return None

    async def _say(self, member: MemberActor, place: ChannelHandle, text: str) -> None:
        async with self._world.turn:
            await member.send(place, text)

    async def _react(self, member: MemberActor, place: ChannelHandle, emoji: str) -> None:
        _, message = self._newest(member, [place], None)
        async with self._world.turn:
            await member.react(message, emoji)

    async def _command(self, member: MemberActor, place: ChannelHandle, text: str, tree: Tree) -> Shown | None:
        command, invocation = self._read_command(member, place, text, tree)
        options = typed_options(command, invocation.options, self._world.find)
        for parameter in command.parameters:
            if parameter.autocomplete and parameter.display_name in options:
                name = parameter.display_name
                options[name] = await self._picked(member, place, invocation.command, name, options)
        async with self._world.turn:
            result = await member.slash(place, invocation.command, **options)
        return self._outcome(member, place, result, f"/{invocation.command}")

    async def _picked(
        self, member: MemberActor, place: ChannelHandle, command: str, option: str, options: Mapping[str, Any]
    ) -> Any:
        """The value behind an offered choice, where the option's text is the name of one; else the text."""
        others = {name: value for name, value in options.items() if name != option}
        choices = await self._offered(member, place, command, option, str(options[option]), others)
        return next((choice["value"] for choice in choices if choice["name"] == options[option]), options[option])

    async def _autocomplete(self, member: MemberActor, place: ChannelHandle, text: str, tree: Tree) -> Shown:
        command, invocation = self._read_command(member, place, text, tree)
        if not invocation.options:
            raise BadScript(f"`autocomplete /{invocation.command}` needs the option to complete, as in `option:part`.")
        *others, (option, part) = invocation.options.items()
        filled = typed_options(command, dict(others), self._world.find, partly=True)
        choices = await self._offered(member, place, invocation.command, option, part, filled)
        return shown.beside(str(place.name), "\n".join(str(choice["name"]) for choice in choices))

    async def _offered(
        self,
        member: MemberActor,
        place: ChannelHandle,
        command: str,
        option: str,
        part: str,
        filled: Mapping[str, Any],
    ) -> list[dict[str, Any]]:
        async with self._world.turn:
            return await member.autocomplete(place, command, option, part, **filled)

    def _read_command(
        self, member: MemberActor, place: ChannelHandle, text: str, tree: Tree
    ) -> tuple[AppCommand, Invocation]:
        commands = catalogue(tree)
        names = {name: [p.display_name for p in command.parameters] for name, command in commands.items()}
        invocation = read_command(text, names)
        if invocation.command not in member.available_commands(place):
            raise NotSent(f"Discord does not offer /{invocation.command} to {member.name} here.")
        return commands[invocation.command], invocation

    async def _click(self, member: MemberActor, places: Sequence[ChannelHandle], label: str) -> Shown | None:
        """Press the newest button with this label that the member sees."""
        there: dict[str, None] = {}
        for place in places:
            for message in self._world.history(member, place):
                for button in controls.buttons(message.components):
                    there[button.label] = None
                    if button.label.casefold() == label.casefold():
                        async with self._world.turn:
                            result = await member.click(self._handle(message), custom_id=button.id)
                        return self._outcome(member, place, result, label)
        raise BadScript(f"{member.name} sees no button {label!r}; there are {', '.join(there) or 'no buttons'}.")

    async def _select(self, member: MemberActor, places: Sequence[ChannelHandle], text: str) -> Shown | None:
        """Choose in the newest menu with this placeholder that the member sees."""
        seen = [
            (place, message, chooser)
            for place in places
            for message in self._world.history(member, place)
            for chooser in controls.choosers(message.components)
        ]
        label, value = read_choice(text, [chooser.label for _, _, chooser in seen])
        place, message, chooser = next(found for found in seen if found[2].label == label)
        values = self._chosen(chooser, value)
        async with self._world.turn:
            result = await member.select(self._handle(message), values, custom_id=chooser.id)
        return self._outcome(member, place, result, label)

    def _chosen(self, chooser: Chooser, text: str) -> list[Any]:
        """What a menu is given: one value, or several between commas where the menu takes several."""
        parts = [part.strip() for part in text.split(",")] if chooser.most > 1 else [text]
        return [self._choice(chooser, part) for part in parts]

    def _choice(self, chooser: Chooser, text: str) -> Any:
        kinds, options = discord.ComponentType, discord.AppCommandOptionType
        named = {
            kinds.user_select: options.user,
            kinds.role_select: options.role,
            kinds.mentionable_select: options.mentionable,
            kinds.channel_select: options.channel,
        }
        if chooser.kind in named:
            return self._world.find(named[chooser.kind], text)
        for label, value in chooser.options.items():
            if text.casefold() in (label.casefold(), value.casefold()):
                return value
        raise BadScript(f"{chooser.label} has no choice {text!r}; there are {', '.join(chooser.options)}.")

    async def _submit(self, member: MemberActor, text: str) -> Shown | None:
        """Fill in the form that the member opened last, and send it."""
        if member.id not in self._forms:
            raise BadScript(f"{member.name} has no form open; a command or a button opens one.")
        form, place = self._forms[member.id]
        modal = form.modal or {}
        fields = controls.fields(modal["components"])
        written = read_fields(text, [field.label for field in fields])
        values = {field.id: self._entry(field, written[field.label]) for field in fields if field.label in written}
        kept = {field.id: field.text for field in fields if field.label not in written and field.text}
        async with self._world.turn:
            try:
                result = await member.submit_modal(form, {**kept, **values})
            except simcord.SetupError as error:
                raise NotSent(f"Discord does not send the form: {_in_words(error, fields)}.") from error
        del self._forms[member.id]
        return self._outcome(member, place, result, str(modal["title"]))

    def _entry(self, field: Field, text: str) -> Any:
        kinds = discord.ComponentType
        if field.kind is kinds.text_input:
            return text.replace("\\n", "\n") if field.long else text
        if field.kind is kinds.file_upload:
            return [typed_file(field.label, text)]
        if field.kind is kinds.checkbox:
            return typed_truth(field.label, text)
        if field.chooser is None:
            raise BadScript(f"`play --script` cannot fill {field.label}: it is a {field.kind.name}.")
        return (
            self._choice(field.chooser, text) if field.kind is kinds.radio_group else self._chosen(field.chooser, text)
        )

    async def _menu(self, member: MemberActor, places: Sequence[ChannelHandle], text: str) -> Shown | None:
        """An entry of the menu of the newest message, or of the newest that holds a text."""
        entries = self._world.menu(member, places[0])
        label, target = read_menu(text, list(dict.fromkeys([*entries, *entries.values()])))
        place, message = self._newest(member, places if target else places[:1], target)
        async with self._world.turn:
            result = await member.context_menu(place, entries.get(label, label), message)
        return self._outcome(member, place, result, label)

    def _outcome(self, member: MemberActor, place: ChannelHandle, result: InteractionResult, what: str) -> Shown | None:
        if not result.acknowledged:
            raise BadScript(f"The bot did not answer {what}.")
        if result.modal is None:
            return None
        self._forms[member.id] = result, place
        return shown.form(str(place.name), result.modal)

    def _newest(
        self, member: MemberActor, places: Sequence[ChannelHandle], text: str | None
    ) -> tuple[ChannelHandle, ResponseMessage]:
        """The newest message that the member sees, or the newest that holds a text, and its place. Raises BadScript."""
        for place in places:
            for message in self._world.history(member, place):
                if text is None or text.casefold() in shown.words_of(message).casefold():
                    return place, self._handle(message)
        holding = f" that holds {text!r}" if text else ""
        raise BadScript(f"{member.name} sees no message{holding} in #{places[0].name}.")

    def _nearest_first(self, member: MemberActor, place: ChannelHandle) -> list[ChannelHandle]:
        """The place itself, then the others that the member sees, the newest first."""
        return [place, *(other for other in reversed(self._world.visible(member)) if other.id != place.id)]

    def _handle(self, message: Message) -> ResponseMessage:
        return ResponseMessage(self._world.env, message)


def _in_words(error: simcord.SetupError, fields: Sequence[Field]) -> str:
    """What simcord says about a form, with the fields called as members see them."""
    sentence = str(error)
    for field in fields:
        sentence = sentence.replace(repr(field.id), repr(field.label))
    return sentence
