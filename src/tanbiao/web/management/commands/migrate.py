"""Django's ``migrate``, which lays an empty database's tables at once.

Step by step, Django draws the whole state of all models again for most steps: half a minute on a small machine, before
a first page can be shown. An empty database has nothing to carry over, so its tables come from the models as they are,
then what migrations make by hand (search indexes), and all steps are noted as done. A database with anything in it goes
step by step. ``tests/web/test_laying_tables.py`` holds that both ways end in the same schema.
"""

from __future__ import annotations

from typing import Any, cast

from django.apps import apps
from django.core.management.commands.migrate import Command as StepByStep
from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations import RunPython
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import StateApps
from django.db.models import Model

OURS = "tanbiao."
_WHOLE = {"fake": False, "fake_initial": False, "plan": False, "prune": False, "check_unapplied": False}
"""What is asked when all of it is to be brought up to date, and no part or look of it."""


def lay_tables(connection: BaseDatabaseWrapper) -> None:
    """Make the tables of all models, and what this project's migrations make by hand, in a database that has none.

    All of it, the note that every step is done included, is one transaction: a start that is cut off leaves nothing.
    """
    executor, recorder = MigrationExecutor(connection), MigrationRecorder(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    with connection.schema_editor() as editor:
        # What Django notes its steps in is no model of an app.
        for model in [cast(type[Model], recorder.Migration), *apps.get_models()]:
            if model._meta.can_migrate(connection) and router.allow_migrate_model(connection.alias, model):
                editor.create_model(model)
        for migration, _ in plan:
            by_hand = migration.operations if type(migration).__module__.startswith(OURS) else ()
            for operation in by_hand:
                if isinstance(operation, RunPython):
                    operation.code(cast(StateApps, apps), editor)
            recorder.record_applied(migration.app_label, migration.name)


class Command(StepByStep):
    """Bring a database to the present schema."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Lay the tables of an empty database, after which Django's own finds nothing to do; else go step by step."""
        connection = connections[options["database"]]
        whole = not options["app_label"] and all(bool(options.get(key)) == value for key, value in _WHOLE.items())
        if whole and not connection.introspection.table_names():
            lay_tables(connection)
        super().handle(*args, **options)
