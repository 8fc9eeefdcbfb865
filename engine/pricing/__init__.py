"""Prices quotes: quote -> columns -> kernels -> priced quote, with the reason for every cent."""
