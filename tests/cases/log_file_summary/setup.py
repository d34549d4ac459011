import re
from collections import Counter
from datetime import datetime

LINE = re.compile(
    r"""
    ^(?P<when>\S+)\s      # ISO time
    (?P<level>[A-Z]+)\s
    (?P<text>.*)$
    """,
    re.VERBOSE,
)
LEVELS = ("ERROR", "WARNING")


def parse(line):
    """Give time, level and text, or None for lines of another form."""
    match = LINE.match(line)
    if match is None:
        return None
    return datetime.fromisoformat(match["when"]), match["level"], match["text"]
