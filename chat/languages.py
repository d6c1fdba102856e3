"""Which of our languages a visitor reads."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import get_language_info

DEFAULT = "en"
_CHINESE_IN_TRADITIONAL = ("zh-hant", "zh-tw", "zh-hk", "zh-mo")


def choose_language(tag: str) -> str:
    """The language of ours for a BCP 47 tag, by longest prefix: "el-GR" is el, "zh" and "zh-CN" are zh-hans.

    Traditional Chinese readers get English rather than the other script; so does everybody we have no words for.
    """
    tag = tag.strip().lower().replace("_", "-")[:35]
    if tag.startswith(_CHINESE_IN_TRADITIONAL):
        return DEFAULT
    if tag == "zh" or tag.startswith("zh-"):
        return "zh-hans"
    if tag == "in" or tag.startswith("in-"):
        return "id"  # the old code of Indonesian, which some browsers still send
    known = {code for code, _name in settings.LANGUAGES}
    parts = tag.split("-")
    prefixes = ("-".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((prefix for prefix in prefixes if prefix in known), DEFAULT)


def direction_of(language: str) -> str:
    """Either ltr or rtl."""
    return "rtl" if get_language_info(language)["bidi"] else "ltr"
