"""Files on their way in, as a client sends them."""

import json
from typing import Any

from tests.running import until
from tests.services.ingest.harness import Running


async def upload(ingest: Running, content: bytes, **form: Any) -> str:
    """The id of an import that was taken in."""
    answer = await ingest.client.post(
        "/v1/imports", files={"file": ("list.csv", content)}, data=_fields(form)
    )
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


async def refused(ingest: Running, content: bytes, **form: Any) -> dict[str, Any]:
    """The problem with which an import is refused."""
    answer = await ingest.client.post(
        "/v1/imports", files={"file": ("list.csv", content)}, data=_fields(form)
    )
    assert answer.status_code in (400, 422), answer.text
    problem: dict[str, Any] = answer.json()
    return problem


async def state_of(ingest: Running, key: str) -> dict[str, Any]:
    """How far an import is."""
    answer = await ingest.client.get(f"/v1/imports/{key}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def finished(ingest: Running, key: str) -> dict[str, Any]:
    """The import's last word."""

    async def ended() -> bool:
        return (await state_of(ingest, key))["state"] in ("done", "failed", "undone")

    await until(ended)
    return await state_of(ingest, key)


async def imported(ingest: Running, content: bytes, **form: Any) -> dict[str, Any]:
    """What became of a file."""
    return await finished(ingest, await upload(ingest, content, **form))


def _fields(form: dict[str, Any]) -> dict[str, str]:
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in form.items()}
