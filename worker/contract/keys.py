"""Every Redis key of ours, its type and its lifetime. Nothing else in the project spells a key."""

from __future__ import annotations

DAY = 24 * 3600

TEXT_TTL = 3600
CANCEL_TTL = 3600
STATE_TTL = 30 * DAY
LOAD_TTL = 6
UPLOADING_TTL = 600
UPLOAD_TTL = 2 * DAY
VOTE_TTL = 30 * DAY
EVENTS_MAXLEN = 100_000
UNDELIVERABLE_MAX = 1000
DELIVERY_GROUP = "delivery"


class Keys:
    """Every Redis key of ours (rq keeps its own under `rq:`)."""

    # Streams and answers
    @staticmethod
    def events(consumer: str) -> str:
        """Stream of `Event`s for one bot, field `event`; read by the group `delivery`; capped at EVENTS_MAXLEN."""
        return f"greenbeard:events:{consumer}"

    @staticmethod
    def text(job: str) -> str:
        """String: the text of a running job so far (UTF-8), of its first take. Expires after TEXT_TTL."""
        return f"greenbeard:text:{job}"

    @staticmethod
    def cancel(job: str) -> str:
        """String: present when the job is to stop and keep what it has. Expires after CANCEL_TTL."""
        return f"greenbeard:cancel:{job}"

    # Stories (the bot is the only writer of trees; the worker the only writer of generated passages)
    @staticmethod
    def passage(passage: str) -> str:
        """String: one `Passage`. Never expires."""
        return f"greenbeard:passage:{passage}"

    @staticmethod
    def story(story: str) -> str:
        """String: one story's record, written by the bot only. Never expires."""
        return f"greenbeard:story:{story}"

    @staticmethod
    def nodes(story: str) -> str:
        """Hash node id → node of a story's tree. Never expires; so with the rest of this part."""
        return f"greenbeard:nodes:{story}"

    @staticmethod
    def path(story: str) -> str:
        """List: the nodes from the beginning of a story to its tip."""
        return f"greenbeard:path:{story}"

    @staticmethod
    def messages(story: str) -> str:
        """Hash node id → Discord ids of the messages that show it, in reading order, with commas."""
        return f"greenbeard:messages:{story}"

    @staticmethod
    def shown(channel: int) -> str:
        """Hash Discord id of a message → id of the node that it shows."""
        return f"greenbeard:shown:{channel}"

    @staticmethod
    def here(consumer: str, channel: int) -> str:
        """String: the story that is told in a channel, where it is not the channel's first."""
        return f"greenbeard:here:{consumer}:{channel}"

    @staticmethod
    def shelf(server: int) -> str:
        """Sorted set: the stories of a server, or of the channel of a direct message, by when they last grew."""
        return f"greenbeard:shelf:{server}"

    @staticmethod
    def authored(member: str) -> str:
        """Set: the passages that a member wrote, edited or asked for."""
        return f"greenbeard:authored:{member}"

    @staticmethod
    def willing() -> str:
        """Set: the members on whose words in stories models may be trained."""
        return "greenbeard:willing"

    @staticmethod
    def agreed() -> str:
        """Set: the passages whose author was willing when they became story, and is still."""
        return "greenbeard:agreed"

    @staticmethod
    def stories() -> str:
        """Set: the ids of all stories."""
        return "greenbeard:stories"

    @staticmethod
    def forgetting(consumer: str) -> str:
        """Hash member → what one bot has left to do of forgetting them. Entries go when it is done."""
        return f"greenbeard:forgetting:{consumer}"

    @staticmethod
    def redraws(consumer: str) -> str:
        """List of "story node", oldest first: what messages of one bot show otherwise than it is kept by now.

        Entries go when Discord has taken what is kept.
        """
        return f"greenbeard:redraws:{consumer}"

    @staticmethod
    def waiting(story: str) -> str:
        """List: requests of one story that wait for the passage before them, oldest first."""
        return f"greenbeard:waiting:{story}"

    @staticmethod
    def deliveries() -> str:
        """Hash job → delivery record: what the bot still owes to Discord. Entries go when Discord has accepted."""
        return "greenbeard:deliveries"

    @staticmethod
    def undeliverable() -> str:
        """List: records of what Discord refused for good, newest first; capped at UNDELIVERABLE_MAX. Never expires."""
        return "greenbeard:undeliverable"

    @staticmethod
    def rules(server: int) -> str:
        """String: what a server has decided about writing. Never expires."""
        return f"greenbeard:rules:{server}"

    @staticmethod
    def used(server: int, who: str, hour: int) -> str:
        """String: passages that a member, or "all", asked for within an hour since 1970. Expires after two hours."""
        return f"greenbeard:used:{server}:{who}:{hour}"

    @staticmethod
    def titles(story: str) -> str:
        """Set: the titles that chapters of a story have."""
        return f"greenbeard:titles:{story}"

    @staticmethod
    def vote(job: str) -> str:
        """String: one vote among the takes of a job, as long as it runs and for a while after."""
        return f"greenbeard:vote:{job}"

    @staticmethod
    def cast(job: str) -> str:
        """Hash member → number of the take that they voted for; lives as long as the vote."""
        return f"greenbeard:cast:{job}"

    @staticmethod
    def votes(consumer: str) -> str:
        """Sorted set: the jobs whose votes run, by the time they end (Unix seconds)."""
        return f"greenbeard:votes:{consumer}"

    @staticmethod
    def votes_over(consumer: str) -> str:
        """Set: the jobs whose votes are over and not shown so yet. Entries go when Discord shows the winner."""
        return f"greenbeard:votes-over:{consumer}"

    @staticmethod
    def book_runs() -> str:
        """Hash run → record of several chapters that are written for one file. Entries go when the file is posted."""
        return "greenbeard:book-runs"

    @staticmethod
    def pressed(message: int) -> str:
        """String: present when the button of a Discord message has begun its work. Expires within minutes."""
        return f"greenbeard:pressed:{message}"

    @staticmethod
    def state(version: str, chain: str, whole: bool) -> str:
        """Bytes: the hidden state after a passage, by content: of the whole story or of its tail only.

        Expires after STATE_TTL.
        """
        return f"greenbeard:state:{version}:{chain}:{'whole' if whole else 'tail'}"

    @staticmethod
    def states() -> str:
        """Sorted set: the keys of all states by the Unix second of their last use. Never expires."""
        return "greenbeard:states"

    # Training
    @staticmethod
    def upload(job: str) -> str:
        """Bytes: the books a member attached to `/train start`. Expire after UPLOAD_TTL; deleted when it ends.

        Until the training is enqueued: after UPLOADING_TTL.
        """
        return f"greenbeard:upload:{job}"

    @staticmethod
    def training() -> str:
        """String: the job id of the training that holds the trainer, absent when none does."""
        return "greenbeard:training"

    @staticmethod
    def curve(job: str) -> str:
        """Bytes: the learning curve of a finished training as a PNG. Expires after UPLOAD_TTL."""
        return f"greenbeard:curve:{job}"

    @staticmethod
    def progress(job: str) -> str:
        """String: the newest `TrainProgress` of a training. Expires after UPLOAD_TTL."""
        return f"greenbeard:progress:{job}"

    # Operations
    @staticmethod
    def speed() -> str:
        """String: `WorkerSpeed` of the last finished generation. Expires after a day."""
        return "greenbeard:speed"

    @staticmethod
    def load(worker: str) -> str:
        """String: the `WorkerLoad` of one generation worker. Expires after LOAD_TTL."""
        return f"greenbeard:load:{worker}"

    @staticmethod
    def commands(application: str) -> str:
        """String: hash of the command tree last synced to Discord for one application."""
        return f"greenbeard:commands:{application}"
