"""The email channel: every mail in, exactly once, in the right thread; every answer out."""
