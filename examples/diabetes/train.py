"""Ridge regression on scikit-learn's diabetes data: one alpha per run.

A script for azureml.core like any other: it runs as well in Azure as on this machine.
"""

import argparse
import os

import joblib
import matplotlib

matplotlib.use("Agg")  # there may be no screen

import matplotlib.pyplot as plt
import numpy as np
from azureml.core import Run
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import train_test_split

STEPS = 2000

parser = argparse.ArgumentParser()
parser.add_argument("--alpha", type=float, default=0.1, help="how strongly large weights are punished")
alpha = parser.parse_args().alpha

run = Run.get_context()
run.log("alpha", alpha)

X, y = load_diabetes(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)

# The way down to what Ridge finds at once: gradient descent on the same objective, one loss per step.
centered = y_train - y_train.mean()
features = X_train - X_train.mean(axis=0)
weights = np.zeros(features.shape[1])
rate = 1 / (np.linalg.norm(features, ord=2) ** 2 + alpha)
for step in range(STEPS):
    error = features @ weights - centered
    loss = (error @ error + alpha * weights @ weights) / len(error)
    run.log("loss", loss)
    weights -= rate * (features.T @ error + alpha * weights)
    if step % 500 == 0:
        print(f"alpha {alpha:g}: step {step}, loss {loss:.1f}")

model = Ridge(alpha=alpha).fit(X_train, y_train)
predicted = model.predict(X_test)
mse = mean_squared_error(y_test, predicted)
run.log("mse", mse)
print(f"alpha {alpha:g}: mse {mse:.1f}")

plt.scatter(y_test, predicted)
plt.axline((150, 150), slope=1, color="gray")
plt.xlabel("measured")
plt.ylabel("predicted")
run.log_image("fit", plot=plt)

os.makedirs("outputs", exist_ok=True)
joblib.dump(model, "outputs/model.pkl")
