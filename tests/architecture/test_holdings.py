"""What is kept of people is erased and shown: no table about somebody is forgotten when it is added."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from kernel.chassis import Chassis
from kernel.settings import ServiceSettings

SERVICES = ("services.ingest", "services.verify", "services.social", "services.persona", "gateway")

IDS_FOR_EVER = "only ids: they keep backlog and backups from bringing anybody back"
BY_THE_MACHINERY = "deleted by the erasure itself, in every service alike"
BY_INGESTS_JOB = (
    "ingest erases by a job of its own, and shows what it holds by a door of its own (decision 22)"
)
MERGES = "who is read as whom, as ids: without it an origin would stand for itself again"
STAYS = "outlasts an erasure as evidence, without what identifies, and is shown in the copy"

OTHERWISE = {
    "erased": IDS_FOR_EVER,
    "dead_letter": BY_THE_MACHINERY,
    "holder_merge": MERGES,
    "merge": MERGES,
    "subject_merge": MERGES,
    "merge_entry": MERGES,
    "audit_entry": STAYS,
    "privacy_request": STAYS,
    "identifier": BY_INGESTS_JOB,
    "record": BY_INGESTS_JOB,
    "facet": BY_INGESTS_JOB,
    "hold": BY_INGESTS_JOB,
}
"""Tables that name people and are no holding, each with the reason."""

NAMES = ("subject", "subject_id", "into_subject", "merged_into")


def chassis_of(service: str, folder: Path) -> Chassis:
    """The chassis of a service that was made and not started."""
    settings = next(
        one
        for one in vars(import_module(f"{service}.settings")).values()
        if isinstance(one, type) and issubclass(one, ServiceSettings) and one is not ServiceSettings
    )
    app: Any = import_module(f"{service}.app").create_app(
        settings(data_dir=folder / "d", key_dir=folder / "k")
    )
    chassis: Chassis = getattr(app, "own", app).state.chassis
    return chassis


def about_people(metadata: sa.MetaData) -> Iterator[sa.Table]:
    """Tables with a column that names a person."""
    return (table for table in metadata.tables.values() if any(name in table.columns for name in NAMES))


@pytest.mark.parametrize("service", SERVICES)
def test_every_table_about_people_is_held_or_says_why_not(service: str, tmp_path: Path) -> None:
    chassis = chassis_of(service, tmp_path)
    held = {holding.table.name for holding in chassis.holdings}
    named = {table.name for table in about_people(chassis.metadata)}
    assert named - held <= OTHERWISE.keys()
    assert not held & OTHERWISE.keys(), "what is held needs no excuse"


def test_no_excuse_outlives_its_table(tmp_path: Path) -> None:
    tables = {
        table.name
        for number, service in enumerate(SERVICES)
        for table in about_people(chassis_of(service, tmp_path / str(number)).metadata)
    }
    merges = {"holder_merge", "merge_entry"}  # their columns are called source and target
    assert OTHERWISE.keys() - merges <= tables
