"""An old database: keys of several columns, odd names, no defaults, a view, and a table without a number."""

import sqlalchemy as sa
from flask import Flask

from restwell import Api, Field, Resource, public

metadata = sa.MetaData()
customers = sa.Table(
    "Customer Master",
    metadata,
    sa.Column("CUST-NO", sa.String(10), key="number", primary_key=True),
    sa.Column("Cust Name", sa.String(40), key="name", nullable=False),
    sa.Column("select", sa.Integer, key="chosen"),
)
lines = sa.Table(
    "ORDER_LINES",
    metadata,
    sa.Column("ORDER_NO", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("LINE_NO", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("CUSTOMER", sa.String(10), sa.ForeignKey("Customer Master.number"), nullable=False),
    sa.Column("AMOUNT", sa.Numeric(10, 2), nullable=False),
)
totals = sa.select(lines.c.CUSTOMER.label("customer"), sa.func.sum(lines.c.AMOUNT).label("amount")).group_by(
    lines.c.CUSTOMER
)
app = Flask(__name__)
api = Api(app)


@api.resource("/customers", model=customers, read=public(), write=public())
class Customer(Resource):
    """Who buys."""

    CUST_NO: str
    Cust_Name: str
    select: int | None = None


api.resource("/lines", model=lines, read=public(), write=public())


@api.resource("/totals", query=totals, read=public())
class Total(Resource):
    """What somebody has bought for."""

    customer: str = Field(identity=True)
    amount: float
