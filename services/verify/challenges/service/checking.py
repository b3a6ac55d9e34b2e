"""Checking codes: counted first, compared after, used up once."""

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import Fault
from kernel.ids import new_id
from services.verify.challenges import repository
from services.verify.challenges.domain import CHECKS_A_CODE, CHECKS_A_DAY, same_hash
from services.verify.challenges.service.desk import Checked, Verifications
from services.verify.errors import VerificationExhausted, VerificationFailed
from services.verify.evidence.domain import Proof
from services.verify.evidence.service import record_proof
from services.verify.senders.meters import sending_metrics


async def count_check(tx: AsyncConnection, desk: Verifications, client_id: str, challenge_id: str) -> Checked:
    """Count a check by id and by number. Commit before comparing, whatever this returns.

    An unknown id takes the same path under a number of its own, so that it answers alike.
    """
    now = desk.clock()
    nth = await repository.count_code_check(tx, client_id, challenge_id, now)
    if nth > CHECKS_A_CODE:
        return Checked(challenge_id)
    found = await repository.find_pending(tx, client_id, challenge_id, now)
    if found is not None and found.method != "code":
        found = None  # a word is sent to us, never entered
    number_key = found.number_key if found else desk.keys.number_key(challenge_id)
    today = await repository.count_number_check(tx, number_key, now)
    if today > CHECKS_A_DAY:
        return Checked(challenge_id, last=True)
    content = desk.keys.open(found.id, found.sealed) if found else None
    last = nth == CHECKS_A_CODE or today == CHECKS_A_DAY
    return Checked(challenge_id, found, content, compared=True, last=last)


def proves(desk: Verifications, checked: Checked, code: str) -> bool:
    """Whether `code` is the one that was sent, in constant time; an unknown verification costs the same hash."""
    if checked.found is None or checked.content is None:
        desk.keys.code_hash("", "", "", code)
        return False
    found = checked.found
    given = desk.keys.code_hash(found.id, checked.content.number, found.purpose, code)
    return same_hash(given, found.code_hash or b"")


async def use_code(tx: AsyncConnection, desk: Verifications, checked: Checked, *, method: str = "") -> Proof:
    """Use up a code that proves possession: evidence, event and the end of the code are one transaction.

    Raises VerificationFailed where another check was first, the time is over, or the person was erased.
    """
    now, found, content = desk.clock(), checked.found, checked.content
    if found is None or content is None:
        raise VerificationFailed
    if found.subject and await desk.holders.erased(tx, found.subject):
        raise VerificationFailed
    if not await repository.end_challenge(tx, found.client_id, found.id, "verified", now):
        raise VerificationFailed
    proof = Proof(
        id=new_id(),
        verification_id=found.id,
        client_id=found.client_id,
        subject=found.subject,
        blind_index=content.blind_index,
        method=method or found.channel,
        purpose=found.purpose,
        number_hash=desk.keys.receipt_hash(found.client_id, content.number),
        verified_at=now,
    )
    sending_metrics().verifications.labels("verified").inc()
    await record_proof(tx, desk.store, proof, found.number_key, desk.half_lives)
    return proof


def refusal_of(checked: Checked) -> Fault:
    """What a check that proved nothing is answered."""
    if checked.compared:
        return VerificationFailed()
    return VerificationExhausted("Start a new verification; a number has 15 checks a day.")
