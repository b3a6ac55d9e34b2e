"""HTTP doors of the keys: what state they are in, and their rotation. No key passes through them."""

from fastapi import APIRouter
from starlette.requests import Request

from kernel.store.engine import uninterrupted
from kernel.web.doors import admitted, needs
from services.ingest.vault.rotation import Rotation
from services.ingest.vault.schemas import KeysView, view


def key_router(rotation: Rotation) -> APIRouter:
    """Routes of the keys."""
    router = APIRouter(tags=["keys"])

    @router.get("/v1/keys", openapi_extra=needs("admin"))
    async def get_keys(request: Request) -> KeysView:
        """Provider, versions of the key-encryption key, progress of the rotation, keys without data.

        503 `keys-unavailable` where the provider has not answered since the start.
        """
        admitted(request, "admin")
        return view(await rotation.state())

    @router.post("/v1/keys/rotate", status_code=202, openapi_extra=needs("admin"))
    async def post_rotate(request: Request) -> KeysView:
        """Turn to a new key-encryption key and wrap all data keys anew in the background, without a pause.

        While a rotation runs, this answers with its progress and begins no other. The old version is retired once
        nothing uses it. 409 `key-missing` where a person must put the new key there first (keys in the environment),
        503 `keys-unavailable` where the provider does not answer; then nothing has changed.
        """
        admitted(request, "admin")
        return view(await uninterrupted(rotation.begin()))

    return router
