"""Configuring over a shelf in a folder: circuits beside the plan, bundles too hard for one, periods, state, roles."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine.configure.compile import Limits
from engine.services.books import shelf as shelves
from engine.services.books.shelf import Shelf
from engine.services.books.verbs import Books, Unpublishable
from engine.services.configuring.bundled import Where
from engine.services.configuring.selecting import Chosen, Selection
from engine.services.configuring.verbs import Configuring
from engine.services.context import Context, Role
from engine.services.pricing.verbs import Pricing
from engine.services.refusal import Refused
from engine.values.identity import version_of

DAY = 739_946
SELLER = Context("demo", "ann", Role.SELLER)
BOOK = """price book plans "Plans"
  currency EUR
  units    seat seats

facts
  customer.region: text optional

product base
  price 100 EUR per seat per month
  unit  seat

product plus
  price 30 EUR per seat per month
  unit  seat

product setup
  price 500 EUR per seat
  unit  seat

product training
  price 90 EUR per seat
  unit  seat

product free
  price 5 EUR per seat from 2029-01-01
  unit  seat

bundle plan "Plan"
  part base     5 to 5_000 default 10
  part plus     optional default none
  part setup    optional default setup
  part training up to 1 of training
  part free     optional default none
  require plus when base >= 100 because "Large plans need it"
  require training when plus and setup because "Nobody is left alone"
  prefer training
  warn "Large" when base >= 100
  hide free when not plus
  disable training when plus is none
