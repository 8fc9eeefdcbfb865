"""The command `quo`. Each command is a module; this one only says what they are called and what they take.

Exit codes: 0 fine, 1 the book is at fault, 2 the command line or a file on it is, 3 the service (see `console`).
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="quo",
    help="Rule text into prices: check, format, test, price and publish price books.\n\n"
    "Exit codes: 0 fine, 1 the book is at fault, 2 the command line or a file is, 3 the service is.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Book = Annotated[Path, typer.Argument(help="a book: its folder, or a .quo file", exists=True)]
Books = Annotated[list[Path], typer.Argument(help="a book: its folder, or its files", exists=True)]
Server = Annotated[str, typer.Option("--server", help="HOST:PORT of the service", envvar="QUOTIENT_SERVER")]
SERVER = "127.0.0.1:50051"


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"quo {version('quotient')}")
        raise typer.Exit


def _svg(file: Path | None) -> Path | None:
    if file is not None and file.suffix != ".svg":
        raise typer.BadParameter(f"`{file.name}` does not end in .svg")
    return file


@app.callback()
def _root(
    _version: Annotated[
        bool, typer.Option("--version", help="print the version", callback=_version, is_eager=True)
    ] = False,
    _no_color: Annotated[bool, typer.Option("--no-color", help="no colours; NO_COLOR=1 does the same")] = False,
    token_file: Annotated[
        str,
        typer.Option(
            help="a file with the token or API key that says who calls; or QUOTIENT_TOKEN", envvar="QUOTIENT_TOKEN_FILE"
        ),
    ] = "",
    tls_ca: Annotated[
        str,
        typer.Option(
            help="reach the service by TLS, trusting these authorities: a file, or `public`", envvar="QUOTIENT_CA"
        ),
    ] = "",
    client_cert: Annotated[
        str, typer.Option(help="with --tls-ca: the certificate to show", envvar="QUOTIENT_CLIENT_CERT")
    ] = "",
    client_key: Annotated[str, typer.Option(help="its key", envvar="QUOTIENT_CLIENT_KEY")] = "",
) -> None:
    """What holds for every command is settled before it runs, and left in the environment: see `main` and `cli.reach`."""
    told = {
        "QUOTIENT_TOKEN_FILE": token_file, "QUOTIENT_CA": tls_ca, "QUOTIENT_CLIENT_CERT": client_cert,
        "QUOTIENT_CLIENT_KEY": client_key,
    }  # fmt: skip
    os.environ.update({name: value for name, value in told.items() if value})


@app.command("check")
def check(
    book: Books,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DATE", help="a day: also say what has expired before it")
    ] = None,
    within: Annotated[
        str, typer.Option("--within", metavar="TIME", help='with --on: what soon expires too, such as "30 days"')
    ] = "",
) -> None:
    """Check a book: every mistake at once, and what the book costs to run."""
    from engine.cli.check import check_command

    check_command(book, on, within)


@app.command("fmt")
def fmt(
    paths: Annotated[list[Path], typer.Argument(help="folders or .quo files", exists=True)],
    check: Annotated[bool, typer.Option("--check", help="change nothing; exit 1 where a file would change")] = False,
) -> None:
    """Put rule text into its one layout."""
    from engine.cli.layout import format_command

    format_command(paths, check)


@app.command("test")
def run_tests(
    book: Books,
    least: Annotated[
        float, typer.Option("--min-coverage", metavar="PERCENT", help="exit 1 where less of rules or rows is covered")
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object on stdout")] = False,
) -> None:
    """Run a book's tests and examples; say what of the book no test reaches."""
    from engine.cli.trial import trial_command

    trial_command(book, least, as_json)


@app.command("price")
def price(
    book: Book,
    lines: Annotated[
        Path,
        typer.Argument(
            help="CSV or Parquet: quote, date, sku, quantity, group, codes, currency and facts", exists=True
        ),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="CSV or Parquet to write, by its name's end")],
    columns: Annotated[str, typer.Option(help="names in the file: order_number=quote,order_date=date")] = "",
    constants: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="one value for every row; may be repeated")
    ] = None,
) -> None:
    """Price a file of lines: OUT is the file with unit_net, net, currency, book_version and error."""
    from engine.cli.price import price_command

    price_command([book], lines, out, columns, constants or [])


