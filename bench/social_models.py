"""How well texts are read: `make bench-social`.

Per research corpus (`$CHANDUNG_DATA/social`, by default `../shared/data` beside the checkout; research and evaluation
only: nothing of it ships) a model is trained on its train part and scored on its dev part, as typed and stripped, and
held against the figures of SOCIAL.md less two points. Then the shipped model, which never saw these, reads the dev
parts; last its speed and memory.
"""

import csv
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from services.social.analysis.domain.linear import load_model
from services.social.training.cards import Line, card
from services.social.training.domain.examples import Example
from services.social.training.fitting import train

ROOT = Path(__file__).resolve().parents[1]
ASPECTS = {
    "BATTERY": "battery", "CAMERA": "camera", "DESIGN": "design", "FEATURES": "usability", "GENERAL": "general",
    "PERFORMANCE": "performance", "PRICE": "price", "SCREEN": "screen", "SER&ACC": "service", "STORAGE": "storage",
}  # fmt: skip
EMOTIONS = {"enjoyment": "joy"}
SPAM = {"no_spam": "clean", "fake_review": "seeding", "brand_only": "advert", "non_review": "spam"}
Row = dict[str, str]


class Corpus(NamedTuple):
    """A corpus, how a row of it is an example, and what is demanded: (head, figure, target, share kept stripped)."""

    folder: str
    example: Callable[[Row], Example]
    head: str
    figure: str
    target: float
    kept: float = 0.95


def sentiment_of(label: str) -> str | None:
    """The polarity that most aspects of a UIT-ViSFD label have, neutral on a tie, None without any."""
    counts = Counter(part.split("#")[1].lower() for part in label.split(";") if "#" in part)
    leading = [polarity for polarity, count in counts.items() if count == max(counts.values())]
    return None if not leading else leading[0] if len(leading) == 1 else "neutral"


def aspects_of(label: str) -> tuple[str, ...]:
    """The aspects of a UIT-ViSFD label in our vocabulary."""
    marks = (part.split("#") for part in label.split(";") if "#" in part)
    return tuple(f"{ASPECTS[aspect]}#{polarity.lower()}" for aspect, polarity in marks)


def _named(label: str) -> tuple[str, ...]:
    """Aspects without their polarity, written as neutral ones."""
    return tuple(dict.fromkeys(f"{pair.partition('#')[0]}#neutral" for pair in aspects_of(label)))


CORPORA = (
    Corpus("uit_vsfc", lambda r: Example(r["text"], sentiment=r["label"]), "sentiment", "macro_f1", 76.2),
    Corpus("vlsp2016_sa", lambda r: Example(r["text"], sentiment=r["label"]), "sentiment", "macro_f1", 69.2),
    Corpus("uit_vsmec", lambda r: Example(r["text"], emotion=EMOTIONS.get(r["label"], r["label"])), "emotion", "macro_f1", 59.5, 0.86),
    Corpus("uit_viocd", lambda r: Example(r["text"], sentiment="negative" if r["label"] == "complaint" else "positive"), "sentiment", "macro_f1", 91.8),
    Corpus("vispamreviews", lambda r: Example(r["text"], spam="spam" if r["label"] == "spam" else "clean"), "spam", "macro_f1", 84.6),
    Corpus("vispamreviews", lambda r: Example(r["text"], spam=SPAM[r["spam_type"]]), "spam", "macro_f1", 75.7),
    Corpus("uit_visfd", lambda r: Example(r["text"], aspects=_named(r["label"])), "aspects", "micro_f1", 84.0),
    Corpus("uit_visfd", lambda r: Example(r["text"], aspects=aspects_of(r["label"])), "aspects", "micro_f1", 73.8),
)  # fmt: skip
UNSEEN = (
    ("vlsp2016_sa", lambda r: Example(r["text"], sentiment=r["label"], source="VLSP2016")),
    ("uit_visfd", lambda r: Example(r["text"], sentiment=sentiment_of(r["label"]), aspects=aspects_of(r["label"]), source="UIT-ViSFD")),
    ("uit_vsfc", lambda r: Example(r["text"], sentiment=r["label"], source="UIT-VSFC")),
    ("uit_vsmec", lambda r: Example(r["text"], emotion=EMOTIONS.get(r["label"], r["label"]), source="UIT-VSMEC")),
)  # fmt: skip


