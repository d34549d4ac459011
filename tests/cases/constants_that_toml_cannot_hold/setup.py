import re
from decimal import Decimal

pattern = re.compile(r"(\d+)\s*km", re.IGNORECASE)
colours = {"red", "green", "blue"}
codes = {1: "one", 2: "two"}
rate = Decimal("0.19")
pairs = [(1, 2), (3, 4)]
raw = b"\x00\xff"
