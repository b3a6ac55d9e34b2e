"""The fact table: effect and position are one commit."""

from pathlib import Path

import pytest

from kernel.ids import new_id
from services.persona.lake.domain import Facts, facts_of
from services.persona.lake.repository.delta import FactLake, Mark, PositionMoved, Reach
from tests.services.persona.archetypes import record

PLACE = ("records.accepted", 3)
MARK = Mark(*PLACE, "ingest", "epoch")
ANH, BINH = new_id(), new_id()


def visits(*people: str) -> Facts:
    """A fact of each of these, repeated ones too."""
    return facts_of(record(person, "interaction", {"name": "v"}) for person in people)


def rows(lake: FactLake) -> int:
    """Facts that a reader of the table's live files counts."""
    import pyarrow.parquet as pq

    return sum(pq.read_metadata(path).num_rows for path in lake.files()[1])


@pytest.fixture
def lake(tmp_path: Path) -> FactLake:
    """An empty fact table."""
    return FactLake(str(tmp_path / "lake"), "group")


def test_a_new_table_stands_nowhere_and_holds_nothing(lake: FactLake) -> None:
    assert lake.position(PLACE) is None
    assert lake.mark(MARK) == 0
    assert rows(lake) == 0


def test_a_position_survives_with_its_effect(lake: FactLake, tmp_path: Path) -> None:
    lake.append(visits(*[ANH] * 5), {PLACE: Reach(0, 5, 1_700_000_000)}, {MARK: 7})
    again = FactLake(str(tmp_path / "lake"), "group")
    assert (again.position(PLACE), again.recorded_s(PLACE), again.mark(MARK)) == (5, 1_700_000_000, 7)
    assert rows(again) == 5


def test_a_position_moves_without_any_fact_too(lake: FactLake) -> None:
    lake.append(Facts(), {PLACE: Reach(0, 9, 1)}, {})
    assert lake.position(PLACE) == 9


def test_positions_are_told_together(lake: FactLake) -> None:
    other = ("mentions.analyzed", 0)
    lake.append(Facts(), {PLACE: Reach(0, 9, 1)}, {})
    assert lake.positions([PLACE, other]) == {PLACE: 9, other: 0}


def test_the_same_batch_cannot_be_written_twice(lake: FactLake) -> None:
    lake.append(visits(*[ANH] * 5), {PLACE: Reach(0, 5, 1)}, {})
    with pytest.raises(PositionMoved):
        lake.append(visits(*[ANH] * 5), {PLACE: Reach(0, 5, 1)}, {})
    assert rows(lake) == 5


def test_a_member_that_was_frozen_changes_nothing_when_it_wakes_up(lake: FactLake, tmp_path: Path) -> None:
    frozen = FactLake(str(tmp_path / "lake"), "group")
    frozen.append(Facts(), {("records.accepted", 4): Reach(0, 1, 1)}, {})
    table = frozen._current()
    lake.append(visits(*[ANH] * 5), {PLACE: Reach(0, 5, 1)}, {})
    frozen._current = lambda: table  # type: ignore[method-assign]  # it has not seen the other's commit yet
    with pytest.raises(PositionMoved):
        frozen.append(visits(*[ANH] * 5), {PLACE: Reach(0, 5, 1)}, {})
    assert rows(lake) == 5


def test_deleting_a_person_leaves_no_file_that_holds_them(lake: FactLake, tmp_path: Path) -> None:
    for step in range(3):
        lake.append(visits(ANH, ANH, BINH, BINH, BINH), {PLACE: Reach(step, step + 1, 1)}, {})
    assert lake.delete_people([ANH]) == 6
    assert rows(lake) == 9
    held = [path for path in (tmp_path / "lake").rglob("*.parquet") if ANH.encode() in path.read_bytes()]
    assert not held
    assert lake.delete_people([ANH]) == 0
    assert lake.position(PLACE) == 3


def test_compaction_joins_files_and_keeps_facts_and_positions(lake: FactLake) -> None:
    for step in range(6):
        lake.append(visits(*[ANH] * 2), {PLACE: Reach(step, step + 1, 1)}, {})
    before = len(lake.files()[1])
    assert lake.compact() == before == 6
    assert (len(lake.files()[1]), rows(lake), lake.position(PLACE)) == (1, 12, 6)
