"""A rule is plain arithmetic that runs unchanged in Python and inside the compiled step.

Rules take numbers and return numbers: no row, no draw, no configuration inside, so that a figure or a lesson can call
the very function that the market uses. They use `+ - * /`, comparisons and `math.*` on 64-bit numbers only; that is
what makes plain Python and the compiled loop agree bit for bit. Nothing here imports the compiler.
"""

from __future__ import annotations

from collections.abc import Callable

RULES: list[Callable] = []


def rule(function: Callable) -> Callable:
    """Mark a function as a rule; it stays an ordinary Python function."""
    RULES.append(function)
    return function
