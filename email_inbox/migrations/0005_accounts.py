import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import core.secrets


class Migration(migrations.Migration):
    dependencies = [
        ("email_inbox", "0004_spam"),
    ]

    operations = [
        migrations.AlterField(
            model_name="inboundemail",
            name="source",
            field=models.CharField(
                choices=[
                    ("smtp", "SMTP"),
                    ("lmtp", "LMTP"),
                    ("imap", "IMAP"),
                    ("webhook", "Webhook"),
                    ("command", "Command line"),
                    ("demo", "Demo"),
                ],
                max_length=10,
                verbose_name="source",
            ),
        ),
        migrations.CreateModel(
            name="MailAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "due_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="next look"),
                ),
                ("lease_until", models.DateTimeField(blank=True, editable=False, null=True)),
                ("lease_token", models.UUIDField(blank=True, editable=False, null=True)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("last_error", models.TextField(blank=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("host", models.CharField(max_length=253, verbose_name="server")),
                (
                    "port",
                    models.PositiveIntegerField(
                        default=993,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(65535),
                        ],
                        verbose_name="port",
                    ),
                ),
                (
                    "security",
                    models.CharField(
                        choices=[
                            ("tls", "TLS (usually port 993)"),
                            ("starttls", "STARTTLS (usually port 143)"),
                            ("none", "None (this machine only)"),
                        ],
                        default="tls",
                        max_length=10,
                        verbose_name="encryption",
                    ),
                ),
                ("user", models.CharField(max_length=320, verbose_name="user name")),
                (
                    "auth",
                    models.CharField(
                        choices=[("password", "Password or app password"), ("oauth2", "OAuth 2 (XOAUTH2)")],
                        default="password",
                        max_length=10,
                        verbose_name="sign in with",
                    ),
                ),
                ("password", core.secrets.SecretField(verbose_name="password")),
                ("client_id", models.CharField(blank=True, max_length=255, verbose_name="client ID")),
                ("client_secret", core.secrets.SecretField(verbose_name="client secret")),
                ("token_endpoint", models.URLField(blank=True, max_length=500, verbose_name="token endpoint")),
                ("scope", models.CharField(blank=True, max_length=500, verbose_name="scope")),
                ("refresh_token", core.secrets.SecretField(verbose_name="refresh token")),
                ("access_token", core.secrets.SecretField(editable=False, verbose_name="access token")),
                ("token_expires_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("folder", models.CharField(default="INBOX", max_length=255, verbose_name="folder")),
                (
                    "after_fetch",
                    models.CharField(
                        choices=[
                            ("seen", "Mark as read"),
                            ("move", "Move to another folder"),
                            ("delete", "Delete"),
                            ("nothing", "Leave untouched"),
                        ],
                        default="seen",
                        max_length=10,
                        verbose_name="then",
                    ),
                ),
                ("move_to", models.CharField(blank=True, max_length=255, verbose_name="move to")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("uidvalidity", models.PositiveBigIntegerField(default=0, editable=False)),
                ("last_uid", models.PositiveBigIntegerField(default=0, editable=False)),
                ("fetched_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="last looked")),
                (
                    "server_count",
                    models.PositiveIntegerField(blank=True, editable=False, null=True, verbose_name="on the server"),
                ),
                (
                    "our_count",
                    models.PositiveIntegerField(blank=True, editable=False, null=True, verbose_name="of these here"),
                ),
                ("reconciled_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="compared")),
                ("alarm", models.CharField(blank=True, editable=False, max_length=300, verbose_name="alarm")),
                (
                    "mailbox",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accounts",
                        to="email_inbox.mailbox",
                        verbose_name="mailbox",
                    ),
                ),
            ],
            options={
                "verbose_name": "IMAP account",
                "verbose_name_plural": "IMAP accounts",
                "ordering": ["host", "user"],
            },
        ),
        migrations.CreateModel(
            name="FetchedMail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uidvalidity", models.PositiveBigIntegerField()),
                ("uid", models.PositiveBigIntegerField()),
                ("problem", models.CharField(blank=True, max_length=300, verbose_name="problem")),
                ("is_tidied", models.BooleanField(default=False)),
                (
                    "inbound",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="email_inbox.inboundemail",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="fetched",
                        to="email_inbox.mailaccount",
                    ),
                ),
            ],
            options={
                "verbose_name": "fetched mail",
                "verbose_name_plural": "fetched mails",
            },
        ),
        migrations.CreateModel(
            name="WebhookEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("provider", models.CharField(max_length=20)),
                ("event_id", models.CharField(max_length=255)),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "inbound",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="email_inbox.inboundemail",
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook event",
                "verbose_name_plural": "webhook events",
            },
        ),
        migrations.AddIndex(
            model_name="mailaccount",
            index=models.Index(
                condition=models.Q(("finished_at__isnull", True)), fields=["due_at"], name="mail_account_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="mailaccount",
            constraint=models.UniqueConstraint(fields=("host", "port", "user", "folder"), name="mail_account_once"),
        ),
        migrations.AddConstraint(
            model_name="mailaccount",
            constraint=models.CheckConstraint(
                condition=models.Q(("security__in", ["tls", "starttls", "none"])), name="mail_account_security_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="mailaccount",
            constraint=models.CheckConstraint(
                condition=models.Q(("auth__in", ["password", "oauth2"])), name="mail_account_auth_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="mailaccount",
            constraint=models.CheckConstraint(
                condition=models.Q(("after_fetch__in", ["seen", "move", "delete", "nothing"])),
                name="mail_account_after_known",
            ),
        ),
        migrations.AddIndex(
            model_name="fetchedmail",
            index=models.Index(condition=models.Q(("is_tidied", False)), fields=["account"], name="fetched_untidied"),
        ),
        migrations.AddConstraint(
            model_name="fetchedmail",
            constraint=models.UniqueConstraint(fields=("account", "uidvalidity", "uid"), name="fetched_once"),
        ),
        migrations.AddConstraint(
            model_name="webhookevent",
            constraint=models.UniqueConstraint(fields=("provider", "event_id"), name="webhook_event_once"),
        ),
    ]
