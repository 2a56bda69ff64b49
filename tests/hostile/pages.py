"""A page of large rows, read in a process of its own: `python -m tests.hostile.pages ROWS DATABASE` prints KiB."""

from __future__ import annotations

import json
import logging
import sys

from restwell import Field, Resource, public
from tests.api import JSON, serve
from tests.servers import forget_peak, memory_of


class Large(Resource):
    """Something of a megabyte."""

    number: int = Field(identity=True)
    text: str = Field("", max_length=1_000_000)


def main() -> None:
    rows, database = int(sys.argv[1]), sys.argv[2]
    large = lambda api: api.resource("/large", read=public(), write=public(), max_body=1_100_000)(Large)  # noqa: E731
    served = serve(large, database=database)
    logging.getLogger("restwell").setLevel(logging.CRITICAL)
    for number in range(rows):
        assert served.send("PUT", f"/large/{number}", content={"text": "x" * 1_000_000}).status == 201
    assert served.send("GET", "/large?limit=1").status == 200
    forget_peak()
    before = memory_of()["VmRSS"]
    answer = served.send("GET", f"/large?limit={rows}", accept=JSON)
    peak = memory_of()["VmHWM"] - before
    sys.stdout.write(json.dumps({"status": answer.status, "bytes": len(answer.body), "peak": peak}))


if __name__ == "__main__":
    main()
