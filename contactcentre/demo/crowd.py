"""Many more conversations, always the same ones: for looking at full lists."""

from __future__ import annotations

import random
from collections.abc import Iterator

from contactcentre.demo.stories import AGENT, CUSTOMER, Line, Story
from tickets.models import Priority, Status

FIRST = ("Noah", "Emma", "Luca", "Aiko", "Fatima", "Ravi", "Chloé", "Mateo", "Ingrid", "Zoë", "Kofi", "Yara", "Lin")
LAST = ("Smith", "Rossi", "Nakamura", "Haddad", "Olsen", "Dubois", "Silva", "Novák", "Brown", "Ng", "Larsson")
MATTERS = (
    ("Where is order {number}?", "Order {number} should have been here on Monday. Could you look where it is?"),
    ("Wrong size delivered", "I ordered the jacket in M and got L (order {number}). How do I swap it?"),
    ("Question about the Fjell 3", "Does the Fjell 3 stand without pegs? We camp on rock a lot."),
    ("Return of order {number}", "Please send me a label to return order {number}. Everything is unused."),
    ("Discount code does not work", "The code AUTUMN10 says it is expired, but your mail came only yesterday."),
    ("Change of address", "We have moved. Can order {number} go to the new address, please?"),
    ("Zip of the jacket broke", "After three weeks the zip came off. Photos follow. Order {number}."),
    ("Which stove for groups?", "We are eight people. Is the Blaze Duo enough or should we take two?"),
)
ANSWERS = (
    "Hello {name},\n\nI have looked: your parcel is on its way and will be with you tomorrow.\n\nKind regards",
    "Hello {name},\n\nof course. The label is on its way to you in a second mail.\n\nKind regards",
    "Hello {name},\n\nthat should not have happened, I am sorry. A new one left our warehouse today.\n\nKind regards",
)
STATUSES = (Status.NEW, Status.NEW, Status.OPEN, Status.PENDING, Status.ON_HOLD, Status.SOLVED, Status.SOLVED)


def crowd(count: int, *, seed: int = 7) -> Iterator[Story]:
    """`count` conversations over the last 60 days; the same for the same seed."""
    dice = random.Random(seed)
    for number in range(count):
        yield _story(dice, number)


def _story(dice: random.Random, number: int) -> Story:
    name = f"{dice.choice(FIRST)} {dice.choice(LAST)}"
    subject, text = dice.choice(MATTERS)
    status = dice.choice(STATUSES)
    lines = [Line(CUSTOMER, 0, text.format(number=40_000 + number))]
    if status != Status.NEW:
        lines.append(Line(AGENT, dice.randint(5, 600), dice.choice(ANSWERS).format(name=name.split()[0])))
    return Story(
        name,
        f"{name.split()[0].lower()}.{number}@example.net".replace("é", "e").replace("ë", "e"),
        subject.format(number=40_000 + number),
        dice.uniform(1, 24 * 60),
        tuple(lines),
        agent="" if status == Status.NEW else dice.choice(("agent", "agent2", "supervisor")),
        team=dice.choice(("", "support", "returns")),
        status="" if status == Status.NEW else status,
        priority=dice.choice((Priority.LOW, Priority.NORMAL, Priority.NORMAL, Priority.NORMAL, Priority.HIGH)),
        tags=tuple(dice.sample(("delivery", "return", "size", "warranty", "advice"), dice.randint(0, 2))),
    )
