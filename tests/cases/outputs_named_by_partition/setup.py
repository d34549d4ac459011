from pathlib import Path

out = "results"
