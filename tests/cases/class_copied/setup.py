from dataclasses import dataclass, field


@dataclass
class Summary:
    """What one file says."""

    name: str
    values: list[float] = field(default_factory=list)

    @property
    def mean(self) -> float:
        return sum(self.values) / len(self.values)


class Reader:
    skip = "#"

    def __init__(self, path):
        self.path = path

    def read(self):
        with open(self.path) as f:
            values = [float(x) for x in f if not x.startswith(self.skip)]
        return Summary(self.path, values)
