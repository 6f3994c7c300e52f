"""A rule is plain arithmetic over named attributes; it runs unchanged in Python, and copied into the compiled step.

Rules take things with names (`here.balance`, `terms.threshold`) and numbers, and know no row, no array and no
configuration, so that a figure or a lesson can call the very function that the market uses. They use `+ - * /`,
comparisons and `math.*` on 64-bit numbers only; that is what makes plain Python and the compiled loop agree bit for
bit. Nothing here imports the compiler.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
RULES: list[Callable[..., Any]] = []


def rule(function: F) -> F:
    """Mark a function as a rule; it stays an ordinary Python function."""
    RULES.append(function)
    return function
