from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.errors import Conflict
from knowledge.models import Answer


class ChangedMeanwhile(Conflict):
    """A colleague saved first. `current` is the article as it is now, for the reader to compare."""

    code = "changed_meanwhile"
    message = _("A colleague saved this article while you were writing. Nothing of yours is lost: compare and decide.")

    def __init__(self, current: Answer) -> None:
        super().__init__()
        self.current = current
