"""Who says nothing new is known by one look: reading less than everything decides the same."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.identity.domain import Book, Holder, Person, Wanted
from services.ingest.identity.indexing import Indexer
from services.ingest.identity.pointers import CODES, NATIONAL_ID_9, SHARED_PHONE, Pointer

LIMIT = 2
INDEXER = Indexer(b"a secret of the tests, long enough")
KINDS = {
    "national_id": 1,
    "passport": CODES["passport"],
    "old_id": NATIONAL_ID_9,
    "phone": CODES["phone"],
    "email": 8,
    "device_id": 13,
}

pointers = st.dictionaries(st.sampled_from(sorted(KINDS)), st.sampled_from("abc"), min_size=1, max_size=4)
names = st.sampled_from(["Lý Bảo Trân", "Đỗ Minh Khôi", "Hồ Gia Hân", "Mai Thu Cúc", None])


def wanted_of(given: dict[str, str], name: str | None) -> Wanted:
    joining: list[Pointer] = sorted(
        (KINDS[kind], kind, INDEXER.index(kind, value)) for kind, value in given.items()
    )
    told = "".join(f"{kind}{value}" for kind, value in sorted(given.items()) if KINDS[kind] <= 12)
    facet = INDEXER.content(f"{told}{name}".encode()) if told or name else None
    return Wanted(joining, INDEXER.person(None, name), facet)


class World:
    """People and identifiers as the database keeps them between batches."""

    def __init__(self) -> None:
        self.holders: dict[bytes, Holder] = {}
        self.looked_at = 0

    def load(self, book: Book, indexes: Sequence[bytes]) -> None:
        self.looked_at += len(indexes)
        for index in indexes:
            if index in self.holders:
                book.holders[index] = self.holders[index]

    def accept(self, wanted: Wanted, *, lean: bool) -> Person:
        book = Book(INDEXER, LIMIT)
        if lean:
            self.load(book, [wanted.pointers[0][2]])
            book.settle([wanted])
            self.load(book, sorted(book.unread([wanted])))
        else:
            self.load(book, [index for _, _, index in wanted.pointers])
        effective = book.effective(wanted.pointers, wanted.person)
        self.load(book, [index for code, _, index in effective if code == SHARED_PHONE])
        person = book.find(effective) or Person(str(len(self.holders)), created=True)
        book.tie(person, wanted, effective)
        if wanted.facet and not person.has_facet(wanted.facet):
            person.add_facet(wanted.facet)
        self.holders.update(book.holders)
        return person


@given(st.lists(st.tuples(pointers, names), min_size=1, max_size=40))
def test_reading_the_most_telling_identifier_first_decides_as_reading_all(
    records: list[tuple[dict[str, str], str | None]],
) -> None:
    full, lean = World(), World()
    people: dict[int, Person] = {}
    for given_, name in records:
        wanted = wanted_of(given_, name)
        one, other = full.accept(wanted, lean=False), lean.accept(wanted, lean=True)
        assert people.setdefault(id(one), other) is other
    assert full.holders.keys() == lean.holders.keys()
    assert [holder.persons for holder in full.holders.values()] == [
        lean.holders[index].persons for index in full.holders
    ]


def known(world: World, given_: dict[str, str], name: str) -> Person:
    return world.accept(wanted_of(given_, name), lean=True)


def test_a_phone_that_was_proved_decides_over_what_is_only_claimed() -> None:
    world = World()
    claims = known(world, {"passport": "a"}, "Lý Bảo Trân")
    holds = known(world, {"phone": "b"}, "Đỗ Minh Khôi")
    both = {"passport": "a", "phone": "b"}
    assert known(world, both, "Lý Bảo Trân") is claims
    world.holders[INDEXER.index("phone", "b")].proved = True
    assert known(world, {**both, "device_id": "c"}, "Hồ Gia Hân") is holds


def test_another_national_id_is_another_person_also_on_a_phone_that_was_proved() -> None:
    world = World()
    claims = known(world, {"national_id": "a"}, "Lý Bảo Trân")
    known(world, {"national_id": "b", "phone": "b"}, "Đỗ Minh Khôi")
    world.holders[INDEXER.index("phone", "b")].proved = True
    assert known(world, {"national_id": "a", "phone": "b"}, "Lý Bảo Trân") is claims
    assert known(world, {"national_id": "c", "phone": "b"}, "Hồ Gia Hân").created


@pytest.mark.parametrize(
    ("given_", "looks"), [({"phone": "a", "email": "b"}, 1), ({"phone": "a", "device_id": "b"}, 2)]
)
def test_who_says_nothing_new_is_known_by_one_look_devices_apart(given_: dict[str, str], looks: int) -> None:
    world = World()
    wanted = wanted_of(given_, "Lý Bảo Trân")
    first = world.accept(wanted, lean=True)
    world.looked_at = 0
    assert world.accept(wanted, lean=True) is first
    assert world.looked_at == looks
