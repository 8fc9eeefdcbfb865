"""quotient.v1.Configuration: from the wire to the service and back. Reasons were redacted before: see `services.configuring`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.api import decode, encode
from engine.configure.catalogue import ATTRIBUTE, PART, QUANTITY, QUESTION, Item
from engine.configure.chosen import Choice
from engine.configure.repair import KEEP_NEWEST, KEEP_OLDEST
from engine.configure.variables import Reason
from engine.services.configuring.bundled import Bundled, Where
from engine.services.configuring.selecting import DEFAULT, ENGINE, Chosen, Selection
from engine.services.configuring.undoing import BY_WEIGHT
from engine.services.configuring.verbs import Configuring, Conflict
from engine.services.configuring.wholes import Price, Totals, Whole
from engine.services.context import Context
from engine.services.refusal import Refused
from quotient.v1 import configuration_pb2 as pb

_ORIGINS = {pb.Choice.DEFAULT: DEFAULT, pb.Choice.ENGINE: ENGINE}
_KINDS = {
    QUESTION: pb.ConfigurationItem.QUESTION, ATTRIBUTE: pb.ConfigurationItem.ATTRIBUTE, PART: pb.ConfigurationItem.PART,
    QUANTITY: pb.ConfigurationItem.QUANTITY,
}  # fmt: skip
_BY = {pb.RepairRequest.KEEP_OLDEST: KEEP_OLDEST, pb.RepairRequest.WEIGHT: BY_WEIGHT}


class ConfigurationServicer:
    """quotient.v1.Configuration."""

    def __init__(self, services: Any) -> None:
        self.configuring = Configuring(services.pricing)

    def GetModel(self, context: Context, request: Any) -> Any:
        """What can be configured."""
        on, items = self.configuring.model(context, _where(request))
        bundle, asker = on.asker.made.bundle, on.asker
        return pb.ConfigurationModel(
            book_version=_version(on), bundle=bundle.name, title=bundle.title or bundle.name, items=[_item(one) for one in items],
            notices=[pb.ConfigurationNotice(severity=how, message=text) for how, text in asker.notices],
            option_count=asker.count, exact=asker.way.exact, facts=[fact.path for fact in asker.made.facts],
        )  # fmt: skip

    def Configure(self, context: Context, request: Any) -> Any:
        """The answer to a click."""
        selection = _selection(request.selection)
        click = self.configuring.configure(
            context, selection, request.previous_state, list(request.on_screen_ids), request.price
        )
        made = pb.ConfigureResponse(
            book_version=_version(click.on), state=click.state, full=click.full, ids=click.ids, states=click.states,
            added_amount_micros=click.added, currency_code=_currency(click.on), total_name=click.ready.bill.total,
        )  # fmt: skip
        if click.conflict is not None:
            made.conflict.CopyFrom(_conflict(click.conflict))
        answer = click.answer
        if answer is not None:
            made.valid, made.complete, made.exact, made.exact_amounts = (
                True,
                answer.complete,
                answer.exact,
                answer.exact_amounts,
            )
            made.least_amount_micros, made.proposed_amount_micros = answer.least, answer.proposed
            made.totals.extend(_totals(answer.totals))
            made.notices.extend(answer.said)
            made.estimated = click.ready.bill.estimated
            if click.full:
                made.unpriced_ids.extend(_known(click.on, click.ready.bill.unpriced))
                made.least_ids.extend(_known(click.on, click.ready.bill.least))
            if click.price is not None:
                made.price.CopyFrom(_price(click.price))
        return made

    def Explain(self, context: Context, request: Any) -> Any:
        """Why an option is barred."""
        found = self.configuring.explain(context, _selection(request.selection), _chosen(request.option, "option"))
        return pb.ExplainOptionResponse(
            book_version=_version(found.on), possible=found.possible, choices=_choices(found.choices),
            reasons=_reasons(found.reasons), exact=found.exact,
        )  # fmt: skip

    def Repair(self, context: Context, request: Any) -> Any:
        """What to undo."""
        option = _chosen(request.option, "option") if request.HasField("option") else None
        selection, by = _selection(request.selection), _BY.get(request.by, KEEP_NEWEST)
        found = self.configuring.repair(context, selection, option, by, request.every_option)
        return pb.RepairResponse(
            book_version=_version(found.on), possible=found.undo is not None, undo=_choices(found.undo or ()), exact=found.exact,
            undone=found.undone,
        )  # fmt: skip

    def Complete(self, context: Context, request: Any) -> Any:
        """Whole configurations."""
        cheapest = request.by == pb.CompleteRequest.LOWEST_PRICE
        found = self.configuring.complete(context, _selection(request.selection), cheapest, request.alternatives)
        return pb.CompleteResponse(
            book_version=_version(found.on), currency_code=_currency(found.on), total_name=found.ready.bill.total,
            configurations=[_whole(one) for one in found.wholes], exact=found.exact, estimated=found.ready.bill.estimated,
            conflict=None if found.conflict is None else _conflict(found.conflict),
        )  # fmt: skip

    def Validate(self, context: Context, request: Any) -> Any:
        """Many whole configurations."""
        on, found = self.configuring.validate(
            context, _where(request), request.count, list(request.ids), request.columns, request.reasons_for
        )
        return pb.ValidateResponse(
            book_version=_version(on), valid=found.valid, valid_count=found.count,
            invalid=[pb.InvalidConfiguration(index=index, reasons=_reasons(reasons)) for index, reasons in found.broken],
        )  # fmt: skip


# ---------------------------------------------------------------- from the wire


def _where(request: Any, **more: Any) -> Where:
    book, day = decode.book_name(request.book, "book"), decode.day_of(request.date, "date")
    return Where(book, request.version, day, request.bundle, **more)


def _selection(selection: Any) -> Selection:
    facts, code = dict(selection.facts), selection.currency_code
    if code and facts.setdefault(decode.CURRENCY, code) != code:
        said = f"`{decode.CURRENCY}` says {facts[decode.CURRENCY][:20]}, and the selection {code[:20]}"
        raise Refused("INVALID_ARGUMENT", "INVALID_FACT", said, "selection.currency_code")
    choices = [_chosen(one, f"selection.choices[{i}]") for i, one in enumerate(selection.choices)]
    return Selection(_where(selection, facts=facts, total=selection.total_name), choices)


def _chosen(choice: Any, field: str) -> Chosen:
    which = choice.WhichOneof("what")
    if which is None:
        raise Refused("INVALID_ARGUMENT", "OPTION_REQUIRED", "say an option, by its id or its name", field)
    number = choice.number_micros if choice.HasField("number_micros") else None
    return Chosen(
        getattr(choice, which), number, choice.rejected, _ORIGINS.get(choice.origin, ""), choice.turn, choice.weight, choice.fixed
    )  # fmt: skip


# ---------------------------------------------------------------- to the wire


def _version(on: Bundled) -> str:
    return encode.version_name(on.name, on.version)


def _currency(on: Bundled) -> str:
    return str(on.quote.facts.get(decode.CURRENCY) or on.plan.head.currency)


def _choices(choices: Sequence[Choice]) -> list[Any]:
    return [
        pb.Choice(id=one.option, rejected=not one.chosen, number_micros=one.number, origin=pb.Choice.USER)
        for one in choices
    ]


def _reasons(reasons: Sequence[Reason]) -> list[Any]:
    return [
        pb.ConfigurationReason(rule=one.plain, because=one.because or "", file=one.span.file, line=one.span.line)
        for one in reasons
    ]


def _conflict(conflict: Conflict) -> Any:
    return pb.ConfigurationConflict(choices=_choices(conflict.choices), reasons=_reasons(conflict.reasons))


def _known(on: Bundled, options: Sequence[int]) -> list[int]:
    return [number for number in options if number < on.asker.count]


def _totals(totals: Totals) -> list[Any]:
    return [
        pb.ConfigurationTotal(name=name, list_amount_micros=listed, net_amount_micros=net)
        for name, listed, net in totals
    ]


def _price(price: Price) -> Any:
    unpriced = [pb.UnpricedProduct(product=one.product, code=one.code, message=one.message) for one in price.unpriced]
    return pb.ConfigurationPrice(
        amount_micros=price.amount, totals=_totals(price.totals), differs=price.differs, unpriced=unpriced
    )


def _whole(whole: Whole) -> Any:
    products = [pb.ConfiguredProduct(product=p, path=path, quantity_micros=q) for p, path, q in whole.products]
    return pb.CompleteConfiguration(
        ids=whole.ids, amount_micros=whole.amount, totals=_totals(whole.totals), products=products, notices=whole.said,
        price=None if whole.price is None else _price(whole.price),
    )  # fmt: skip


def _item(item: Item) -> Any:
    made = pb.ConfigurationItem(
        path=item.path, title=item.title, kind=_KINDS[item.kind], least=item.least, most=item.most, under_id=item.under,
        options=[
            pb.ConfigurationOption(
                id=one.number, name=one.option.name, value=one.option.value, title=one.title, product=one.product,
                bundle=one.bundle, least_micros=one.option.low, most_micros=one.option.high or 0,
            )
            for one in item.options
        ],
    )  # fmt: skip
    if item.numbers is not None:
        made.least_micros, made.most_micros, made.step_micros = item.numbers.low, item.numbers.high, item.numbers.step
    return made
