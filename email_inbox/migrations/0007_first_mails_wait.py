from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("email_inbox", "0006_people_in_threads_and_pending_answers"),
    ]

    operations = [
        migrations.AddField(
            model_name="pendingreply",
            name="mailbox",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="email_inbox.mailbox",
                verbose_name="mailbox",
            ),
        ),
    ]
