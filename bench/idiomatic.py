"""Yardstick 2, the idiomatic version of the same work: FastAPI models, the ORM, a cipher call a field, one outbox row
an event. It gives the same promises as ours (consent, sealing under per-subject keys, blind index, identity,
deduplication, receipts, outbox) the way the frameworks' own tutorials would write them.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import Depends, FastAPI, Header, HTTPException
from joserfc import jwt
from joserfc.jwk import OctKey
from pydantic import BaseModel
from sqlalchemy import ForeignKey, LargeBinary, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SECRET = b"a secret of the bench, 32 bytes long"
KEK = AESGCM(hashlib.sha256(SECRET).digest())


class Base(DeclarativeBase):
    pass


class SubjectRow(Base):
    __tablename__ = "subject"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    data_key: Mapped[bytes] = mapped_column(LargeBinary)


class IdentifierRow(Base):
    __tablename__ = "identifier"
    index: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"))


class RecordRow(Base):
    __tablename__ = "record"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[str]
    channel: Mapped[str]
    occurred_at: Mapped[datetime] = mapped_column()
    sealed_phone: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_email: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_name: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_payload: Mapped[bytes] = mapped_column(LargeBinary)


class OutboxRow(Base):
    __tablename__ = "outbox"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    topic: Mapped[str]
    event: Mapped[str]


class Identifiers(BaseModel):
    phone: str
    email: str


class Attributes(BaseModel):
    full_name: str
    gender: str


class Subject(BaseModel):
    identifiers: Identifiers
    attributes: Attributes


class Consent(BaseModel):
    notice: str
    version: int
    purposes: list[str]
    method: str
    captured_at: datetime


class Item(BaseModel):
    sku: str
    name: str
    category: str
    quantity: int
    unit_price: int


class Payload(BaseModel):
    order_id: str
    items: list[Item]
    total: int
    currency: str
    payment_method: str


class Record(BaseModel):
    id: UUID
    source: str
    channel: str
    kind: str
    occurred_at: datetime
    subject: Subject
    payload: Payload
    consent: Consent


class Batch(BaseModel):
    records: list[Record]


class Receipt(BaseModel):
    index: int
    id: UUID
    status: str
    subject_id: UUID


class Receipts(BaseModel):
    receipts: list[Receipt]


class Accepted(BaseModel):
    id: UUID
    subject: UUID
    record_id: UUID
    kind: str
    channel: str
    occurred_at: datetime
    payload: Payload
    consent: Consent


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    engine = create_async_engine(os.environ["IDIOMATIC_DATABASE_URL"])
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    app.state.sessions = async_sessionmaker(engine, expire_on_commit=False)
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


async def client(authorization: Annotated[str, Header()]) -> dict[str, Any]:
    try:
        return jwt.decode(authorization[7:], OctKey.import_key(SECRET), algorithms=["HS256"]).claims
    except ValueError as error:
        raise HTTPException(401) from error


async def session() -> AsyncIterator[AsyncSession]:
    async with app.state.sessions() as made, made.begin():
        yield made


def blind(kind: str, value: str) -> bytes:
    return hmac.new(SECRET, f"{kind}:{value}".encode(), hashlib.sha256).digest()[:16]


def seal(key: AESGCM, value: str) -> bytes:
    nonce = secrets.token_bytes(12)
    return nonce + key.encrypt(nonce, value.encode(), None)


async def subjects_of(db: AsyncSession, records: list[Record]) -> list[SubjectRow]:
    """The person behind each record's identifiers, made where nobody has them; two queries for the whole batch."""
    given = [record.subject.identifiers for record in records]
    wanted = [(blind("phone", one.phone), blind("email", one.email)) for one in given]
    flat = [index for pair in wanted for index in pair]
    rows = await db.scalars(select(IdentifierRow).where(IdentifierRow.index.in_(flat)))
    owner = {row.index: row.subject_id for row in rows}
    held = await db.scalars(select(SubjectRow).where(SubjectRow.id.in_(set(owner.values()))))
    subjects = {row.id: row for row in held}
    found, links = [], []
    for pair in wanted:
        known = owner.get(pair[0]) or owner.get(pair[1])
        if known is None:
            nonce, known = secrets.token_bytes(12), uuid4()
            sealed = nonce + KEK.encrypt(nonce, AESGCM.generate_key(256), None)
            subjects[known] = SubjectRow(id=known, data_key=sealed)
            db.add(subjects[known])
        for index in pair:
            if index not in owner:
                owner[index] = known
                links.append(IdentifierRow(index=index, subject_id=known))
        found.append(subjects[known])
    await db.flush()  # the subjects first: their identifiers refer to them
    db.add_all(links)
    return found


@app.post("/v1/records/batch", status_code=202)
async def accept(
    batch: Batch,
    _client: Annotated[dict[str, Any], Depends(client)],
    db: Annotated[AsyncSession, Depends(session)],
) -> Receipts:
    known = set(
        await db.scalars(
            select(RecordRow.id).where(RecordRow.id.in_([record.id for record in batch.records]))
        )
    )
    receipts, subjects = [], await subjects_of(db, batch.records)
    for index, (record, subject) in enumerate(zip(batch.records, subjects, strict=True)):
        if "service" not in record.consent.purposes or record.occurred_at > datetime.now(UTC):
            raise HTTPException(422)
        if record.id in known:
            receipts.append(Receipt(index=index, id=record.id, status="duplicate", subject_id=subject.id))
            continue
        key = AESGCM(KEK.decrypt(subject.data_key[:12], subject.data_key[12:], None))
        db.add(
            RecordRow(
                id=record.id,
                source=record.source,
                subject_id=subject.id,
                kind=record.kind,
                channel=record.channel,
                occurred_at=record.occurred_at.replace(tzinfo=None),
                sealed_phone=seal(key, record.subject.identifiers.phone),
                sealed_email=seal(key, record.subject.identifiers.email),
                sealed_name=seal(key, record.subject.attributes.full_name),
                sealed_payload=seal(key, record.payload.model_dump_json()),
            )
        )
        event = Accepted(
            id=uuid4(),
            subject=subject.id,
            record_id=record.id,
            kind=record.kind,
            channel=record.channel,
            occurred_at=record.occurred_at,
            payload=record.payload,
            consent=record.consent,
        )
        db.add(OutboxRow(topic="records.accepted", event=event.model_dump_json()))
        receipts.append(Receipt(index=index, id=record.id, status="accepted", subject_id=subject.id))
    return Receipts(receipts=receipts)
