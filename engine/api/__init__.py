"""The wire: requests to domain, answers to messages, refusals to google.rpc statuses. Decides nothing."""
