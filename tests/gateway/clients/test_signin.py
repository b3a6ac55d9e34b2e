"""People sign in by password and, where it is asked for, a one-time code that is good once."""

import hashlib
import os
import time
from pathlib import Path
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa

from gateway.clients.domain.codes import STEP_S, new_code_secret, step_of
from gateway.clients.domain.secret import is_outdated, password_hash, password_matches
from gateway.clients.tables import account
from kernel.web.upstream import Reply, call
from tests.gateway.edge.running import Gateway, refused, running
from tests.running import body_of


async def sign_in(gateway: Gateway, **more: Any) -> Reply:
    operator = gateway.credentials["operator"]
    body = {"username": operator["username"], "password": operator["password"], **more}
    return await gateway.ask("POST", "/v1/sessions", body)


async def test_on_loopback_a_password_is_enough(gateway: Gateway) -> None:
    answer = body_of(await sign_in(gateway))
    assert answer["client_id"] == gateway.credentials["operator"]["client_id"]
    headers = [(b"authorization", f"Bearer {answer['access_token']}".encode())]
    assert (await call(gateway.app, "GET", "/v1/clients", headers=headers)).status == 200


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"username": "nobody"}])
async def test_a_wrong_name_and_a_wrong_password_look_the_same(
    gateway: Gateway, wrong: dict[str, str]
) -> None:
    reply = await sign_in(gateway, **wrong)
    assert refused(reply, 401, "unauthenticated")
    assert body_of(reply)["detail"] == "The user name or the password is wrong."
    assert [entry["decision"] for entry in await gateway.audit(action="login", client_id="unknown")] == [
        "deny"
    ]


async def test_beyond_loopback_an_app_is_joined_at_the_first_sign_in_and_asked_from_then_on(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, operator_codes="always") as gateway:
        offered = await sign_in(gateway)
        assert refused(offered, 403, "enrolment-needed")
        told = body_of(offered)
        assert told["otpauth_uri"].startswith("otpauth://totp/") and told["secret"] in told["otpauth_uri"]
        assert body_of(await sign_in(gateway))["secret"] == told["secret"]
        code = pyotp.TOTP(told["secret"]).now()
        assert (await sign_in(gateway, code=code)).status == 201
        assert refused(await sign_in(gateway, code=code), 401, "code-needed")  # used
        assert refused(await sign_in(gateway), 401, "code-needed")
        assert "secret" not in body_of(await sign_in(gateway))
        later = pyotp.TOTP(told["secret"]).at(time.time() + STEP_S)
        assert (await sign_in(gateway, code=later)).status == 201


async def test_who_wants_an_app_on_loopback_joins_one(gateway: Gateway) -> None:
    secret = body_of(await sign_in(gateway, enrol=True))["secret"]
    assert (await sign_in(gateway, enrol=True, code=pyotp.TOTP(secret).now())).status == 201
    assert refused(await sign_in(gateway), 401, "code-needed")


async def test_guessing_is_stopped(tmp_path: Path) -> None:
    async with running(tmp_path, token_rate_limit="3/hour") as gateway:
        statuses = [(await sign_in(gateway, password="guess")).status for _ in range(4)]
        assert statuses == [401, 401, 401, 429]


async def test_a_hash_of_before_is_replaced_at_the_next_sign_in(gateway: Gateway) -> None:
    password, salt = gateway.credentials["operator"]["password"], os.urandom(16)
    digest = hashlib.scrypt(
        password.encode(), salt=salt, dklen=32, n=2**15, r=8, p=1, maxmem=64 * 1024 * 1024
    )
    old = f"scrypt${salt.hex()}${digest.hex()}"
    assert password_matches(password, old) and is_outdated(old) and not is_outdated(password_hash(password))
    async with gateway.parts.database.transaction() as tx:
        await tx.execute(sa.update(account).values(password_hash=old))
    assert (await sign_in(gateway)).status == 201
    async with gateway.parts.database.snapshot() as connection:
        query = sa.select(account.c.password_hash).where(account.c.username == "operator")
        assert str(await connection.scalar(query)).startswith("$argon2id$")


def test_a_code_is_good_in_its_own_step_and_its_neighbours_and_never_again() -> None:
    secret, now = new_code_secret(), 1_700_000_000.0
    code, step = pyotp.TOTP(secret).at(int(now)), int(now) // STEP_S
    assert [step_of(secret, code, now + shift * STEP_S, None) for shift in (-2, -1, 0, 1, 2)] == [
        None,
        step,
        step,
        step,
        None,
    ]
    assert step_of(secret, code, now, step) is None
    assert step_of(secret, "", now, None) is None
