"""What a study must say before anything is computed: why, about whom, judged by what, over which time."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from kernel.errors import FieldError
from kernel.privacy.purposes import Purpose
from services.persona.attributes.domain import Condition, Selection, Window, faults_in

MetricKind = Literal["repeat_purchase", "churn", "revenue", "response"]
METRICS: tuple[MetricKind, ...] = get_args(MetricKind)
DEFAULT_WINDOW = timedelta(days=365)
MOST_PERSONAS = 12
LONGEST_HORIZON_DAYS = 730


@dataclass(frozen=True, slots=True)
class Study:
    """A study as asked for; `faults_of` says whether it may be."""

    name: str
    objective: str
    metric: str
    horizon_days: int
    purpose: str = Purpose.PROFILING.value
    conditions: tuple[Condition, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    max_personas: int = MOST_PERSONAS

    @property
    def selection(self) -> Selection:
        """Whom it is about."""
        return Selection(self.conditions)

    def window(self, now: datetime) -> Window:
        """The time it looks at: up to `now` and a year long where not said otherwise; never into the future."""
        end = min(self.end or now, now)
        start = self.start or end - DEFAULT_WINDOW
        return Window(int(start.timestamp()), int(end.timestamp()))


def faults_of(study: Study) -> list[FieldError]:
    """Why the study is refused, by field; none where it may be. No objective, no study."""
    found = []
    if len(study.name.strip()) < 3:
        found.append(FieldError("/name", "At least 3 letters."))
    if len(study.objective.strip()) < 10:
        found.append(FieldError("/objective", "Say in a sentence what will be decided with the result."))
    if study.metric not in METRICS:
        found.append(FieldError("/success_metric/kind", f"One of {', '.join(METRICS)}."))
    if not 1 <= study.horizon_days <= LONGEST_HORIZON_DAYS:
        found.append(FieldError("/success_metric/horizon_days", f"1 to {LONGEST_HORIZON_DAYS} days."))
    if study.purpose != Purpose.PROFILING:
        found.append(FieldError("/purpose", "Portraits need the purpose profiling."))
    if not 2 <= study.max_personas <= MOST_PERSONAS:
        found.append(FieldError("/max_personas", f"2 to {MOST_PERSONAS}."))
    return [*found, *_window_faults(study), *faults_in(study.conditions)]


def _window_faults(study: Study) -> list[FieldError]:
    if study.start and study.start > datetime.now(UTC):
        return [FieldError("/window/from", "Lies in the future.")]
    if study.start and study.end and study.start >= study.end:
        return [FieldError("/window/to", "Must be after from.")]
    return []
