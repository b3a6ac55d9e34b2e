"""Reverse verification: the customer sends us the word, so that there is no code to phish."""

from kernel.store.engine import Database
from services.verify.challenges import repository
from services.verify.challenges.domain import CHECKS_A_DAY, mobile_of, same_hash, word_in
from services.verify.challenges.service.checking import use_code
from services.verify.challenges.service.desk import Checked, Verifications
from services.verify.errors import VerificationFailed
from services.verify.evidence.domain import Proof


async def receive_word(
    database: Database, desk: Verifications, *, channel: str, sender: str, text: str
) -> Proof | None:
    """Match a customer's message with what waits for its number; None where nothing does.

    Each message is counted in the number's 15 checks of a day before anything is compared.
    """
    number = mobile_of(sender)
    if number is None:
        return None
    now, number_key, word = desk.clock(), desk.keys.number_key(number), word_in(text)
    async with database.transaction() as tx:
        today = await repository.count_number_check(tx, number_key, now)
        waiting = await repository.pending_of_number(tx, number_key, "reverse", now)
    if today > CHECKS_A_DAY:
        return None
    for found in waiting:
        given = desk.keys.code_hash(found.id, number, found.purpose, word)
        if same_hash(given, found.code_hash or b""):
            content = desk.keys.open(found.id, found.sealed)
            checked = Checked(found.id, found, content, compared=True)
            try:
                async with database.transaction() as tx:
                    return await use_code(tx, desk, checked, method=f"reverse-{channel}")
            except VerificationFailed:  # used, ended or erased a moment ago
                return None
    return None
