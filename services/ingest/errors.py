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
