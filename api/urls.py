from __future__ import annotations

from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView

from api.views.customers import CustomerDetail, CustomerList, CustomerTickets
from api.views.me import Me, MyAvailability, MyToken
from api.views.messages import AttachmentFile, TicketMessages
from api.views.missing import NoSuchAddress
from api.views.tickets import TicketDetail, TicketEvents, TicketList

app_name = "api"
urlpatterns = [
    path("tickets/", TicketList.as_view(), name="tickets"),
    path("tickets/<str:pk>/", TicketDetail.as_view(), name="ticket"),
    path("tickets/<str:pk>/messages/", TicketMessages.as_view(), name="messages"),
    path("tickets/<str:pk>/events/", TicketEvents.as_view(), name="events"),
    path("attachments/<slug:public_id>/", AttachmentFile.as_view(), name="attachment"),
    path("customers/", CustomerList.as_view(), name="customers"),
    path("customers/<slug:public_id>/", CustomerDetail.as_view(), name="customer"),
    path("customers/<slug:public_id>/tickets/", CustomerTickets.as_view(), name="customer-tickets"),
    path("me/", Me.as_view(), name="me"),
    path("me/availability/", MyAvailability.as_view(), name="availability"),
    path("me/token/", MyToken.as_view(), name="token"),
    path("schema/", SpectacularAPIView.as_view(permission_classes=[]), name="schema"),
    re_path(r"^(?P<rest>(?s:.*))\Z", NoSuchAddress.as_view(), name="missing"),
]
