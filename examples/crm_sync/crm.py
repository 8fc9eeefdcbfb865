"""A CRM of one SQLite file: what it knows of Quotient's documents, how far it has followed, and what its own people have typed in."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

TABLES = """
create table if not exists records (
  name text primary key, etag integer not null, status text not null, title text not null, account text not null
);
create table if not exists typed (id text primary key, display_name text not null, country_code text not null, name text);
create table if not exists bookmark (one integer primary key check (one = 1), event text not null);
create table if not exists seen (event text primary key);
"""


class Crm:
    """What is synced. Each method is one transaction."""

    def __init__(self, file: Path) -> None:
        self.db = sqlite3.connect(file, timeout=30, check_same_thread=False)
        self.db.executescript(TABLES)

    def bookmark(self) -> str:
        """After which event to go on; 0: all there are."""
        found = self.db.execute("select event from bookmark").fetchone()
        return str(found[0]) if found else "0"

    def learn(self, record: tuple[str, int, str, str, str] | None, bookmark: str = "", seen: str = "") -> None:
        """A document as it is now (name, etag, status, title, account), and how far that brings us: both or neither. An older one than is
        known changes nothing, so the same event may come twice, and late."""
        with self.db:
            if record:
                self.db.execute(
                    "insert into records values (?, ?, ?, ?, ?) on conflict (name) do update set etag = excluded.etag, "
                    "status = excluded.status, title = excluded.title, account = excluded.account "
                    "where excluded.etag > records.etag",
                    record,
                )
            if bookmark:
                self.db.execute("insert or replace into bookmark values (1, ?)", (bookmark,))
            if seen:
                self.db.execute("insert or ignore into seen values (?)", (seen,))

    def has_seen(self, event: str) -> bool:
        """Whether a delivery came before."""
        return self.db.execute("select 1 from seen where event = ?", (event,)).fetchone() is not None

    def typed(self) -> Iterator[tuple[str, str, str]]:
        """Customers that our people typed in and Quotient does not know yet: id, name, country."""
        yield from self.db.execute("select id, display_name, country_code from typed where name is null").fetchall()

    def told(self, typed_id: str, name: str) -> None:
        """Quotient knows one now, by this name."""
        with self.db:
            self.db.execute("update typed set name = ? where id = ?", (name, typed_id))
