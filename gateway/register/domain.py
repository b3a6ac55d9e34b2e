"""What the register says of a client: pure rules."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal

from kernel.errors import FieldError, InvalidInput
from kernel.privacy.purposes import Purpose

HOME: Final = "VN"
Role = Literal["recipient", "processor"]

DATA: Final = ("contact", "document", "sensitive", "birth", "linkable", "reference", "online", "behaviour")
"""Classes of data as the register names them: those of the policies, and what people did."""


@dataclass(frozen=True, slots=True)
class Contract:
    """What binds a client: the fields it may read (None: all), its keys in notices, where it may take data."""

    fields: frozenset[str] | None
    names: frozenset[str]
    abroad: bool = False
    covered: frozenset[str] = frozenset()
    """Purposes of an assessed transfer abroad."""

    def is_domestic(self, purpose: str) -> bool:
        """In the country, or covered by an assessed transfer for that purpose."""
        return not self.abroad or purpose in self.covered

    def is_named_in(self, recipients: frozenset[str] | None) -> bool:
        """Whether a notice lets this client be told; None: it binds us to no list."""
        return recipients is None or not recipients.isdisjoint(self.names)

    def has_granted(self, field: str) -> bool:
        """A contract that names a whole (`address`, `social`) names its parts."""
        return self.fields is None or not self.fields.isdisjoint((field, field.partition(".")[0]))


def check_entry(
    country: str, purposes: Collection[str], data: Collection[str], *, assessed: bool, basis: str | None
) -> None:
    """Raises InvalidInput for unknown purposes or data, or a transfer abroad that rests on nothing."""
    errors = [
        FieldError(f"/purposes/{place}", "There is no such purpose.")
        for place, purpose in enumerate(purposes)
        if purpose not in Purpose.__members__.values()
    ]
    errors += [
        FieldError(f"/data/{place}", f"One of: {', '.join(DATA)}.")
        for place, one in enumerate(data)
        if one not in DATA
    ]
    if country != HOME and assessed and not basis:
        errors.append(FieldError("/basis", "An assessed transfer abroad has a basis."))
    if errors:
        raise InvalidInput(errors=errors)
