"""Logistic regression by gradient descent, without a single dependency.

    python3 -m churn.baseline

Reads the customers, finds the best penalty by cross-validation, trains on three quarters of them, and judges the
result on the rest. Writes out/metrics.json and out/report.csv. The seed decides everything but the time it takes.
"""

from __future__ import annotations

import argparse
import math
from operator import mul
from pathlib import Path
from typing import Callable, NamedTuple, Sequence

from churn import console
from churn.features import Customer, Encoder, Row, deal, labels_of, read_customers, split
from churn.metrics import auc, by_risk, in_words, judge, log_loss, write_csv, write_json

PENALTIES = (0.0, 0.003, 0.03, 0.3)
FOLDS = 5
STEP = 0.4
MOMENTUM = 0.8


class Weights(NamedTuple):
    """A logistic model: one weight a column, and what is added to their sum."""

    columns: list[float]
    bias: float


def chance(weights: Weights, row: Row) -> float:
    """How likely the customer of this row is to leave, from 0 to 1."""
    odds = sum(map(mul, weights.columns, row)) + weights.bias
    # Written for both signs because exp() of a large number overflows.
    if odds >= 0:
        return 1 / (1 + math.exp(-odds))
    grown = math.exp(odds)
    return grown / (1 + grown)


def chances(weights: Weights, rows: Sequence[Row]) -> list[float]:
    return [chance(weights, row) for row in rows]


def fit(
    rows: Sequence[Row],
    labels: Sequence[int],
    penalty: float,
    epochs: int,
    after_epoch: Callable[[int, list[float]], None] = lambda epoch, current: None,
) -> Weights:
    """Trains on all rows at once, `epochs` times over, by gradient descent with momentum.

    `penalty` pulls the weights, not the bias, towards zero. `after_epoch` is told the number of the epoch, from 1,
    and the chances that the epoch began with.
    """
    by_column = list(zip(*rows))
    weights = Weights([0.0] * len(by_column), 0.0)
    speed = Weights([0.0] * len(by_column), 0.0)
    pace = STEP / len(rows)
    for epoch in range(1, epochs + 1):
        current = chances(weights, rows)
        errors = [label - likely for label, likely in zip(labels, current)]
        speed = Weights(
            [
                MOMENTUM * moving + pace * sum(map(mul, errors, column)) - STEP * penalty * weight
                for moving, column, weight in zip(speed.columns, by_column, weights.columns)
            ],
            MOMENTUM * speed.bias + pace * sum(errors),
        )
        weights = Weights(
            [weight + moving for weight, moving in zip(weights.columns, speed.columns)], weights.bias + speed.bias
        )
        after_epoch(epoch, current)
    return weights


def cross_validate(customers: Sequence[Customer], penalty: float, epochs: int, seed: int) -> float:
    """The mean log loss over customers that the model had not seen, printing one line a fold."""
    piles = deal(customers, FOLDS, seed)
    losses = []
    for number, held_out in enumerate(piles):
        others = [customer for pile in piles if pile is not held_out for customer in pile]
        encoder = Encoder(others)
        weights = fit(encoder.encode(others), labels_of(others), penalty, epochs)
        answers, guesses = labels_of(held_out), chances(weights, encoder.encode(held_out))
        losses.append(log_loss(answers, guesses))
        console.info(
            f"penalty {penalty:<5g} fold {number + 1}/{FOLDS}"
            f"  log loss {losses[-1]:.4f}  AUC {auc(answers, guesses):.3f}"
        )
    return sum(losses) / len(losses)


def choose_penalty(customers: Sequence[Customer], epochs: int, seed: int) -> float:
    """The penalty whose models did best on customers they had not seen."""
    losses = {penalty: cross_validate(customers, penalty, epochs, seed) for penalty in PENALTIES}
    best = min(losses, key=lambda penalty: losses[penalty])
    console.info(f"best penalty: {best:g} (mean log loss {losses[best]:.4f})")
    return best


def train(encoder: Encoder, customers: Sequence[Customer], penalty: float, epochs: int) -> Weights:
    """Trains the model that counts, with a progress bar."""
    labels = labels_of(customers)
    bar = console.Bar("training", epochs)
    return fit(
        encoder.encode(customers),
        labels,
        penalty,
        epochs,
        lambda epoch, current: bar.show(epoch, f"log loss {log_loss(labels, current):.4f}"),
    )


def warn_of_missing(encoder: Encoder, rows: int) -> None:
    for column, number in encoder.missing.items():
        console.warn(
            f"{column}: {number} of {rows} values are missing ({number / rows:.1%}),"
            f" filled with the median {encoder.fill[column]:g}"
        )


def print_strongest(encoder: Encoder, weights: Weights, most: int = 6) -> None:
    """The columns that move the model most, the strongest first."""
    ranked = sorted(zip(encoder.names, weights.columns), key=lambda pair: -abs(pair[1]))
    for name, weight in ranked[:most]:
        console.info(f"  {weight:+.2f}  {name}")


def parse_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m churn.baseline", description="Train the baseline model.")
    parser.add_argument("--data", type=Path, default=Path("data/customers.csv"), help="the customers, as CSV")
    parser.add_argument("--out", type=Path, default=Path("out"), help="the folder for the results")
    parser.add_argument("--epochs", type=int, default=400, help="rounds of the last training (400)")
    parser.add_argument("--search-epochs", type=int, default=60, help="rounds of each trial before it (60)")
    parser.add_argument("--seed", type=int, default=7, help="decides who is trained on and who is judged by (7)")
    options = parser.parse_args(arguments)
    if options.epochs < 1 or options.search_epochs < 1:
        parser.error("--epochs and --search-epochs must be 1 or more")
    return options


def main(arguments: Sequence[str] | None = None) -> None:
    options = parse_options(arguments)
    customers = read_customers(options.data)
    training, test = split(customers, options.seed)
    left = sum(labels_of(customers))
    console.info(f"read {len(customers)} customers from {options.data}, {left} of them left")
    console.info(f"training on {len(training)}, judging by {len(test)}")
    encoder = Encoder(training)
    warn_of_missing(encoder, len(training))
    penalty = choose_penalty(training, options.search_epochs, options.seed)
    weights = train(encoder, training, penalty, options.epochs)

    answers, guesses = labels_of(test), chances(weights, encoder.encode(test))
    scores = judge(answers, guesses)
    console.info("what speaks most for leaving (+) and for staying (-):")
    print_strongest(encoder, weights)
    report = by_risk(answers, guesses)
    write_csv(options.out / "report.csv", report)
    write_json(
        options.out / "metrics.json",
        {
            "model": "logistic regression",
            "seed": options.seed,
            "epochs": options.epochs,
            "penalty": penalty,
            "customers": {"training": len(training), "test": len(test)},
            **scores,
            "accuracy_of_always_staying": round(1 - sum(answers) / len(answers), 4),
        },
    )
    most, least = report[0]["actual_rate"], report[-1]["actual_rate"]
    console.info(f"of the tenth most endangered, {most:.0%} left; of the tenth least, {least:.0%}")
    console.done(in_words(scores))
    console.done(f"wrote metrics.json and report.csv to {options.out}")


if __name__ == "__main__":
    console.run(main)
