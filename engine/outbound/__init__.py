"""What the service says to others over HTTP: to public addresses only, where the tenants chose the address."""
