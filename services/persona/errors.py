"""What this service refuses beyond the kernel's faults."""

from kernel.errors import Fault


class StudyRefused(Fault):
    """A study without an objective, a metric, or with conditions that cannot or must not be asked."""

    status, code, title = 422, "study-refused", "The study cannot be made as asked"
