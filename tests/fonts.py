"""Whether Chinese figures can be drawn here."""

from __future__ import annotations

import os

from loyaltysim.present import fonts


def can_write_chinese() -> bool:
    """Is a font with Chinese glyphs installed? In the gate there must be one: raises NoGlyphs there."""
    try:
        return bool(fonts.chinese())
    except fonts.NoGlyphs:
        if os.environ.get("CI"):
            raise
        return False
