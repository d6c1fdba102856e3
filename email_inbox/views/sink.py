"""/demo/mail/: what left the demo, and a customer's side of the conversation. Exists with DEBUG only."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.errors import AppError
from email_inbox.customer_mail import answer_as_customer, open_mail, write_as_customer
from email_inbox.models import Mailbox, SinkMail
from email_inbox.rendering import BODY_POLICY

View = Callable[..., HttpResponse]
SHOWN = 100


def demo_only(view: View) -> View:
    """404 in production. Without DEBUG (in tests) a sign-in is asked for as well."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not settings.LOCAL:
            raise Http404
        return (view if settings.DEBUG else login_required(view))(request, *args, **kwargs)

    return guarded


@demo_only
@require_GET
def outbox(request: HttpRequest) -> HttpResponse:
    caught = SinkMail.objects.defer("content")[:SHOWN]
    context = {"caught": caught, "mailboxes": Mailbox.objects.filter(is_active=True), "section": "demo-mail"}
    return render(request, "email_inbox/sink_list.html", context)


@demo_only
@require_GET
def mail(request: HttpRequest, pk: int) -> HttpResponse:
    caught = get_object_or_404(SinkMail, pk=pk)
    context = {"caught": caught, "mail": open_mail(caught), "section": "demo-mail"}
    return render(request, "email_inbox/sink_mail.html", context)


@demo_only
@require_GET
def html(request: HttpRequest, pk: int) -> HttpResponse:
    opened = open_mail(get_object_or_404(SinkMail, pk=pk))
    # Sanitised by `parse`, as everything is that we show.
    response = render(request, "email_inbox/message_body.html", {"body": mark_safe(opened.html)})
    response["Content-Security-Policy"] = BODY_POLICY
    return response


@demo_only
@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    caught = get_object_or_404(SinkMail, pk=pk)
    try:
        answer_as_customer(caught, request.POST.get("text", ""))
    except AppError as error:
        messages.error(request, str(error.message))
        return redirect("mail_sink:mail", pk=pk)
    messages.success(request, _("Sent. It appears in the console in a moment."))
    return redirect("mail_sink:list")


@demo_only
@require_POST
def write(request: HttpRequest) -> HttpResponse:
    fields = [request.POST.get(name, "") for name in ("name", "address", "to", "subject", "text")]
    try:
        write_as_customer(*fields)
    except AppError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("Sent. It appears in the console in a moment."))
    return redirect("mail_sink:list")
