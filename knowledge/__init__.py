"""Ready answers: help articles that customers read in the widget and agents put into their replies."""
