"""Who should be called first? A list of the customers most likely to leave. Standard library only.

    python3 -m churn.score

Every customer is judged by a model that was trained without them, so the list says something about customers whom
nobody knows yet. Writes out/at_risk.csv; `CHURN_TOP` in the environment says how many customers it names.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Sequence

from churn import console
from churn.baseline import chances, fit
from churn.features import Customer, Encoder, deal, labels_of, read_customers
from churn.metrics import judge, write_csv

FOLDS = 4
EPOCHS = 80
PENALTY = 0.003
SHOWN = 5


def score(customers: Sequence[Customer], seed: int) -> list[tuple[float, Customer]]:
    """Each customer with the chance of leaving, as seen by a model that was trained without them."""
    scored: list[tuple[float, Customer]] = []
    piles = deal(customers, FOLDS, seed)
    bar = console.Bar("scoring", FOLDS * EPOCHS)
    for number, pile in enumerate(piles):
        others = [customer for other in piles if other is not pile for customer in other]
        encoder = Encoder(others)

        def count(epoch: int, _: object, before: int = number * EPOCHS) -> None:
            bar.show(before + epoch)

        weights = fit(encoder.encode(others), labels_of(others), PENALTY, EPOCHS, count)
        scored.extend(zip(chances(weights, encoder.encode(pile)), pile))
    return scored


def at_risk(scored: Sequence[tuple[float, Customer]], top: int) -> list[dict]:
    """The `top` customers who have not left and are most likely to, the likeliest first."""
    staying = [(likely, customer) for likely, customer in scored if not customer.left]
    staying.sort(key=lambda pair: (-pair[0], pair[1].id))
    return [
        {
            "customer_id": customer.id,
            "chance_of_leaving": round(likely, 3),
            "contract": customer.words["contract"],
            "tenure_months": int(customer.numbers["tenure_months"] or 0),
            "support_calls_90d": int(customer.numbers["support_calls_90d"] or 0),
        }
        for likely, customer in staying[:top]
    ]


def read_top() -> int:
    """How many customers to name, from `CHURN_TOP`; 20 when it is not set."""
    text = os.environ.get("CHURN_TOP", "20")
    if not text.isdecimal() or int(text) < 1:
        raise console.UserError(f"CHURN_TOP is {text!r}: set it to a whole number of 1 or more")
    return int(text)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python3 -m churn.score", description="List the customers to call first.")
    parser.add_argument("--data", type=Path, default=Path("data/customers.csv"), help="the customers, as CSV")
    parser.add_argument("--out", type=Path, default=Path("out"), help="the folder for the list")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args(arguments)
    top = read_top()
    customers = read_customers(options.data)
    console.info(f"scoring {len(customers)} customers, naming the first {top}")
    scored = score(customers, options.seed)
    scores = judge(labels_of([customer for _, customer in scored]), [likely for likely, _ in scored])
    listed = at_risk(scored, top)
    for record in listed[:SHOWN]:
        console.info(
            "  {customer_id}  {chance_of_leaving:.3f}  {contract}, {tenure_months} months, "
            "{support_calls_90d} calls".format(**record)
        )
    write_csv(options.out / "at_risk.csv", listed)
    console.done(f"AUC over all customers {scores['auc']:.4f}")
    console.done(f"wrote {len(listed)} customers to {options.out / 'at_risk.csv'}")


if __name__ == "__main__":
    console.run(main)