def main() -> int:
    """Print the figures. Returns 1 where a target is missed, 0 otherwise and where the data is absent."""
    data = Path(os.environ.get("CHANDUNG_DATA", ROOT.parent / "shared" / "data")) / "social"
    if not data.exists():
        print("skipped: set CHANDUNG_DATA to the folder that holds social/uit_vsfc/data.csv and the others")
        return 0
    missed = sum([not trained_on(data, corpus) for corpus in CORPORA])
    unseen(data)
    speed(data)
    return int(missed > 0)


def trained_on(data: Path, corpus: Corpus) -> bool:
    """Train on the train part, score the dev part; whether the targets are reached."""
    learn, check = (_part(data, corpus.folder, split, corpus.example) for split in ("train", "dev"))
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.npz"
        train(learn, path, name="bench", heads=[corpus.head])
        seconds, size = time.perf_counter() - began, path.stat().st_size / 1e6
        lines = [line for line in card(check, [load_model(path)]) if line.head == corpus.head]
    typed, stripped = (100 * float(getattr(line, corpus.figure)) for line in lines)
    wanted = corpus.target - 2
    good = typed >= wanted and stripped >= corpus.kept * typed
    print(
        f"{corpus.folder:14} {corpus.head:9} {corpus.figure} {typed:.1f} -> {stripped:.1f} ({100 * stripped / typed:.0f} % kept)"
        f"  wanted {wanted:.1f}, {100 * corpus.kept:.0f} %: {'reached' if good else 'MISSED'}; {seconds:.0f} s, {size:.1f} MB",
        flush=True,
    )
    return good


def _part(data: Path, folder: str, split: str, example: Callable[[Row], Example]) -> list[Example]:
    with (data / folder / "data.csv").open(encoding="utf-8", newline="") as file:
        return [example(row) for row in csv.DictReader(file) if row["split"] == split]


def unseen(data: Path) -> None:
    """The shipped model on what it never saw."""
    for folder, example in UNSEEN:
        for line in card(_part(data, folder, "dev", example)):
            print(f"shipped model, {_shown(line)}", flush=True)


def _shown(line: Line) -> str:
    sure = (
        f", answers {line.coverage:.0%} and is right in {line.kept:.1%} of them, calibration error {line.error:.2f}"
        if line.coverage is not None and line.kept
        else ""
    )
    return f"{line.source} {line.head} ({line.typed}): macro-F1 {line.macro_f1:.1%}, micro-F1 {line.micro_f1:.1%}, accuracy {line.accuracy:.1%}{sure}"


def speed(data: Path) -> None:
    """All heads together: two processes side by side, each with its own memory."""
    texts = [one.text for folder, example in UNSEEN for one in _part(data, folder, "dev", example)]
    texts = (texts * (1 + 10_000 // len(texts)))[:10_000]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "texts"
        file.write_text("\n".join(text.replace("\n", " ") for text in texts))
        runs = [
            subprocess.Popen(
                [sys.executable, "-m", "bench.social_models", str(file)],
                stdout=subprocess.PIPE,
                text=True,
                cwd=ROOT,
            )
            for _ in range(2)
        ]
        told = [run.communicate()[0].split() for run in runs]
    wall, cpu = (sum(float(line[place]) for line in told) for place in (0, 1))
    most = max(float(line[2]) for line in told)
    print(
        f"all heads: {wall:,.0f} texts/s on two cores as busy as they are, {cpu:,.0f} on two of their own;"
        f" {most:.0f} MiB a process at most"
    )


def read_all(file: Path) -> None:
    """A child of `speed`: prints texts a second, texts a CPU second, and its peak memory in MiB."""
    from services.social.analysis.domain import analyse

    texts = file.read_text().split("\n")
    analyse(texts[:50])
    began, worked = time.perf_counter(), time.process_time()
    for start in range(0, len(texts), 250):
        analyse(texts[start : start + 250])
    wall, cpu = time.perf_counter() - began, time.process_time() - worked
    print(len(texts) / wall, len(texts) / cpu, _peak_mib())


def _peak_mib() -> float:
    """This program's own peak: `ru_maxrss` begins at what the process was before it became this program."""
    told = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(told["VmHWM"].split()[0]) / 1024


def run(arguments: Sequence[str]) -> int:
    """The bench, or with a file as argument one of its readers."""
    if arguments:
        read_all(Path(arguments[0]))
        return 0
    return main()


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
