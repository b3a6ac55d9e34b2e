"""Texts that are nearly the same, and authors who write in bursts: signs of seeding and of bots."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from services.social.analysis.domain.tokens import strip_accents

SHINGLE = 5
LIKE = 0.6
"""Estimated Jaccard similarity from which two texts are near-copies."""
PERMUTATIONS, BANDS = 128, 32
LEAST_COPIES = 3
LEAST_LETTERS = 25
"""Shorter texts are alike by chance: many people say just that a parcel came quickly."""
BURST_MENTIONS, BURST_MS = 5, 3_600_000


class Said(NamedTuple):
    """A mention as far as it matters here."""

    mention_id: str
    author: str | None
    text: str
    published_ms: int


class Cluster(NamedTuple):
    """Near-copies. `authors`: how many different known ones; `identical`: how many are the most frequent text."""

    members: tuple[Said, ...]
    authors: int
    identical: int


class Burst(NamedTuple):
    """The most that an author wrote within an hour."""

    author: str
    n: int
    from_ms: int


def near_copies(said: Sequence[Said]) -> list[Cluster]:
    """Clusters of LEAST_COPIES or more near-copies, the largest first. MinHash finds candidates, its estimate decides.

    Diacritics, case, digits and punctuation do not count: a template with other numbers is the same text.
    """
    from rensa import RMinHash, RMinHashLSH

    kept = [(one, plain) for one in said if len(plain := _plain(one.text)) >= LEAST_LETTERS]
    sketches = RMinHash.from_token_sets([list(_shingles(plain)) for _, plain in kept], PERMUTATIONS, 7)
    index = RMinHashLSH(LIKE, PERMUTATIONS, BANDS)
    leaders: dict[int, list[int]] = {}
    for place, sketch in enumerate(sketches):
        near = [other for other in index.query(sketch) if sketch.jaccard(sketches[other]) >= LIKE]
        if near:
            leaders[min(near)].append(place)
        else:
            index.insert(place, sketch)
            leaders[place] = [place]
    groups = [[kept[place] for place in places] for places in leaders.values() if len(places) >= LEAST_COPIES]
    return sorted(map(_cluster, groups), key=lambda one: (-len(one.members), one.members[0].mention_id))


def _cluster(group: Sequence[tuple[Said, str]]) -> Cluster:
    same: dict[str, int] = defaultdict(int)
    for _, plain in group:
        same[plain] += 1
    members = tuple(sorted((one for one, _ in group), key=lambda one: (one.published_ms, one.mention_id)))
    return Cluster(members, len({one.author for one in members if one.author}), max(same.values()))


def bursts(said: Sequence[Said]) -> list[Burst]:
    """Authors with BURST_MENTIONS or more within an hour, the busiest first."""
    times: dict[str, list[int]] = defaultdict(list)
    for one in said:
        if one.author:
            times[one.author].append(one.published_ms)
    found = [
        burst
        for author, moments in times.items()
        if (burst := _densest(author, sorted(moments))).n >= BURST_MENTIONS
    ]
    return sorted(found, key=lambda burst: (-burst.n, burst.author))


def _densest(author: str, moments: Sequence[int]) -> Burst:
    best, first = Burst(author, 0, 0), 0
    for last, moment in enumerate(moments):
        while moment - moments[first] > BURST_MS:
            first += 1
        if last - first + 1 > best.n:
            best = Burst(author, last - first + 1, moments[first])
    return best


def _plain(text: str) -> str:
    letters = (
        character for character in strip_accents(text.lower()) if character.isalpha() or character.isspace()
    )
    return " ".join("".join(letters).split())


def _shingles(plain: str) -> Iterator[str]:
    for start in range(max(1, len(plain) - SHINGLE + 1)):
        yield plain[start : start + SHINGLE]
