"""Writes the reference values of TabularTests with scikit-learn 1.9 and, for DeLong, R's pROC 1.18.

Run from anywhere: python3 make_tabular.py   (needs scikit-learn, and Rscript with pROC)
"""
import json, os, subprocess, warnings
import numpy as np
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore")
HERE = os.path.dirname(os.path.abspath(__file__))
LUNG = os.path.join(HERE, "../../../Sources/SampleData/Resources/lung")


def write(name, content):
    with open(os.path.join(HERE, name), "w") as file:
        json.dump(content, file)
        file.write("\n")


def delong_brute_force(a, b, y):
    """DeLong et al. 1988 from all pairs, O(mn)."""
    def placements(s):
        pos, neg = s[y == 1], s[y == 0]
        kernel = (pos[:, None] > neg[None, :]) + 0.5 * (pos[:, None] == neg[None, :])
        return kernel.mean(1), kernel.mean(0), kernel.mean()
    va, na, auc_a = placements(a)
    vb, nb, auc_b = placements(b)
    s10, s01 = np.cov(np.stack([va, vb])), np.cov(np.stack([na, nb]))
    s = s10 / len(va) + s01 / len(na)
    return auc_a, auc_b, s[0, 0], s[1, 1], (auc_a - auc_b) / np.sqrt(s[0, 0] + s[1, 1] - 2 * s[0, 1])


def delong():
    rng = np.random.default_rng(11)
    cases = []
    for n, decimals in ((30, 1), (80, 3), (60, 0)):
        y = (rng.random(n) < 0.4).astype(int)
        a = np.round(rng.normal(0, 1, n) + y, decimals)
        b = np.round(0.5 * a + rng.normal(0, 1, n) + 0.3 * y, decimals)
        auc_a, auc_b, va, vb, z = delong_brute_force(a, b, y)
        vector = lambda v: "c(" + ",".join(repr(float(x)) for x in v) + ")"
        code = f"""suppressMessages(library(pROC)); options(digits=17)
y <- {vector(y)}; a <- {vector(a)}; b <- {vector(b)}
ra <- roc(y, a, direction="<", quiet=TRUE); rb <- roc(y, b, direction="<", quiet=TRUE)
t <- roc.test(ra, rb, method="delong", paired=TRUE); ci <- ci.auc(ra, method="delong")
cat(as.numeric(ra$auc), as.numeric(rb$auc), var(ra, method="delong"), ci[1], ci[3], t$statistic, t$p.value, sep=" ")"""
        auc, auc2, var, low, high, stat, p = map(float, subprocess.check_output(["Rscript", "-e", code], text=True).split())
        assert abs(var - va) < 1e-12 and abs(stat - z) < 1e-9 and abs(auc - auc_a) < 1e-12
        cases.append({"labels": y.tolist(), "first": a.tolist(), "second": b.tolist(), "areaFirst": auc, "areaSecond": auc2,
                      "variance": var, "lower": low, "upper": high, "statistic": stat, "pValue": p})
    write("delong.json", cases)


def metric_cases():
    rng = np.random.default_rng(5)
    binary = []
    for n, decimals in ((25, 1), (200, 2), (60, 6)):
        y = (rng.random(n) < 0.35).astype(int)
        p = np.round(1 / (1 + np.exp(-(rng.normal(-0.5, 1.2, n) + 1.5 * y))), decimals)
        hard = (p > 0.5).astype(int)
        # scikit-learn drops a point only between equal steps; drop every point on a line, in whole counts.
        fpr, tpr, _ = metrics.roc_curve(y, p, drop_intermediate=False)
        f, t = np.rint(fpr * (y == 0).sum()).astype(int), np.rint(tpr * (y == 1).sum()).astype(int)
        keep = [i for i in range(len(f)) if i in (0, len(f) - 1)
                or (t[i] - t[i - 1]) * (f[i + 1] - f[i]) != (f[i] - f[i - 1]) * (t[i + 1] - t[i])]
        fpr, tpr = fpr[keep], tpr[keep]
        entry = {
            "labels": y.tolist(), "probabilities": p.tolist(), "auroc": metrics.roc_auc_score(y, p),
            "averagePrecision": metrics.average_precision_score(y, p), "logLoss": metrics.log_loss(y, p),
            "brier": metrics.brier_score_loss(y, p), "accuracy": metrics.accuracy_score(y, hard),
            "balancedAccuracy": metrics.balanced_accuracy_score(y, hard), "precision": metrics.precision_score(y, hard),
            "recall": metrics.recall_score(y, hard), "f1": metrics.f1_score(y, hard),
            "macroF1": metrics.f1_score(y, hard, average="macro"), "matthews": metrics.matthews_corrcoef(y, hard),
            "kappa": metrics.cohen_kappa_score(y, hard), "rocFalse": fpr.tolist(), "rocTrue": tpr.tolist(),
        }
        for key, strategy in (("equalWidth", "uniform"), ("equalMass", "quantile")):
            true, mean = calibration_curve(y, p, n_bins=5, strategy=strategy)
            entry[key] = {"observed": true.tolist(), "predicted": mean.tolist()}
        binary.append(entry)
    n, k = 120, 4
    y = rng.integers(0, k, n)
    scores = rng.normal(0, 1, (n, k))
    scores[np.arange(n), y] += 1
    p = np.exp(scores)
    p /= p.sum(1, keepdims=True)
    hard = p.argmax(1)
    multi = {
        "labels": y.tolist(), "probabilities": p.ravel().tolist(), "classes": k,
        "auroc": metrics.roc_auc_score(y, p, multi_class="ovr"), "logLoss": metrics.log_loss(y, p),
        "brier": float(((p - np.eye(k)[y]) ** 2).sum(1).mean()), "accuracy": metrics.accuracy_score(y, hard),
        "balancedAccuracy": metrics.balanced_accuracy_score(y, hard), "matthews": metrics.matthews_corrcoef(y, hard),
        "kappa": metrics.cohen_kappa_score(y, hard),
    }
    for average in ("macro", "micro", "weighted"):
        multi[average] = [metrics.precision_score(y, hard, average=average), metrics.recall_score(y, hard, average=average),
                          metrics.f1_score(y, hard, average=average)]
    actual = rng.normal(3, 2, 40)
    predicted = actual + rng.normal(0, 1, 40)
    regression = {"actual": actual.tolist(), "predicted": predicted.tolist(),
                  "meanSquaredError": metrics.mean_squared_error(actual, predicted),
                  "meanAbsoluteError": metrics.mean_absolute_error(actual, predicted), "r2": metrics.r2_score(actual, predicted)}
    write("metrics.json", {"binary": binary, "multiclass": multi, "regression": regression})


