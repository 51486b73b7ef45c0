"""Who is about to leave? Models of customer churn, small enough to read in one sitting."""
