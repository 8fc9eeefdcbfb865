"""What Quotient's speed is measured by: `make bench` (or `python -m benchmarks`)."""
