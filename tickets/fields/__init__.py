"""What is asked about a ticket beside subject and status: definitions, values, what is missing."""

from tickets.fields.definitions import Field, fields_of, missing_before_solving, shown
from tickets.fields.values import Line, as_shown, lines_of, parse, parse_lines, total_of

__all__ = [
    "Field",
    "Line",
    "as_shown",
    "fields_of",
    "lines_of",
    "missing_before_solving",
    "parse",
    "parse_lines",
    "shown",
    "total_of",
]
