from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('governance', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='datasetnotice',
            name='read_at',
            field=models.DateTimeField(null=True),
        ),
    ]
