"""The public routes: what exists at the gateway, where it is answered, and what it takes to be let in."""

from typing import Final

from gateway.edge.matching import Access, Route


def _service(name: str, *rows: tuple[str, str, str]) -> tuple[Route, ...]:
    return tuple(Route(method, path, name, (scope,)) for method, path, scope in rows)


def _open(*paths: str) -> tuple[Route, ...]:
    return tuple(Route("GET", path, "gateway", access=Access.OPEN) for path in paths)


def _officer(*rows: tuple[str, str]) -> tuple[Route, ...]:
    return tuple(Route(method, path, "gateway", ("privacy:manage",)) for method, path in rows)


COLLECT: Final = (
    Route("POST", "/v1/records", "ingest", ("collect:write",), Access.COLLECT),
    Route("POST", "/v1/records/batch", "ingest", ("collect:write",), Access.COLLECT),
    *_service(
        "ingest",
        ("GET", "/v1/records", "collect:write"),
        ("GET", "/v1/records/{record_id}", "collect:write"),
        ("GET", "/v1/quarantine", "subjects:write"),
        ("POST", "/v1/quarantine/jobs", "subjects:write"),
        ("GET", "/v1/quarantine/jobs/{job_id}", "subjects:write"),
        ("GET", "/v1/quarantine/{item_id}", "subjects:write"),
        ("POST", "/v1/quarantine/{item_id}/release", "subjects:write"),
        ("POST", "/v1/quarantine/{item_id}/dismiss", "subjects:write"),
        ("GET", "/v1/conflicts", "subjects:write"),
        ("POST", "/v1/conflicts/{conflict_id}/resolve", "subjects:write"),
        ("GET", "/v1/sources", "collect:write"),
        ("POST", "/v1/sources", "admin"),
        ("GET", "/v1/identity/suggestions", "subjects:write"),
        ("POST", "/v1/identity/suggestions/{suggestion_id}/reject", "subjects:write"),
        ("POST", "/v1/identity/jobs", "subjects:write"),
        ("GET", "/v1/identity/jobs/{job_id}", "subjects:write"),
        ("POST", "/v1/campaigns", "social:write"),
        ("GET", "/v1/campaigns", "social:read"),
        ("GET", "/v1/campaigns/{campaign_id}", "social:read"),
        ("POST", "/v1/campaigns/{campaign_id}/spend", "social:write"),
        ("GET", "/v1/referrals", "subjects:write"),
        ("GET", "/v1/notes", "social:read"),
        ("POST", "/v1/hooks", "admin"),
        ("GET", "/v1/hooks", "admin"),
        ("POST", "/v1/hooks/{hook_id}/close", "admin"),
        ("POST", "/v1/hooks/{hook_id}/catch-up", "admin"),
        ("GET", "/v1/imports", "collect:write"),
        ("GET", "/v1/imports/{import_id}", "collect:write"),
        ("GET", "/v1/imports/{import_id}/errors.csv", "collect:write"),
        ("POST", "/v1/imports/{import_id}/undo", "collect:write"),
        ("POST", "/v1/sources/{key}/plans", "admin"),
        ("GET", "/v1/sources/{key}/plans", "collect:write"),
    ),
    Route("POST", "/v1/imports", "ingest", ("collect:write",), upload=True),
    Route("POST", "/v1/imports/preview", "ingest", ("collect:write",), upload=True),
    Route("POST", "/v1/hooks/{hook_id}", "ingest", access=Access.OPEN),
    Route("GET", "/v1/hooks/{hook_id}", "ingest", access=Access.OPEN),
)

_MESSAGES: Final = ("identify", "track", "page", "screen", "group", "alias", "batch")

TRACK: Final = (
    *(Route("POST", f"/v1/{kind}", "ingest", ("collect:write",), Access.TRACK) for kind in _MESSAGES),
    Route("GET", "/v1/projects/{write_key}/settings", "gateway", access=Access.SITE),
    Route("GET", "/v1/projects/{write_key}/banner.js", "gateway", access=Access.SITE),
)

SHORT: Final = tuple(
    Route("POST", f"/v1/{kind[0]}", "ingest", ("collect:write",), Access.TRACK) for kind in _MESSAGES
)
"""The same doors as browsers call them; the documents name the long ones."""

