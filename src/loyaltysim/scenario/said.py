"""One thing in both languages, and the language that is spoken now.

Whoever writes a sentence or a label for people writes it twice, side by side: `Said("churn", "流失")`. Whoever prints
one asks for the language of the command (`str`), or for a language by name (`said["zh"]`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

LANGUAGES = ("en", "zh")
_SPOKEN: ContextVar[str] = ContextVar("language", default="en")


def spoken() -> str:
    """The language of this command: "en" or "zh"."""
    return _SPOKEN.get()


@contextmanager
def speaking(lang: str) -> Iterator[None]:
    """Speak a language within the block. Raises ValueError for one that nobody speaks here."""
    if lang not in LANGUAGES:
        raise ValueError(f"lang = {lang!r}, allowed: {', '.join(LANGUAGES)}")
    token = _SPOKEN.set(lang)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


@dataclass(frozen=True)
class Said:
    """The same words in English and Chinese."""

    en: str
    zh: str

    def __getitem__(self, lang: str) -> str:
        """In this language. Raises KeyError for one that nobody speaks here."""
        if lang not in LANGUAGES:
            raise KeyError(lang)
        text: str = getattr(self, lang)
        return text

    def __str__(self) -> str:
        """In the language that is spoken now."""
        return self[spoken()]

    def __add__(self, other: Said) -> Said:
        """One after the other; English puts a space between them."""
        return Said(" ".join(filter(None, (self.en, other.en))), self.zh + other.zh)


def both(text: str | Said) -> Said:
    """A name or a number is the same in both languages."""
    return text if isinstance(text, Said) else Said(text, text)
