"""Bodies of the insight routes."""

from datetime import date, datetime

from pydantic import BaseModel, Field


class Bucket(BaseModel):
    """A day in Vietnam; `n` = positive + neutral + negative, where an abstention counts as neutral."""

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
    interval: tuple[float, float]


class AspectTone(BaseModel):
    """How many mentions speak of an aspect, and how."""

    aspect: str
    n: int
    positive: int
    neutral: int
    negative: int


class Because(BaseModel):
    """What a day's mentions speak of most."""

    aspect: str
    polarity: str
    n: int


class SpikeView(BaseModel):
    """A day out of the ordinary, and what it was about."""

    date: date
    n: int
    expected: float
    because: list[Because]


class Insights(BaseModel):
    """What is said of a topic in a period. Mentions not analysed yet do not count."""

    volume: int
    buckets: list[Bucket]
    share_of_voice: list[Voice]
    aspects: list[AspectTone]
    spikes: list[SpikeView]
