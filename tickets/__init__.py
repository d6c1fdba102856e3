"""The hub: tickets, messages, history, deadlines. Channels below the console, above the customers."""
