"""PostgreSQL extensions that indexes of the other apps need. Their role must be allowed to create them."""

from django.contrib.postgres.operations import (
    BtreeGinExtension,
    TrigramExtension,
    UnaccentExtension,
)
from django.db import migrations


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [TrigramExtension(), BtreeGinExtension(), UnaccentExtension()]
