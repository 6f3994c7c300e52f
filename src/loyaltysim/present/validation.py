"""Tell a validation: the tables of `validate` on a screen and in a folder."""

from __future__ import annotations

from loyaltysim.configure.publish import text
from loyaltysim.present.lists_answer import validated
from loyaltysim.present.telling import Telling
from loyaltysim.scenario.said import Said
from loyaltysim.validate.tables import page, screen, summary

TELLING = Telling(
    screen=lambda answer, _: screen(answer.found),
    reading=lambda answer, _: validated(answer.found),
    whole=True,
    summary=lambda answer: summary(answer.found),
    pages=lambda answer: {"validation.md": text(page(answer.found))},
    place=Said("tables: {folder}", "数据表：{folder}"),
)
