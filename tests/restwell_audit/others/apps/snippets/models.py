# mypy: ignore-errors
# Its packages are in an environment of their own.
"""The snippet of Django REST framework's tutorial, with its owner."""

from django.db import models


class Snippet(models.Model):
    created = models.DateTimeField(auto_now_add=True)
    title = models.CharField(max_length=100, blank=True, default="")
    code = models.TextField()
    linenos = models.BooleanField(default=False)
    language = models.CharField(choices=[("python", "Python"), ("json", "JSON")], default="python", max_length=100)
    owner = models.ForeignKey("auth.User", related_name="snippets", on_delete=models.CASCADE, null=True)

    class Meta:
        ordering = ("created",)

    def __str__(self) -> str:
        return self.title
