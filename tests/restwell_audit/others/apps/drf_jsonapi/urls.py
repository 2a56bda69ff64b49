# mypy: ignore-errors
# Its packages are in an environment of their own.
"""The snippets as JSON:API: resources with links, relationships and pages, as the media type defines them."""

from django.contrib.auth.models import User
from django.urls import include, path
from rest_framework.routers import DefaultRouter
from rest_framework_json_api import serializers
from rest_framework_json_api.relations import ResourceRelatedField
from rest_framework_json_api.views import ModelViewSet, ReadOnlyModelViewSet, RelationshipView
from snippets.models import Snippet


class SnippetSerializer(serializers.HyperlinkedModelSerializer):
    owner = ResourceRelatedField(
        queryset=User.objects.all(),
        required=False,
        related_link_view_name="snippet-related",
        related_link_url_kwarg="pk",
        self_link_view_name="snippet-relationships",
    )
    related_serializers = {"owner": "drf_jsonapi.urls.UserSerializer"}

    class Meta:
        model = Snippet
        fields = ("url", "title", "code", "linenos", "language", "owner")


class UserSerializer(serializers.HyperlinkedModelSerializer):
    class Meta:
        model = User
        fields = ("url", "username")


class SnippetViewSet(ModelViewSet):
    queryset = Snippet.objects.all()
    serializer_class = SnippetSerializer


class UserViewSet(ReadOnlyModelViewSet):
    queryset = User.objects.order_by("id")
    serializer_class = UserSerializer


class SnippetRelationshipView(RelationshipView):
    queryset = Snippet.objects.all()


router = DefaultRouter()
router.register("snippets", SnippetViewSet, basename="snippet")
router.register("users", UserViewSet, basename="user")

urlpatterns = [
    path("", include(router.urls)),
    path(
        "snippets/<int:pk>/relationships/<related_field>/",
        SnippetRelationshipView.as_view(),
        name="snippet-relationships",
    ),
    path("snippets/<int:pk>/<related_field>/", SnippetViewSet.as_view({"get": "retrieve_related"}),
         name="snippet-related"),
]  # fmt: skip