@app.command("explain")
def explain(
    book: Book,
    test: Annotated[str | None, typer.Option("--test", help="the quote of this test of the book")] = None,
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="the pricing date")] = None,
    line: Annotated[
        list[str] | None, typer.Option("--line", help='"SKU QUANTITY \\[group=G] \\[line.fact=value]"; may be repeated')
    ] = None,
    facts: Annotated[list[str] | None, typer.Option("--set", metavar="FACT=VALUE", help="may be repeated")] = None,
    code: Annotated[list[str] | None, typer.Option("--code", help="a coupon code; may be repeated")] = None,
    why: Annotated[
        bool, typer.Option("--why", help="every rule with what it did or why it did not; what would change the price")
    ] = False,
    rule: Annotated[
        list[str] | None, typer.Option("--rule", metavar="NAME", help="as --why, of this rule only; may be repeated")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="all of --why as JSON, and nothing else")] = False,
    svg: Annotated[
        Path | None, typer.Option("--svg", metavar="FILE", callback=_svg, help="draw the waterfall of each line")
    ] = None,
    role: Annotated[str, typer.Option("--role", help="as this role would see it: storefront, seller, ...")] = "",
) -> None:
    """Price one quote and show, step by step, which rule at which line moved its price, and why."""
    from engine.cli.explain import Forms, explain_command

    explain_command([book], test, on, line or [], facts or [], code or [], Forms(why, rule or [], as_json, svg, role))


@app.command("configure")
def configure(
    book: Book,
    product: Annotated[str, typer.Argument(help="the bundle to configure")],
    choose: Annotated[
        list[str] | None, typer.Option("--choose", metavar="WHAT", help="cpu=cpu_x60, copies=60, raid; may be repeated")
    ] = None,
    complete: Annotated[
        str, typer.Option("--complete", metavar="HOW", help="fill in the rest: defaults, cheapest")
    ] = "",
    why: Annotated[str, typer.Option("--why", metavar="WHAT", help="say why it cannot be had")] = "",
    repair: Annotated[
        str, typer.Option("--repair", metavar="WHAT", help="choose it, giving up as few choices as can be")
    ] = "",
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="the pricing date; today unless given")] = None,
    facts: Annotated[list[str] | None, typer.Option("--set", metavar="FACT=VALUE", help="may be repeated")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object on stdout, and no questions")] = False,
) -> None:
    """Configure a bundle: what each choice costs and forbids, why something is refused, and how to get it all the same."""
    from engine.cli.configure import Asked, configure_command

    configure_command(book, product, Asked(choose or [], complete, why, repair, on, facts or [], as_json))


@app.command("import-uvl")
def import_uvl(
    file: Annotated[Path, typer.Argument(help="a feature model in the UVL text format", exists=True)],
    to: Annotated[Path, typer.Option("-o", "--out", metavar="FOLDER", help="the book's folder; it must have none yet")],
) -> None:
    """Make a price book of a feature model: a bundle with the same configurations."""
    from engine.cli.imported import import_command

    import_command(file, to)


@app.command("publish")
def publish(
    book: Books,
    server: Server = SERVER,
    name: Annotated[str, typer.Option("--as", help="the book's id on the service; its name unless given")] = "",
    start: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="activate it for pricing dates from this one")
    ] = None,
) -> None:
    """Publish a book to a running service; with --from, activate it too."""
    from engine.cli.publish import publish_command

    publish_command(book, server, name, start)


keys = typer.Typer(help="The API keys of your tenant, at a running service.", no_args_is_help=True)
app.add_typer(keys, name="keys")


