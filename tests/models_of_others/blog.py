"""A blog in the shape that users have: users, posts, tags by an association table, and what inherits of a post."""

from datetime import datetime

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from restwell import Api, public


class Base(DeclarativeBase):
    pass


tagged = sa.Table(
    "post_tags",
    Base.metadata,
    sa.Column("post_id", sa.ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("tag_id", sa.ForeignKey("tags.id"), primary_key=True),
    sa.Column("added", sa.DateTime, server_default=sa.func.now(), nullable=False),
)


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(50), unique=True)
    posts: Mapped[list["Post"]] = relationship(back_populates="user", cascade="all, delete-orphan")


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    title: Mapped[str] = mapped_column(sa.String(100))
    made: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    user: Mapped[User] = relationship(back_populates="posts")
    tags: Mapped[list["Tag"]] = relationship(secondary=tagged)
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "post"}  # noqa: RUF012 - SQLAlchemy's own


class Video(Post):
    __tablename__ = "videos"
    id: Mapped[int] = mapped_column(sa.ForeignKey("posts.id"), primary_key=True)
    seconds: Mapped[int]
    __mapper_args__ = {"polymorphic_identity": "video"}  # noqa: RUF012 - SQLAlchemy's own


class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(30), unique=True)


app = Flask(__name__)
api = Api(app)
for model in (User, Post, Video, Tag):
    api.resource(f"/{model.__tablename__}", model=model, read=public(), write=public())
api.resource("/post_tags", model=tagged, read=public(), write=public())
