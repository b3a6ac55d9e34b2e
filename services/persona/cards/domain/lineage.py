"""Who is who over versions: a new group is an old persona where they share most of their people."""

from collections.abc import Mapping, Sequence

KEEP_FROM = 0.3
"""Jaccard overlap of members from which a persona keeps its id (a group split in two equal halves has 0.5 each)."""


def lineage(
    people: Sequence[str], group: Sequence[int], before: Mapping[str, str], new_id: Sequence[str]
) -> dict[int, str]:
    """The persona id of each group: the one of `before` (person to persona) that it overlaps most, each used once,
    else its entry of `new_id`. Groups are numbered from 0; people in none are -1."""
    counts: dict[tuple[int, str], int] = {}
    sizes: dict[int, int] = {}
    known: dict[str, int] = {}
    for person, number in zip(people, group, strict=True):
        old = before.get(person)
        if old is not None:
            known[old] = known.get(old, 0) + 1
        if number >= 0:
            sizes[number] = sizes.get(number, 0) + 1
            if old is not None:
                counts[number, old] = counts.get((number, old), 0) + 1
    overlap = {pair: both / (sizes[pair[0]] + known[pair[1]] - both) for pair, both in counts.items()}
    kept: dict[int, str] = {}
    for (number, old), share in sorted(overlap.items(), key=lambda entry: (-entry[1], entry[0])):
        if share >= KEEP_FROM and number not in kept and old not in kept.values():
            kept[number] = old
    return {number: kept.get(number, new_id[number]) for number in sorted(sizes)}
