"""Pages and prints of portraits: what they say in both languages, and what they keep to themselves."""

import re
from pathlib import Path

from services.persona.pages.view import measured, number, texts
from tests.running import until
from tests.services.persona.archetypes import customers
from tests.services.persona.running import Persona, consented, running
from tests.services.persona.serving.test_service import NOW, finished, study

NAME = "<script>alert('x')</script> & bạn bè"


async def text(persona: Persona, path: str, **asking: str) -> str:
    """A page."""
    reply = await persona.ask("GET", path, **asking)
    assert reply.status == 200, reply.body
    return reply.body.decode()


async def test_portraits_are_pages_and_files_in_both_languages(tmp_path: Path) -> None:
    planted = customers(120, end=NOW)
    async with running(tmp_path) as persona:
        assert texts()["en"]["nothing"] in await text(persona, "/personas?lang=en")
        await persona.feed.send(*planted.events, *(consented(person) for person in planted.kind_of))
        await persona.feed.beat()
        await until(persona.all_applied)
        ids = (await finished(persona, await study(persona, name=NAME)))["personas"]
        await persona.feed.beat()
        await until(persona.all_applied)

        gallery = await text(persona, "/personas?lang=vi")
        assert "<script" not in gallery
        assert "&lt;script&gt;" in gallery
        assert set(re.findall(r'href="/personas/([0-9a-f-]{36})', gallery)) == set(ids)

        card = await persona.get(f"/v1/personas/{ids[0]}")
        for lang in ("vi", "en"):
            page = await text(persona, f"/personas/{ids[0]}?lang={lang}")
            assert f'<html lang="{lang}">' in page
            assert card["confidence"][lang] in page
            assert all(check["reason"][lang] in page for check in card["mistakes"].values())
            assert all(quote["text"] in page for quote in card["quotes"])
        assert card["quotes"]
        looked = await text(persona, f"/personas/{ids[0]}?lang=en", kind="looker")
        assert not [quote for quote in card["quotes"] if quote["text"] in looked]
        assert texts()["en"]["sign_in_words"] in looked

        starts = {"pdf": b"%PDF", "png": b"\x89PNG", "svg": b"<svg"}
        for kind, start in starts.items():
            for path in (f"/personas/{ids[0]}/card.{kind}", f"/v1/personas/{ids[0]}.{kind}"):
                assert (await persona.ask("GET", f"{path}?lang=vi")).body.startswith(start), path
        assert (await persona.ask("GET", f"/v1/personas/{ids[0]}.gif")).status in (404, 422)
        moved = await persona.get(f"/v1/personas/{ids[0]}/migration")
        assert (moved["from_version"], moved["to_version"], moved["flows"]) == (None, 1, [])


async def test_nobody_sees_pages_without_the_scope_and_what_is_not_there_is_not_found(
    persona: Persona,
) -> None:
    assert (await persona.ask("GET", "/personas", scopes=frozenset())).status == 403
    assert (await persona.ask("GET", "/personas/nonsense")).status == 404
    assert (await persona.ask("GET", "/personas/assets/secrets.txt")).status == 404
    style = await text(persona, "/personas/assets/style.css")
    assert "http" not in style


def test_numbers_are_written_as_people_write_them() -> None:
    assert (number(1234567.0, "vi"), number(1234567.0, "en")) == ("1.234.567", "1,234,567")
    assert (number(3.5, "vi"), number(3.5, "en")) == ("3,5", "3.5")
    assert measured(0.125, "share", "vi") == "12,5 %"
    assert measured(2_500_000, "VND", "vi") == "2,5 triệu ₫"
    assert measured(12.0, "days", "en") == "12 days"
    assert measured("sách", "category", "en") == "sách"


def test_both_languages_say_the_same_things() -> None:
    assert texts()["vi"].keys() == texts()["en"].keys()
