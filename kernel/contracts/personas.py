"""`personas.changed`: a persona got a new version."""

from kernel.contracts.event import Event


class PersonaPublished(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Version `persona_version` of a persona is readable; `subject` is None: a persona is nobody."""

    persona_id: str
    persona_version: int
    study_id: str
    run_id: str
    share: float
    stability: float
