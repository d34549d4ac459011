from pathlib import Path

totals = []
