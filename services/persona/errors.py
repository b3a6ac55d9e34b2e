"""What this service refuses beyond the kernel's faults."""

from kernel.errors import Fault


class ConsentUnknown(Fault):
    """The view of consents is too old to say yes: a failed answer is a denial, and trying again is safe."""

    status, code, title = 503, "consent-unknown", "Whether the person consents is not known now"


class StudyRefused(Fault):
    """A study without an objective, a metric, or with conditions that cannot or must not be asked."""

    status, code, title = 422, "study-refused", "The study cannot be made as asked"
