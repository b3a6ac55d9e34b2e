"""A mention counts in a person's portrait where terms and consent allow it, as long as they do, and else as nobody's."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from kernel.contracts.mentions import MentionAnalyzed, MentionsWithdrawn
from kernel.contracts.records import RecordAccepted, RecordsWithdrawn
from kernel.contracts.subjects import SubjectErased, SubjectMerged, SubjectSplit
from kernel.contracts.topics import TOPICS
from kernel.ids import new_id
from kernel.log.sql import event
from kernel.store.engine import Database
from tests.happened import Feed, consent_state, decided, envelope
from tests.running import until
from tests.services.social.ingest import IngestDouble, index_of
from tests.services.social.running import Social, mention, running

HANDLE = "khach.quen.77"
INDEX = index_of("facebook", HANDLE)
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@dataclass(slots=True)
class Scene:
    """Social beside an ingest that knows one person by their account, and the ledger of consents."""

    social: Social
    ingest: IngestDouble
    person: str = field(default_factory=new_id)
    feed: Feed = field(init=False)
    version: int = 0

    def __post_init__(self) -> None:
        self.feed = Feed(self.social.app.state.chassis.log)
        self.ingest.holders[INDEX] = self.person

    async def consents(self, subject: str | None = None, *, withdrawn: bool = False) -> None:
        """Somebody (the person) agrees to profiling, or withdraws."""
        self.version += 1
        moment = NOON + timedelta(minutes=self.version)
        state = decided(NOON, moment if withdrawn else None)
        await self.feed.send(consent_state(subject or self.person, self.version, profiling=state))
        await self.feed.beat()

    async def told(self) -> dict[str | None, set[str]]:
        """Mentions by the person as whom they stand for whoever followed all events; None: as nobody's."""
        await self.feed.beat()  # a view of consents that is fresh, as in a running platform
        await self.social.settled()
        standing: dict[str | None, set[str]] = {}
        for one in await self.events():
            mine = standing.setdefault(one.subject, set())
            if isinstance(one, MentionsWithdrawn):
                mine.difference_update(one.record_ids)
            else:
                mine.add(one.mention_id)
        return {subject: ids for subject, ids in standing.items() if ids and subject}

    async def events(self) -> list[MentionAnalyzed | MentionsWithdrawn]:
        """Everything published, in the order of the log."""
        log = Database(f"sqlite:///{self.social.folder / 'data' / 'log.db'}")
        query = sa.select(event.c.value).where(event.c.topic == "mentions.analyzed").order_by(event.c.offset)
        async with log.snapshot() as view:
            values = (await view.execute(query)).scalars().all()
        await log.close()
        found = [TOPICS["mentions.analyzed"].decode(value) for value in values]
        return [one for one in found if isinstance(one, MentionAnalyzed | MentionsWithdrawn)]

    async def portrayed(self, *subjects: str) -> None:
        """Return once exactly these people have mentions told as theirs."""

        async def as_expected() -> bool:
            return set(await self.told()) == set(subjects)

        await until(as_expected)

    async def ids(self) -> set[str]:
        """The ids of all stored mentions."""
        return {item["mention_id"] for item in (await self.social.get("/v1/mentions"))["items"]}


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    ingest = IngestDouble()
    async with running(tmp_path, ingest=ingest.app) as social:
        yield Scene(social, ingest)


async def test_who_agreed_is_portrayed_by_what_they_say_and_no_handle_is_told(scene: Scene) -> None:
    await scene.consents()
    await scene.social.send(mention("m1", "Giao hàng chậm quá, thất vọng"))
    await scene.portrayed(scene.person)
    (mine,) = [one for one in await scene.events() if one.subject == scene.person]
    assert isinstance(mine, MentionAnalyzed)
    assert (mine.platform, mine.sentiment, mine.author) == ("facebook", "negative", None)
    assert HANDLE.encode() not in b"".join(
        path.read_bytes() for path in (scene.social.folder / "data").rglob("*") if path.is_file()
    )


async def test_without_consent_a_mention_is_nobodys(scene: Scene) -> None:
    await scene.social.send(mention("m1", "Đẹp lắm"))
    await scene.portrayed()
    (one,) = await scene.events()
    assert one.subject is None
    await scene.consents()
    await scene.portrayed(scene.person)


async def test_a_withdrawal_takes_back_what_was_told_and_a_new_consent_tells_it_again(scene: Scene) -> None:
    await scene.consents()
    await scene.social.send(mention("m1", "Đẹp lắm"), mention("m2", "Dở tệ"))
    await scene.portrayed(scene.person)
    await scene.consents(withdrawn=True)
    await scene.portrayed()
    await scene.consents()
    await scene.portrayed(scene.person)
    assert (await scene.told())[scene.person] == await scene.ids()


