"""What ingest refuses, named after the fact."""

from kernel.errors import Conflict, Fault


class QuarantineLeft(Conflict):
    """The item has left the quarantine: released, superseded by a good copy, or erased."""

    code, title = "quarantine-left", "The item has left the quarantine"


class SourceExists(Conflict):
    """A source of that key is registered with other settings."""

    code, title = "source-exists", "The source exists already"


class CampaignExists(Conflict):
    """A campaign of that key is registered with other settings."""

    code, title = "campaign-exists", "The campaign exists already"


class GrantRefused(Fault):
    """The grant to reveal is forged, expired, too long-lived, or was used before."""

    status, code, title = 403, "grant-refused", "The grant does not open this door"


class KeyGone(Fault):
    """The data key was destroyed: nothing sealed under it can be opened, ever."""

    status, code, title = 410, "erased", "The key of this data was destroyed"


class HoldReleased(Conflict):
    """The hold has ended: what it kept is destroyed."""

    code, title = "hold-released", "The hold has ended"


class DryRunFirst(Conflict):
    """Rules of retention are let loose only by who has seen what they delete."""

    code, title = "dry-run-first", "Try these rules with a dry run first, and send its `dry_run` along"


class AlreadyOne(Conflict):
    """The two subjects are read as one person already."""

    code, title = "already-one", "They are one person already"


class MergeUndone(Conflict):
    """The merge was undone before."""

    code, title = "merge-undone", "The merge was undone"


class SuggestionSettled(Conflict):
    """The suggestion was settled the other way."""

    code, title = "suggestion-settled", "The suggestion was settled"
