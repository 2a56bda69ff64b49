"""Cache-Control as it is declared (RFC 9111, section 5.2.2; RFC 5861)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caching:
    """How long a representation stays fresh, as declared (RFC 9111, section 5.2.2; RFC 5861). Seconds."""

    max_age: int | None = None
    s_maxage: int | None = None
    stale_while_revalidate: int | None = None
    must_revalidate: bool = False
    no_store: bool = False

    def __post_init__(self) -> None:
        for name in ("max_age", "s_maxage", "stale_while_revalidate"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
                raise ValueError(f"{name} is a number of seconds, 0 or more, not {value!r}")
        others = (self.max_age, self.s_maxage, self.stale_while_revalidate, self.must_revalidate)
        if self.no_store and others != (None, None, None, False):
            raise ValueError("no_store excludes every other caching directive: declare it alone")

    def to_header(self, *, private: bool) -> str:
        """Cache-Control; `private` when the answer is for one caller only."""
        if self.no_store:
            return "no-store"
        parts = ["private"] if private else []
        parts.append("no-cache" if self.max_age is None else f"max-age={self.max_age}")
        if self.s_maxage is not None and not private:
            parts.append(f"s-maxage={self.s_maxage}")
        if self.must_revalidate:
            parts.append("must-revalidate")
        if self.stale_while_revalidate is not None:
            parts.append(f"stale-while-revalidate={self.stale_while_revalidate}")
        return ", ".join(parts)
