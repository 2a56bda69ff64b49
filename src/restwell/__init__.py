"""Restwell: declare a resource once, get a REST API that does HTTP right."""

from __future__ import annotations

from .access.policy import Rule, public, scope
from .extension import Api
from .fields import Field
from .resource import DeclarationError, Resource

__all__ = ["Api", "DeclarationError", "Field", "Resource", "Rule", "public", "scope"]
