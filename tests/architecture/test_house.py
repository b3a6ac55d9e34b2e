"""Rules of the house that no linter knows."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
import sqlalchemy as sa

from kernel.privacy.classes import Label

ROOT = Path(__file__).parents[2]
SOURCE = ("kernel", "services", "gateway", "deploy")
SERVICES = ("ingest", "verify", "social", "persona")
FORBIDDEN = re.compile(r"(^|_)(utils?|helpers?|common|managers?|core)($|_)")
LONGEST_FUNCTION = 60
LONGEST_FILE = 400


def sources() -> list[Path]:
    """Every Python file of the product."""
    return [path for folder in SOURCE for path in sorted((ROOT / folder).rglob("*.py"))]


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function in a parsed file."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_and_its_functions_can_be_read_in_one_sitting(path: Path) -> None:
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    long = [
        f"{node.name}: {(node.end_lineno or 0) - node.lineno + 1} lines"
        for node in functions(tree)
        if (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert not long
    if "migrations" not in path.parts:
        assert text.count("\n") <= LONGEST_FILE


def test_names_say_what_a_thing_is() -> None:
    for path in sources():
        for part in path.relative_to(ROOT).with_suffix("").parts:
            assert not FORBIDDEN.search(part.lower()), path
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                assert not re.search(r"(Manager|Helper|Utils?|Common|Core)$", node.name), (
                    f"{path}: {node.name}"
                )


def test_the_mode_is_a_url_and_never_a_branch() -> None:
    """No code asks whether it is embedded or distributed: what differs stands behind a port or a dialect."""
    asked = {"mode", "embedded", "is_embedded", "distributed", "is_distributed"}
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.If | ast.IfExp | ast.While):
                names = {part.id for part in ast.walk(node.test) if isinstance(part, ast.Name)}
                names |= {part.attr for part in ast.walk(node.test) if isinstance(part, ast.Attribute)}
                names |= {part.value for part in ast.walk(node.test) if isinstance(part, ast.Constant)}
                assert not asked & {name for name in names if isinstance(name, str)}, f"{path}:{node.lineno}"


def test_nothing_is_opened_at_import() -> None:
    """No module makes an engine, a client or a settings object while it is imported."""
    opening = re.compile(
        r"(Settings|Database|create_async_engine|create_engine|AsyncClient|open_log|SqlLog|KafkaLog)$"
    )
    for path in sources():
        for node in ast.parse(path.read_text("utf-8")).body:
            value = getattr(node, "value", None)
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(value, ast.Call):
                name = ast.unparse(value.func).split(".")[-1]
                assert not opening.search(name), f"{path}: {ast.unparse(node)}"


def test_a_service_has_its_readme_wiring_settings_tables_and_migrations() -> None:
    for folder in [ROOT / "services" / name for name in SERVICES] + [ROOT / "gateway"]:
        present = {path.name for path in folder.iterdir()}
        assert {"README.md", "app.py", "settings.py", "tables.py", "migrations"} <= present, folder


def test_a_door_asks_for_the_scope_that_its_document_names() -> None:
    doors = 0
    for path in (ROOT / "services").rglob("api.py"):
        for door in functions(ast.parse(path.read_text("utf-8"))):
            named = {arg for decorator in door.decorator_list for arg in _arguments(decorator, "needs", 0)}
            asked = {arg for statement in door.body for arg in _arguments(statement, "admitted", 1)}
            assert named == asked or not door.decorator_list, f"{path}: {door.name}"
            doors += bool(named)
    assert doors > 20


def _arguments(tree: ast.AST, function: str, place: int) -> Iterator[str]:
    """What is given to `function` at `place`, wherever `tree` calls it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == function:
            yield ast.unparse(node.args[place])


@pytest.mark.parametrize("module", [*(f"services.{name}" for name in SERVICES), "gateway"])
def test_every_stored_column_says_what_it_tells_about_a_person(module: str) -> None:
    import_module(f"{module}.app")
    metadata: sa.MetaData = import_module(f"{module}.tables").metadata
    unlabelled = [
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if not isinstance(column.info.get("privacy"), Label)
    ]
    assert metadata.tables
    assert not unlabelled