KEEPING: Final = (
    *_service(
        "ingest",
        ("GET", "/v1/keys", "admin"),
        ("POST", "/v1/keys/rotate", "admin"),
        ("GET", "/v1/retention", "privacy:manage"),
        ("PUT", "/v1/retention", "privacy:manage"),
        ("POST", "/v1/retention/dry-run", "privacy:manage"),
        ("GET", "/v1/retention/nights", "privacy:manage"),
        ("GET", "/v1/erased", "privacy:manage"),
        ("GET", "/v1/subjects/{subject_id}/holds", "privacy:manage"),
    ),
    Route(
        "POST",
        "/v1/subjects/{subject_id}/holds",
        "ingest",
        ("privacy:manage",),
        audited="a legal hold imposed",
    ),
    Route(
        "POST",
        "/v1/subjects/{subject_id}/holds/{hold_id}/release",
        "ingest",
        ("privacy:manage",),
        audited="a legal hold released",
    ),
)

VERIFY: Final = (
    *_service(
        "verify",
        ("POST", "/v1/phones/check", "verify:write"),
        ("POST", "/v1/phones/evidence", "verify:write"),
        ("POST", "/v1/verifications", "verify:write"),
        ("GET", "/v1/verifications/{verification_id}", "verify:write"),
        ("POST", "/v1/verifications/{verification_id}/check", "verify:write"),
        ("POST", "/v1/verifications/{verification_id}/resend", "verify:write"),
        ("POST", "/v1/verifications/{verification_id}/cancel", "verify:write"),
        ("GET", "/v1/verify/receipt-key", "verify:write"),
        ("GET", "/v1/verify/campaigns", "verify:write"),
        ("GET", "/v1/verify/campaigns/{campaign_id}", "verify:write"),
        ("POST", "/v1/verify/campaigns/{campaign_id}/{act}", "verify:write"),
        ("GET", "/v1/verify/campaigns/{campaign_id}/results.csv", "verify:write"),
        ("POST", "/v1/verify/do-not-contact", "verify:write"),
        ("GET", "/v1/verify/collectors", "audit:read"),
        ("GET", "/v1/verify/reviews", "audit:read"),
        ("POST", "/v1/verify/reviews/{record_id}", "audit:read"),
        ("GET", "/v1/verify/alerts", "audit:read"),
        ("GET", "/v1/verify/guard", "audit:read"),
    ),
    Route("POST", "/v1/verify/campaigns", "gateway", ("verify:write",)),
    Route("GET", "/stop/{token}", "verify", access=Access.OPEN),
    Route("POST", "/stop/{token}", "verify", access=Access.OPEN),
    Route("GET", "/.well-known/verify-jwks.json", "verify", access=Access.OPEN),
    Route("GET", "/webhooks/verify/{sender}", "verify", access=Access.OPEN),
    Route("POST", "/webhooks/verify/{sender}", "verify", access=Access.OPEN),
)

SOCIAL: Final = (
    *_service(
        "social",
        ("POST", "/v1/mentions/batch", "social:write"),
        ("POST", "/v1/mentions/removals", "social:write"),
        ("GET", "/v1/mentions", "social:read"),
        ("GET", "/v1/mentions/imports", "social:read"),
        ("GET", "/v1/mentions/imports/{import_id}", "social:read"),
        ("GET", "/v1/mentions/imports/{import_id}/errors.csv", "social:read"),
        ("POST", "/v1/texts/analyze", "social:read"),
        ("POST", "/v1/topics", "social:write"),
        ("GET", "/v1/topics", "social:read"),
        ("GET", "/v1/social/insights", "social:read"),
        ("GET", "/v1/social/seeding", "social:read"),
        ("GET", "/v1/social/reviews", "social:read"),
        ("POST", "/v1/mentions/{mention_id}/dispute", "social:write"),
        ("POST", "/v1/mentions/{mention_id}/labels", "social:write"),
        ("POST", "/v1/social/models/train", "social:write"),
        ("GET", "/v1/social/models", "social:read"),
        ("POST", "/v1/social/models/{model_id}/activate", "social:write"),
        ("POST", "/v1/social/reanalyses", "social:write"),
        ("GET", "/v1/social/jobs/{job_id}", "social:read"),
        ("POST", "/v1/social/alerts", "admin"),
        ("GET", "/v1/social/alerts", "social:read"),
        ("POST", "/v1/social/alerts/{alert_id}/close", "admin"),
        ("POST", "/v1/connectors", "admin"),
        ("GET", "/v1/connectors", "social:read"),
        ("POST", "/v1/connectors/{connector_id}/close", "admin"),
        ("POST", "/v1/connectors/{connector_id}/read", "admin"),
    ),
    Route("POST", "/v1/mentions/imports", "social", ("social:write",), upload=True),
    Route("POST", "/v1/mentions/imports/preview", "social", ("social:write",), upload=True),
    Route("GET", "/webhooks/social/{connector_id}", "social", access=Access.OPEN),
    Route("POST", "/webhooks/social/{connector_id}", "social", access=Access.OPEN),
    Route("POST", "/webhooks/social/{connector_id}/deletion", "social", access=Access.OPEN),
)

