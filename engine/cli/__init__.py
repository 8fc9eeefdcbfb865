"""The command `quo`: reads books from disk, prints tables, reads and writes data files; the engine does the rest."""
