from __future__ import annotations

from django.urls import path

from agents import views

app_name = "agents"
urlpatterns = [path("pictures/<str:picture_id>/", views.picture, name="picture")]
