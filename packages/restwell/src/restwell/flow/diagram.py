"""The table of decisions as a Mermaid flowchart: `python -m restwell.flow.diagram > docs/decisions.mmd`."""

from __future__ import annotations

import sys

from .decisions import TABLE, Decision, Finish, RefuseWith, describe, exits


def diagram() -> str:
    """The flowchart: a diamond for each question, a box for each step, a rounded box for each ending."""
    numbers = {row.name: f"row{place}" for place, row in enumerate(TABLE)}
    lines = ["flowchart TD"]
    endings: dict[str, str] = {}

    def target(way: str | Finish | RefuseWith) -> str:
        if isinstance(way, str):
            return numbers[way]
        text = describe(way)
        if text not in endings:
            endings[text] = f"end{len(endings)}"
            lines.append(f'    {endings[text]}(["{text}"]){":::refusal" if isinstance(way, RefuseWith) else ""}')
        return endings[text]

    for place, row in enumerate(TABLE):
        ways = [target(way) for way in exits(place)]
        if isinstance(row, Decision):
            lines.append(f'    {numbers[row.name]}{{"{row.name}"}}')
            answers = zip(("yes", "no"), ways, strict=True)
            lines += [f"    {numbers[row.name]} -->|{answer}| {way}" for answer, way in answers]
        else:
            lines += [f'    {numbers[row.name]}["{row.name}"]', f"    {numbers[row.name]} --> {ways[0]}"]
            lines += [f"    {numbers[row.name]} -->|refused| {way}" for way in ways[1:]]
    return "\n".join([*lines, "    classDef refusal stroke-dasharray: 4 3", ""])


if __name__ == "__main__":
    sys.stdout.write(diagram())
