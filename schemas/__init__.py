"""Nouns, pure rules on them, and sockets. Standard library only; every room may enter here."""
