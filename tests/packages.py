"""Draw which package imports which, for `docs/packages.mmd`: `python -m tests.packages`, or `make diagram`.

An arrow that follows from others (A to C, where A leads to B and B to C) is left out.
"""

from __future__ import annotations

import sys

from tests.test_architecture import LEVELS, our_modules, ours

ROOT = "restwell"
"""Stands for what an application imports."""


def package_of(module: str) -> str:
    """Return the package at the top that a module is in, or the module itself where it is in none."""
    return module.partition(".")[0] or ROOT


def imports_of_packages() -> dict[str, set[str]]:
    """Return for each package those that it imports."""
    modules = our_modules(ROOT)
    found: dict[str, set[str]] = {package_of(name): set() for name in modules}
    for module, imported in ours(modules):
        here, there = package_of(module.name), package_of(imported.target)
        if here != there:
            found[here].add(there)
    return found


def reached(graph: dict[str, set[str]], start: str) -> set[str]:
    """Return what can be reached from a package, itself only where there is a circle."""
    found: set[str] = set()
    left = [*graph[start]]
    while left:
        package = left.pop()
        if package not in found:
            found.add(package)
            left += graph[package]
    return found


def diagram() -> str:
    """Return the flowchart, in the language of Mermaid."""
    graph = imports_of_packages()
    lines = ["flowchart TD"]
    for package in sorted(graph, key=lambda name: (-LEVELS.get(name, 12), name)):
        implied = {further for other in graph[package] for further in reached(graph, other)}
        lines += [f"    {package} --> {other}" for other in sorted(graph[package] - implied)]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.stdout.write(diagram())
