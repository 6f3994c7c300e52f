"""Answers shown: screens, charts, reports, diaries, pages."""
