"""The font of Chinese figures: one of those that systems ship, found by its name and asked for its glyphs."""

from __future__ import annotations

from functools import cache

PROBE = "会员积分，。"  # letters and stops that a font of Chinese text has
NAMES = (  # in order of preference: free fonts that are made for simplified Chinese, then what systems bring along
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "Microsoft YaHei",
    "Hiragino Sans GB",
    "Heiti SC",
    "SimHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "Noto Sans CJK JP",
    "Arial Unicode MS",
    "Noto Serif CJK SC",
    "STSong",
    "SimSun",
)


class NoGlyphs(ValueError):
    """No font here can write Chinese; the message names fonts to install."""


def chinese() -> str:
    """The name of the first known font with Chinese glyphs that is installed. Raises NoGlyphs: none is."""
    found = _found()
    if found is None:
        raise NoGlyphs(
            "the figures are left out, for no font with Chinese glyphs is installed: install Noto Sans CJK SC, "
            "Source Han Sans SC or WenQuanYi Micro Hei, or ask for lang=en"
        )
    return found


@cache
def _found() -> str | None:
    """Looked up once a process; fonts that were installed since matplotlib last looked are found too."""
    return next((name for name in NAMES if _writes(name)), None) or _found_since()


def _found_since() -> str | None:
    from matplotlib import font_manager

    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    for file in font_manager.findSystemFonts():
        if file not in known:
            try:
                font_manager.fontManager.addfont(file)
            except (OSError, RuntimeError):  # a file that is no font, or one that cannot be read
                continue
    return next((name for name in NAMES if _writes(name)), None)


def _writes(name: str) -> bool:
    """Is a font of this name there, with a glyph for each probe?"""
    from matplotlib import font_manager

    files = [entry for entry in font_manager.fontManager.ttflist if entry.name == name]
    try:
        fonts = [font_manager.get_font(entry.fname) for entry in files[:1]]
    except (OSError, RuntimeError):
        return False
    return any(all(font.get_char_index(ord(letter)) for letter in PROBE) for font in fonts)
