from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from agents.models import Agent
from chat.actions import end_chat, say
from chat.models import ChatSession, State, Widget
from chat.selectors import chat_context, waiting_chats
from core.errors import Invalid, TooLarge
from core.ids import secret_token
from tests.chat.visitors import Visitor, chat
from tickets.content import NewMessage
from tickets.models import Message, Status, Ticket


def test_first_words_open_a_ticket_that_waits(widget: Widget, ana: Agent) -> None:
    session = chat(widget, "Where is my parcel?", name="Mia Chen")
    assert session.state == State.WAITING
    assert (session.ticket.channel, session.ticket.status) == ("chat", Status.NEW)
    assert session.ticket.subject == "Where is my parcel?"
    assert [message.text for message in session.ticket.messages.all()] == ["Where is my parcel?"]
    assert list(waiting_chats(ana)) == [session]


def test_agents_of_another_brand_do_not_see_it_wait(widget: Widget, otto: Agent) -> None:
    chat(widget)
    assert list(waiting_chats(otto)) == []


def test_the_token_itself_is_never_stored(widget: Widget) -> None:
    token = secret_token()
    chat(widget, token=token)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM chat_chatsession s WHERE s::text LIKE %s", [f"%{token}%"])
        assert cursor.fetchone() == (0,)


def test_a_repeated_start_is_the_same_chat(widget: Widget) -> None:
    token = secret_token()
    first, second = chat(widget, token=token), chat(widget, token=token)
    assert first == second
    assert Message.objects.count() == 1


def test_a_repeated_start_after_the_end_opens_nothing_new(widget: Widget) -> None:
    token = secret_token()
    end_chat(chat(widget, token=token), None)
    assert chat(widget, token=token).state == State.ENDED
    assert (Ticket.objects.count(), Message.objects.count()) == (1, 1)


def test_a_second_tab_joins_the_open_chat(widget: Widget) -> None:
    token = secret_token()
    first = chat(widget, "from one tab", token=token)
    second = chat(widget, "from the other", token=token, client_id="start-0002")
    assert first == second
    assert [message.text for message in first.ticket.messages.all()] == ["from one tab", "from the other"]


@pytest.mark.django_db(transaction=True)
def test_twenty_starts_at_once_are_one_chat(widget: Widget) -> None:
    token = secret_token()

    def start(_number: int) -> int:
        try:
            return chat(widget, token=token).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(start, range(20)))) == 1
    assert (ChatSession.objects.count(), Ticket.objects.count(), Message.objects.count()) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_the_same_words_twenty_times_at_once_are_one_message(widget: Widget) -> None:
    session = chat(widget)

    def repeat(_number: int) -> int:
        try:
            return say(session.pk, NewMessage("once", client_id="message-1")).seq
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(repeat, range(20))) == {2}
    assert Message.objects.filter(text="once").count() == 1


def test_nothing_but_blanks_and_nul_is_nothing_to_send(widget: Widget) -> None:
    with pytest.raises(Invalid):
        chat(widget, " \x00\n ")
    assert not Ticket.objects.exists()


def test_ten_thousand_characters_pass_and_one_more_does_not(widget: Widget) -> None:
    session = chat(widget, "x" * 10_000)
    with pytest.raises(TooLarge, match="10,001"):
        say(session.pk, NewMessage("x" * 10_001, client_id="message-1"))


def test_a_bad_address_starts_nothing(widget: Widget) -> None:
    with pytest.raises(Invalid):
        chat(widget, email="mia at example")
    assert not Ticket.objects.exists()


def test_what_the_browser_says_of_itself_reaches_the_agent(visitor: Visitor) -> None:
    page = {"url": "https://shop.example.com/tents?id=1", "title": "Tents", "referrer": "javascript:alert(1)"}
    visitor.start(page=page, time_zone="Europe/Athens", language="el")
    context = chat_context(Ticket.objects.get())
    assert context is not None
    assert (context.page_url, context.page_title) == (page["url"], "Tents")
    assert context.referrer == ""
    assert context.local_time is not None
    assert str(context.local_time.tzinfo) == "Europe/Athens"


def test_a_time_zone_that_does_not_exist_is_no_error(visitor: Visitor) -> None:
    visitor.start(time_zone="../../etc/passwd")
    context = chat_context(Ticket.objects.get())
    assert context is not None
    assert context.local_time is None
