# mypy: ignore-errors
# Its packages are in an environment of their own.
"""Django REST framework's tutorial up to its third part: a ModelSerializer and generic views, open to everybody."""

from django.urls import path
from rest_framework import generics, serializers
from rest_framework.urlpatterns import format_suffix_patterns
from snippets.models import Snippet


class SnippetSerializer(serializers.ModelSerializer):
    class Meta:
        model = Snippet
        fields = ("id", "title", "code", "linenos", "language")


class SnippetList(generics.ListCreateAPIView):
    queryset = Snippet.objects.all()
    serializer_class = SnippetSerializer


class SnippetDetail(generics.RetrieveUpdateDestroyAPIView):
    queryset = Snippet.objects.all()
    serializer_class = SnippetSerializer


urlpatterns = format_suffix_patterns([
    path("snippets/", SnippetList.as_view()),
    path("snippets/<int:pk>/", SnippetDetail.as_view()),
])  # fmt: skip
