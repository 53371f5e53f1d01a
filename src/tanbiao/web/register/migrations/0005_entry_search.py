"""What finds entries by words and facets: a generated tsvector with GIN on PostgreSQL, FTS5 on SQLite."""

from django.db import migrations

SQLITE = ("CREATE VIRTUAL TABLE register_entry_fts USING fts5(tokens, content='', tokenize='unicode61 remove_diacritics 0')",)
POSTGRES = (
    "ALTER TABLE register_entry ADD COLUMN vector tsvector "
    "GENERATED ALWAYS AS (array_to_tsvector(string_to_array(tokens, ' '))) STORED",
    "CREATE INDEX register_entry_vector ON register_entry USING gin (vector)",
    # Of two common words the planner must know how common they are.
    "ALTER TABLE register_entry ALTER COLUMN vector SET STATISTICS 1000",
)


def create(apps, schema_editor):
    for statement in POSTGRES if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE register_entry DROP COLUMN vector")
    else:
        schema_editor.execute("DROP TABLE register_entry_fts")


class Migration(migrations.Migration):
    dependencies = [("register", "0004_register_at_scale")]

    operations = [migrations.RunPython(create, drop)]
