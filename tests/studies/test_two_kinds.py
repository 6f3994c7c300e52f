"""Of two kinds of people, few or many relational: what the mix decides, and what it cannot."""

from __future__ import annotations

import pytest

from tests import two_kinds

KNOWN = {0.1: -4.2, 0.5: 0.4, 0.9: 5.0}  # USD per customer and year, of a trial with a standard error of .14


@pytest.mark.parametrize("mix", two_kinds.MIXES)
def test_the_mix_of_customers_decides_between_recognition_and_points(mix):
    """Profit of recognition less that of points: the known number within three standard errors of both trials."""
    mean, error = two_kinds.gains(mix)
    assert abs(mean - KNOWN[mix]) < 3.0 * (error**2 + 0.14**2) ** 0.5
