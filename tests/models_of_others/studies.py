"""Optuna's studies and trials."""

from flask import Flask
from optuna.storages._rdb import models  # type: ignore[import-not-found]  # installed by the test that serves it

from restwell import Api, public

app = Flask(__name__)
api = Api(app)
for model in (models.StudyModel, models.TrialModel, models.TrialValueModel, models.StudyDirectionModel):
    api.resource(f"/{model.__tablename__}", model=model, read=public(), write=public())