@keys.command("create")
def create_key(
    role: Annotated[str, typer.Option("--role", help="what its holder is: storefront, seller, ..., customer")],
    name: Annotated[str, typer.Option("--id", help="the key's id; a random one unless given")] = "",
    title: Annotated[str, typer.Option("--title", help="what it is for, in words")] = "",
    account: Annotated[str, typer.Option("--account", help="the account its holder is bound to: accounts/ID")] = "",
    days: Annotated[int, typer.Option("--days", help="how long it is good for; 0: for ever")] = 365,
    server: Server = SERVER,
) -> None:
    """Make an API key and print it; this once, for only its hash is kept."""
    from engine.cli.keys import New, create_command

    create_command(server, New(role, name, title, account, days))


@keys.command("list")
def list_keys(server: Server = SERVER) -> None:
    """Show the keys: what each is for, until when, and which were revoked."""
    from engine.cli.keys import list_command

    list_command(server)


@keys.command("revoke")
def revoke_key(
    key: Annotated[str, typer.Argument(help="its id, or keys/ID")],
    server: Server = SERVER,
) -> None:
    """Take a key back for good; five seconds later nobody is let in by it."""
    from engine.cli.keys import revoke_command

    revoke_command(server, key)


@app.command("serve")
def serve() -> None:
    """Run the service on loopback until it is interrupted (settings: QUOTIENT_... in the environment)."""
    from engine.cli.serve import serve_command

    serve_command()


Tenant = Annotated[str, typer.Option("--tenant", metavar="NAME", help="one tenant only")]
Store = Annotated[
    str, typer.Option("--store", metavar="URL", help="a store by its URL; that of the settings unless given")
]


@app.command("backup")
def backup(
    file: Annotated[Path, typer.Argument(help="the file to write")], tenant: Tenant = "", store: Store = ""
) -> None:
    """Write all that the service's store holds at this moment into one file, while it serves or not."""
    from engine.cli.backup import backup_command

    backup_command(file, tenant, store)


@app.command("restore")
def restore(
    file: Annotated[Path, typer.Argument(help="a backup")],
    tenant: Tenant = "",
    store: Store = "",
    over: Annotated[bool, typer.Option("--replace", help="replace what the store holds")] = False,
) -> None:
    """Put a backup into an empty store; one of the service's own is to be stopped before."""
    from engine.cli.backup import restore_command

    restore_command(file, tenant, store, over)


@app.command("archive-trail")
def archive_trail(
    file: Annotated[Path, typer.Argument(help="the file to write: JSON lines, as audit-trail writes them")],
    before: Annotated[
        str, typer.Option("--before", metavar="DATE", help="what was told before this day (UTC) or time")
    ],
    tenant: Annotated[str, typer.Option("--tenant", metavar="NAME", help="whose trail")] = "demo",
    store: Store = "",
    dead: Annotated[
        bool, typer.Option("--drop-dead", help="also what webhooks gave up on, which can be replayed no more")
    ] = False,
) -> None:
    """Write the older part of a tenant's trail into a file, and then keep it in the service's store no more."""
    from engine.cli.backup import archive_command

    archive_command(file, before, tenant, store, dead)


@app.command("demo")
def demo(
    paper: Annotated[Path | None, typer.Option(help="keep the PDF of the quote that is accepted here")] = None,
) -> None:
    """Start a service, price a quote over gRPC, configure a bundle, sell to a customer, stop. Leaves nothing else behind."""
    from engine.cli.demo import demo_command

    demo_command(paper)


@app.command("suggest-tests")
def suggest_tests(
    book: Books,
    to: Annotated[Path | None, typer.Option("-o", "--out", help="write the text there instead of printing it")] = None,
) -> None:
    """Write examples, priced by the book itself, for what its tests do not reach; say what cannot be reached, and why."""
    from engine.cli.suggested import suggest_command

    suggest_command(book, to)


Columns = Annotated[str, typer.Option("--columns", help="names in the file: order_number=quote,order_date=date")]
Constants = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="one value for every row; may be repeated")
]
Json = Annotated[bool, typer.Option("--json", help="one JSON object on stdout")]


