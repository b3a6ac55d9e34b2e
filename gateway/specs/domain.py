"""From the services' own OpenAPI documents to the one that clients read, without I/O."""

import json
import re
from collections.abc import Mapping
from typing import Any

from gateway.clients.domain.grants import SCOPES
from gateway.edge.matching import Access, Route
from gateway.edge.routes import ROUTES

Document = dict[str, Any]

_PLACEHOLDER = re.compile(r"{[^}]*}")
_REFERENCE = re.compile(r'"#/components/(\w+)/([^"]+)"')
_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}

REFUSALS = {
    "Unauthenticated": (401, "The token, key or secret is missing, wrong, expired or revoked."),
    "Forbidden": (403, "`scope-missing`, `purpose-not-allowed` or `consent-missing`; `type` says which."),
    "TooManyRequests": (429, "The quota is used up; `Retry-After` says for how many seconds."),
}
"""What the edge answers before any part is asked: name of the component to status and meaning."""

DESCRIPTION = """Chandung collects customer information with consent, verifies it by phone, listens to social channels
and turns it into portraits. Get a token at `POST /oauth/token` (client credentials), then send it as
`Authorization: Bearer`. Errors are RFC 9457 problems with a stable `type`.

Chandung thu thập thông tin khách hàng khi có sự đồng ý, xác minh qua điện thoại, lắng nghe mạng xã hội và dựng chân
dung khách hàng. Lấy mã truy cập tại `POST /oauth/token`, rồi gửi trong `Authorization: Bearer`."""

IDEMPOTENCY: Document = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Any text of your own: sent again within 24 hours with the same request, the first answer is given"
    " again and nothing is done. Another request under it is 422 `idempotency-key-reused`, one while the first still"
    " runs 409 `idempotency-in-progress`.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}

TAGS = {
    "clients": "Who may ask: tokens, keys, clients. · Ai được hỏi: mã truy cập, khoá, ứng dụng.",
    "sources": "Where records come from. · Nguồn của bản ghi.",
    "records": "Collect, with a receipt a record. · Thu thập, mỗi bản ghi một biên nhận.",
    "imports": "CSV and spreadsheets: preview, progress, errors, undo. · Tệp CSV và bảng tính: xem trước, tiến độ, lỗi, hoàn tác.",
    "tracking": "Segment's SDKs as they are, and the consent banner. · SDK của Segment và bảng hỏi đồng ý.",
    "quarantine": "What waits, why, and how it gets out. · Bản ghi đang chờ, vì sao, và cách giải phóng.",
    "hooks": "Other systems push in, signed. · Hệ thống khác đẩy dữ liệu vào, có chữ ký.",
    "campaigns": "Media, spend and what answers cost. · Chiến dịch, chi phí và giá mỗi phản hồi.",
    "consent": "Notices, consents and their withdrawal. · Thông báo, sự đồng ý và rút lại đồng ý.",
    "privacy": "What data subjects may ask for, with its clocks. · Yêu cầu của chủ thể dữ liệu và thời hạn.",
    "people": "Find and read a person for a purpose. · Tìm và đọc thông tin một người theo mục đích.",
    "verify": "Phone numbers and one-time codes. · Số điện thoại và mã xác minh.",
    "social": "What people say. · Mọi người nói gì.",
    "personas": "Studies and the portraits that they draw. · Nghiên cứu và chân dung khách hàng.",
    "holds": "What a law demands to keep of a person. · Dữ liệu luật buộc lưu giữ.",
    "retention": "How long what is kept, and why. · Lưu dữ liệu gì, bao lâu, vì sao.",
    "keys": "The keys that seal what is personal: versions and rotation. · Khoá mã hoá: phiên bản và xoay khoá.",
    "webhooks": "Be told of events, signed. · Nhận sự kiện có chữ ký.",
    "sandbox": "Try everything with people who do not exist. · Thử với người không có thật.",
    "oversight": "Who did what, provably. · Ai đã làm gì, có bằng chứng.",
}
"""The groups of operations, in the order in which a newcomer meets them."""


