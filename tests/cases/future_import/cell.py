from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Point:
    x: int
    next: Point | None = None


Point(1, Point(len(path))).next.x
