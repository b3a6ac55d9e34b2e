"""Bodies of the insight routes."""

from datetime import date, datetime

from pydantic import BaseModel, Field

Interval = tuple[float, float]


class Bucket(BaseModel):
    """A slot of time in Vietnam; `n` = positive + neutral + negative, where an abstention counts as neutral."""

    start: datetime = Field(serialization_alias="from")
    n: int
    positive: int
    neutral: int
    negative: int


class Voice(BaseModel):
    """A topic's share of all mentions of it and its rivals, with the 95 % Wilson interval."""

    topic: str
    n: int
    share: float
    interval: Interval


class AspectTone(BaseModel):
    """How many mentions speak of an aspect, and how. `blamed`: the share that is negative, with its 95 % interval;
    `voices`: each rival's share of all that is said of the aspect."""

    aspect: str
    n: int
    positive: int
    neutral: int
    negative: int
    blamed: float
    interval: Interval
    voices: list[Voice]


class Because(BaseModel):
    """What a day's mentions speak of most."""

    aspect: str
    polarity: str
    n: int


class Counted(BaseModel):
    """Something and the number of mentions that have it."""

    what: str
    n: int


class SpikeView(BaseModel):
    """A day out of the ordinary, and what it was about. `calendar`: what was special about the day anyway."""

    date: date
    n: int
    expected: float
    p_value: float
    calendar: str | None
    because: list[Because]
    phrases: list[Counted]
    authors: list[Counted]
    links: list[Counted]


class Unwanted(BaseModel):
    """Mentions by kind of text, and the volume that remains without spam, seeding and adverts."""

    clean: int
    spam: int
    seeding: int
    advert: int


class Authors(BaseModel):
    """Who speaks: `top_share` is that of the ten most active, `gini` 0 (all alike) .. 1 (one alone)."""

    known: int
    unknown_mentions: int
    top_share: float
    gini: float


class Change(BaseModel):
    """A share in the earlier period and now; `interval` holds 95 % of the difference."""

    before: float
    now: float
    difference: float
    interval: Interval
    p_value: float


class Comparison(BaseModel):
    """The period against an earlier one; a change is null where one of them is empty."""

    volume_before: int
    volume_now: int
    positive: Change | None
    negative: Change | None


class Insights(BaseModel):
    """What is said of a topic in a period. Mentions not analysed yet do not count."""

    volume: int
    unwanted: Unwanted
    buckets: list[Bucket]
    share_of_voice: list[Voice]
    aspects: list[AspectTone]
    authors: Authors
    comparison: Comparison | None
    spikes: list[SpikeView]


class CopiesView(BaseModel):
    """Near-copies of one text. `identical`: how many are the same to the letter (but for case, marks and numbers)."""

    n: int
    authors: int
    identical: int
    sample: str
    first: datetime
    last: datetime
    mentions: list[str]


class BurstView(BaseModel):
    """The most that one author (a keyed hash) wrote within an hour."""

    author: str
    n: int
    start: datetime = Field(serialization_alias="from")


class Seeding(BaseModel):
    """Signs of campaigns and bots in the newest mentions of a period; `looked_at` says in how many."""

    looked_at: int
    copies: list[CopiesView]
    bursts: list[BurstView]
