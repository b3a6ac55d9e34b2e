"""A season with known cheaters: who is flagged, and which records are queued. Nothing of it was seen by the rules."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.verify.collectors.stream import watch_collection
from tests.services.verify.collectors.fieldwork import season
from tests.services.verify.running import Verify, running


async def everything(verify: Verify, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor, joint = "", "&" if "?" in path else "?"
    while True:
        page = await verify.get(f"{path}{joint}limit=1000{cursor}")
        items += page["items"]
        if not page["next_cursor"]:
            return items
        cursor = f"&cursor={page['next_cursor']}"


@pytest.mark.parametrize("seed", [7, 2026, 31])
async def test_cheaters_are_found_and_honest_staff_left_alone(
    tmp_path: Path, seed: int, record_property: Callable[[str, object], None]
) -> None:
    field = season(seed)
    async with running(tmp_path) as verify:
        for start in range(0, len(field.events), 500):
            async with verify.database.transaction() as tx:
                await watch_collection(tx, field.events[start : start + 500])
        collectors = await everything(verify, "/v1/verify/collectors")
        queued = {item["record_id"] for item in await everything(verify, "/v1/verify/reviews")}
    flagged = {one["id"] for one in collectors if one["flagged"]}
    hits = flagged & field.cheaters
    precision, recall = len(hits) / len(flagged), len(hits) / len(field.cheaters)
    right = len(queued & field.false_records) / len(queued)
    found = len(queued & field.false_records) / len(field.false_records)
    record_property("figures", f"collectors {precision:.3f}/{recall:.3f}, records {right:.3f}/{found:.3f}")
    assert precision >= 0.9, sorted(flagged - field.cheaters)
    assert recall >= 0.9, sorted(field.cheaters - flagged)
    assert right >= 0.8  # the rest are honest slips that look the same: a person decides
