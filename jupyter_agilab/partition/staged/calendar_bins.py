"""Calendar bins: days, ISO weeks, months, quarters, years, each from its first day to before the next."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Literal

Period = Literal["day", "week", "month", "quarter", "year"]

_YEAR_MONTH = re.compile(r"(\d{4})-(\d{2})")


class NotADateError(ValueError):
    """A value that is no date."""


def moment_of(value: object) -> tuple[date, bool]:
    """Give the day that a value falls on, and whether it says its time zone.

    Text is ISO 8601 (``2013-01-05``, ``2013-01-05 10:00``, ``2013-01-05T10:00:00+02:00``, ``2013-01``). What
    has an offset is taken in UTC; a value of a column with a time zone of its own, in that.

    Raises
    ------
    NotADateError
        It is something else.
    """
    if isinstance(value, datetime):
        return value.date(), value.tzinfo is not None
    if isinstance(value, date):
        return value, False
    if isinstance(value, str):
        text = value.strip()
        try:
            if found := _YEAR_MONTH.fullmatch(text):
                return date(int(found[1]), int(found[2]), 1), False
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                return moment.date(), False
            return moment.astimezone(UTC).date(), True
        except (ValueError, OverflowError) as error:
            raise NotADateError(text) from error
    raise NotADateError(repr(value))


def first_day(day: date, period: Period) -> date:
    """Give the first day of the bin that a day is in; weeks begin on Monday."""
    match period:
        case "day":
            return day
        case "week":
            return day - timedelta(days=min(day.weekday(), (day - date.min).days))
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=day.month - (day.month - 1) % 3, day=1)
        case "year":
            return day.replace(month=1, day=1)


def next_bin(start: date, period: Period) -> date:
    """Give the first day of the next bin; the calendar's last day where it ends before."""
    try:
        match period:
            case "day":
                return start + timedelta(days=1)
            case "week":
                return start + timedelta(days=7 - start.weekday())
            case "month" | "quarter":
                months = start.month - 1 + (1 if period == "month" else 3)
                return date(start.year + months // 12, months % 12 + 1, 1)
            case "year":
                return date(start.year + 1, 1, 1)
    except (OverflowError, ValueError):
        return date.max


def bin_name(start: date, period: Period) -> str:
    """Name a bin: ``2013-01-05``, ``2013-W01``, ``2013-01``, ``2013-Q1``, ``2013``."""
    match period:
        case "day":
            return start.isoformat()
        case "week":
            year, week, _ = start.isocalendar()
            return f"{year:04}-W{week:02}"
        case "month":
            return f"{start.year:04}-{start.month:02}"
        case "quarter":
            return f"{start.year:04}-Q{(start.month + 2) // 3}"
        case "year":
            return f"{start.year:04}"