def merged(documents: Mapping[str, Document], *, version: str) -> Document:
    """One OpenAPI 3.1 document: every public route of the table, as the part that answers it documents it.

    Component names are prefixed with their part, so that two parts may use the same name; what only internal doors
    use is left out.
    """
    parts = {name: _prefixed(name, document) for name, document in documents.items()}
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        operation = _operation(parts.get(route.upstream, {}), route)
        if operation is not None:
            paths.setdefault(route.path, {})[route.method.lower()] = _guarded(operation, route)
    schemas: dict[str, Any] = {}
    for part in parts.values():
        schemas |= part.get("components", {}).get("schemas", {})
    return {
        "openapi": "3.1.0",
        "info": {"title": "Chandung", "version": version, "description": DESCRIPTION},
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": _reached(paths, schemas),
            "responses": {name: _refusal(text) for name, (_, text) in REFUSALS.items()},
            "securitySchemes": _schemes(),
        },
    }


def _reached(paths: Document, schemas: Document) -> Document:
    """Those of `schemas` that `paths` lead to, by name."""
    reached: set[str] = set()
    ahead = _referred(paths) | {"Problem"}
    while ahead:
        reached |= ahead
        ahead = {one for name in ahead if name in schemas for one in _referred(schemas[name])} - reached
    return {name: schemas[name] for name in sorted(reached) if name in schemas}


def _referred(part: Any) -> set[str]:
    return {name for kind, name in _REFERENCE.findall(json.dumps(part)) if kind == "schemas"}


def _refusal(text: str) -> Document:
    return {"description": text, "content": _PROBLEM}


def _prefixed(name: str, document: Document) -> Document:
    """The document with its components renamed; a problem is the same for all."""

    def renamed(match: re.Match[str]) -> str:
        return f'"#/components/{match[1]}/{_component(name, match[2])}"'

    made: Document = json.loads(_REFERENCE.sub(renamed, json.dumps(document)))
    components = made.get("components", {})
    components["schemas"] = {
        _component(name, key): value for key, value in components.get("schemas", {}).items()
    }
    return made


def _component(part: str, name: str) -> str:
    return name if name == "Problem" else f"{part.capitalize()}{name[:1].upper()}{name[1:]}"


def _operation(document: Document, route: Route) -> dict[str, Any] | None:
    wanted = _PLACEHOLDER.sub("{}", route.path)
    for path, operations in document.get("paths", {}).items():
        if _PLACEHOLDER.sub("{}", path) == wanted and route.method.lower() in operations:
            operation = dict(operations[route.method.lower()])
            return _with_names(operation, path, route.path)
    return None


def _with_names(operation: dict[str, Any], inner: str, outer: str) -> dict[str, Any]:
    """Path parameters by the names that the public path gives them."""
    names = dict(zip(_PLACEHOLDER.findall(inner), _PLACEHOLDER.findall(outer), strict=True))
    operation["parameters"] = [
        {**one, "name": names.get(f"{{{one['name']}}}", one["name"]).strip("{}")}
        if one.get("in") == "path"
        else one
        for one in operation.get("parameters", [])
    ]
    return operation


def _guarded(operation: dict[str, Any], route: Route) -> dict[str, Any]:
    """The operation with what it takes to be let in, in place of how the part says it."""
    if route.method == "POST" and route.access in (Access.TOKEN, Access.COLLECT):
        operation = {**operation, "parameters": [*operation.get("parameters", []), IDEMPOTENCY]}
    if route.deprecated is not None:
        operation = {**operation, "deprecated": True}
    if route.access in (Access.OPEN, Access.SITE):
        return {**operation, "security": []}
    security: list[dict[str, list[str]]] = [{"oauth2": [scope]} for scope in route.scopes] or [{"oauth2": []}]
    if route.access in (Access.COLLECT, Access.TRACK):
        security.append({"writeKey": []})
    refusals = {
        str(status): {"$ref": f"#/components/responses/{name}"} for name, (status, _) in REFUSALS.items()
    }
    return {**operation, "responses": {**operation["responses"], **refusals}, "security": security}


def _schemes() -> dict[str, Any]:
    flow = {"tokenUrl": "/oauth/token", "scopes": SCOPES}
    return {
        "oauth2": {"type": "oauth2", "flows": {"clientCredentials": flow}},
        "writeKey": {"type": "http", "scheme": "basic", "description": "A write key as user name."},
    }
