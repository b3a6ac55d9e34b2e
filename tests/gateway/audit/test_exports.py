"""An export proves itself: anybody with the public keys finds what was changed, taken out, put in or moved."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit.domain import GENESIS, next_link
from gateway.audit.exports import MANIFEST, check_export
from kernel.signing import SigningKeys
from tests.gateway.audit.test_trail import fill
from tests.gateway.edge.running import Gateway
from tests.running import body_of


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> SigningKeys:
    """Keys of ours."""
    return SigningKeys.open(tmp_path_factory.mktemp("keys"))


def exported(keys: SigningKeys, contents: Sequence[tuple[int, str]]) -> list[bytes]:
    """The lines of an export of entries (chain, reason)."""
    lines, link, ends = [], GENESIS, dict[int, int]()
    for number, (chain, reason) in enumerate(sorted(contents, key=lambda one: one[0])):
        ends[chain] = ends.get(chain, 0) + 1
        line: dict[str, Any] = {
            "chain": chain,
            "sequence": ends[chain],
            "id": f"id-{number}",
            "reason": reason,
        }
        link = next_link(link, line)
        lines.append(json.dumps({**line, "link": link.hex()}).encode())
    claims = {"entries": len(lines), "link": link.hex()}
    return [*lines, json.dumps({"manifest": keys.sign(MANIFEST, claims)}).encode()]


many = st.lists(st.tuples(st.integers(1, 3), st.text(max_size=8)), min_size=2, max_size=8)


@given(contents=many)
def test_what_nobody_touched_holds(keys: SigningKeys, contents: list[tuple[int, str]]) -> None:
    assert check_export(exported(keys, contents), keys.jwks()).ok


@settings(max_examples=300)
@given(contents=many, data=st.data())
def test_whatever_is_flipped_removed_doubled_or_reordered_is_found(
    keys: SigningKeys, contents: list[tuple[int, str]], data: st.DataObject
) -> None:
    lines = exported(keys, contents)
    place = data.draw(st.integers(0, len(lines) - 2))
    match data.draw(st.sampled_from(["flip", "remove", "double", "swap", "cut", "forge"])):
        case "flip":
            line = json.loads(lines[place])
            name = data.draw(st.sampled_from(sorted(line)))
            line[name] = f"{line[name]}~" if isinstance(line[name], str) else line[name] + 1
            lines[place] = json.dumps(line).encode()
        case "remove":
            del lines[place]
        case "double":
            lines.insert(place, lines[place])
        case "swap":
            other = data.draw(st.integers(0, len(lines) - 1).filter(lambda at: at != place))
            lines[place], lines[other] = lines[other], lines[place]
        case "cut":
            del lines[place : -1 if data.draw(st.booleans()) else None]
        case "forge":
            other_contents = [*contents, (1, "put in")]
            lines[:-1] = exported(keys, other_contents)[:-1]
    assert not check_export(lines, keys.jwks()).ok


def test_the_first_entry_that_does_not_fit_is_named(keys: SigningKeys) -> None:
    lines = exported(keys, [(1, "a"), (1, "b"), (1, "c")])
    lines[1] = lines[1].replace(b'"b"', b'"x"')
    verdict = check_export(lines, keys.jwks())
    assert (verdict.ok, verdict.entries, verdict.first_bad) == (False, 1, "id-1")


def test_other_keys_sign_no_export_of_ours(keys: SigningKeys, tmp_path: Path) -> None:
    lines = exported(SigningKeys.open(tmp_path), [(1, "a"), (1, "b")])
    assert check_export(lines, keys.jwks()).trouble == "the last line is not signed by these keys"


async def test_the_door_gives_the_whole_trail(gateway: Gateway) -> None:
    await fill(gateway, 5)
    reply = await gateway.ask("GET", "/v1/audit/export", who="privacy_officer")
    lines = reply.body.splitlines()
    jwks = body_of(await gateway.ask("GET", "/.well-known/jwks.json"))
    verdict = check_export(lines, jwks)
    assert (verdict.ok, verdict.entries) == (True, len(lines) - 1)
    assert verdict.entries >= 5
