"""Help articles of the outdoor shop, some in four languages, and what they have been good for so far."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from contactcentre.demo.people import Cast
from knowledge.actions import AnswerWords, record_helped, record_shown, record_used, save_answer
from knowledge.models import Answer, AnswerState


@dataclass(frozen=True, slots=True)
class Article:
    """`words`: language -> (question, answer). `readers`, `helped`, `not_helped`: customers; `used`: by agents."""

    words: dict[str, tuple[str, str]]
    keywords: str = ""
    shortcut: str = ""
    public: bool = True
    readers: int = 0
    helped: int = 0
    not_helped: int = 0
    used: int = 0


ARTICLES = (
    Article(
        {
            "en": (
                "How do I return something?",
                "You can return unused gear within 30 days.\n\n1. Print the label at https://shop.example.com/returns\n"
                "2. Pack the gear in any box and put the label on it.\n3. Bring it to any parcel shop.\n\n"
                "The money is back on your account within five working days after the parcel has reached us.",
            ),
            "id": (
                "Bagaimana cara mengembalikan barang?",
                "Barang yang belum dipakai dapat dikembalikan dalam 30 hari.\n\n"
                "1. Cetak label di https://shop.example.com/returns\n2. Kemas barang dan tempelkan label.\n"
                "3. Serahkan ke gerai paket mana saja.\n\nUang kembali dalam lima hari kerja setelah paket diterima.",
            ),
            "el": (
                "Πώς επιστρέφω ένα προϊόν;",
                "Μπορείτε να επιστρέψετε αχρησιμοποίητα προϊόντα μέσα σε 30 ημέρες.\n\n"
                "1. Εκτυπώστε την ετικέτα από το https://shop.example.com/returns\n"
                "2. Βάλτε το προϊόν σε ένα κουτί και κολλήστε την ετικέτα.\n3. Παραδώστε το σε σημείο αποστολής.\n\n"
                "Τα χρήματα επιστρέφονται μέσα σε πέντε εργάσιμες ημέρες.",
            ),
            "zh-hans": (
                "如何退货？",
                "未使用的商品可在 30 天内退货。\n\n1. 在 https://shop.example.com/returns 打印退货标签。\n"
                "2. 将商品装箱并贴上标签。\n3. 交给任意快递网点。\n\n我们收到包裹后五个工作日内退款。",
            ),
        },
        keywords="refund, send back, exchange, wrong size",
        shortcut="return",
        readers=64,
        helped=31,
        not_helped=6,
        used=12,
    ),
    Article(
        {
            "en": (
                "How long does delivery take?",
                "Two to four working days within the EU and the UK, about a week elsewhere. We send a tracking link by "
                "email as soon as the parcel leaves our warehouse.\n\nOrders before 14:00 leave on the same day.",
            ),
            "id": (
                "Berapa lama pengirimannya?",
                "Dua sampai empat hari kerja di Uni Eropa, sekitar satu minggu ke negara lain. "
                "Tautan pelacakan kami kirim lewat email.",
            ),
            "el": (
                "Πόσο διαρκεί η παράδοση;",
                "Δύο έως τέσσερις εργάσιμες ημέρες στην ΕΕ, περίπου μία εβδομάδα αλλού. "
                "Στέλνουμε με email σύνδεσμο παρακολούθησης.",
            ),
            "zh-hans": (
                "配送需要多长时间？",
                "欧盟境内两到四个工作日，其他地区约一周。发货后我们会通过邮件发送物流链接。",
            ),
        },
        keywords="shipping, parcel, tracking, when does it arrive",
        shortcut="delivery",
        readers=51,
        helped=26,
        not_helped=9,
        used=7,
    ),
    Article(
        {
            "en": (
                "Which size of boots do I need?",
                "Measure your foot in the evening, in the socks that you will wear, and add 1 cm. The size table is "
                "beside every boot. Between two sizes take the larger one: feet swell on long walks.",
            ),
        },
        keywords="size chart, fit, shoes",
        shortcut="size",
        readers=23,
        helped=12,
        not_helped=2,
        used=4,
    ),
    Article(
        {
            "en": (
                "How do I care for my waterproof jacket?",
                "Wash it at 30 degrees with liquid detergent and without softener, then tumble dry it on low heat for "
                "20 minutes: the heat renews the coating. Proof it again after about five washes.",
            ),
        },
        keywords="wash, gore-tex, proofing",
        readers=9,
        helped=3,
        not_helped=1,
    ),
    Article(
        {
            "en": (
                "Does the warranty cover wear and tear?",
                "Our gear has a warranty of three years against faults of material and workmanship. Normal wear is not "
                "covered, but we repair nearly everything: ask us for an offer.",
            ),
            "el": (
                "Καλύπτει η εγγύηση τη φυσική φθορά;",
                "Η εγγύηση τριών ετών καλύπτει ελαττώματα υλικού και κατασκευής. Η φυσική φθορά δεν καλύπτεται, "
                "αλλά επισκευάζουμε σχεδόν τα πάντα.",
            ),
        },
        keywords="guarantee, repair, broken zip",
        shortcut="warranty",
        readers=14,
        helped=5,
        not_helped=5,
        used=3,
    ),
    Article(
        {
            "en": (
                "Can I change the address of my order?",
                "Yes, until it has left our warehouse: tell us the order number and the new address in the chat.",
            )
        },
        keywords="move, wrong address",
        shortcut="address",
        readers=8,
        helped=2,
        used=2,
    ),
    Article(
        {"en": ("Greeting", "Hello {{customer.first_name}}, you are talking with {{agent.name}}. How can I help?")},
        shortcut="hi",
        public=False,
        used=19,
    ),
    Article(
        {"en": ("Goodbye", "You are welcome, {{customer.first_name}}. Have a good walk!\n{{agent.name}}")},
        shortcut="bye",
        public=False,
        used=11,
    ),
)


def write_answers(cast: Cast, now: datetime) -> None:
    """All articles under the outdoor brand, published, with their use over the last month."""
    for article in ARTICLES:
        group = ""
        for language, (question, text) in article.words.items():
            words = AnswerWords(
                question=question,
                text=text,
                language=language,
                keywords=article.keywords if language == "en" else "",
                shortcut=article.shortcut,
                state=AnswerState.PUBLISHED,
                public=article.public,
                brand=cast.outdoor,
            )
            answer = save_answer(cast.agents["supervisor"], words, group=group)
            if not group:
                group = answer.group
                _use(article, answer, cast, now)


def _use(article: Article, answer: Answer, cast: Cast, now: datetime) -> None:
    for number in range(article.readers):
        reader = hashlib.sha256(f"{answer.public_id} {number}".encode()).hexdigest()
        at = now - timedelta(hours=11 * number + 2)
        record_shown(answer, reader, now=at)
        if number < article.helped + article.not_helped:
            record_helped(answer, reader, number < article.helped, now=at)
    for number in range(article.used):
        record_used(answer, cast.agents["agent"], now=now - timedelta(hours=30 * number + 1))