@app.command("simulate")
def simulate(
    old: Annotated[Path, typer.Argument(help="a book: its folder, or a .quo file", exists=True)],
    new: Annotated[Path, typer.Argument(help="the book after the change", exists=True)],
    quotes: Annotated[
        Path,
        typer.Option(
            "--quotes",
            metavar="FILE",
            help="past lines, CSV or Parquet, as `quo price` reads them; in the book's currency",
            exists=True,
        ),
    ],
    columns: Columns = "",
    constants: Constants = None,
    by: Annotated[
        list[str] | None, typer.Option("--by", metavar="NAME", help="a fact, a column or `family`; may be repeated")
    ] = None,
    top: Annotated[int, typer.Option("--top", min=0, help="how many of the lines most changed are shown")] = 10,
    to: Annotated[Path | None, typer.Option("-o", "--out", help="every line, old and new, as CSV or Parquet")] = None,
    svg: Annotated[Path | None, typer.Option("--svg", metavar="FILE", callback=_svg, help="draw what moved")] = None,
    as_json: Json = False,
) -> None:
    """Price past lines under two books: what moves in revenue and margin, by rule and by segment, and on which lines most."""
    from engine.cli.simulation import simulate_command

    simulate_command(old, new, quotes, columns, constants or [], by or [], top, to, svg, as_json)


@app.command("diff")
def diff(
    old: Annotated[Path, typer.Argument(help="a book: its folder, or a .quo file")],
    new: Annotated[Path, typer.Argument(help="the book to compare it with")],
    as_json: Json = False,
) -> None:
    """Say what changed between two books, by meaning. Exit codes are those of diff: 0 the same, 1 different, 2 trouble."""
    from engine.cli.differ import diff_command

    diff_command(old, new, as_json)


@app.command("audit")
def audit(
    book: Book,
    orders: Annotated[
        Path,
        typer.Argument(
            help="charged lines, CSV or Parquet, as `quo price` reads them; in the book's currency", exists=True
        ),
    ],
    charged: Annotated[str, typer.Option("--charged", metavar="COLUMN", help="what the line was charged")] = "charged",
    columns: Columns = "",
    constants: Constants = None,
    tolerance: Annotated[
        int, typer.Option("--tolerance", min=0, metavar="N", help="minor units (cents) a line may be off")
    ] = 0,
    to: Annotated[
        Path | None, typer.Option("-o", "--out", help="the lines that are off, as CSV or Parquet, with the reason")
    ] = None,
    as_json: Json = False,
) -> None:
    """Find lines that were not charged as the book says, and sum what leaked, by reason; exit 1 where there are any."""
    from engine.cli.audited import audit_command

    audit_command(book, orders, charged, columns, constants or [], tolerance, to, as_json)


@app.command("import-leads")
def import_leads(
    file: Annotated[Path, typer.Argument(help="CSV: a row a lead, columns by their heads", exists=True)],
    server: Server = SERVER,
    columns: Annotated[
        str, typer.Option("--columns", help="heads that are not understood: Firma=company,Herkunft=source")
    ] = "",
    constants: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="source=fair-2026, ...; may be repeated")
    ] = None,
    rejects: Annotated[
        Path | None, typer.Option("--rejects", metavar="FILE", help="write the rows that were not taken, and why")
    ] = None,
) -> None:
    """Take a CSV of leads in; say of each row that is wrong what is. The same file twice makes no lead twice."""
    from engine.cli.leads import import_command

    import_command(file, server, columns, constants or [], rejects)


@app.command("audit-trail")
def audit_trail(
    to: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="JSON lines")],
    server: Server = SERVER,
    after: Annotated[
        str, typer.Option("--after", metavar="CURSOR", help="only what came after an earlier export")
    ] = "",
) -> None:
    """Write every change of a tenant in order, each with the document as it became; nothing personal is in it."""
    from engine.cli.trail import trail_command

    trail_command(to, server, after)


def main() -> None:
    """Entry of `quo`."""
    if "--no-color" in sys.argv:
        os.environ["NO_COLOR"] = "1"
        sys.argv.remove("--no-color")
    app()


if __name__ == "__main__":
    main()