"""


@dataclass
class Store:
    """What a shelf asks of a store, of one book."""

    files: dict[str, bytes]

    def version(self, tenant: str, book: str, version: str) -> Any:
        return object() if version == version_of(self.files) else None

    def contents(self, tenant: str, record: Any) -> dict[str, bytes]:
        return self.files


def configuring(folder: Path, text: str = BOOK) -> tuple[Configuring, str]:
    return over({"book.quo": text.encode()}, folder)


def over(files: dict[str, bytes], folder: Path) -> tuple[Configuring, str]:
    return Configuring(Pricing(Shelf(Store(files), folder), lambda: 0.0)), version_of(files)  # type: ignore[arg-type]


def selection(version: str, *choices: Chosen | str, **more: Any) -> Selection:
    said = [
        one if isinstance(one, Chosen) else Chosen(one.lstrip("!"), rejected=one.startswith("!")) for one in choices
    ]
    return Selection(Where("plans", version, DAY, "plan", **more), said)


def states(verbs: Configuring, version: str, *choices: Chosen | str, **more: Any) -> dict[str, int]:
    click = verbs.configure(SELLER, selection(version, *choices, **more))
    assert click.answer is not None
    return dict(zip(click.on.asker.made.model.options, click.states, strict=False))


def test_circuits_lie_beside_the_plan_and_are_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    verbs, version = configuring(tmp_path)
    first = verbs.configure(SELLER, selection(version))
    assert {path.suffix for path in tmp_path.iterdir()} == {"", ".plan", ".book", ".circuits"}
    monkeypatch.setattr(shelves, "circuits_of", lambda book: pytest.fail("compiled again"))
    again = configuring(tmp_path)[0].configure(SELLER, selection(version))
    assert (again.states, again.added, again.state) == (first.states, first.added, first.state)
    next(tmp_path.glob("*.circuits")).write_bytes(b"torn")
    monkeypatch.undo()
    assert configuring(tmp_path)[0].configure(SELLER, selection(version)).states == first.states


def test_a_bundle_without_a_circuit_is_answered_by_search_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact, version = configuring(tmp_path / "exact")
    exact.configure(SELLER, selection(version))
    own = shelves.circuits_of
    monkeypatch.setattr(shelves, "circuits_of", lambda book: own(book, Limits(steps=1, room=16)))
    hard = configuring(tmp_path / "hard")[0]
    for choices in ((), ("base=120",), ("!plus", "training")):
        wanted, found = (one.configure(SELLER, selection(version, *choices)) for one in (exact, hard))
        assert [state & 3 for state in found.states] == [state & 3 for state in wanted.states]
        assert found.answer and wanted.answer and wanted.answer.exact_amounts and not found.answer.exact_amounts
    assert exact.model(SELLER, selection(version).where)[0].asker.way.exact
    assert not hard.model(SELLER, selection(version).where)[0].asker.way.exact
    one = hard.configure(SELLER, selection(version), on_screen=[0, 1])
    assert one.answer and not one.answer.exact and [state >> 7 for state in one.states][:3] == [0, 0, 1]


def test_what_is_charged_apart_is_one_number_in_the_first_year(tmp_path: Path) -> None:
    verbs, version = configuring(tmp_path)
    click = verbs.configure(SELLER, selection(version))
    assert click.answer is not None
    assert (click.ready.bill.total, click.answer.least) == ("first_year", 5 * 12 * 100_000_000)
    assert {name: net for name, _, net in click.answer.totals} == {"per_month": 1_000_000_000, "once": 590_000_000}
    monthly = verbs.configure(SELLER, selection(version, "base=120", total="per_month"))
    assert monthly.answer and monthly.answer.least == 120 * 100_000_000 + 30_000_000
    assert [click.on.asker.made.options[n].name for n in click.ready.bill.unpriced] == ["free"]
    with pytest.raises(Refused, match="once, per_month, first_year"):
        verbs.configure(SELLER, selection(version, total="per_year"))


def test_defaults_are_wishes_and_users_stand(tmp_path: Path) -> None:
    verbs, version = configuring(tmp_path)
    start = states(verbs, version)
    assert start["base=10"] >> 2 == 0b101 and start["setup"] >> 2 & 0b111 == 0b101
    assert start["free"] & 1 << 5 and start["training"] & 1 << 6
    proposed = states(verbs, version, Chosen("base=11..99", origin="default"), Chosen("plus", origin="engine"))
    assert proposed["base=11..99"] & 4
    assert not proposed["plus"] & 4
    large = states(verbs, version, "base=120")
    assert large["plus"] & 3 == 1 and not large["free"] & 1 << 5 and not large["training"] & 1 << 6
    assert list(verbs.configure(SELLER, selection(version, "base=120")).answer.said) == [0]  # type: ignore[union-attr]


def test_a_number_that_was_proposed_is_priced_until_the_user_says_another(tmp_path: Path) -> None:
    verbs, version = configuring(tmp_path)
    proposed = Chosen("base=50", origin="default")
    for said, number in (((), 50), (("base=60",), 60), (("!base=50", "base=11..99"), 11)):
        found = verbs.complete(SELLER, selection(version, proposed, *said), cheapest=False, many=1)
        assert [quantity for product, _, quantity in found.wholes[0].products if product == "base"] == [
            number * 1_000_000
        ]
        assert {name: net for name, _, net in found.wholes[0].totals}["per_month"] == number * 100_000_000


def test_complete_is_when_nothing_is_left_a_number_included(tmp_path: Path) -> None:
    verbs, version = configuring(tmp_path)
    rest = ("plus", "!setup", "training", "!free")
    for number, complete in (("base=100..5000", False), ("base=120", True)):
        answer = verbs.configure(SELLER, selection(version, number, *rest)).answer
        assert answer is not None and answer.complete == complete


def test_any_order_and_any_worker_answers_alike(tmp_path: Path) -> None:
    one, version = configuring(tmp_path)
    other = configuring(tmp_path)[0]
    rng, names = random.Random(3), ["base=120", "!free", "setup", "base=120", "training"]
    before = one.configure(SELLER, selection(version, *names[:2]))
    wanted = one.configure(SELLER, selection(version, *names), before.state)
    for _ in range(5):
        rng.shuffle(names)
        found = other.configure(SELLER, selection(version, *names), before.state)
        assert (found.ids, found.states, found.added, found.state) == (
            wanted.ids,
            wanted.states,
            wanted.added,
            wanted.state,
        )
        other.bundles._kept.put((version, "plan"), other.bundles._made(found.on.book, version, "plan"))  # all forgotten


def test_repairs_by_age_by_weight_and_what_stays(tmp_path: Path) -> None:
    verbs, version = configuring(tmp_path)
    said = [
        Chosen("base=120", turn=2, weight=9),
        Chosen("setup", turn=1, weight=1),
        Chosen("training", turn=3, weight=2),
    ]
    said[2] = Chosen("training=none", turn=3, weight=5)
    undo = {}
    for by in ("newest", "oldest", "weight"):
        found = verbs.repair(SELLER, selection(version, *said), None, by, every=True)
        assert found.undo is not None
        undo[by] = [found.on.asker.made.options[one.option].name for one in found.undo]
        assert len(found.undone) == found.on.asker.count
    assert undo == {"newest": ["setup"], "oldest": ["training"], "weight": ["setup"]}
    kept = [Chosen("setup", turn=1, fixed=True), said[0], said[2]]
    again = verbs.repair(SELLER, selection(version, *kept), None, "newest")
    assert again.undo and "setup" not in [again.on.asker.made.options[one.option].name for one in again.undo]
    never = [Chosen("base=120", fixed=True), Chosen("plus", rejected=True, fixed=True)]
    assert verbs.repair(SELLER, selection(version, *never), None, "newest").undo is None
    other = verbs.repair(SELLER, selection(version, "base=120"), Chosen("base=130"), "newest")
    assert [one.number for one in other.undo or ()] == [120_000_000]
    with pytest.raises(Refused, match="a weight is"):
        verbs.repair(SELLER, selection(version, Chosen("plus", weight=-1)), None, "weight")


def test_reasons_without_rules_are_what_the_book_says(tmp_path: Path) -> None:
    verbs, version = configuring(tmp_path)
    shop = Context("demo", "web", Role.STOREFRONT)
    chosen = selection(version, "base=120", "!plus")
    full, plain = (verbs.configure(who, chosen).conflict for who in (SELLER, shop))
    assert full and plain
    assert [(one.because, bool(one.text)) for one in full.reasons if one.because] == [("Large plans need it", True)]
    assert [(one.because, one.text, one.span.file) for one in plain.reasons] == [("Large plans need it", "", "")]
    with pytest.raises(Refused, match="may not configure"):
        verbs.configure(Context("demo", "x", Role.CUSTOMER), chosen)


def test_a_bundle_that_can_never_be_is_not_published(tmp_path: Path) -> None:
    text = BOOK.replace("  prefer training\n", "  forbid base\n")
    books = Books(Shelf(Store({}), tmp_path), lambda: 0.0)  # type: ignore[arg-type]
    with pytest.raises(Unpublishable, match="E630"):
        books.publish(Context("demo", "ann", Role.ADMINISTRATOR), "plans", {"book.quo": text.encode()})


def test_what_is_kept_is_bounded_in_bytes_and_no_answer_hangs_on_it(tmp_path: Path) -> None:
    roomy, version = configuring(tmp_path)
    narrow = configuring(tmp_path)[0]
    room = narrow.bundles.pricing.room
    room.most = 1  # what was made last, and nothing else
    rng, states = random.Random(5), [b"", b""]
    names = ["base=120", "!plus", "setup", "base=60", "training", "!setup", "plus"]
    for _ in range(30):
        chosen = selection(version, *rng.sample(names, 2), Chosen("base=50", origin="default"))
        one, other = (
            verbs.configure(SELLER, chosen, state, price=True)
            for verbs, state in zip((roomy, narrow), states, strict=True)
        )
        assert (one.ids, one.states, one.added, one.state, one.price) == (
            other.ids, other.states, other.added, other.state, other.price,
        )  # fmt: skip
        states = [one.state or states[0], other.state or states[1]]
        assert len(room) == 1
    kept = roomy.bundles.pricing.room
    assert len(kept) > 30 and 100_000 < kept.used < kept.most
    kept.most = kept.used // 2
    roomy.configure(SELLER, selection(version, "!training"))
    assert kept.used <= kept.most
