"""What an edge between two people is. Pure."""

import msgspec


class Edge(msgspec.Struct, frozen=True):
    """A referral: who referred, and a blind index of whom. `place` 0 is the most telling identifier."""

    record_id: str
    source: str
    place: int
    index: bytes
    subject_id: str
    at: int
