"""Where people are listed, and how many of them one campaign may reach. Pure."""

from typing import Final, NamedTuple

MOST: Final = 10_000
"""People of one campaign, as verify bounds its lists."""


class Listed(NamedTuple):
    """Which service lists people, at which of its internal doors."""

    service: str
    path: str

    def page(self, list_id: str, after: str) -> str:
        """The door of the people after those seen before; `after` is empty for the first."""
        return self.path.format(list_id) + (f"?after={after}" if after else "")


LISTS: Final = {
    "import_id": Listed("ingest", "/internal/imports/{}/people"),
    "audience_id": Listed("persona", "/internal/audiences/{}/people"),
}
"""By the field of a campaign that names the list."""
