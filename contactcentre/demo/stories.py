"""What customers wrote, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from tickets.models import Priority, Status, TicketType

CUSTOMER, AGENT, NOTE = "customer", "agent", "note"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing said, `minutes` after the line before it."""

    who: str
    minutes: int
    text: str


@dataclass(frozen=True, slots=True)
class Story:
    """One conversation that began `hours_ago`. `agent` is a key of the cast; empty leaves it unassigned."""

    name: str
    email: str
    subject: str
    hours_ago: float
    lines: tuple[Line, ...]
    channel: str = "email"
    agent: str = ""
    team: str = ""
    status: str = ""
    priority: int = Priority.NORMAL
    type: str = TicketType.QUESTION
    tags: tuple[str, ...] = ()
    about: str = ""


STORIES: tuple[Story, ...] = (
    Story(
        "Mia Chen",
        "mia.chen@example.net",
        "Tent poles missing from order 48213",
        1.4,
        (
            Line(
                CUSTOMER,
                0,
                "Hello,\n\nmy Fjell 3 tent came today (order 48213) but the bag with the poles was not in the box. "
                "We leave for Norway on Friday morning. Can you send the poles so that they are here by Thursday?\n\n"
                "Best wishes\nMia Chen",
            ),
        ),
        team="support",
        priority=Priority.HIGH,
        type=TicketType.PROBLEM,
        tags=("delivery", "missing-part"),
        about="Buys for the Trondheim scout group. Prefers short answers.",
    ),
    Story(
        "Mia Chen",
        "mia.chen@example.net",
        "Which sleeping bag down to -10 °C?",
        24 * 12,
        (
            Line(CUSTOMER, 0, "Hi! Which of your bags would you take to a Norwegian September, nights down to -10?"),
            Line(
                AGENT,
                42,
                "Hello Mia,\n\nthe Nordlys 900: its comfort limit is -12 °C and it packs to 8 litres. "
                "The Nordlys 600 is lighter but only good to -3 °C.\n\nKind regards\nAna",
            ),
            Line(CUSTOMER, 15, "Perfect, thank you. Ordered!"),
        ),
        agent="agent",
        status=Status.SOLVED,
        tags=("advice",),
    ),
    Story(
        "Jonas Weber",
        "jonas.weber@example.org",
        "Refund for returned boots",
        30,
        (
            Line(
                CUSTOMER,
                0,
                "Good morning, I sent the boots back on the 3rd (return R-2291) and still have no refund. "
                "When will the money be on my account?",
            ),
            Line(NOTE, 60, "Warehouse says the parcel was booked in yesterday, see R-2291. Refund is approved."),
            Line(
                AGENT,
                5,
                "Hello Jonas,\n\nyour boots arrived yesterday and the refund of 129.00 EUR left us today. "
                "Banks usually need two or three working days.\n\nKind regards\nTomás",
            ),
            Line(CUSTOMER, 600, "Thanks. I will look again on Monday."),
        ),
        agent="agent2",
        team="returns",
        type=TicketType.REQUEST,
        tags=("refund",),
    ),
    Story(
        "Ελένη Παπαδοπούλου",
        "eleni.p@example.gr",
        "Εγγύηση για το σακίδιο",
        20,
        (
            Line(
                CUSTOMER,
                0,
                "Καλημέρα,\n\nτο φερμουάρ στο σακίδιο που αγόρασα τον Μάρτιο χάλασε. Καλύπτεται από την εγγύηση;\n\n"
                "Ευχαριστώ,\nΕλένη",
            ),
        ),
        team="support",
        tags=("warranty",),
    ),
    Story(
        "王小明",
        "wang.xiaoming@example.cn",
        "背包尺寸咨询",
        9,
        (
            Line(CUSTOMER, 0, "您好！请问 Trail 45 背包可以作为登机行李吗？尺寸是多少？谢谢。"),
            Line(AGENT, 70, "您好，王先生：\n\nTrail 45 的尺寸是 62 × 32 × 22 厘米，比多数航空公司的登机标准略大。"),
        ),
        agent="agent",
        status=Status.PENDING,
    ),
    Story(
        "Priya Raman",
        "priya.raman@example.in",
        "Damaged stove — second time!",
        5,
        (
            Line(
                CUSTOMER,
                0,
                "This is the second stove in a row that arrives with a bent valve. I am really disappointed. "
                "I want a working one or my money back, and somebody should look at how these are packed.",
            ),
            Line(NOTE, 12, "@Leo second complaint this month about packing of the Blaze stove. Quality should know."),
        ),
        agent="agent",
        team="support",
        priority=Priority.URGENT,
        type=TicketType.COMPLAINT,
        tags=("damaged", "packing"),
        about="Two damaged deliveries in a row. Handle with care.",
    ),
    Story(
        "Oliver Brandt",
        "oliver.brandt@example.de",
        "Thank you for the quick repair",
        52,
        (
            Line(
                CUSTOMER, 0, "Just wanted to say: the repaired jacket is like new and came back in five days. Thanks!"
            ),
            Line(AGENT, 30, "That made our morning, Oliver. Enjoy the jacket!\n\nAna"),
        ),
        agent="agent",
        status=Status.SOLVED,
        type=TicketType.PRAISE,
    ),
    Story(
        "Sofía García-Fernández de la Torre y Montenegro-Villaseñor",
        "sofia.garcia@example.es",
        "Cambiar la dirección de entrega del pedido 48377",
        3,
        (
            Line(
                CUSTOMER,
                0,
                "Hola, ¿podrían cambiar la dirección de entrega del pedido 48377? Nos mudamos el sábado. "
                "La nueva dirección es Calle Mayor 14, 3.º B, 28013 Madrid.",
            ),
        ),
        team="support",
        type=TicketType.ORDER,
        tags=("address-change",),
    ),
    Story(
        "Kwame Mensah",
        "kwame.mensah@example.com.gh",
        "Bulk order of 40 headlamps",
        75,
        (
            Line(CUSTOMER, 0, "We run guided night walks and need 40 headlamps by March. Do you give a discount?"),
            Line(NOTE, 20, "Asked Leo, 12 % from 25 pieces is fine."),
            Line(
                AGENT,
                40,
                "Hello Kwame,\n\nfrom 25 pieces we give 12 %. shall I send an offer for the "
                "Lumo 400 or the rechargeable Lumo 600?\n\nKind regards\nTomás",
            ),
        ),
        agent="agent2",
        status=Status.PENDING,
        type=TicketType.ORDER,
        tags=("b2b",),
    ),
    Story(
        "Hannah Virtanen",
        "hannah.virtanen@example.fi",
        "Invoice without VAT number",
        100,
        (
            Line(CUSTOMER, 0, "Invoice 2026-3381 lacks our VAT number. Please send it again with FI12345678."),
            Line(AGENT, 200, "Hello Hannah,\n\nyou have a new one tomorrow.\n\nKind regards\nAna"),
        ),
        agent="agent",
        status=Status.ON_HOLD,
        type=TicketType.REQUEST,
        tags=("invoice",),
    ),
    Story(
        "Lucas Moreau",
        "lucas.moreau@example.fr",
        "Is the Trail 45 back in stock in green?",
        0.4,
        (Line(CUSTOMER, 0, "Hi, is the Trail 45 in green coming back? The site says sold out since August 🙂"),),
        channel="chat",
    ),
    Story(
        "",
        "",
        "",
        0.15,
        (Line(CUSTOMER, 0, "hello? do you ship to Iceland and how long does it take"),),
        channel="chat",
    ),
    Story(
        "Mia Chen",
        "mia.chen@example.net",
        "",
        26,
        (
            Line(CUSTOMER, 0, "Hi, will order 48213 go out today?"),
            Line(AGENT, 1, "Hello Mia, it left our warehouse an hour ago. You get the tracking link by email."),
            Line(CUSTOMER, 1, "Great, thanks!"),
        ),
        channel="chat",
        agent="agent",
        status=Status.SOLVED,
    ),
)
