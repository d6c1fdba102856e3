"""Ground floor: knows no app. Events, errors, text, time, durable work and storage."""
