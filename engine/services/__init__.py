"""One verb, one function: load, decide, save. Knows neither the wire nor the store's commands."""
