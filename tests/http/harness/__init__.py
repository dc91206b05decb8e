"""What the HTTP tests stand on: databases, the running server, a client that hides nothing, a proxy that misbehaves."""
