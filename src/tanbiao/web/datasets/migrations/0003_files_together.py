from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("datasets", "0002_terms_and_progress"),
    ]

    operations = [
        migrations.AddField(
            model_name="datasetimport",
            name="files",
            field=models.JSONField(default=list),
        ),
    ]
