"""Gradient boosting with calibrated probabilities, by scikit-learn.

    python -m churn.train_sklearn

Splits the customers as the baseline does, so the two can be compared. Writes out/metrics.json, out/report.csv and
the model itself, out/model.joblib.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Sequence

from churn import console
from churn.features import Customer, labels_of, read_customers, split
from churn.metrics import by_risk, in_words, judge, write_csv, write_json

try:
    import joblib
    import sklearn
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.model_selection import StratifiedKFold
    from sklearn.pipeline import Pipeline, make_pipeline
except ImportError as error:
    MISSING: str | None = error.name or str(error)
else:
    MISSING = None

RATES = (0.02, 0.04, 0.08)
FOLDS = 5


def features_of(customers: Sequence[Customer]) -> list[dict]:
    """What the model may see of each customer. A missing number becomes NaN, which these trees accept."""
    return [
        {
            **customer.words,
            **{column: float("nan") if value is None else value for column, value in customer.numbers.items()},
        }
        for customer in customers
    ]


def make_model(rate: float, seed: int) -> Pipeline:
    """Trees that learn at `rate`, over one column a number and one a word."""
    trees = HistGradientBoostingClassifier(
        learning_rate=rate,
        max_iter=120,
        max_leaf_nodes=8,
        min_samples_leaf=25,
        l2_regularization=1.0,
        random_state=seed,
    )
    return make_pipeline(DictVectorizer(sparse=False), trees)


def chances(model: Pipeline | CalibratedClassifierCV, customers: Sequence[Customer]) -> list[float]:
    """How likely each customer is to leave, from 0 to 1."""
    return [float(row[1]) for row in model.predict_proba(features_of(customers))]


def cross_validate(customers: Sequence[Customer], rate: float, seed: int) -> float:
    """The mean log loss of one learning rate over customers that the model had not seen, printing one line a fold."""
    labels = labels_of(customers)
    losses = []
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(labels, labels)
    for number, (seen, unseen) in enumerate(folds):
        model = make_model(rate, seed).fit(features_of([customers[i] for i in seen]), [labels[i] for i in seen])
        scores = judge([labels[i] for i in unseen], chances(model, [customers[i] for i in unseen]))
        losses.append(scores["log_loss"])
        console.info(
            f"learning rate {rate:<4g} fold {number + 1}/{FOLDS}"
            f"  log loss {scores['log_loss']:.4f}  AUC {scores['auc']:.3f}"
        )
    return sum(losses) / len(losses)


def train(customers: Sequence[Customer], seed: int) -> tuple[CalibratedClassifierCV, float]:
    """The calibrated model with the best learning rate, and that rate."""
    losses = {rate: cross_validate(customers, rate, seed) for rate in RATES}
    best = min(losses, key=lambda rate: losses[rate])
    console.info(f"best learning rate: {best:g} (mean log loss {losses[best]:.4f})")
    console.info(f"calibrating over {FOLDS} folds")
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    model = CalibratedClassifierCV(make_model(best, seed), method="sigmoid", cv=folds)
    return model.fit(features_of(customers), labels_of(customers)), best


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m churn.train_sklearn", description="Train the boosted model.")
    parser.add_argument("--data", type=Path, default=Path("data/customers.csv"), help="the customers, as CSV")
    parser.add_argument("--out", type=Path, default=Path("out"), help="the folder for the results")
    parser.add_argument("--seed", type=int, default=7, help="decides who is trained on and who is judged by (7)")
    options = parser.parse_args(arguments)
    if MISSING:
        raise console.UserError(f"{MISSING} is not installed: pip install -r requirements.txt")
    started = time.monotonic()
    customers = read_customers(options.data)
    training, test = split(customers, options.seed)
    console.info(f"scikit-learn {sklearn.__version__}")
    console.info(f"training on {len(training)}, judging by {len(test)}")
    model, rate = train(training, options.seed)

    answers, guesses = labels_of(test), chances(model, test)
    scores = judge(answers, guesses)
    write_csv(options.out / "report.csv", by_risk(answers, guesses))
    write_json(
        options.out / "metrics.json",
        {
            "model": "calibrated gradient boosting",
            "scikit_learn": sklearn.__version__,
            "seed": options.seed,
            "learning_rate": rate,
            "customers": {"training": len(training), "test": len(test)},
            **scores,
            "accuracy_of_always_staying": round(1 - sum(answers) / len(answers), 4),
        },
    )
    joblib.dump(model, options.out / "model.joblib", compress=3)
    console.done(in_words(scores))
    console.done(f"wrote metrics.json, report.csv and model.joblib to {options.out}")
    console.done(f"took {time.monotonic() - started:.1f} s")


if __name__ == "__main__":
    console.run(main)
