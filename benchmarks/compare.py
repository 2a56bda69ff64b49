"""Two series of measurements in one table: medians, and the ratio of each round with its 95 % interval. Pure."""

from __future__ import annotations

import random
import statistics
from collections.abc import Mapping, Sequence
from typing import NamedTuple

MIN_RATIO = 0.97
"""A median ratio below this is a loss of speed."""
RESAMPLES = 2000


class Compared(NamedTuple):
    """A figure of a case before and now, round by round, each pair measured one after the other.

    `of` is the door that requests a second were counted on, or the unit of the figure.
    """

    case: str
    of: str
    before: tuple[float, ...]
    now: tuple[float, ...]

    @property
    def ratios(self) -> list[float]:
        return [new / old for old, new in zip(self.before, self.now, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios."""
        return statistics.median(self.ratios)

    @property
    def is_slower(self) -> bool:
        return self.ratio < MIN_RATIO


def interval(values: Sequence[float], seed: int = 1) -> tuple[float, float]:
    """The 95 % interval of the median, by the percentile bootstrap: rounds are drawn again, with replacement."""
    draw = random.Random(seed)  # the same numbers give the same interval
    medians = sorted(statistics.median(draw.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return medians[round(0.025 * (RESAMPLES - 1))], medians[round(0.975 * (RESAMPLES - 1))]


def comparison(found: Sequence[Compared], base: str) -> str:
    """The comparison as a Markdown table, with what is to be said of it."""
    lines = [
        f"| requests a second | door | {base} | now | now / {base} | 95 % interval |", "|---|---|--:|--:|--:|--:|",
    ]  # fmt: skip
    for each in found:
        low, high = interval(each.ratios)
        before, now = statistics.median(each.before), statistics.median(each.now)
        mark = " **slower**" if each.is_slower else ""
        figures = f"{before:.0f} | {now:.0f} | {each.ratio:.3f}{mark} | {low:.3f} to {high:.3f}"
        lines.append(f"| {each.case} | {each.of} | {figures} |")
    rounds = len(found[0].now) if found else 0
    slower = sum(each.is_slower for each in found)
    verdict = (
        f"{slower} of {len(found)} are slower than {MIN_RATIO}." if slower else f"None is slower than {MIN_RATIO}."
    )
    about = f"Medians of {rounds} rounds in turns; the interval of the median ratio is by the percentile bootstrap."
    return "\n".join([*lines, "", f"{about} {verdict}"])


def table(found: Mapping[str, Mapping[str, float]], targets: Sequence[str], base: str) -> str:
    """Requests a second of each target, and the ratio of the others to one of them where it has the case."""
    others = [target for target in targets if target != base]
    heads = [*targets, *(f"{each} / {base}" for each in others)]
    lines = [f"| requests a second | {' | '.join(heads)} |", f"|---|{'--:|' * len(heads)}"]
    for case, by in found.items():
        figures = [f"{by[target]:.0f}" if target in by else "" for target in targets]
        ratios = [f"{by[each] / by[base]:.2f}" if base in by and each in by else "" for each in others]
        lines.append(f"| {case} | {' | '.join([*figures, *ratios])} |")
    return "\n".join(lines)
