"""A page that stands alone: no script, no request, styles allowed by their hash; all that is shown is escaped."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import jinja2

from loyaltysim.scenario.said import spoken

TEMPLATES = Path(__file__).with_name("templates")


def rendered(template: str, picture: bytes = b"", **shown: Any) -> str:
    """A template of `templates/` as one page in the language that is spoken.

    picture : an SVG that is laid into the page, as `image`; nothing where there is none
    shown   : what the template names; `Said` is told in the language that is spoken
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    style = (TEMPLATES / "page.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    markup = jinja2.utils.markupsafe  # type: ignore[attr-defined]  # Jinja2 brings it
    page = environment.get_template(template)
    return page.render(style=markup.Markup(style), style_hash=digest, image=inlined(picture), lang=spoken(), **shown)


def inlined(picture: bytes) -> str:
    """An SVG as an address that holds it; "" where there is none."""
    return "data:image/svg+xml;base64," + base64.b64encode(picture).decode() if picture else ""
