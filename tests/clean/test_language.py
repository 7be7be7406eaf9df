"""The language that a page declares, and the guess where it declares none."""

from __future__ import annotations

import pytest

from worker.clean.blocks import walk
from worker.clean.language import guess
from worker.clean.metadata import metadata

# One plain sentence or two a language, twenty words at least.
TEXTS = {
    "de": (
        "Die Stadt hat am Montag beschlossen, dass die Brücke über den Fluss nicht mehr von "
        "Autos befahren werden darf und ein neuer Weg für alle gebaut wird."
    ),
    "en": (
        "The town has decided on Monday that the bridge over the river may not be used by cars "
        "and that a new road for all of them is to be built."
    ),
    "es": (
        "La ciudad ha decidido el lunes que el puente sobre el río no puede ser usado por los "
        "coches y que se va a construir una nueva calle para todos."
    ),
    "fr": (
        "La ville a décidé lundi que le pont sur la rivière ne peut plus être utilisé par les "
        "voitures et que une nouvelle route est construite pour tous."
    ),
    "it": (
        "La città ha deciso lunedì che il ponte sul fiume non può più essere usato dalle auto e "
        "che una nuova strada per tutti è da costruire con i fondi della regione."
    ),
    "nl": (
        "De stad heeft op maandag besloten dat de brug over de rivier niet meer door auto's mag "
        "worden gebruikt en dat er een nieuwe weg voor allen wordt gebouwd."
    ),
    "pl": (
        "Miasto w poniedziałek zdecydowało, że most na rzece nie może już być używany przez "
        "samochody i że dla wszystkich jest do zbudowania nowa droga za rok."
    ),
    "pt": (
        "A cidade decidiu na segunda que a ponte sobre o rio não pode mais ser usada por carros "
        "e que uma nova rua para todos vai ser feita com o apoio da região."
    ),
    "ru": (
        "Город в понедельник решил, что мост на реке не может больше быть для машин и что это не "
        "всё: так как из города к мосту идёт и новая дорога, но не для всех."
    ),
    "ja": "市は月曜日に川の橋を車が使えないようにすることを決めました。",
    "ko": "시는 월요일에 강의 다리를 자동차가 사용할 수 없다고 결정했습니다.",
    "zh": "市政府星期一决定，河上的桥不再允许汽车使用。",
    "el": "Η πόλη αποφάσισε τη Δευτέρα ότι η γέφυρα δεν είναι πια για αυτοκίνητα.",
}


@pytest.mark.parametrize("code", TEXTS)
def test_a_text_tells_its_language(code: str) -> None:
    assert guess(TEXTS[code]) == code
    assert metadata(walk(f"<p>{TEXTS[code]}</p>"), None).language == code


@pytest.mark.parametrize(
    "text", ["", "Ok", "42 17 99", "lorem ipsum dolor sit amet " * 10, "Bgfn Xkcd " * 30]
)
def test_a_text_that_tells_nothing_has_no_language(text: str) -> None:
    assert guess(text) is None


@pytest.mark.parametrize(
    ("head", "tag"),
    [
        ("<html lang=de-AT>", "de-AT"),
        ('<html lang="zh-Hant-TW">', "zh-TW"),
        ("<html xml:lang=fr>", "fr"),
        ('<meta http-equiv="content-language" content="nl">', "nl"),
        ('<meta property="og:locale" content="es_MX">', "es-MX"),
        ("<body lang=pl>", "pl"),
        ('<html lang="{{ lang }}">', "en"),
    ],
)
def test_what_a_page_declares_is_believed(head: str, tag: str) -> None:
    assert metadata(walk(f"{head}<p>{TEXTS['en']}</p>"), None).language == tag
