"""What the dashboard asks every few seconds, found by index: today's messages, deadlines missed today."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tickets", "0002_history_is_append_only")]

    operations = [
        migrations.AddIndex(
            model_name="message",
            index=BrinIndex(autosummarize=True, fields=["created_at"], name="message_by_time", pages_per_range=32),
        ),
        migrations.AddIndex(
            model_name="slatimer",
            index=models.Index(
                condition=models.Q(("outcome", "breached")), fields=["due_at"], name="sla_timer_breached"
            ),
        ),
    ]
