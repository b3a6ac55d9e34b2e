"""What a client's record allows beside scopes and purposes: when, from where, how often, how much at once."""

import math
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, Final, NamedTuple

from gateway.errors import AddressNotAllowed, ContractNotInForce
from kernel.errors import FieldError, InvalidInput

Network = IPv4Network | IPv6Network

RATE_UNITS: Final = ("second", "minute", "hour", "day")


class Terms(NamedTuple):
    """A client's record as every request needs it. Times are seconds since 1970."""

    client_id: str
    scopes: frozenset[str]
    purposes: frozenset[str]
    opens: float = -math.inf
    ends: float = math.inf
    closed: bool = False
    networks: tuple[Network, ...] | None = None
    """None: from anywhere."""
    origins: frozenset[str] = frozenset()
    """Web origins whose pages may read its answers."""
    rate: str | None = None
    """Its quota in the notation of `limits`; None: the default of the settings."""
    at_once: int | None = None
    """Requests of it that may be under way; None: the default of the settings."""
    sandbox: bool = False
    """It sees invented people only."""


def terms_of(row: Any) -> Terms:
    """The terms in a client's row."""
    return Terms(
        client_id=row.id,
        scopes=frozenset(row.scopes),
        purposes=frozenset(row.purposes),
        opens=row.valid_from.timestamp() if row.valid_from else -math.inf,
        ends=row.valid_until.timestamp() if row.valid_until else math.inf,
        closed=row.closed_at is not None,
        networks=None if row.addresses is None else tuple(map(ip_network, row.addresses)),
        origins=frozenset(row.origins or ()),
        rate=row.rate,
        at_once=row.at_once,
        sandbox=row.sandbox_of is not None,
    )


def mind_terms(terms: Terms, address: str, now: float) -> None:
    """Raises ContractNotInForce or AddressNotAllowed where the terms say no."""
    if not terms.opens <= now < terms.ends:
        raise ContractNotInForce("Ask who registered the client to renew its dates.")
    if terms.networks is not None and not _within(address, terms.networks):
        raise AddressNotAllowed("The client's record names other addresses.")


@lru_cache(maxsize=4_096)
def _within(address: str, networks: tuple[Network, ...]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    plain = getattr(found, "ipv4_mapped", None) or found
    return any(plain.version == network.version and plain in network for network in networks)


def check_terms(
    *,
    addresses: Iterable[str] | None,
    rate: str | None,
    valid_from: datetime | None,
    valid_until: datetime | None,
) -> None:
    """Raises InvalidInput for a network, a rate or dates that make no sense."""
    errors = [
        FieldError(f"/addresses/{index}", "An address, or a network such as 203.0.113.0/24.")
        for index, text in enumerate(addresses or ())
        if not _is_network(text)
    ]
    if rate is not None and not is_rate(rate):
        errors.append(FieldError("/rate", f"A number, a slash and one of {', '.join(RATE_UNITS)}."))
    if valid_from and valid_until and valid_from >= valid_until:
        errors.append(FieldError("/valid_until", "It must be later than valid_from."))
    if errors:
        raise InvalidInput(errors=errors)


def is_rate(text: str) -> bool:
    """Whether `text` is a quota such as 600/minute."""
    amount, slash, unit = text.partition("/")
    return (
        bool(slash)
        and amount.isascii()
        and amount.isdigit()
        and 0 < int(amount) <= 10**9
        and unit in RATE_UNITS
    )


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True
