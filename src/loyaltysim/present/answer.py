"""How every answer reads: a plain sentence, what turns it, how sure, one figure, at most eight rows.

    first    what to do or what happened: a verb, at most 25 words and two numbers, no brackets, no keys
    second   what would turn it, in a manager's words
    sure     what nobody knows first, luck second; with too few runs that they are too few
    assumed  what is assumed and decides, where something does
    rows     of one table; everything else stands behind `--more` and in the report

A screen has at most 25 lines and 40 numbers, a story 200 words and 30 numbers, its table counted. `faults` says what
breaks these rules; the tests ask it of every command in both languages.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence

from loyaltysim.present.format import WIDTH, aligned
from loyaltysim.scenario.said import LANGUAGES, Said, spoken
from loyaltysim.studies.reading import Reading

LINES, NUMBERS, ROWS = 25, 40, 8  # of a screen; rows of its table
STORY_WORDS, STORY_NUMBERS = 200, 30
FIRST_WORDS, FIRST_LETTERS, FIRST_NUMBERS = 25, 45, 2  # letters: of a Chinese first line
FEWEST = 5  # runs below which no interval of luck is told
TOO_FEW = Said("Too few runs to say how sure this is.", "运行次数太少，说不准有多大把握。")

_DIGITS = re.compile(r"(?<![A-Za-z0-9_.])[-+±]?\d[\d,]*(?:\.\d+)?")
_ENGLISH = re.compile(
    r"\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|"
    r"fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|dozen|hundreds?|"
    r"thousands?|millions?|half|halves|thirds?|quarters? of|fifths?|tenths?|twice|double|thrice)\b",
    re.IGNORECASE,
)
_NO_NUMBER = re.compile(
    r"\b(?:no|any|every|each|that|which|the|this) one\b|\bone (?:another|of|by one)\b", re.IGNORECASE
)
_CHINESE = re.compile(r"[零一二两三四五六七八九十百千万亿半]+")
_NO_CHINESE = re.compile(
    r"百分点|百分之|半衰期|这一|那一|哪一|下一|上一|一切|一律|一向|一样|一起|一定|一旦|唯一|统一|万一|十分|一般|一直|一致|进一步|同一|一些|一点|任一|某一|每一|之一|另一|千万"
)
_KEY = re.compile(r"\b[a-z][a-z0-9]*_[a-z0-9_]+\b|\b[a-z_]+(?:\.[A-Za-z_]\w*)+\b|\w+\s?=\s?\w+")
_BRACKETS = re.compile(r"[()\[\]{}（）【】]")
_STOPS = "，。；：、！？）」”%"
_STAYS = "\N{NO-BREAK SPACE}"
_PIECE = re.compile(rf"[!-~{_STAYS}]+ ?|.", re.DOTALL)  # what a line of Chinese does not break: words and numbers
_ROW = re.compile(r"\bS\d-\d\d\b")  # of the claims' sources
_PATHS = re.compile(r"\S*[/\\]\S+|\S+-[0-9a-f]{8}\S*")


def screen(reading: Reading) -> str:
    """The answer on one screen, in the language that is spoken."""
    lang = spoken()
    blocks = [[line for said in reading.prose if said[lang] for line in wrapped(said[lang])]]
    if reading.figure:
        label = Said("figure: ", "图：")[lang]
        blocks.append([f"{label}{reading.figure}"])
    if reading.table.rows:
        blocks.append(columns(reading.table.cells(lang)))
    return "\n\n".join("\n".join(block) for block in blocks)


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """A table as text, its title first: words to the left, numbers to the right, as wide as a screen where it can."""
    apart = [[row[0], *(f"  {cell}" for cell in row[1:])] for row in rows]
    others = [max(10, *(width(row[k]) for row in apart)) for k in range(1, len(apart[0]))]
    return aligned(apart[0], apart[1:], (max(0, min(44, WIDTH - sum(others))), *others))


def width(text: str) -> int:
    """Columns on a screen: a Chinese letter takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def wrapped(text: str, most: int = WIDTH) -> list[str]:
    """A paragraph in lines of so many columns: a number stays with its per cent sign, Chinese breaks between letters,
    and no line begins with a stop.
    """
    text = text.replace(" %", f"{_STAYS}%")
    if width(text) == len(text):
        return [line.replace(_STAYS, " ") for line in textwrap.wrap(text, most)]
    lines: list[list[str]] = [[]]
    for piece in _PIECE.findall(text):
        if lines[-1] and width("".join(lines[-1]) + piece.rstrip()) > most:
            carried = [piece]
            while carried[0] in _STOPS and len(lines[-1]) > 1:
                carried.insert(0, lines[-1].pop())
            lines.append(carried)
        else:
            lines[-1].append(piece)
    return ["".join(line).strip().replace(_STAYS, " ") for line in lines]


def numbers(text: str) -> list[str]:
    """Every number in a text: digits and number words of both languages; paths, hashes and rows of claims hold none."""
    text = _ROW.sub(" ", _PATHS.sub(" ", text))
    words = _ENGLISH.findall(_NO_NUMBER.sub(" ", text))
    return [*_DIGITS.findall(text), *words, *_CHINESE.findall(_NO_CHINESE.sub(" ", text))]


def faults(reading: Reading) -> list[str]:
    """What breaks the rules of an answer, in words; empty where it reads as it should."""
    return list(dict.fromkeys(fault for lang in LANGUAGES for fault in _faults(reading, lang)))


def _faults(reading: Reading, lang: str) -> Iterable[str]:
    first = reading.first[lang]
    if lang == "en" and len(first.split()) > FIRST_WORDS:
        yield f"first line ({lang}): {len(first.split())} words, at most {FIRST_WORDS}: {first}"
    if lang == "zh" and len(first) > FIRST_LETTERS:
        yield f"first line ({lang}): {len(first)} letters, at most {FIRST_LETTERS}: {first}"
    if len(numbers(first)) > FIRST_NUMBERS:
        yield f"first line ({lang}): {len(numbers(first))} numbers, at most {FIRST_NUMBERS}: {first}"
    if _BRACKETS.search(first):
        yield f"first line ({lang}): has brackets: {first}"
    for said in reading.prose:
        text = said[lang]
        if found := _KEY.findall(text):
            yield f"prose ({lang}): holds keys {', '.join(found)}: {text}"
        if not text.rstrip().endswith((".", "?", "!", "。", "？", "！")):
            yield f"prose ({lang}): no full sentence: {text}"
        if lang == "zh" and not re.search(r"[\u4e00-\u9fff]", text):
            yield f"prose ({lang}): is not Chinese: {text}"
        if lang == "en" and re.search(r"[\u4e00-\u9fff]", text):
            yield f"prose ({lang}): is not English: {text}"
        if lang == "zh" and re.search(r"[\u4e00-\u9fff] ?[,;:?!().]|[,;:?!()] ?[\u4e00-\u9fff]", text):
            yield f"prose ({lang}): half-width punctuation: {text}"
    if len(reading.table.rows) > ROWS:
        yield f"table: {len(reading.table.rows)} rows, at most {ROWS}"


def over_budget(text: str, lines: int = LINES, most: int = NUMBERS) -> list[str]:
    """What of a screen is too much: lines, numbers, columns."""
    found, count = text.splitlines(), len(numbers(text))
    said = [f"{len(found)} lines, at most {lines}"] * (len(found) > lines)
    said += [f"{count} numbers, at most {most}"] * (count > most)
    return said + [f"wider than {WIDTH}: {line}" for line in found if width(line) > WIDTH and not _PATHS.search(line)]
