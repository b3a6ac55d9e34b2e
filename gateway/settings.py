"""What the gateway is told from outside, beside what every service is told."""

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from kernel.settings import ServiceSettings


class GatewaySettings(ServiceSettings):
    """Settings of the gateway. Upstreams without a URL are given to `create_app` as apps."""

    service: ClassVar[str] = "gateway"

    host: str = Field("127.0.0.1", description="Address that the gateway listens on.")
    port: int = Field(8080, ge=1, le=65_535, description="Port that the gateway listens on.")
    public_url: str = Field(
        "", description="The gateway's address as clients see it; empty: http://HOST:PORT."
    )
    verify_url: str = Field("", description="Base URL of verify.")
    social_url: str = Field("", description="Base URL of social.")
    persona_url: str = Field("", description="Base URL of persona.")
    upstream_deadline_s: float = Field(
        30.0, gt=0, description="Seconds without progress of an upstream after which the gateway answers 504."
    )
    token_ttl_s: int = Field(900, ge=1, le=86_400, description="Life of an access token, in seconds.")
    session_ttl_s: int = Field(
        3600, ge=60, le=86_400, description="Life of the token of somebody who signed in, in seconds."
    )
    operator_codes: Literal["auto", "always", "never"] = Field(
        "auto", description="Whether signing in takes a one-time code; auto: unless HOST is loopback."
    )
    quota_url: str = Field(
        "async+memory://", description="Where quotas are counted (a storage URL of the limits package)."
    )
    rate_limit: str = Field(
        "6000000/minute", description="Requests a client, in the notation of the limits package."
    )
    quota_when_down: Literal["local", "refuse"] = Field(
        "local",
        description="While the shared quota store does not answer: count in this process (a client then has its quota"
        " in each replica), or refuse with 503.",
    )
    at_once: int = Field(
        500, ge=1, description="Requests that one client may have under way, unless its record says."
    )
    most_at_once: int = Field(
        4_000, ge=1, description="Requests under way in this process, above which more are refused with 503."
    )
    token_rate_limit: str = Field(
        "600/minute", description="Refused credentials an address, before it has to wait."
    )
    max_body: int = Field(
        32 * 1024 * 1024, description="Largest declared body in bytes; each service bounds its own further."
    )

    controller: str = Field(
        "", description="Who decides what the data is used for, as receipts and drafts name them."
    )
    law_profile: Literal["standard", "small", "household"] = Field(
        "standard",
        description="Which duties of Law 91/2025 apply: small and household businesses have fewer.",
    )
    privacy_verified_days: int = Field(
        365,
        ge=0,
        description="How long after its holder proved it a number alone opens /privacy; after that another fact is needed.",
    )
    has_processors: bool = Field(
        False, description="Data is also with processors: the longer clocks of the decree apply to requests."
    )
    working_days_file: Path | None = Field(
        None, description="TOML with the lists `off` and `on`: days that were decided to be free or worked."
    )
    webhooks_private: bool = Field(
        False,
        description="Whether webhooks may lead to loopback and plain http: for receivers on the same machine.",
    )
    max_upload: int = Field(1 << 30, description="Largest declared body of an uploaded file in bytes.")

    pages_on_loopback: bool = Field(
        True,
        description="Whoever sits at the machine itself may look at portraits without signing in (but read nobody's own"
        " words), while our address is a loopback one.",
    )

    def base_url(self) -> str:
        """The gateway's address as clients see it, without a slash at the end."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 - compared, not bound
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")

    def needs_codes(self) -> bool:
        """Whether who signs in needs a one-time code."""
        if self.operator_codes != "auto":
            return self.operator_codes == "always"
        return self.host not in ("127.0.0.1", "::1", "localhost")

    def upstream_urls(self) -> dict[str, str]:
        """The services that are reached by URL."""
        urls = {
            "ingest": self.ingest_url,
            "verify": self.verify_url,
            "social": self.social_url,
            "persona": self.persona_url,
        }
        return {name: url for name, url in urls.items() if url}
