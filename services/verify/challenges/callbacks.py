"""The open doors: what carriers report, and what customers send us. Believed only where it is signed."""

import asyncio
from typing import Any

import msgspec
from fastapi import APIRouter, Request

from kernel.errors import MalformedInput, NotFound
from kernel.store.engine import Database
from services.verify.challenges import service
from services.verify.challenges.schemas import HeardView
from services.verify.challenges.service import Verifications
from services.verify.errors import CallbackRefused
from services.verify.senders.port import Callback, Untrusted
from services.verify.senders.signing import HEADER, mind_signature


class _Inbound(msgspec.Struct):
    channel: str
    sender: str = msgspec.field(name="from")
    text: str = ""


def callback_routes(database: Database, desk: Verifications, inbound_secret: str) -> APIRouter:
    """The doors that anybody may knock at."""
    router = APIRouter(tags=["verify"])

    @router.get("/webhooks/verify/{sender}", response_model=HeardView)
    async def hear_get(request: Request, sender: str) -> dict[str, Any]:
        """A carrier's report by GET, as eSMS sends them."""
        return await _heard(request, sender, b"")

    @router.post("/webhooks/verify/{sender}", response_model=HeardView)
    async def hear_post(request: Request, sender: str) -> dict[str, Any]:
        """A carrier's report of deliveries, in its own format and signed as it signs; `inbound`: a customer's
        message `{"channel": "sms|zalo", "from", "text"}` under our signature scheme.

        The same report twice changes nothing. Refused: 401 `callback-refused`, 404 for a carrier that is not set up.
        """
        body = await request.body()
        if sender == "inbound":
            return await _received(request, body)
        return await _heard(request, sender, body)

    async def _heard(request: Request, name: str, body: bytes) -> dict[str, Any]:
        carrier = desk.carriers.named(name)
        if carrier is None:
            raise NotFound("No such carrier is set up.")
        headers = {key.lower(): value for key, value in request.headers.items()}
        callback = Callback(dict(request.query_params), headers, body, desk.clock())
        try:
            told = await asyncio.to_thread(carrier.deliveries, callback)
        except Untrusted as error:
            raise CallbackRefused from error
        except (ValueError, TypeError, AttributeError, msgspec.DecodeError) as error:
            raise MalformedInput("The report cannot be read.") from error
        applied = [await service.note_delivery(database, desk, name, one) for one in told]
        return {"applied": sum(applied)}

    async def _received(request: Request, body: bytes) -> dict[str, Any]:
        if not inbound_secret:
            raise NotFound("Messages from customers are not set up.")
        try:
            mind_signature(inbound_secret, body, request.headers.get(HEADER), desk.clock())
            message = msgspec.json.decode(body, type=_Inbound)
        except Untrusted as error:
            raise CallbackRefused from error
        except msgspec.DecodeError as error:
            raise MalformedInput("The message cannot be read.") from error
        channel = "zalo" if message.channel == "zalo" else "sms"
        proof = await service.receive_word(
            database, desk, channel=channel, sender=message.sender, text=message.text
        )
        return {"applied": int(proof is not None)}

    return router
