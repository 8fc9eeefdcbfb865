"""Papers over the wire: in pieces that any client takes, with the picture and the colour of who sells, and as they were sent ever after."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import grpc
import pypdfium2
import pytest
import typer
from google.protobuf.field_mask_pb2 import FieldMask

from engine.cli.remote import received as whole
from quotient.v1 import accounts_pb2, history_pb2, history_pb2_grpc, offers_pb2, pricing_pb2
from quotient.v1 import quotes_pb2 as pb
from tests.unit.paper.test_logo import JPEG, png, svg
from tests.wire.selling import ADMIN, SELLER
from tests.wire.service import Service
from tests.wire.test_parties import refused
from tests.wire.test_quotes import Selling, linked

pytestmark = pytest.mark.service
PIECE = 256 * 2**10
RED, GREEN = (224, 32, 32), (16, 160, 80)
SQUARE = svg('<rect width="40" height="10" fill="#10a050"/>')


@pytest.fixture
def selling(service: Service) -> Iterator[Selling]:
    with service.channel() as channel:
        yield Selling(channel)


def entity(selling: Selling, **more: Any) -> accounts_pb2.LegalEntity:
    """A legal entity of its own."""
    said: dict[str, Any] = {"legal_name": "Delta BV", "address": accounts_pb2.Address(country_code="NL")} | more
    request = accounts_pb2.CreateLegalEntityRequest(entity=accounts_pb2.LegalEntity(**said))
    return selling.entities.CreateLegalEntity(request, metadata=ADMIN)


def changed(selling: Selling, name: str, *paths: str, **more: Any) -> accounts_pb2.LegalEntity:
    """It, changed."""
    said = accounts_pb2.LegalEntity(name=name, **more)
    request = accounts_pb2.UpdateLegalEntityRequest(entity=said, update_mask=FieldMask(paths=paths))
    return selling.entities.UpdateLegalEntity(request, metadata=ADMIN)


def shows(pdf: bytes, colour: tuple[int, int, int]) -> bool:
    """Whether a colour is on the upper half of the first page."""
    picture = pypdfium2.PdfDocument(pdf)[0].render(scale=2).to_numpy()[:840, :, 2::-1]
    return bool((abs(picture.astype(int) - colour) < 4).all(axis=2).any())


# ---------------------------------------------------------------- in pieces


def test_a_paper_of_any_size_comes_in_pieces(selling: Selling) -> None:
    lines = [pricing_pb2.QuoteLine(product="seat", quantity=20 + n) for n in range(600)]
    account = selling.make(facts={"customer.segment": "mid_market"}).name
    draft = selling.create(account, [pb.QuoteOption(option_id="all", lines=lines)], show_discounts=True)
    pieces = list(selling.quotes.GetQuoteDocument(pb.GetQuoteDocumentRequest(name=draft.name), metadata=SELLER))
    assert [len(one.content) for one in pieces[:-1]] == [PIECE] * (len(pieces) - 1) and len(pieces) > 1
    told = pieces[0].document
    content = b"".join(one.content for one in pieces)
    assert (told.size_bytes, told.document_hash) == (len(content), hashlib.sha256(content).hexdigest())
    assert whole(pieces) == (told, content)
    assert len(pypdfium2.PdfDocument(content)) > 20


def test_a_paper_beyond_all_bounds_is_refused_before_anything_is_written(selling: Selling) -> None:
    lines = [pricing_pb2.QuoteLine(product="seat", quantity=20 + n % 5) for n in range(1_900)]
    account = selling.make(facts={"customer.segment": "mid_market"}).name
    options = [pb.QuoteOption(option_id=f"o{n}", lines=lines) for n in range(3)]
    draft = selling.create(account, options, show_discounts=True)
    ready = selling.do("Submit", draft)
    with pytest.raises(grpc.RpcError, match="a document has at most 15,000 rows") as error:
        selling.do("Send", ready)
    assert error.value.code() == grpc.StatusCode.FAILED_PRECONDITION  # type: ignore[attr-defined]
    now = selling.quotes.GetQuote(pb.GetQuoteRequest(name=draft.name), metadata=SELLER)
    assert (now.status, now.etag, now.document_hash) == (pb.Quote.APPROVED, ready.etag, "")


def test_who_gets_half_of_it_notices(selling: Selling) -> None:
    draft = selling.draft()
    (piece,) = selling.quotes.GetQuoteDocument(pb.GetQuoteDocumentRequest(name=draft.name), metadata=SELLER)
    half, other = pb.QuoteDocumentChunk(), pb.QuoteDocumentChunk()
    half.CopyFrom(piece)
    half.content = piece.content[:-1]
    other.CopyFrom(piece)
    other.content = piece.content[:-1] + b"!"
    for broken in (half, other):
        with pytest.raises(typer.Exit):
            whole([broken])


def test_a_reader_who_leaves_gives_back_their_place(selling: Selling) -> None:
    draft = selling.draft()
    for _ in range(20):
        call = selling.quotes.GetQuoteDocument(pb.GetQuoteDocumentRequest(name=draft.name), metadata=SELLER)
        next(call)
        call.cancel()
    assert selling.paper(draft)[0].size_bytes


def test_nobody_keeps_others_from_their_papers(service: Service) -> None:
    """Who opens papers and takes nothing of them has two places of a worker's, and others have the rest."""
    little_at_a_time = [("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 1_024)]
    with grpc.insecure_channel(service.address, little_at_a_time) as channel:
        selling = Selling(channel)
        lines = [pricing_pb2.QuoteLine(product="seat", quantity=20 + n % 5) for n in range(1_400)]
        account = selling.make(facts={"customer.segment": "mid_market"}).name
        long = selling.create(account, [pb.QuoteOption(option_id="all", lines=lines)], show_discounts=True)
        selling.do("Submit", long)
        customer = linked(selling, selling.do("Send", long))
        offer = offers_pb2.GetOfferDocumentRequest()
        opened = [selling.offers.GetOfferDocument(offer, metadata=customer) for _ in range(9)]
        began = [began_as(call) for call in opened]
        assert began.count("OK") == 2 and began.count("RESOURCE_EXHAUSTED") == 7
        assert selling.paper(long)[0].size_bytes > 2 * PIECE, "the seller's own"
        for call in opened:
            call.cancel()


def began_as(call: Any) -> str:
    """How a stream began."""
    try:
        next(call)
    except grpc.RpcError as error:
        return str(error.code().name)  # type: ignore[attr-defined]
    return "OK"


def test_no_paper_is_said_before_a_piece_comes(selling: Selling) -> None:
    def first(request: pb.GetQuoteDocumentRequest, metadata: Any) -> Any:
        return next(selling.quotes.GetQuoteDocument(request, metadata=metadata))

    missing = pb.GetQuoteDocumentRequest(name="quotes/none")
    assert refused(first, missing)[0] == grpc.StatusCode.NOT_FOUND
    later = pb.GetQuoteDocumentRequest(name=selling.draft().name, version=2)
    assert refused(first, later) == (grpc.StatusCode.NOT_FOUND, f"{later.name} has the versions 1 to 1")


# ---------------------------------------------------------------- who sells


def test_a_logo_is_kept_and_answered_only_where_it_is_asked_for(selling: Selling, service: Service) -> None:
    made = entity(selling, logo=png(120, 40), accent_color="#10A050")
    assert made.logo == png(120, 40) and made.logo_hash == hashlib.sha256(made.logo).hexdigest()
    assert (made.logo_content_type, made.accent_color) == ("image/png", "#10a050")
    get = accounts_pb2.GetLegalEntityRequest(name=made.name)
    assert selling.entities.GetLegalEntity(get, metadata=SELLER) == made
    listed = selling.entities.ListLegalEntities(
        accounts_pb2.ListLegalEntitiesRequest(page_size=1_000), metadata=SELLER
    ).entities
    (found,) = (one for one in listed if one.name == made.name)
    assert (found.logo, found.logo_hash) == (b"", made.logo_hash)
    renamed = changed(selling, made.name, legal_name="Delta NV")
    assert (renamed.legal_name, renamed.logo, renamed.etag) == ("Delta NV", made.logo, "2")
    other = changed(selling, made.name, logo=JPEG, logo_hash="0" * 64)
    assert (other.logo, other.logo_content_type) == (JPEG, "image/jpeg") and other.logo_hash != made.logo_hash
    gone = changed(selling, made.name, "logo")
    assert (gone.logo, gone.logo_hash, gone.logo_content_type) == (b"", "", "")
    with service.channel() as channel:
        request = history_pb2.ListRevisionsRequest(name=made.name)
        answer = history_pb2_grpc.HistoryStub(channel).ListRevisions(request, metadata=SELLER)
    was = [accounts_pb2.LegalEntity.FromString(one.document.value) for one in answer.revisions]
    assert [one.logo for one in was] == [b""] * 4
    assert [one.logo_hash for one in was] == [made.logo_hash, made.logo_hash, other.logo_hash, ""]


@pytest.mark.parametrize(
    ("more", "field", "said"),
    [
        ({"logo": b"GIF89a"}, "entity.logo", "a logo is a PNG, JPEG or SVG picture"),
        ({"logo": png(300, 80)[:80]}, "entity.logo", "the logo cannot be read"),
        ({"logo": svg('<image href="http://a.example"/>')}, "entity.logo", "may not hold <image>"),
        ({"logo": svg("") + b" " * 2**18}, "entity.logo", "a logo has at most 256 KiB"),
        ({"accent_color": "red"}, "entity.accent_color", "`red` is no colour: write red, green and blue in hex"),
        ({"accent_color": "#12345"}, "entity.accent_color", "is no colour"),
    ],
)
def test_a_logo_or_colour_that_cannot_be_is_named(
    selling: Selling, more: dict[str, Any], field: str, said: str
) -> None:
    with pytest.raises(grpc.RpcError) as error:
        entity(selling, **more)
    assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT and said in error.value.details()  # type: ignore[attr-defined]
    details = dict(error.value.trailing_metadata())["grpc-status-details-bin"]  # type: ignore[attr-defined]
    assert field.encode() in details


def test_the_paper_has_the_picture_and_colour_of_who_sells(selling: Selling) -> None:
    plain = entity(selling)
    seller = entity(selling, logo=png(120, 40), accent_color="#10a050")
    account = selling.make(facts={"customer.segment": "mid_market"}).name
    offer = [pb.QuoteOption(option_id="one", lines=[pricing_pb2.QuoteLine(product="seat", quantity=20)])]
    bare = selling.paper(selling.create(account, offer, entity=plain.name))[1]
    assert not shows(bare, RED) and not shows(bare, GREEN)
    draft = selling.create(account, offer, entity=seller.name)
    shown = selling.paper(draft)[1]
    assert shows(shown, RED) and shows(shown, GREEN)


def test_what_was_sent_keeps_the_picture_it_had(selling: Selling) -> None:
    seller = entity(selling, logo=png(120, 40))
    account = selling.make(facts={"customer.segment": "mid_market"}).name
    offer = [pb.QuoteOption(option_id="one", lines=[pricing_pb2.QuoteLine(product="seat", quantity=20)])]
    quote = selling.create(account, offer, entity=seller.name)
    selling.do("Submit", quote)
    sent = selling.do("Send", quote)
    before = selling.paper(sent)
    changed(selling, seller.name, logo=SQUARE)
    assert selling.paper(sent) == before and shows(before[1], RED)
    selling.do("Revise", quote)
    assert selling.paper(quote, 1) == before
    now = selling.paper(quote)[1]
    assert shows(now, GREEN) and not shows(now, RED)
