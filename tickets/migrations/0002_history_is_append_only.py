"""A trigger refuses UPDATE and DELETE on the history; erasing a person sets `contactcentre.erasing` for itself."""

from django.db import migrations

CREATE = """
CREATE FUNCTION tickets_history_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('contactcentre.erasing', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the history of a ticket is append-only' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON tickets_ticketevent
    FOR EACH ROW EXECUTE FUNCTION tickets_history_is_append_only();
"""

DROP = """
DROP TRIGGER append_only ON tickets_ticketevent;
DROP FUNCTION tickets_history_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
