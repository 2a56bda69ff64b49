"""Conditions as an application writes them."""

import os
import subprocess
import sys

MADE = """
from restwell import Api, Field, Grant, Resource, when
from restwell.access.sight import sight_of

api = Api()

class Paper(Resource):
    title: str = Field(identity=True)
    team: str = ""

api.resource("/papers", read=when(lambda row, grant: row.team.in_(grant.groups)))(Paper)
print(sight_of(api.declarations[0], Grant("ada", groups=map(str, range(20)))).text)
"""


def test_a_condition_on_a_set_is_the_same_in_every_process() -> None:
    """Entity tags are made of it, and workers have to make the same ones."""
    said = {
        subprocess.run(
            [sys.executable, "-c", MADE], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(said) == 1
