"""HTTP bodies of the resolve door."""

from pydantic import BaseModel, Field


class ResolveBody(BaseModel):
    """Identifiers as the public contract writes them."""

    identifiers: dict[str, str | dict[str, str]] = Field(max_length=32)
    create: bool = False
    count: bool = Field(False, description="Tell how many different people the phone was seen with.")


class Resolved(BaseModel):
    """Whom they lead to."""

    subject_id: str | None
    erased: bool
    people: int = Field(0, description="How many people the phone was seen with, where that was asked for.")
    claimed: bool = Field(
        False,
        description="They proved to hold a phone, and none of the identifiers given is one of those, nor a system's id:"
        " whoever names them may not consent for them.",
    )
    index: str | None = Field(
        None, description="The blind index of the one identifier that was given, as in `records.accepted`."
    )


class Account(BaseModel):
    """Somebody's account on a platform."""

    platform: str = Field(max_length=40)
    handle: str = Field(max_length=256)


class AccountsBody(BaseModel):
    """Accounts whose blind indexes are asked for."""

    accounts: list[Account] = Field(max_length=10_000)


class Indexes(BaseModel):
    """The blind index of each account, as in `records.accepted`; null where it can be nobody's."""

    indexes: list[str | None]


class HoldersBody(BaseModel):
    """Blind indexes whose holders are asked for."""

    indexes: list[str] = Field(max_length=1_000)


class HolderView(BaseModel):
    """Whom a blind index leads to now; nobody where `subject_id` is null."""

    subject_id: str | None
    erased: bool


class Holders(BaseModel):
    """One answer an index, in order."""

    holders: list[HolderView]
