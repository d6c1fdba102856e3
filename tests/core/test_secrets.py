"""Secrets at rest: under keys from outside the database, changed without a stop, shown to nobody."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core import serializers
from django.core.management import CommandError, call_command
from django.db import connection
from django.forms import modelform_factory

from agents.models import Brand
from core.keys import local_key, split_keys
from core.secrets import Secret, SecretUnreadable
from email_inbox.models import MailAccount, Mailbox

pytestmark = pytest.mark.django_db

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
WORDS = "correct horse battery staple ✓"


@pytest.fixture
def account(brand: Brand, settings: Any) -> MailAccount:
    settings.SECRETS_KEYS = [OLD]
    mailbox = Mailbox.objects.create(address="support@example.com", brand=brand)
    account: MailAccount = MailAccount.objects.create(
        mailbox=mailbox, host="imap.example.com", user="support", password=Secret.of(WORDS)
    )
    return account


def stored(account: MailAccount) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT password FROM email_inbox_mailaccount WHERE id = %s", [account.pk])
        return str(cursor.fetchone()[0])


def test_what_lies_in_the_database_is_not_the_secret(account: MailAccount) -> None:
    assert WORDS not in stored(account)
    assert MailAccount.objects.get().password.reveal() == WORDS


def test_plain_words_are_refused_instead_of_stored(account: MailAccount) -> None:
    with pytest.raises(TypeError):
        MailAccount.objects.update(password=WORDS)


def test_no_way_of_printing_gives_it_away(account: MailAccount) -> None:
    found = MailAccount.objects.get()
    printed = [str(found.password), repr(found.password), f"{vars(found)}", serializers.serialize("json", [found])]
    assert all(WORDS not in text for text in printed)
    assert str(Secret()) == ""


def test_a_form_says_that_it_is_set_and_keeps_it_when_nothing_is_typed(account: MailAccount) -> None:
    form_class = modelform_factory(MailAccount, fields=["user", "password"])
    shown = str(form_class(instance=account))
    assert WORDS not in shown
    assert stored(account) not in shown
    assert "Set. Type a new one to replace it." in shown
    form = form_class({"user": "other", "password": ""}, instance=MailAccount.objects.get())
    assert form.is_valid(), form.errors
    assert form.changed_data == ["user"]
    form.save()
    assert MailAccount.objects.get().password.reveal() == WORDS


def test_what_is_typed_replaces_it_and_is_not_sent_back_with_an_error(account: MailAccount) -> None:
    form_class = modelform_factory(MailAccount, fields=["user", "password"])
    form = form_class({"user": "", "password": " new words "}, instance=account)
    assert not form.is_valid()
    assert "new words" not in str(form)
    form_class({"user": "support", "password": " new words "}, instance=account).save()
    assert MailAccount.objects.get().password.reveal() == " new words "


def test_keys_are_changed_without_a_stop(
    account: MailAccount, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.SECRETS_KEYS = [NEW, OLD]
    before = stored(account)
    assert MailAccount.objects.get().password.reveal() == WORDS
    call_command("rotate_secrets")
    assert stored(account) != before
    call_command("rotate_secrets")
    assert "0 secrets" in capsys.readouterr().out.splitlines()[-1]
    settings.SECRETS_KEYS = [NEW]
    assert MailAccount.objects.get().password.reveal() == WORDS


def test_a_lost_key_is_said_and_stops_nothing_else(account: MailAccount, settings: Any) -> None:
    settings.SECRETS_KEYS = [NEW]
    found = MailAccount.objects.get()
    with pytest.raises(SecretUnreadable):
        found.password.reveal()
    with pytest.raises(CommandError, match="1 secrets cannot be read"):
        call_command("rotate_secrets")


def test_a_local_key_is_made_once_however_many_begin_at_the_same_time(tmp_path: Path) -> None:
    path, found = tmp_path / "data" / "secrets.key", []
    threads = [threading.Thread(target=lambda: found.append(local_key(path))) for _number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 16
    assert len(set(found)) == 1
    assert path.stat().st_mode & 0o077 == 0
    assert list(path.parent.iterdir()) == [path]


def test_keys_come_newest_first_and_wrong_ones_are_refused_by_number() -> None:
    assert split_keys(f" {NEW},{OLD}\n") == [NEW, OLD]
    assert split_keys("") == []
    with pytest.raises(ValueError, match="key 2"):
        split_keys(f"{NEW},short")
