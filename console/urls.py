from __future__ import annotations

from django.urls import path

from console.views import (
    articles,
    attachments,
    availability,
    bulk,
    chats,
    composer,
    conversation,
    customers,
    fields,
    inbox,
    live,
    mail,
    ready_answers,
)

app_name = "console"
urlpatterns = [
    path("", inbox.home, name="home"),
    path("views/<str:key>/", inbox.ticket_list, name="view"),
    path("live/", live.changes, name="live"),
    path("bulk/", bulk.change_many, name="bulk"),
    path("tickets/<int:pk>/", conversation.show, name="ticket"),
    path("tickets/<int:pk>/since/", conversation.since, name="since"),
    path("tickets/<int:pk>/earlier/", conversation.earlier, name="earlier"),
    path("tickets/<int:pk>/read/", conversation.read, name="read"),
    path("tickets/<int:pk>/reply/", composer.reply, name="reply"),
    path("tickets/<int:pk>/note/", composer.note, name="note"),
    path("tickets/<int:pk>/draft/", composer.draft, name="draft"),
    path("tickets/<int:pk>/held/<int:mail_pk>/", mail.decide_held, name="decide_held"),
    path("tickets/<int:pk>/waiting/<int:pending_pk>/", mail.change_waiting, name="change_waiting"),
    path("tickets/<int:pk>/answers/", ready_answers.search, name="ready_answers"),
    path("tickets/<int:pk>/answers/<str:public_id>/", ready_answers.use, name="use_answer"),
    path("tickets/<int:pk>/change/<str:field>/", fields.change, name="change"),
    path("chats/live/", chats.live, name="chats_live"),
    path("chats/accept/", chats.accept_next, name="accept_next_chat"),
    path("chats/<int:pk>/accept/", chats.accept, name="accept_chat"),
    path("chats/<int:pk>/end/", chats.end, name="end_chat"),
    path("chats/<int:pk>/typing/", chats.typing, name="typing"),
    path("attachments/<str:public_id>/", attachments.download, name="attachment"),
    path("customers/", customers.customer_list, name="customers"),
    path("customers/<str:public_id>/", customers.customer, name="customer"),
    path("customers/<str:public_id>/profile/", customers.profile, name="customer_profile"),
    path("articles/", articles.article_list, name="articles"),
    path("articles/new/", articles.new, name="new_article"),
    path("articles/<str:public_id>/", articles.article, name="article"),
    path("articles/<str:public_id>/retire/", articles.retire, name="retire_article"),
    path("articles/<str:public_id>/restore/", articles.restore, name="restore_article"),
    path("availability/", availability.change, name="availability"),
]
