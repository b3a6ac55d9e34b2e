"""Meta lead ads: notifications of leads, and leads as the Graph API tells them.

A notification is {"object": "page", "entry": [{"id", "time", "changes": [{"field": "leadgen", "value": {"leadgen_id",
"form_id", "page_id", "created_time", ...}}]}]}; it holds nothing that the person wrote. The lead itself is {"id",
"created_time", "field_data": [{"name", "values": [...]}], "custom_disclaimer_responses": [{"checkbox_key",
"is_checked"}], "form_id", "ad_id", "campaign_id", ...}.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from services.ingest.webhooks.domain.hooks import Hook, consent_of
from services.ingest.webhooks.domain.mapping import Thing
from services.ingest.webhooks.domain.values import day, gender, moment, text

FIELDS: Final = "id,created_time,field_data,custom_disclaimer_responses,form_id,ad_id,campaign_id,is_organic"
"""What is asked of the Graph API."""

_IDENTIFIERS: Final = {
    "phone_number": "phone",
    "phone": "phone",
    "so_dien_thoai": "phone",
    "số_điện_thoại": "phone",
    "email": "email",
    "work_email": "email",
    "national_id_number": "national_id",
}
_ATTRIBUTES: Final = {
    "full_name": "full_name",
    "họ_và_tên": "full_name",
    "ho_va_ten": "full_name",
    "first_name": "first_name",
    "last_name": "last_name",
    "gender": "gender",
    "date_of_birth": "date_of_birth",
    "marital_status": "marital_status",
    "job_title": "job_title",
    "company_name": "workplace",
}
_ADDRESS: Final = {
    "street_address": "line",
    "city": "district",
    "province": "province",
    "state": "province",
    "country": "country",
}
_CLEANED: Final = {"gender": gender, "date_of_birth": day}


def is_id(value: Any) -> bool:
    """Whether a value may be an id at Meta: digits, which are put into an address."""
    return isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 32


def leads_in(document: Any) -> tuple[list[str], int]:
    """The ids of the leads in a notification, and how many of its changes are about something else."""
    ids, others = [], 0
    for value in _changes(document):
        key = text(value.get("leadgen_id")) if value is not None else None
        if is_id(key):
            ids.append(key or "")
        else:
            others += 1
    return list(dict.fromkeys(ids)), others


def _changes(document: Any) -> Iterator[Mapping[str, Any] | None]:
    entries = document.get("entry") if isinstance(document, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        changes = entry.get("changes") if isinstance(entry, dict) else None
        for change in changes if isinstance(changes, list) else ():
            about = isinstance(change, dict) and change.get("field") == "leadgen"
            yield change["value"] if about and isinstance(change.get("value"), dict) else None


def lead_of(hook: Hook, lead: Mapping[str, Any]) -> Thing | None:
    """The profile that a lead is; None where it has no id. Answers that name nothing known stay sealed."""
    key = text(lead.get("id"))
    if key is None:
        return None
    record: dict[str, Any] = {"channel": "social_lead", "kind": "profile", "payload": _payload(lead)}
    record["subject"] = _subject(hook, dict(_answers(lead)))
    record["occurred_at"] = moment(lead.get("created_time"))
    consent = hook.settings.consent
    if consent is not None and (agreed := _agreed(hook, lead)):
        record["consent"] = {
            **consent_of(consent, record["occurred_at"], f"meta:lead:{key}"),
            "purposes": sorted({*consent.purposes, *agreed}),
            "method": "form",
        }
    return Thing("profile", key, "", record)


def _payload(lead: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: text(lead.get(name)) for name in ("form_id", "ad_id", "campaign_id")}
    payload: dict[str, Any] = {name: value for name, value in told.items() if value}
    if campaign := payload.pop("campaign_id", None):
        payload["campaign"] = f"meta-{campaign}"
    return payload


def _answers(lead: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    given = lead.get("field_data")
    for one in given if isinstance(given, list) else ():
        values = one.get("values") if isinstance(one, dict) else None
        name = text(one.get("name")) if isinstance(one, dict) else None
        value = text(values[0]) if isinstance(values, list) and values else None
        if name and value:
            yield name.lower(), value


def _subject(hook: Hook, answers: Mapping[str, str]) -> dict[str, Any]:
    identifiers, attributes, address, others = {}, {}, {}, {}
    own = hook.settings.fields
    for name, value in answers.items():
        place = own.get(name, "")
        kind, _, rest = place.removeprefix("subject.").partition(".")
        if kind == "identifiers" or name in _IDENTIFIERS:
            identifiers[rest or _IDENTIFIERS[name]] = value
        elif kind == "attributes" or name in _ATTRIBUTES:
            field = rest or _ATTRIBUTES[name]
            attributes[field] = (_CLEANED[field](value) or value) if field in _CLEANED else value
        elif name in _ADDRESS:
            address[_ADDRESS[name]] = value
        else:
            others[name] = value
    told: dict[str, Any] = {**attributes, **({"address": address} if address else {})}
    return {"identifiers": identifiers, "attributes": told, **({"answers": others} if others else {})}


def _agreed(hook: Hook, lead: Mapping[str, Any]) -> set[str]:
    """The purposes of the form's consent boxes that were ticked."""
    given = lead.get("custom_disclaimer_responses")
    ticked = {
        str(one.get("checkbox_key"))
        for one in (given if isinstance(given, list) else ())
        if isinstance(one, dict) and str(one.get("is_checked")).lower() in ("1", "true")
    }
    return {
        purpose for key, purposes in hook.settings.checkboxes.items() if key in ticked for purpose in purposes
    }
