"""The gateway's signing keys are the kernel's: other services sign too."""

from kernel.signing import JoseError, SigningKeys

__all__ = ["JoseError", "SigningKeys"]