PERSONA: Final = (
    *_service(
        "persona",
        ("POST", "/v1/studies", "personas:write"),
        ("GET", "/v1/studies/{study_id}", "personas:read"),
        ("GET", "/v1/studies/{study_id}/coverage", "personas:read"),
        ("POST", "/v1/studies/{study_id}/runs", "personas:write"),
        ("GET", "/v1/runs/{run_id}", "personas:read"),
        ("GET", "/v1/attributes", "personas:read"),
        ("GET", "/v1/personas", "personas:read"),
        ("GET", "/v1/personas/{persona_id}.svg", "personas:read"),
        ("GET", "/v1/personas/{persona_id}.png", "personas:read"),
        ("GET", "/v1/personas/{persona_id}.pdf", "personas:read"),
        ("GET", "/v1/personas/{persona_id}", "personas:read"),
        ("GET", "/v1/personas/{persona_id}/history", "personas:read"),
        ("GET", "/v1/personas/{persona_id}/fairness", "personas:read"),
        ("GET", "/v1/personas/{persona_id}/migration", "personas:read"),
    ),
    Route("GET", "/personas", "persona", ("personas:read",), Access.PAGE),
    Route("GET", "/personas/sign-in", "gateway", access=Access.OPEN),
    Route("POST", "/personas/sign-in", "gateway", access=Access.OPEN),
    Route("POST", "/personas/sign-out", "gateway", access=Access.OPEN),
    Route("GET", "/personas/assets/{file}", "persona", access=Access.OPEN),
    Route("GET", "/personas/{persona_id}", "persona", ("personas:read",), Access.PAGE),
    Route("GET", "/personas/{persona_id}/face.svg", "persona", ("personas:read",), Access.PAGE),
    *(
        Route("GET", f"/personas/{{persona_id}}/card.{kind}", "persona", ("personas:read",), Access.PAGE)
        for kind in ("svg", "png", "pdf")
    ),
    Route("GET", "/v1/subjects/{subject_id}/persona", "persona", ("personas:read",), purpose=True),
)

GATEWAY: Final = (
    Route("POST", "/oauth/token", "gateway", access=Access.OPEN),
    Route("POST", "/oauth/revoke", "gateway", access=Access.OPEN),
    Route("POST", "/v1/clients", "gateway", ("admin", "privacy:manage")),
    Route("GET", "/v1/clients", "gateway", ("admin",)),
    Route("GET", "/v1/clients/{client_id}", "gateway", ("admin",)),
    Route("PATCH", "/v1/clients/{client_id}", "gateway", ("admin", "privacy:manage")),
    Route("POST", "/v1/clients/{client_id}/secrets", "gateway"),
    Route("POST", "/v1/clients/{client_id}/close", "gateway", ("admin",)),
    Route("POST", "/v1/sessions", "gateway", access=Access.OPEN),
    Route("GET", "/v1/signing-keys", "gateway", ("admin",)),
    Route("POST", "/v1/signing-keys", "gateway", ("admin",)),
    Route("DELETE", "/v1/signing-keys/{kid}", "gateway", ("admin",)),
    Route("POST", "/v1/write-keys", "gateway", ("admin",)),
    Route("GET", "/v1/write-keys", "gateway", ("admin",)),
    Route("DELETE", "/v1/write-keys/{key_id}", "gateway", ("admin",)),
    Route("POST", "/v1/notices", "gateway", ("admin",)),
    Route("GET", "/v1/notices", "gateway"),
    Route("POST", "/v1/consents", "gateway", ("consents:write",)),
    Route("POST", "/v1/consents/withdraw", "gateway", ("consents:write",)),
    Route("GET", "/v1/consents/{consent_id}/receipt", "gateway", ("consents:read",)),
    Route("GET", "/v1/subjects/{subject_id}/consents", "gateway", ("consents:read",)),
    Route("POST", "/v1/subjects/lookup", "gateway", ("subjects:read",), purpose=True),
    Route("GET", "/v1/subjects/{subject_id}", "gateway", ("subjects:read",), purpose=True),
    Route("GET", "/v1/subjects/{subject_id}/timeline", "gateway", ("subjects:read",), purpose=True),
    Route("POST", "/v1/subjects/{subject_id}/unseal", "gateway", ("subjects:read",), purpose=True),
    Route("GET", "/v1/recipients", "gateway", ("audit:read", "privacy:manage")),
    Route("GET", "/v1/inventory", "gateway", ("audit:read", "privacy:manage")),
    Route("POST", "/v1/privacy-requests", "gateway", ("privacy:manage", "subjects:write")),
    *_officer(
        ("POST", "/v1/policy/simulate"),
        ("POST", "/v1/policy/replay"),
        ("PUT", "/v1/recipients/{key}"),
        ("GET", "/v1/inventory/dossier"),
        ("POST", "/v1/breach-reports"),
        ("GET", "/v1/alerts"),
        ("POST", "/v1/alerts/{alert_id}/close"),
        ("GET", "/v1/privacy-requests"),
        ("GET", "/v1/privacy-requests/{request_id}"),
        ("POST", "/v1/privacy-requests/{request_id}/acknowledge"),
        ("POST", "/v1/privacy-requests/{request_id}/approve"),
        ("POST", "/v1/privacy-requests/{request_id}/refuse"),
        ("POST", "/v1/privacy-requests/{request_id}/extend"),
        ("POST", "/v1/privacy-requests/{request_id}/complete"),
        ("GET", "/v1/privacy-requests/{request_id}/export"),
        ("GET", "/v1/privacy-requests/{request_id}/certificate"),
    ),
    Route(
        "GET",
        "/v1/subjects/{subject_id}/holds/{hold_id}/records",
        "gateway",
        ("privacy:manage",),
        purpose=True,
    ),
    Route("POST", "/v1/subjects/merge", "gateway", ("subjects:write",)),
    Route("POST", "/v1/subjects/split", "gateway", ("subjects:write",)),
    Route("POST", "/v1/identity/suggestions/{suggestion_id}/accept", "gateway", ("subjects:write",)),
    Route("POST", "/v1/imports/{import_id}/ask", "gateway", ("subjects:read",), purpose=True),
    Route("GET", "/consent/{token}", "gateway", access=Access.OPEN),
    Route("POST", "/consent/{token}", "gateway", access=Access.OPEN),
    Route("GET", "/privacy", "gateway", access=Access.OPEN),
    *(
        Route("POST", f"/privacy/{step}", "gateway", access=Access.OPEN)
        for step in ("code", "sign-in", "second", "consents", "requests", "sign-out")
    ),
    Route("GET", "/v1/audit", "gateway", ("audit:read",)),
    *_service(
        "gateway",
        ("GET", "/v1/audit/verify", "audit:read"),
        ("GET", "/v1/audit/reads", "audit:read"),
        ("GET", "/v1/audit/checkpoints", "audit:read"),
        ("GET", "/v1/audit/export", "audit:read"),
    ),
)

