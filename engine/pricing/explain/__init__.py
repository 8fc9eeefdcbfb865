"""Why a price is what it is: for every rule what it did or why it did not, what would change the price, and who must agree.

concerned  which rules can concern a product           verdicts  what each did, or the first thing that kept it from acting
needs      the first condition that fails, in figures  changes   what would change the price, by really pricing it
consents   approvals, and what would not ask           shown     what a role may see of it
sentences, document, picture: in words, as JSON, as a drawing
"""

from engine.pricing.explain.explainer import Explainer, below_net, floors_of
from engine.pricing.explain.shapes import Explained
from engine.pricing.explain.shown import shown

__all__ = ["Explained", "Explainer", "below_net", "floors_of", "shown"]
