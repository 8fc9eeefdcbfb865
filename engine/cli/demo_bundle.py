"""The demo's second half: a workstation is configured over gRPC, is refused an option, says why, is repaired, and is priced."""

from __future__ import annotations

from datetime import date

import grpc
from rich.markup import escape

from engine.cli import show
from engine.cli.console import out
from engine.cli.remote import calling_as, date_message
from quotient.v1 import configuration_pb2 as pb
from quotient.v1 import configuration_pb2_grpc, pricing_pb2, pricing_pb2_grpc

BOOK, BUNDLE, DAY = "books/workstation", "suite", date(2026, 5, 4)
FIRST, REFUSED, MORE = "cpu=cpu_x60", "memory=dimm_16", "graphics=gpu_4080"
"""A processor of sixty cores, memory that its board does not take, and graphics that want a stronger supply."""


class _Buyer:
    """Who configures: what is chosen so far, and the last answer."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.configuration = configuration_pb2_grpc.ConfigurationStub(channel)
        self.pricing = pricing_pb2_grpc.PricingStub(channel)
        self.told = {"metadata": calling_as("seller"), "timeout": 10}
        self.chosen = pb.Selection(book=BOOK, date=date_message(DAY), bundle=BUNDLE)
        model = self.configuration.GetModel(
            pb.GetModelRequest(book=BOOK, date=date_message(DAY), bundle=BUNDLE), **self.told
        )
        self.names = {option.id: option.name for item in model.items for option in item.options}
        self.state = b""

    def choose(self, name: str) -> None:
        """Choose; show what that leaves."""
        self.chosen.choices.add(name=name, turn=len(self.chosen.choices) + 1)
        answer = self.configuration.Configure(
            pb.ConfigureRequest(selection=self.chosen, previous_state=self.state), **self.told
        )
        least = show.money(answer.least_amount_micros, answer.currency_code)
        what = f"{len(answer.states)} options" + (" are different" if self.state else "")
        self.state = answer.state
        out().print(f"choose {escape(name)}: {what}, from {least} {answer.currency_code}")

    def ask_for(self, name: str) -> None:
        """Ask for what cannot be had: why not, and what to undo for it; undo it."""
        wanted = pb.Choice(name=name)
        why = self.configuration.Explain(pb.ExplainOptionRequest(selection=self.chosen, option=wanted), **self.told)
        with_these = ", ".join(self._name(choice) for choice in why.choices)
        out().print(f"choose {escape(name)}: [red]not with {escape(with_these)}[/]")
        for reason in why.reasons:
            out().print(f"  {escape(reason.because or reason.text)} ({reason.file}:{reason.line})")
        repair = self.configuration.Repair(pb.RepairRequest(selection=self.chosen, option=wanted), **self.told)
        undone = [self._name(choice) for choice in repair.undo]
        out().print(f"  repair: undo {escape(', '.join(undone))}")
        left = [choice for choice in self.chosen.choices if self._name(choice) not in undone]
        del self.chosen.choices[:]
        self.chosen.choices.extend(left)

    def price(self) -> None:
        """Price it in a quote, by the book's defaults where nothing was chosen."""
        bundle = pricing_pb2.ConfiguredBundle(
            id="desk-1",
            product=BUNDLE,
            choices=[self._name(choice) for choice in self.chosen.choices],
            by_defaults=True,
        )
        answer = self.pricing.PriceQuote(
            pricing_pb2.PriceQuoteRequest(book=BOOK, date=date_message(DAY), bundles=[bundle]), **self.told
        )
        for line in answer.lines:
            listed, net = (
                show.money(amount, answer.currency_code) for amount in (line.list_amount_micros, line.net_amount_micros)
            )
            count = show.quantity(line.quantity_micros, "").rstrip()
            out().print(f"  {count:>2} {line.product:12} {listed:>9} -> {net:>9}  {escape(line.bundle_path)}")
        for total in answer.bundles[0].totals:
            listed, net = (
                show.money(amount, answer.currency_code)
                for amount in (total.list_amount_micros, total.net_amount_micros)
            )
            out().print(f"[bold]desk-1, {total.name}: {listed} -> {net} {answer.currency_code}[/]")

    def _name(self, choice: pb.Choice) -> str:
        return choice.name or self.names[choice.id]


def configure_one(channel: grpc.Channel) -> None:
    """Configure a workstation and price it."""
    buyer = _Buyer(channel)
    out().print(f"\n[bold]{BOOK}, {BUNDLE}[/]: {len(buyer.names)} options")
    buyer.choose(FIRST)
    buyer.ask_for(REFUSED)
    buyer.choose(REFUSED)
    buyer.choose(MORE)
    buyer.price()
