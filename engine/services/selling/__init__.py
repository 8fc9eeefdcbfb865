"""The selling half: parties, leads, opportunities, quotes, approvals; one verb, one function."""
