"""Configuring a workstation by a stock client: the model once, clicks with deltas, reasons, repairs, completions, columns, refusals."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from google.type import date_pb2

from quotient.v1 import configuration_pb2 as pb
from quotient.v1 import configuration_pb2_grpc, pricing_pb2
from tests.wire.service import Service

pytestmark = pytest.mark.service
DAY = date_pb2.Date(year=2026, month=11, day=25)
BOOK = "books/workstation"
FORCED, EXCLUDED = 1, 2


@pytest.fixture(scope="module")
def stub(service: Service) -> Iterator[Any]:
    with service.channel() as channel:
        yield configuration_pb2_grpc.ConfigurationStub(channel)


@pytest.fixture(scope="module")
def model(stub: Any) -> pb.ConfigurationModel:
    answer: pb.ConfigurationModel = stub.GetModel(pb.GetModelRequest(book=BOOK, date=DAY, bundle="suite"))
    return answer


def selection(*names: str, **more: Any) -> pb.Selection:
    """Choices by name; one that begins with ! is rejected."""
    choices = [pb.Choice(name=name.removeprefix("!"), rejected=name.startswith("!")) for name in names]
    return pb.Selection(book=BOOK, date=DAY, bundle="suite", choices=choices, **more)


def options(model: pb.ConfigurationModel) -> dict[str, int]:
    return {option.name: option.id for item in model.items for option in item.options}


def configure(stub: Any, *names: str, previous: bytes = b"", **more: Any) -> pb.ConfigureResponse:
    asked = pb.ConfigureRequest(selection=selection(*names, **more), previous_state=previous)
    answer: pb.ConfigureResponse = stub.Configure(asked)
    return answer


def test_a_model_has_every_option_once_and_questions_first(model: pb.ConfigurationModel) -> None:
    ids = [option.id for item in model.items for option in item.options]
    assert sorted(ids) == list(range(model.option_count))
    kinds = [item.kind == pb.ConfigurationItem.QUESTION for item in model.items]
    assert kinds == sorted(kinds, reverse=True)
    assert [item.title for item in model.items[:2]] == ["What will it be used for?", "Does it stand beside you?"]
    cpu = next(item for item in model.items if item.path == "cpu")
    assert (cpu.title, cpu.kind, cpu.least, cpu.most) == ("Processor", pb.ConfigurationItem.PART, 1, 1)
    assert next((o.name, o.title, o.product) for o in cpu.options) == ("cpu=cpu_r5", "Ryzen 5, 6 cores", "cpu_r5")
    length = next(item for item in model.items if item.path == "length")
    assert (length.least_micros, length.most_micros, length.step_micros) == (1_000_000, 5_000_000, 500_000)
    screens = next(item for item in model.items if item.path == "desk.screens")
    assert screens.under_id == options(model)["desk"]
    assert {notice.severity for notice in model.notices} == {"warning", "note"}
    assert not any("not met" in option.name for item in model.items for option in item.options)


def test_a_click_says_what_is_left_and_what_it_costs(stub: Any, model: pb.ConfigurationModel) -> None:
    ids, answer = options(model), configure(stub, "cpu=cpu_x60")
    assert (answer.full, answer.valid, answer.exact, answer.exact_amounts, answer.complete) == (
        True,
        True,
        True,
        True,
        False,
    )
    assert len(answer.states) == len(answer.added_amount_micros) == model.option_count and not answer.ids

    def state(name: str) -> tuple[int, int]:
        byte = answer.states[ids[name]]
        return byte & 3, byte >> 3 & 3

    assert state("cpu=cpu_x60") == (FORCED, 1)
    assert state("board=board_w790") == (FORCED, 3)
    assert state("memory=dimm_16") == (EXCLUDED, 3)
    assert answer.states[ids["system=os_linux"]] >> 2 == 0b101  # in the proposal, by default
    assert (answer.total_name, answer.currency_code) == ("once", "EUR")
    assert answer.added_amount_micros[ids["system=os_win"]] > 0 == answer.added_amount_micros[ids["system=os_linux"]]
    assert [(t.name, t.net_amount_micros) for t in answer.totals] == [("once", answer.proposed_amount_micros)]
    assert answer.totals[0].list_amount_micros > answer.proposed_amount_micros  # 4% is off the parts of a suite
    assert answer.estimated and not answer.HasField("price")  # a rule of the book looks at several lines; nobody asked
    assert answer.proposed_amount_micros >= answer.least_amount_micros > 4_900_000_000


def test_the_order_of_choices_never_matters(stub: Any) -> None:
    names = [
        "cpu=cpu_r9",
        "case=case_tower",
        "!graphics=none",
        "copies=120",
        "storage.ssd_4=2",
        "use=design",
        "colour=silver",
    ]
    first = configure(stub, *names)
    for seed in range(4):
        random.Random(seed).shuffle(names)
        again = configure(stub, *names)
        assert again == first


def test_deltas_applied_to_what_was_held_are_the_full_answer(stub: Any, model: pb.ConfigurationModel) -> None:
    rng, by_id = random.Random(7), {number: name for name, number in options(model).items()}
    for _ in range(6):
        held, state, names = bytearray(model.option_count), b"", list[str]()
        amounts = [0] * model.option_count
        for _ in range(8):
            delta, full = configure(stub, *names, previous=state), configure(stub, *names)
            assert delta.full == (not state) and full.full
            assert list(delta.ids) == sorted(delta.ids)
            for at, number in enumerate(delta.ids or range(len(delta.states))):
                held[number], amounts[number] = delta.states[at], delta.added_amount_micros[at]
            assert bytes(held) == full.states and amounts == list(full.added_amount_micros)
            delta.ClearField("ids"), delta.ClearField("unpriced_ids")
            assert (delta.state, delta.notices, delta.totals) == (full.state, full.notices, full.totals)
            if state:
                assert len(delta.states) < model.option_count
            state = delta.state
            open_ = [number for number in range(model.option_count) if held[number] & 3 == 0]
            if not open_:
                break
            names.append(("!" if rng.random() < 0.3 else "") + by_id[rng.choice(open_)])


def test_an_answer_of_other_prices_is_sent_whole(stub: Any) -> None:
    state = configure(stub, "cpu=cpu_r7").state
    assert not configure(stub, "cpu=cpu_r9", previous=state).full
    other = pb.ConfigureRequest(selection=selection("cpu=cpu_r9"), previous_state=state)
    other.selection.date.day = 24
    assert stub.Configure(other).full


def test_choices_that_contradict_are_said_and_stand(stub: Any, model: pb.ConfigurationModel) -> None:
    ids, answer = options(model), configure(stub, "cpu=cpu_x60", "memory=dimm_16", "colour=white")
    assert not answer.valid and not answer.states and not answer.state
    assert {one.id for one in answer.conflict.choices} == {ids["cpu=cpu_x60"], ids["memory=dimm_16"]}
    assert "This board takes ECC only" in [reason.because for reason in answer.conflict.reasons]
    assert all(reason.rule and reason.file == "book.quo" and reason.line for reason in answer.conflict.reasons)


def test_two_numbers_of_one_range_contradict(stub: Any) -> None:
    answer = configure(stub, "copies=120", "copies=130")
    assert sorted(one.number_micros for one in answer.conflict.choices) == [120_000_000, 130_000_000]
    assert configure(stub, "copies=120", "!copies=130").valid
    repaired = stub.Repair(pb.RepairRequest(selection=selection("copies=120", "copies=130")))
    assert repaired.possible and len(repaired.undo) == 1


def test_why_an_option_is_barred(stub: Any, model: pb.ConfigurationModel) -> None:
    asked = pb.ExplainOptionRequest(
        selection=selection("cpu=cpu_x60", "colour=white", "length=3"), option=pb.Choice(name="memory=dimm_16")
    )
    answer = stub.Explain(asked)
    assert not answer.possible and answer.exact
    assert [one.id for one in answer.choices] == [options(model)["cpu=cpu_x60"]]
    assert {reason.because for reason in answer.reasons} >= {"This board takes ECC only"}
    plain = stub.Explain(asked, metadata=(("x-quotient-role", "storefront"),))
    assert plain.reasons and all(reason.because for reason in plain.reasons)
    assert not any(reason.rule or reason.file or reason.line for reason in plain.reasons)
    forced = pb.ExplainOptionRequest(
        selection=selection("cpu=cpu_x60"), option=pb.Choice(name="board=board_w790", rejected=True)
    )
    assert not stub.Explain(forced).possible
    free = pb.ExplainOptionRequest(selection=selection("cpu=cpu_x60"), option=pb.Choice(name="colour=silver"))
    assert stub.Explain(free).possible


@pytest.mark.parametrize(("by", "undone"), [("KEEP_NEWEST", "cpu=cpu_x60"), ("KEEP_OLDEST", "case=case_mini")])
def test_what_to_undo(stub: Any, model: pb.ConfigurationModel, by: str, undone: str) -> None:
    chosen = selection("case=case_mini", "cpu=cpu_x60", "colour=silver")
    for turn, choice in zip((3, 1, 2), chosen.choices, strict=True):
        choice.turn = turn
    answer = stub.Repair(pb.RepairRequest(selection=chosen, by=by))
    assert answer.possible and answer.exact
    assert [one.id for one in answer.undo] == [options(model)[undone]]


def test_what_every_option_would_undo(stub: Any, model: pb.ConfigurationModel) -> None:
    ids, chosen = options(model), selection("cpu=cpu_x60", "colour=silver", "memory.ecc_32=4")
    asked = pb.RepairRequest(selection=chosen, option=pb.Choice(name="memory=dimm_16"), every_option=True)
    answer = stub.Repair(asked)
    assert len(answer.undone) == model.option_count
    assert answer.undone[ids["cpu=cpu_x60"]] == 0 and answer.undone[ids["colour=black"]] == 1
    assert answer.undone[ids["memory=dimm_16"]] == len(answer.undo) >= 1


def test_completions_best_first_and_priced_as_the_quote_is(
    service: Service, stub: Any, model: pb.ConfigurationModel
) -> None:
    asked = pb.CompleteRequest(selection=selection("cpu=cpu_x60", "copies=120"), by="LOWEST_PRICE", alternatives=5)
    answer = stub.Complete(asked)
    amounts = [one.amount_micros for one in answer.configurations]
    assert answer.exact and amounts == sorted(amounts) and len({tuple(one.ids) for one in answer.configurations}) == 5
    assert amounts[0] == configure(stub, "cpu=cpu_x60", "copies=120").least_amount_micros
    name = {number: option for option, number in options(model).items()}
    for one in answer.configurations:
        chosen = [name[number] for number in one.ids if not name[number].startswith("copies")]
        bundle = pricing_pb2.ConfiguredBundle(id="x", product="suite", quantity=1, choices=[*chosen, "copies=120"])
        asked = pricing_pb2.PriceQuoteRequest(book=BOOK, date=DAY, bundles=[bundle])
        [priced] = service.pricing().PriceQuote(asked).bundles
        assert [(t.name, t.list_amount_micros, t.net_amount_micros) for t in priced.totals] == [
            (t.name, t.list_amount_micros, t.net_amount_micros) for t in one.price.totals
        ]
        assert one.price.amount_micros == one.amount_micros and not one.price.differs and not one.price.unpriced
    by_defaults = stub.Complete(pb.CompleteRequest(selection=selection("cpu=cpu_x60", "copies=120")))
    assert by_defaults.configurations[0].amount_micros >= amounts[0]
    click = stub.Configure(pb.ConfigureRequest(selection=selection("cpu=cpu_x60", "copies=120"), price=True))
    assert click.price == by_defaults.configurations[0].price and click.price.totals
    again = configure(stub, "cpu=cpu_x60", "copies=120")
    assert not again.HasField("price") and (again.states, again.state) == (click.states, click.state)
    assert list(by_defaults.configurations[0].ids) == [n for n, byte in enumerate(click.states) if byte & 4]


def test_columns_are_checked_with_reasons(stub: Any, model: pb.ConfigurationModel) -> None:
    whole = stub.Complete(pb.CompleteRequest(selection=selection(), by="LOWEST_PRICE", alternatives=11)).configurations
    rows = [set(one.ids) for one in whole]
    rows[4] ^= {options(model)["wifi" if "wifi" in options(model) else "cards=wifi"]}
    rows[4] -= {options(model)["cards=antenna"]}
    columns = b"".join(
        sum(1 << i for i, row in enumerate(rows) if number in row).to_bytes(2, "little")
        for number in range(model.option_count)
    )
    asked = pb.ValidateRequest(book=BOOK, date=DAY, bundle="suite", count=11, columns=columns, reasons_for=3)
    answer = stub.Validate(asked)
    assert answer.valid_count == 10 and int.from_bytes(answer.valid, "little") == (1 << 11) - 1 - (1 << 4)
    assert [one.index for one in answer.invalid] == [4]
    assert stub.Validate(pb.ValidateRequest(book=BOOK, date=DAY, bundle="suite")).valid_count == 0
    assert "A card without an antenna hears nothing" in [reason.because for reason in answer.invalid[0].reasons]


WRONG: dict[str, tuple[str, Any, str, str]] = {
    "bundle": ("Configure", pb.ConfigureRequest(selection=pb.Selection(book=BOOK, bundle="sweet")), "bundle", "suite"),
    "no bundle said": ("Configure", pb.ConfigureRequest(selection=pb.Selection(book=BOOK)), "bundle", "desk, suite"),
    "name": ("Configure", pb.ConfigureRequest(selection=selection("cqu=x")), "selection.choices[0].name", "`cpu"),
    "value": ("Configure", pb.ConfigureRequest(selection=selection("cpu=x")), "selection.choices[0].name", "cpu_x60"),
    "number": ("Configure", pb.ConfigureRequest(selection=selection("copies=0")), "selection.choices[0].name", "1 to 5000"),
    "nothing": (
        "Configure", pb.ConfigureRequest(selection=pb.Selection(book=BOOK, bundle="suite", choices=[pb.Choice()])),
        "selection.choices[0]", "id or its name",
    ),
    "id": (
        "Configure", pb.ConfigureRequest(selection=pb.Selection(book=BOOK, bundle="suite", choices=[pb.Choice(id=4_000_000)])),
        "selection.choices[0].id", "options 0 to",
    ),
    "micros": (
        "Configure",
        pb.ConfigureRequest(selection=pb.Selection(book=BOOK, bundle="suite", choices=[pb.Choice(name="desk", number_micros=5)])),
        "selection.choices[0].number_micros", "is no number",
    ),
    "too many": ("Configure", pb.ConfigureRequest(selection=selection(*["desk"] * 2_001)), "selection.choices", "2,000"),
    "total": ("Configure", pb.ConfigureRequest(selection=selection(total_name="per_moon")), "selection.total_name", "once"),
    "state": (
        "Configure", pb.ConfigureRequest(selection=selection(), previous_state=b"?"), "", "",
    ),
    "screen": ("Configure", pb.ConfigureRequest(selection=selection(), on_screen_ids=[9_999]), "on_screen_ids[0]", "options 0"),
    "option": ("Explain", pb.ExplainOptionRequest(selection=selection(), option=pb.Choice(name="cpu=y")), "option.name", "cpu_x60"),
    "alternatives": ("Complete", pb.CompleteRequest(selection=selection(), alternatives=51), "alternatives", "50"),
    "columns": ("Validate", pb.ValidateRequest(book=BOOK, bundle="suite", count=9, columns=b"1"), "columns", "bytes"),
    "count": ("Validate", pb.ValidateRequest(book=BOOK, bundle="suite", count=4_000_000_000, ids=[1]), "count", "at most"),
    "twice": ("Validate", pb.ValidateRequest(book=BOOK, bundle="suite", ids=[1, 1]), "ids", "one column"),
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in WRONG if name != "state"])
def test_what_is_wrong_is_said_with_what_is_allowed(stub: Any, name: str) -> None:
    call, request, field, allowed = WRONG[name]
    with pytest.raises(grpc.RpcError) as caught:
        getattr(stub, call)(request)
    metadata = dict(caught.value.trailing_metadata())  # type: ignore[attr-defined]
    status = status_pb2.Status.FromString(metadata["grpc-status-details-bin"])
    bad = error_details_pb2.BadRequest()
    assert status.details[1].Unpack(bad)
    assert bad.field_violations[0].field == field and allowed in status.message


def test_a_state_that_is_none_is_refused_and_one_of_another_bundle_is_not(stub: Any) -> None:
    state = configure(stub).state
    with pytest.raises(grpc.RpcError) as caught:
        configure(stub, previous=state + b"nonsense")
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT  # type: ignore[attr-defined]
    desk = pb.Selection(book=BOOK, date=DAY, bundle="desk")
    assert stub.Configure(pb.ConfigureRequest(selection=desk, previous_state=state)).full


def test_a_customer_may_not_and_a_book_without_bundles_says_so(stub: Any) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        stub.Configure(pb.ConfigureRequest(selection=selection()), metadata=(("x-quotient-role", "customer"),))
    assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED  # type: ignore[attr-defined]
    with pytest.raises(grpc.RpcError) as caught:
        stub.GetModel(pb.GetModelRequest(book="books/saas"))
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND  # type: ignore[attr-defined]


def test_a_price_without_a_fact_that_rules_ask_for_says_which(stub: Any) -> None:
    household = pb.Selection(book="books/telecom", date=DAY, bundle="household", facts={"customer.kind": "consumer"})
    answer = stub.Configure(pb.ConfigureRequest(selection=household, price=True))
    assert answer.valid and answer.unpriced_ids and not answer.price.totals
    assert {one.code for one in answer.price.unpriced} == {"MISSING_FACT"}
    assert all("customer.country" in one.message for one in answer.price.unpriced)
    household.facts["customer.country"] = "NL"
    answer = stub.Configure(pb.ConfigureRequest(selection=household, price=True))
    assert not answer.unpriced_ids and not answer.price.unpriced and answer.total_name == "first_year"
    by_name = {total.name: total.net_amount_micros for total in answer.price.totals}
    assert answer.price.amount_micros == by_name["once"] + 12 * by_name["per_month"] == answer.proposed_amount_micros
