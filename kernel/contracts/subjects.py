"""`subjects.changed`: people as ids only. `merge_version` grows with each change of the merge map."""

from kernel.contracts.event import Event


class SubjectCreated(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A person not known before was given an id."""


class SubjectMerged(Event, frozen=True, kw_only=True, omit_defaults=True):
    """`subject` is from now on read as `into`; its origin id stays on everything it holds."""

    into: str
    merge_id: str
    merge_version: int


class SubjectSplit(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The merge `merge_id` was undone: `subject` stands for itself again."""

    merge_id: str
    merge_version: int


class SubjectErased(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The person is erased, with every origin in `origins`; nothing may bring them back."""

    origins: tuple[str, ...]
    request_id: str
