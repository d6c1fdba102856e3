from __future__ import annotations

from django.urls import URLPattern, path

from chat.views import after, answers, api, pages
from chat.views.edge import widget_api

app_name = "chat"
urlpatterns: list[URLPattern] = [
    path("widget.js", pages.script, name="script"),
    path("widget/demo/", pages.demo, name="demo"),
    path("widget/api/config", widget_api(get=api.config), name="config"),
    path("widget/api/start", widget_api(post=api.start), name="start"),
    path("widget/api/messages", widget_api(get=api.get_messages, post=api.post_message), name="messages"),
    path("widget/api/seen", widget_api(post=api.seen), name="seen"),
    path("widget/api/end", widget_api(post=api.end), name="end"),
    path("widget/api/identify", widget_api(post=api.identify), name="identify"),
    path("widget/api/leave", widget_api(post=api.leave), name="leave"),
    path("widget/api/keep", widget_api(post=api.keep), name="keep"),
    path("widget/api/history", widget_api(get=api.history), name="history"),
    path("widget/api/rate", widget_api(post=after.rate), name="rate"),
    path("widget/api/transcript", widget_api(post=after.transcript), name="transcript"),
    path("widget/api/answers", widget_api(get=answers.find), name="answers"),
    path("widget/api/answers/<str:answer>", widget_api(get=answers.read), name="answer"),
    path("widget/api/answers/<str:answer>/helped", widget_api(post=answers.helped), name="answer_helped"),
    path("widget/api/attachments/<str:attachment>", widget_api(get=api.attachment), name="attachment"),
]
