"""Fits a line to the points by gradient descent, and notes how it went with MLflow."""

import sys

import mlflow

steps, rate = int(float(sys.argv[1])), float(sys.argv[2])

# Another entry point of this project, in the environment that is there already.
mlflow.run(".", "prepare", env_manager="local")

with open("points.csv") as file:
    points = [tuple(map(float, line.split(","))) for line in file]

slope, shift = 0.0, 0.0
for step in range(steps):
    errors = [(slope * x + shift - y, x) for x, y in points]
    slope -= rate * 2 * sum(error * x for error, x in errors) / len(points)
    shift -= rate * 2 * sum(error for error, _ in errors) / len(points)
    loss = sum(error * error for error, _ in errors) / len(points)
    mlflow.log_metric("loss", loss, step=step)
    print(f"step {step + 1}/{steps}  loss {loss:.4f}", flush=True)
mlflow.log_metric("slope", slope)
print(f"slope {slope:.2f}")
