"""`chandung social`: models of texts, made and judged on this machine; nothing of the platform has to run."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from deploy.settings import PlatformSettings

app = typer.Typer(help="Models that read texts: train them, judge them.", no_args_is_help=True)
console = Console()

Labels = Annotated[
    Path | None,
    typer.Option(help="CSV with text and sentiment, emotion, intents, aspects, spam, source; lists with ;"),
]


@app.command()
def train(
    data: Labels = None,
    out: Annotated[Path | None, typer.Option(help="Where to write the model.")] = None,
    name: Annotated[str, typer.Option(help="What the model is called in each analysis.")] = "company-1",
) -> None:
    """Train a model on a company's own labels; without --data on the corpus that ships, as the shipped model was.

    The file holds numbers only and is safe to load; judge it with `chandung social evaluate --model`. A platform learns
    from its own corrections by POST /v1/social/models/train.
    """
    from services.social.training.domain.corpus import corpus, seeds
    from services.social.training.domain.examples import read_examples
    from services.social.training.fitting import train as fit

    path = out or PlatformSettings().data_dir / "models" / f"{name}.npz"
    examples = read_examples(data) if data else corpus()
    about = fit(examples, path, name=name, calibration=() if data else seeds())
    heads = ", ".join(f"{head.name} ({len(head.labels)})" for head in about.heads)
    console.print(f"{path}: {about.name}, {len(examples)} texts, {heads}.", soft_wrap=True, highlight=False)


@app.command()
def evaluate(
    data: Labels = None,
    model: Annotated[Path | None, typer.Option(help="A model's file; without it the shipped one.")] = None,
) -> None:
    """Print an accuracy card per source, as typed and without diacritics; without --data on the frozen test."""
    from services.social.analysis.domain.linear import load_model
    from services.social.training.cards import card
    from services.social.training.domain.corpus import seeds
    from services.social.training.domain.examples import read_examples

    models = [load_model(model)] if model else []
    table = Table(
        "Source",
        "Head",
        "Typed",
        "n",
        "Macro-F1",
        "Micro-F1",
        "Accuracy",
        "Answered",
        "Right of these",
        "ECE",
    )
    for line in card(read_examples(data) if data else seeds(), models):
        shares = (line.macro_f1, line.micro_f1, line.accuracy, line.coverage, line.kept, line.error)
        shown = ["-" if share is None else f"{100 * share:.1f}" for share in shares]
        table.add_row(line.source, line.head, line.typed, str(line.n), *shown)
    console.print(table)


@app.command()
def corpus(out: Annotated[Path, typer.Option(help="CSV to write.")]) -> None:
    """Write the corpus that ships as a table, to look at it or to add to it."""
    from services.social.training.domain.corpus import corpus as made
    from services.social.training.domain.examples import write_examples

    console.print(f"{out}: {write_examples(out, made())} texts.")
