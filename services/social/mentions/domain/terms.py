"""What a platform's terms let be done with its mentions, whatever way they came: data, with the source of each."""

from typing import Final

LINKABLE: Final = frozenset({"facebook", "instagram", "threads", "zalo"})
"""Platforms whose mentions may be tied to a person who agreed to be portrayed.

Meta's and Zalo's developer terms let a business use what people write to its own pages with their consent. YouTube's
developer policies (III.E.4) forbid to identify or infer about persons; the app stores, Google Maps and the marketplaces
give reviews to be answered, with names that are masked or of no account; TikTok gives no comments by its API; press,
forums and blogs are not addressed to the business.
"""


def may_link(platform: str) -> bool:
    """Whether the platform's terms let its mentions be tied to a person."""
    return platform in LINKABLE