@pytest.mark.parametrize(
    "more", [{"platform": "youtube"}, {"platform": "shopee"}, {"platform": "other"}, {"author": None}]
)
async def test_terms_that_do_not_allow_it_keep_a_mention_nobodys(scene: Scene, more: Any) -> None:
    scene.ingest.holders |= {index_of(str(more.get("platform")), HANDLE): scene.person}
    await scene.consents()
    await scene.social.send(mention("m1", "Đẹp lắm", **more))
    await scene.portrayed()
    assert scene.ingest.asked == []


async def test_who_becomes_known_later_is_portrayed_then(scene: Scene) -> None:
    scene.ingest.holders.clear()
    await scene.consents()
    await scene.social.send(mention("m1", "Đẹp lắm"))
    await scene.portrayed()
    scene.ingest.holders[INDEX] = scene.person
    await scene.feed.send(accepted(scene.person, **{"social.facebook": (INDEX,)}))
    await scene.portrayed(scene.person)


async def test_an_account_that_was_somebody_elses_after_all_leaves_the_portrait(scene: Scene) -> None:
    await scene.consents()
    other = new_id()
    await scene.consents(other)
    await scene.social.send(mention("m1", "Đẹp lắm"))
    await scene.portrayed(scene.person)
    scene.ingest.holders[INDEX] = other
    taken = RecordsWithdrawn(**envelope(scene.person), record_ids=(new_id(),), kinds=("profile",))
    await scene.feed.send(taken)
    await scene.portrayed(other)


async def test_after_a_merge_the_stricter_consent_decides_until_the_split(scene: Scene) -> None:
    await scene.consents()
    await scene.social.send(mention("m1", "Đẹp lắm"))
    await scene.portrayed(scene.person)
    other, merge = new_id(), new_id()
    await scene.consents(other, withdrawn=True)
    await scene.feed.send(
        SubjectMerged(**envelope(scene.person), into=other, merge_id=merge, merge_version=1)
    )
    await scene.portrayed()
    await scene.feed.send(SubjectSplit(**envelope(scene.person), merge_id=merge, merge_version=2))
    await scene.portrayed(scene.person)


async def test_an_erased_person_takes_all_that_they_said_along_for_good(scene: Scene) -> None:
    await scene.consents()
    said = mention("m1", "Đẹp lắm")
    await scene.social.send(said, mention("m2", "Của người khác", author={"handle": "nguoi.khac"}))
    await scene.portrayed(scene.person)
    scene.ingest.erased.add(scene.person)
    gone = SubjectErased(**envelope(scene.person), origins=(scene.person,), request_id=new_id())
    await scene.feed.send(gone)

    async def forgotten() -> bool:
        return len(await scene.ids()) == 1

    await until(forgotten)
    (receipt,) = await scene.social.send(said)
    assert receipt["status"] == "duplicate"
    assert len(await scene.ids()) == 1
    await scene.social.send(mention("m3", "Vẫn nói tiếp"))
    await scene.social.settled()
    assert [one.mention_id for one in await scene.events() if one.subject] == [
        one.mention_id for one in await scene.events() if one.subject == scene.person
    ]
    assert (
        sum(isinstance(one, MentionAnalyzed) and one.subject is not None for one in await scene.events()) == 1
    )


async def test_a_removed_mention_is_forgotten_by_whoever_followed(scene: Scene) -> None:
    await scene.consents()
    await scene.social.send(mention("m1", "Đẹp lắm"), mention("m2", "Tốt", platform="youtube"))
    await scene.portrayed(scene.person)
    removed = [{"platform": "facebook", "id": "m1"}, {"platform": "youtube", "id": "m2"}]
    reply = await scene.social.ask("POST", "/v1/mentions/removals", {"removed": removed})
    assert reply.status == 200, reply.body
    await scene.portrayed()
    void = {one.subject: one for one in await scene.events() if isinstance(one, MentionsWithdrawn)}
    assert set(void) == {scene.person, None}


async def test_an_edit_replaces_what_was_told(scene: Scene) -> None:
    await scene.consents()
    await scene.social.send(mention("m1", "Đẹp lắm"))
    await scene.portrayed(scene.person)
    await scene.social.send(mention("m1", "Thôi, dở tệ"))
    await scene.social.settled()
    mine = [one for one in await scene.events() if one.subject == scene.person]
    assert [type(one) for one in mine] == [MentionAnalyzed, MentionsWithdrawn, MentionAnalyzed]


async def test_while_ingest_is_down_mentions_are_taken_and_told_as_whose_they_are_later(scene: Scene) -> None:
    await scene.consents()
    scene.ingest.down = True
    (receipt,) = await scene.social.send(mention("m1", "Đẹp lắm"))
    assert receipt["status"] == "accepted"
    await scene.portrayed()
    scene.ingest.down = False
    await scene.social.send(mention("m2", "Rất thích"))
    await scene.portrayed(scene.person)
    assert (await scene.told())[scene.person] == await scene.ids()


def accepted(subject: str, **indexes: tuple[str, ...]) -> RecordAccepted:
    """A record of a person that names accounts."""
    kind = {"record_id": new_id(), "source": "crm", "channel": "crm", "kind": "profile"}
    return RecordAccepted(**envelope(subject), **kind, indexes=indexes)
