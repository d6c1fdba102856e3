"""Data for a first look: a small outdoor shop its people, and two weeks of its mail and chat.

Made through the product's own actions, so that everything about it is real: history, deadlines, outgoing mail.
"""