WEBHOOKS: Final = tuple(
    Route(method, path, "gateway")
    for method, path in (
        ("GET", "/v1/webhook-types"),
        ("POST", "/v1/webhooks"),
        ("GET", "/v1/webhooks"),
        ("GET", "/v1/webhooks/{webhook_id}"),
        ("PATCH", "/v1/webhooks/{webhook_id}"),
        ("DELETE", "/v1/webhooks/{webhook_id}"),
        ("POST", "/v1/webhooks/{webhook_id}/secrets"),
        ("POST", "/v1/webhooks/{webhook_id}/test"),
        ("POST", "/v1/webhooks/{webhook_id}/replay"),
        ("GET", "/v1/webhooks/{webhook_id}/messages"),
        ("POST", "/v1/webhooks/{webhook_id}/messages/{message_id}/replay"),
    )
)
"""Any client keeps its own; what it is told of takes the scopes of `GET /v1/webhook-types`."""

SANDBOX: Final = (
    Route("POST", "/v1/sandbox/clients", "gateway"),
    Route("GET", "/v1/sandbox/people", "gateway"),
    Route("GET", "/v1/requests", "gateway"),
)

IN_SANDBOX: Final = frozenset(
    {
        ("POST", "/v1/subjects/lookup"),
        ("GET", "/v1/subjects/{subject_id}"),
        ("GET", "/v1/notices"),
        ("POST", "/v1/clients/{client_id}/secrets"),
        *((route.method, route.path) for route in (*WEBHOOKS, *SANDBOX[1:])),
    }
)
"""What a test client may ask; about people it is answered by the sandbox."""

OPEN: Final = _open(
    "/",
    "/livez",
    "/readyz",
    "/metrics",
    "/.well-known/jwks.json",
    "/openapi.json",
    "/docs",
    "/docs/try",
    "/asyncapi.json",
    "/asyncapi",
    "/assets/{file}",
)

ROUTES: Final = (*COLLECT, *TRACK, *KEEPING, *VERIFY, *SOCIAL, *PERSONA, *GATEWAY, *WEBHOOKS, *SANDBOX, *OPEN)

EVERY: Final = (*ROUTES, *SHORT)
"""What the gateway answers; the short addresses are the SDKs' and in no document."""

PAIRWISE_PARAMS: Final = frozenset({"subject_id", "consent_id", "record_id"})
"""Placeholders whose values a partner knows by pairwise ids."""