def logistic():
    rng = np.random.default_rng(2)
    cases = []

    def add(name, x, y, c, weights=None, balanced=False, intercept=True):
        model = LogisticRegression(C=c, solver="lbfgs", tol=1e-14, max_iter=1_000_000, fit_intercept=intercept,
                                   class_weight="balanced" if balanced else None)
        model.fit(x, y, sample_weight=weights)
        # lbfgs stops where its line search cannot see progress; start newton-cholesky there for the last digits.
        if x.shape[1] < x.shape[0]:
            newton = LogisticRegression(C=c, solver="newton-cholesky", tol=1e-13, max_iter=1000, fit_intercept=intercept,
                                        class_weight="balanced" if balanced else None)
            newton.fit(x, y, sample_weight=weights)
            model = newton
        cases.append({
            "name": name, "rows": x.shape[0], "columns": x.shape[1], "values": x.ravel().tolist(), "labels": y.tolist(),
            "c": 1e300 if np.isinf(c) else c, "weights": None if weights is None else weights.tolist(), "balanced": balanced,
            "hasIntercept": intercept, "coefficients": model.coef_.ravel().tolist(),
            "intercepts": np.atleast_1d(model.intercept_).ravel().tolist(), "probabilities": model.predict_proba(x).ravel().tolist(),
        })

    x = np.round(rng.normal(0, 1, (40, 4)), 3)
    y = (x[:, 0] - 0.5 * x[:, 2] + rng.normal(0, 1, 40) > 0.4).astype(int)
    w = np.round(rng.uniform(0.1, 3, 40), 2)
    for c in (0.001, 1.0, 1000.0):
        add(f"binary C={c}", x, y, c)
    add("no penalty", x, y, np.inf)
    add("weights", x, y, 0.7, weights=w)
    add("balanced", x, y, 0.7, balanced=True)
    add("no intercept", x, y, 0.7, intercept=False)
    add("unscaled", x * np.array([1e3, 1, 1e-2, 10]) + 50, y, 1.0)
    y3 = np.argmax(x @ rng.normal(0, 1, (4, 3)) + rng.gumbel(0, 1, (40, 3)), axis=1)
    for c in (0.01, 1.0):
        add(f"multinomial C={c}", x, y3, c)
    add("multinomial balanced", x, y3, 1.0, balanced=True)
    wide = np.round(rng.normal(0, 1, (12, 30)), 3)
    add("wide", wide, np.array([0, 1] * 6), 0.5)
    add("wide multinomial", wide, np.array([0, 1, 2] * 4), 0.5)
    write("logistic.json", cases)


def lung():
    x = np.load(os.path.join(LUNG, "gse13255_x.npy")).astype(float)
    y = np.load(os.path.join(LUNG, "gse13255_y.npy")).astype(int)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    number = np.zeros(len(y), int)
    for k, (_, test) in enumerate(folds.split(x, y)):
        number[test] = k
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.001, tol=1e-12, max_iter=100_000))
    p = cross_val_predict(model, x, y, cv=folds, method="predict_proba")[:, 1]
    model.fit(x, y)
    last = model[-1]
    content = {
        "folds": "".join(map(str, number)), "probabilities": p.tolist(), "auroc": metrics.roc_auc_score(y, p),
        "foldAUROC": [metrics.roc_auc_score(y[number == k], p[number == k]) for k in range(5)],
        "accuracy": metrics.accuracy_score(y, p > 0.5), "macroF1": metrics.f1_score(y, p > 0.5, average="macro"),
        "coefficients": last.coef_.ravel().tolist(), "intercept": float(last.intercept_[0]),
    }
    print("pooled AUROC %.4f accuracy %.4f macro F1 %.4f; mean fold AUROC %.4f" % (
        content["auroc"], content["accuracy"], content["macroF1"], np.mean(content["foldAUROC"])))
    write("lung.json", content)


def folds():
    cases = []
    rng = np.random.default_rng(9)
    for labels, k in (([0] * 7 + [1] * 13 + [2] * 5, 5), (rng.integers(0, 3, 53).tolist(), 4), ([1, 0] * 10 + [1] * 7, 3)):
        y = np.array(labels)
        counts = [[int((y[test] == c).sum()) for c in range(int(y.max()) + 1)]
                  for _, test in StratifiedKFold(k, shuffle=True, random_state=1).split(y, y)]
        cases.append({"labels": y.tolist(), "folds": k, "counts": counts})
    write("folds.json", cases)


delong()
metric_cases()
logistic()
lung()
folds()
