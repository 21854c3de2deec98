"""Figures, the bars they are held against, and how both are printed."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field


@dataclass
class Figure:
    name: str
    value: float
    unit: str
    bar: str = ""  # what is asked of it, in words
    is_met: bool | None = None


@dataclass
class Outcome:
    benchmark: str
    setting: str
    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, name: str, value: float, unit: str) -> None:
        self.figures.append(Figure(name, value, unit))

    def judge(self, name: str, value: float, unit: str, bar: str, holds: Callable[[float], bool]) -> None:
        self.figures.append(Figure(name, value, unit, bar, holds(value)))

    def text(self) -> str:
        lines = [f"{self.benchmark}: {self.setting}"]
        for figure in self.figures:
            verdict = "" if figure.is_met is None else f"   bar {figure.bar}: {'met' if figure.is_met else 'MISSED'}"
            lines.append(f"  {figure.name:<44} {_number(figure.value):>10} {figure.unit}{verdict}")
        return "\n".join(lines + [f"  {note}" for note in self.notes])

    def json(self) -> dict[str, object]:
        return asdict(self)


def _number(value: float) -> str:
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of the values do not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]
