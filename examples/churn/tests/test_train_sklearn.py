"""The part of the example that needs the packages of requirements.txt; skipped without them."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path

from churn import train_sklearn
from churn.features import read_customers

DATA = Path(__file__).resolve().parent.parent / "data" / "customers.csv"


class Train(unittest.TestCase):
    @unittest.skipIf(train_sklearn.MISSING, "scikit-learn is not installed: pip install -r requirements.txt")
    def test_metrics_are_good_and_the_kept_model_predicts(self) -> None:
        import joblib

        folder = tempfile.TemporaryDirectory(prefix="churn-")
        self.addCleanup(folder.cleanup)
        out = Path(folder.name)
        with contextlib.redirect_stdout(io.StringIO()):
            train_sklearn.main(["--data", str(DATA), "--out", str(out)])
        metrics = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
        self.assertAlmostEqual(metrics["auc"], 0.8163, places=2)
        self.assertAlmostEqual(metrics["log_loss"], 0.468, places=2)

        customers = read_customers(DATA)
        chances = train_sklearn.chances(joblib.load(out / "model.joblib"), customers)
        share_who_left = sum(customer.left for customer in customers) / len(customers)
        self.assertAlmostEqual(sum(chances) / len(chances), share_who_left, places=1)


if __name__ == "__main__":
    unittest.main()
