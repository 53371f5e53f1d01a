"""The orders in which entries are walked, each with what narrows them beside it; certificates by state and day."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_city_of_an_organisation'),
        ('register', '0012_answers_to_reports'),
        ('studies', '0003_delete_studyinput'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='certificate',
            name='register_ce_is_newe_808ff4_idx',
        ),
        migrations.RemoveIndex(
            model_name='entry',
            name='register_entry_newest',
        ),
        migrations.RemoveIndex(
            model_name='entry',
            name='register_entry_ending',
        ),
        migrations.RemoveIndex(
            model_name='entry',
            name='register_entry_product',
        ),
        migrations.RemoveIndex(
            model_name='entry',
            name='register_entry_holder',
        ),
        migrations.RemoveIndex(
            model_name='entry',
            name='register_entry_category',
        ),
        migrations.RemoveIndex(
            model_name='entry',
            name='register_entry_region',
        ),
        migrations.RemoveIndex(
            model_name='entry',
            name='register_entry_body',
        ),
        migrations.AddIndex(
            model_name='certificate',
            index=models.Index(fields=['is_newest', 'state', 'state_since'], name='register_state_since'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['-issued_on', 'number'], include=('kind', 'state', 'body', 'scheme', 'grade', 'category', 'region'), name='entry_by_day'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['valid_until', 'number'], include=('kind', 'state', 'body', 'scheme', 'grade', 'category', 'region'), name='entry_by_end'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['product_key', 'number'], include=('kind', 'state', 'body', 'scheme', 'grade', 'category', 'region'), name='entry_by_product'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['holder_key', 'product_key', 'number'], include=('kind', 'state', 'body', 'scheme', 'grade', 'category', 'region'), name='entry_by_holder'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['body_key', 'holder_key', 'product_key', 'number'], include=('kind', 'state', 'body', 'scheme', 'grade', 'category', 'region'), name='entry_by_body'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['category', 'product_key', '-issued_on', 'number'], include=('kind', 'state', 'body', 'scheme', 'grade', 'region'), name='entry_by_category'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['region', 'holder_key', '-issued_on', 'number'], include=('kind', 'state', 'body', 'scheme', 'grade', 'category'), name='entry_by_region'),
        ),
    ]
