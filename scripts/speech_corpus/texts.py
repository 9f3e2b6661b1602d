"""Sentences and syllables that the voices say, written for this corpus.

Languages and texts of the two parts are disjoint, so that speech which a model was trained on
shares neither with the speech on which it is measured.
"""

from typing import Final, Literal, TypeAlias

__all__ = ["PARTS", "Part", "texts_of"]

Part: TypeAlias = Literal["train", "held-out"]

#: By part: language of espeak-ng -> sentences.
_SENTENCES: Final[dict[Part, dict[str, tuple[str, ...]]]] = {
    "train": {
        "en-us": (
            "Look at the little yellow boat on the water.",
            "Where did you put your other shoe this morning?",
            "Oh my, what a big and shiny red apple!",
            "We are going to the garden after lunch.",
            "Come here, sweetie, let me wipe your hands.",
            "The neighbours are painting their wooden fence.",
        ),
        "de": (
            "Komm, wir gehen heute in den Garten.",
            "Wo hast du denn deine warme Mütze gelassen?",
            "Der kleine Hund liegt unter dem Tisch.",
            "Morgen backen wir zusammen einen Kuchen.",
            "Schau mal, da oben fliegt ein Vogel!",
        ),
        "es": (
            "Mira la luna, qué grande está esta noche.",
            "Vamos a comer la sopa antes de salir.",
            "El gato duerme encima de la mesa.",
            "¿Dónde dejaste los zapatos nuevos?",
            "Mañana llega tu abuela en el tren.",
        ),
        "it": (
            "Guarda come corre veloce la bambina.",
            "Oggi pomeriggio andiamo al mare con la nonna.",
            "La finestra della cucina è ancora aperta.",
            "Dove hai messo il libro degli animali?",
            "Che bella giornata, usciamo un momento!",
        ),
        "nl": (
            "Kijk eens naar die mooie blauwe vlinder.",
            "Straks gaan we samen naar de markt.",
            "De fiets van opa staat achter het huis.",
            "Wil je nog een beetje melk drinken?",
        ),
        "sv": (
            "Titta på den lilla båten ute på sjön.",
            "I morgon ska vi plocka blåbär i skogen.",
            "Var har du lagt din nya tröja?",
            "Kom nu, maten står på bordet.",
        ),
    },
    "held-out": {
        "fr": (
            "Regarde le petit oiseau sur la branche.",
            "Nous allons promener le chien ce soir.",
            "Où as-tu rangé ton manteau bleu?",
            "Il y a du soleil, ouvrons la fenêtre.",
            "Viens ici, mon trésor, donne-moi la main.",
        ),
        "pt": (
            "Olha a menina que dança na rua.",
            "Amanhã vamos visitar a casa do avô.",
            "O pão está quente em cima da mesa.",
            "Onde ficou a bola amarela do menino?",
        ),
        "pl": (
            "Zobacz, jaki duży samolot leci po niebie.",
            "Jutro pojedziemy razem nad jezioro.",
            "Gdzie położyłeś swoje nowe buty?",
            "Babcia gotuje dzisiaj zupę z pomidorów.",
        ),
        "fi": (
            "Katso, kuinka korkealle lintu lentää.",
            "Huomenna menemme yhdessä metsään.",
            "Missä sinun punainen lakkisi on?",
            "Kissa nukkuu vielä pöydän alla.",
        ),
    },
}

#: What adults say to infants who babble; every language of the part says them.
_SYLLABLES: Final[dict[Part, tuple[str, ...]]] = {
    "train": ("ba ba ba, ma ma ma!", "da da, la la, na na!", "hey, hi, oh, ah, uh oh!"),
    "held-out": ("go go go, pa pa pa!", "bo bo, mi mi, tu tu!", "hello, ooh, aha, wow!"),
}

PARTS: Final[tuple[Part, ...]] = ("train", "held-out")


def texts_of(part: Part) -> dict[str, tuple[str, ...]]:
    """Return all texts of a part by language.

    >>> sorted(texts_of("held-out"))
    ['fi', 'fr', 'pl', 'pt']
    """
    return {
        language: (*sentences, *_SYLLABLES[part])
        for language, sentences in _SENTENCES[part].items()
    }
