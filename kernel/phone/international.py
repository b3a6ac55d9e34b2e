"""Numbers of other countries, read by libphonenumber's metadata."""

from typing import Final

from kernel.phone.readings import Reading

_TYPES: Final = {0: "landline", 1: "mobile", 3: "toll_free", 4: "premium"}


def read_international(digits: str) -> Reading | None:
    """The meaning of "+<country>..." or "00<country>...", None if no country has such a number.

    `region` is the ISO country code. libphonenumber (11 MiB without its geocoder) is loaded by the first call.
    """
    import phonenumbers

    written = digits if digits[0] == "+" else "+" + digits[2:]
    try:
        number = phonenumbers.parse(written)
    except phonenumbers.NumberParseException:
        return None
    if number.country_code == 84 or not phonenumbers.is_valid_number(number):
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    type_ = _TYPES.get(phonenumbers.number_type(number), "unknown")
    region = phonenumbers.region_code_for_number(number)
    return Reading(e164, "international", type_, None, region, None, 1.0)
