"""Writes estimators.json, reference values of TabularTests' estimators, with scikit-learn 1.9.

Run from anywhere: python3 make_estimators.py
"""
import json, os, warnings
import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    GradientBoostingClassifier, GradientBoostingRegressor, HistGradientBoostingClassifier,
    HistGradientBoostingRegressor)
from sklearn.model_selection import StratifiedKFold
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

warnings.filterwarnings("ignore")
HERE = os.path.dirname(os.path.abspath(__file__))
random = np.random.RandomState(10)


def table(rows, columns):
    # Exact in single precision, which scikit-learn's trees compute in.
    return np.round(random.standard_normal((rows, columns)) * 1024) / 1024


def data(classes, rows=120, columns=4):
    x = table(rows, columns)
    centres = random.standard_normal((classes, columns))
    y = np.arange(rows) % classes
    x = np.round((x + centres[y]) * 1024) / 1024
    return x, y, table(25, columns) + centres[np.arange(25) % classes].round(2)


def tree_nodes(tree):
    t = tree.tree_
    return dict(
        features=t.feature.tolist(), thresholds=t.threshold.tolist(), impurities=t.impurity.tolist(),
        covers=t.weighted_n_node_samples.tolist(), left=t.children_left.tolist(), right=t.children_right.tolist())


def determined(fit):
    """A tree that does not depend on how ties between equally good questions are broken."""
    first = tree_nodes(fit(0))
    for seed in range(1, 20):
        other = tree_nodes(fit(seed))
        same = all(other[key] == first[key] for key in ("features", "thresholds"))
        assert same, "another seed of the data is needed"
    return first


cases = []
for classes in (2, 3):
    x, y, new = data(classes)
    case = dict(
        classes=classes, rows=len(x), columns=x.shape[1], values=x.ravel().tolist(), labels=y.tolist(),
        new=new.ravel().tolist())
    case["gaussian"] = GaussianNB().fit(x, y).predict_proba(new).ravel().tolist()
    case["bernoulli"] = BernoulliNB(alpha=0.5, binarize=0.1).fit(x, y).predict_proba(new).ravel().tolist()
    for weights in ("uniform", "distance"):
        model = KNeighborsClassifier(7, weights=weights, algorithm="brute").fit(x, y)
        case["neighbors_" + weights] = model.predict_proba(new).ravel().tolist()
    linear = LinearSVC(C=0.7, dual=False, tol=1e-12, max_iter=100000).fit(x, y)
    case["linear_svm"] = dict(coefficients=linear.coef_.ravel().tolist(), intercepts=linear.intercept_.tolist())
    kernels = dict(
        linear=dict(kernel="linear"), rbf=dict(kernel="rbf"), poly=dict(kernel="poly", degree=2, coef0=1.0, gamma=0.3))
    for name, settings in kernels.items():
        model = SVC(C=1.5, tol=1e-11, **settings).fit(x, y)
        case["svm_" + name] = dict(
            decision=model.decision_function(new).ravel().tolist(), support=sorted(model.support_.tolist()))
    calibrated = CalibratedClassifierCV(SVC(C=1.5, tol=1e-11), cv=StratifiedKFold(5), ensemble=False).fit(x, y)
    case["svm_probabilities"] = calibrated.predict_proba(new).ravel().tolist()
    for impurity in ("gini", "entropy"):
        case["tree_" + impurity] = determined(
            lambda seed: DecisionTreeClassifier(
                criterion=impurity, max_depth=3, min_samples_leaf=10, random_state=seed).fit(x, y))
    boosted = GradientBoostingClassifier(n_estimators=20, max_depth=3, learning_rate=0.2, random_state=0).fit(x, y)
    case["boosting"] = boosted.predict_proba(x).ravel().tolist()
    holes = x.copy()
    holes[::7, 1] = np.nan
    histogram = HistGradientBoostingClassifier(
        max_iter=20, min_samples_leaf=5, max_leaf_nodes=6, early_stopping=False, l2_regularization=0.3).fit(holes, y)
    case["histogram"] = histogram.predict_proba(holes).ravel().tolist()
    cases.append(case)

x, _, new = data(2)
y = np.sin(x[:, 0]) + x[:, 1] * x[:, 2] + 0.1 * random.standard_normal(len(x))
regression = dict(rows=len(x), columns=x.shape[1], values=x.ravel().tolist(), targets=y.tolist(), new=new.ravel().tolist())
regression["neighbors"] = KNeighborsRegressor(4, weights="distance", algorithm="brute").fit(x, y).predict(new).tolist()
regression["tree"] = determined(
    lambda seed: DecisionTreeRegressor(max_depth=3, min_samples_leaf=10, random_state=seed).fit(x, y))
regression["boosting"] = GradientBoostingRegressor(n_estimators=20, random_state=0).fit(x, y).predict(x).tolist()
regression["histogram"] = HistGradientBoostingRegressor(
    max_iter=20, min_samples_leaf=5, early_stopping=False).fit(x, y).predict(x).tolist()

with open(os.path.join(HERE, "estimators.json"), "w") as file:
    json.dump(dict(classification=cases, regression=regression), file)
    file.write("\n")
