"""Books as they are published, and the plans that answer for them."""
