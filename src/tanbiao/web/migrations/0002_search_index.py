"""The search index proper: a contentless FTS5 table on SQLite, a tsvector with GIN on PostgreSQL."""

from django.db import migrations

SQLITE = "CREATE VIRTUAL TABLE web_search_fts USING fts5(tokens, content='', tokenize='unicode61 remove_diacritics 0')"
POSTGRES = """
CREATE TABLE web_search_fts (
    id bigint PRIMARY KEY,
    vector tsvector NOT NULL
);
CREATE INDEX web_search_fts_vector ON web_search_fts USING gin (vector);
"""


def create(apps, schema_editor):
    schema_editor.execute(POSTGRES if schema_editor.connection.vendor == "postgresql" else SQLITE)


def drop(apps, schema_editor):
    schema_editor.execute("DROP TABLE web_search_fts")


class Migration(migrations.Migration):
    dependencies = [("web", "0001_initial")]

    operations = [migrations.RunPython(create, drop)]
