"""Local servers that speak as HashiCorp Vault's transit engine and AWS KMS do, and fail as those do.

They really encrypt: a ciphertext with other associated data, or under another key, does not open.
"""

import base64
import hashlib
import hmac
import json
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOKEN = "hvs.an-invented-token"


@dataclass
class KeyService:
    """What is common to both: the master key, what was asked, and the faults to come."""

    url: str = ""
    master: bytes = field(default_factory=lambda: os.urandom(32))
    faults: list[str] = field(default_factory=list)
    """One is used up by each request: `slow`, `cut`, or a status."""
    asked: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)

    def wrap(self, clear: bytes, bound: bytes) -> bytes:
        """As a real one would."""
        nonce = os.urandom(12)
        return nonce + AESGCM(self.master).encrypt(nonce, clear, bound)

    def unwrap(self, wrapped: bytes, bound: bytes) -> bytes | None:
        """What was wrapped; None where anything is not the same."""
        try:
            return AESGCM(self.master).decrypt(wrapped[:12], wrapped[12:], bound)
        except InvalidTag:
            return None

    def answer(self, path: str, headers: dict[str, str], content: bytes) -> tuple[int, dict[str, Any]]:
        """Status and body."""
        raise NotImplementedError

    def fault(self, status: int) -> dict[str, Any]:
        """The body of a refusal."""
        raise NotImplementedError


class TransitService(KeyService):
    """https://developer.hashicorp.com/vault/api-docs/secret/transit"""

    def fault(self, status: int) -> dict[str, Any]:
        return {"errors": ["invented"]}

    def answer(self, path: str, headers: dict[str, str], content: bytes) -> tuple[int, dict[str, Any]]:
        if headers.get("x-vault-token") != TOKEN:
            return 403, {"errors": ["permission denied"]}
        body = json.loads(content)
        bound = base64.b64decode(body["associated_data"])
        if path == "/v1/transit/encrypt/chandung":
            wrapped = self.wrap(base64.b64decode(body["plaintext"]), bound)
            return 200, {
                "data": {"ciphertext": "vault:v1:" + base64.b64encode(wrapped).decode(), "key_version": 1}
            }
        if path == "/v1/transit/decrypt/chandung":
            clear = self.unwrap(base64.b64decode(body["ciphertext"].removeprefix("vault:v1:")), bound)
            if clear is None:
                return 400, {"errors": ["cipher: message authentication failed"]}
            return 200, {"data": {"plaintext": base64.b64encode(clear).decode()}}
        return 404, {"errors": []}


class KmsService(KeyService):
    """https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html"""

    KEY_ID = "alias/chandung"
    SECRET = "invented"
    credential = re.compile(
        r"AWS4-HMAC-SHA256 Credential=AKIAINVENTED/(?P<scope>(?P<day>\d{8})/ap-southeast-1/kms/aws4_request), "
        r"SignedHeaders=(?P<names>[a-z0-9;-]+), Signature=(?P<signature>[0-9a-f]{64})"
    )

    def is_signed(self, headers: dict[str, str], content: bytes) -> bool:
        """Whether the signature is that of the secret over this very request (Signature Version 4)."""
        given = self.credential.fullmatch(headers.get("authorization", ""))
        if given is None or not {"host", "x-amz-date", "x-amz-target"} <= set(given["names"].split(";")):
            return False
        listed = "".join(f"{name}:{headers[name].strip()}\n" for name in given["names"].split(";"))
        request = f"POST\n/\n\n{listed}\n{given['names']}\n{hashlib.sha256(content).hexdigest()}"
        told = f"AWS4-HMAC-SHA256\n{headers['x-amz-date']}\n{given['scope']}\n"
        told += hashlib.sha256(request.encode()).hexdigest()
        key = ("AWS4" + self.SECRET).encode()
        for part in (given["day"], "ap-southeast-1", "kms", "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.compare_digest(hmac.digest(key, told.encode(), "sha256").hex(), given["signature"])

    def fault(self, status: int) -> dict[str, Any]:
        kind = {400: "ThrottlingException", 500: "KMSInternalException"}.get(status, "ServiceUnavailable")
        return {"__type": kind, "message": "invented"}

    def answer(self, path: str, headers: dict[str, str], content: bytes) -> tuple[int, dict[str, Any]]:
        if not self.is_signed(headers, content):
            return 400, {"__type": "IncompleteSignatureException", "message": "not signed"}
        body = json.loads(content)
        if body["KeyId"] != self.KEY_ID:
            return 400, {"__type": "NotFoundException", "message": "no such key"}
        bound = json.dumps(body["EncryptionContext"], sort_keys=True).encode()
        verb = headers["x-amz-target"]
        if verb == "TrentService.Encrypt":
            blob = self.wrap(base64.b64decode(body["Plaintext"]), bound)
            return 200, {"CiphertextBlob": base64.b64encode(blob).decode(), "KeyId": self.KEY_ID}
        clear = self.unwrap(base64.b64decode(body["CiphertextBlob"]), bound)
        if verb != "TrentService.Decrypt" or clear is None:
            return 400, {"__type": "InvalidCiphertextException", "message": ""}
        return 200, {"Plaintext": base64.b64encode(clear).decode(), "KeyId": self.KEY_ID}


@contextmanager
def serving(service: KeyService, *, slow_s: float = 1.0) -> Iterator[KeyService]:
    """The service on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            sent = self.rfile.read(int(headers["content-length"]))
            service.asked.append((self.path, headers, json.loads(sent)))
            fault = service.faults.pop(0) if service.faults else ""
            if fault == "slow":
                time.sleep(slow_s)
            self.close_connection = bool(fault)
            if fault == "cut":
                return
            if fault.isdigit():
                status, told = int(fault), service.fault(int(fault))
            else:
                status, told = service.answer(self.path, headers, sent)
            content = b"no JSON" if fault == "nonsense" else json.dumps(told).encode()
            try:
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                pass  # who asked did not wait

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        service.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()
