from django.db import migrations


class Migration(migrations.Migration):
    """Most of what is large in mails is base 64 of what was compressed before: trying to compress it again costs more
    than half of the time that storing a mail with a file takes, and gains next to nothing."""

    dependencies = [("email_inbox", "0007_first_mails_wait")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE email_inbox_rawemail ALTER COLUMN content SET STORAGE EXTERNAL",
            "ALTER TABLE email_inbox_rawemail ALTER COLUMN content SET STORAGE EXTENDED",
        )
    ]
