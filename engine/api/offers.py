"""quotient.v1.Offers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

from engine.api.documents import call_of
from engine.api.mapping import fill
from engine.api.papers import READERS, TAKEN_SECONDS, read
from engine.api.quotes import acceptance_of, priced_options, prices_of, signed
from engine.lifecycle.comment import Comment
from engine.services.context import Context
from engine.services.selling.answers import Answers
from engine.services.selling.offers import Offer, Offers
from quotient.v1 import offers_pb2 as pb


class OffersServicer:
    """quotient.v1.Offers."""

    THREADS: ClassVar[Mapping[str, ThreadPoolExecutor]] = {"GetOfferDocument": READERS}
    TAKEN_WITHIN: ClassVar[Mapping[str, float]] = {"GetOfferDocument": TAKEN_SECONDS}

    def __init__(self, services: Any) -> None:
        self.prices = prices_of(services)
        self.offers = Offers(Answers(services.desk, self.prices))

    def GetOffer(self, context: Context, request: Any) -> Any:
        """The quote, as the customer may see it."""
        return self._shown(context, self.offers.get(context))

    def GetOfferDocument(self, context: Context, request: Any) -> Iterator[Any]:
        """Its paper."""
        return read(context, lambda: self.offers.document(context))

    def AskQuestion(self, context: Context, request: Any) -> Any:
        """Ask the seller something."""
        return _message(self.offers.ask(context, call_of(request), request.text))

    def AcceptOffer(self, context: Context, request: Any) -> Any:
        """Say yes."""
        said = acceptance_of(request)
        return self._shown(context, self.offers.accept(context, call_of(request), said, request.signer))

    def DeclineOffer(self, context: Context, request: Any) -> Any:
        """Say no."""
        return self._shown(context, self.offers.decline(context, call_of(request), request.reason))

    def _shown(self, context: Context, offer: Offer) -> Any:
        made = pb.Offer(customer_name=offer.customer, seller_name=offer.seller)
        fill(made, offer.quote)
        _without_what_is_ours(made)
        signed(made, offer.quote)
        priced_options(context, self.prices, offer.quote, made.options, offer.quote.show_discounts)
        if not offer.quote.show_discounts:
            _without_list_prices(made)
        made.messages.extend(_message(one) for one in offer.messages)
        return made


def _without_what_is_ours(made: Any) -> None:
    """What sellers grant and know stays with them: prices alone are for the customer."""
    for option in made.options:
        for one in (*option.lines, *option.bundles):
            one.ClearField("grants")
            one.ClearField("facts")


def _without_list_prices(made: Any) -> None:
    """Net prices alone, as the paper has them."""
    for option in made.options:
        totals = [*option.totals, *option.price.totals, *(t for bundle in option.price.bundles for t in bundle.totals)]
        for total in totals:
            total.list_amount_micros = total.net_amount_micros
        for line in option.price.lines:
            line.unit_list_amount_micros, line.list_amount_micros = line.unit_net_amount_micros, line.net_amount_micros
            for part in ([line.term] if line.HasField("term") else []) + list(line.segments):
                part.list_amount_micros = part.net_amount_micros
                if hasattr(part, "first_year_list_amount_micros"):
                    part.first_year_list_amount_micros = part.first_year_net_amount_micros


def _message(comment: Comment) -> Any:
    made = pb.OfferMessage(text=comment.text, by_customer=comment.creator == "customer")
    made.time.FromMicroseconds(comment.create_time)
    return made
