# impact.FactorUse answers which studies lean on a factor; this index was written and never read.

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('studies', '0002_critical_reviews'),
    ]

    operations = [
        migrations.DeleteModel(
            name='StudyInput',
        ),
    ]
