"""Live chat: the widget for any web site, its protocol, and the live part of a chat ticket."""
