"""Chromium as the tests start it: without a window, and told to ask no network for anything of its own."""

import shutil
from pathlib import Path

import pytest

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-component-update",
    "--disable-background-networking", "--disable-sync", "--disable-dev-shm-usage", "--window-size=1600,900",
)  # fmt: skip


def chromium(folder: Path, *arguments: str) -> list[str]:
    """The command that starts it with a profile in a folder; a test is skipped where it is not installed."""
    if shutil.which("chromium") is None:
        pytest.skip("chromium is not installed")
    return ["chromium", *FLAGS, f"--user-data-dir={folder / 'profile'}", *arguments]
