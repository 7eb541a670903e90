"""Writes the reference tables of StatisticsTests with SciPy.

Run: python3 make_statistics.py   (SciPy 1.17, NumPy 2)
"""
import json, math, os, warnings
import numpy as np
from scipy import special, stats

warnings.filterwarnings("ignore")
HERE = os.path.dirname(os.path.abspath(__file__))


def number(value):
    value = float(value)
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return value


def write(name, content):
    with open(os.path.join(HERE, name), "w") as file:
        if isinstance(content, list):
            file.write("[\n" + ",\n".join(json.dumps(case) for case in content) + "\n]\n")
        else:
            file.write(json.dumps(content) + "\n")


class FisherF:
    """F through the beta distribution of the smaller share; stats.f.isf is ppf(1 - q) and loses the tail."""

    def __init__(self, numerator, denominator):
        self.a, self.b, self.ratio = numerator / 2, denominator / 2, denominator / numerator
        self.logpdf = stats.f(numerator, denominator).logpdf

    def tail(self, x, lower):
        share, rest = x / (x + self.ratio), self.ratio / (x + self.ratio)
        if share < 0.5:
            return (special.betainc if lower else special.betaincc)(self.a, self.b, share)
        return (special.betaincc if lower else special.betainc)(self.b, self.a, rest)

    def cdf(self, x):
        return self.tail(x, True)

    def sf(self, x):
        return self.tail(x, False)

    def ppf(self, q):
        share = special.betaincinv(self.a, self.b, q)
        rest = special.betainccinv(self.b, self.a, q)
        return self.ratio * (share / (1 - share) if share < 0.5 else (1 - rest) / rest)

    def isf(self, q):
        share = special.betainccinv(self.a, self.b, q)
        rest = special.betaincinv(self.b, self.a, q)
        return self.ratio * (share / (1 - share) if share < 0.5 else (1 - rest) / rest)


def continuous():
    cases = []
    probabilities = [1e-100, 1e-10, 1e-3, 0.05, 0.3, 0.5, 0.7, 0.95, 0.999]
    table = [
        ("normal", [[0, 1], [3, 2.5]], lambda p: stats.norm(p[0], p[1])),
        ("studentT", [[0.5], [1], [2.7], [5], [30], [1000], [1e6]], lambda p: stats.t(p[0])),
        ("chiSquared", [[0.5], [1], [2], [7], [100], [5000]], lambda p: stats.chi2(p[0])),
        ("fisherF", [[1, 1], [2, 7], [5, 12.5], [40, 3], [200, 500]], lambda p: FisherF(p[0], p[1])),
        ("beta", [[0.5, 0.5], [1, 3], [2, 5], [0.1, 4], [30, 12], [800, 1200]], lambda p: stats.beta(p[0], p[1])),
        ("gamma", [[0.05, 1], [0.7, 2], [1, 1], [9, 0.5], [250, 3]], lambda p: stats.gamma(p[0], scale=1 / p[1])),
        ("exponential", [[1], [0.2]], lambda p: stats.expon(scale=1 / p[0])),
        ("weibull", [[0.7, 2], [1, 1], [3.5, 10]], lambda p: stats.weibull_min(p[0], scale=p[1])),
        ("uniform", [[0, 1], [-2, 5]], lambda p: stats.uniform(p[0], p[1] - p[0])),
    ]
    for name, parameters, make in table:
        for parameter in parameters:
            d = make(parameter)
            points = [d.ppf(q) for q in (1e-8, 0.01, 0.2, 0.5, 0.8, 0.99)] + [d.isf(1e-8), d.isf(1e-30)]
            for x in points:
                x = float(x)
                if name == "uniform" and x > 4.99:
                    continue  # one minus a probability near one: the reference has lost its digits
                if name == "beta" and x == 1:
                    continue
                if not math.isfinite(x) or (x == 0 and name != "normal"):
                    continue
                cases.append({
                    "distribution": name, "parameters": parameter, "x": x, "logPDF": number(d.logpdf(x)),
                    "cdf": number(d.cdf(x)), "survival": number(d.sf(x)),
                })
            for q in probabilities:
                if q < 1e-50 and (name in ("beta", "fisherF") or name == "studentT" and parameter[0] < 1):
                    continue  # SciPy's searches stop early there: beta(2, 5) gives 4.6e-51 for sqrt(q / 15) = 2.6e-51
                cases.append({
                    "distribution": name, "parameters": parameter, "probability": q,
                    "quantile": number(d.ppf(q)), "upperQuantile": number(d.isf(q)),
                })
    write("continuous.json", cases)


def discrete():
    cases = []
    table = [
        ("binomial", [[1, 0.3], [10, 0.5], [50, 0.02], [1000, 0.7], [20, 0.0], [20, 1.0]],
         lambda p: stats.binom(int(p[0]), p[1])),
        ("poisson", [[0.1], [3.5], [80], [10000]], lambda p: stats.poisson(p[0])),
    ]
    for name, parameters, make in table:
        for parameter in parameters:
            d = make(parameter)
            counts = sorted({int(d.ppf(q)) for q in (1e-9, 0.01, 0.3, 0.5, 0.9, 0.999999)} | {0, 1, int(d.mean() + 9 * d.std())})
            for k in counts:
                cases.append({"distribution": name, "parameters": parameter, "x": k, "logPDF": number(d.logpmf(k)), "cdf": number(d.cdf(k)), "survival": number(d.sf(k))})
            for q in (1e-12, 0.025, 0.31, 0.5, 0.77, 0.975, 0.999999):
                cases.append({"distribution": name, "parameters": parameter, "probability": q,
                              "quantile": number(d.ppf(q))})
    write("discrete.json", cases)


def special_functions():
    cases = []

    def add(name, arguments, value):
        cases.append({"function": name, "arguments": arguments, "value": number(value)})

    for x in (-3.7, -0.5, 1e-5, 0.1, 0.9, 1.2, 1.4, 1.4616, 1.5, 2, 5, 11.3, 1e3, 1e8):
        add("digamma", [x], special.digamma(x))
        if x > 0:
            add("trigamma", [x], special.polygamma(1, x))
    for y in (1e-300, 1e-20, 1e-3, 0.4, 1, 1.3, 1.99, 1.999999):
        add("inverseErrorFunctionComplement", [y], special.erfcinv(y))
    for y in (-0.9999, -0.3, -1e-9, 0, 1e-12, 0.2, 0.7, 0.999999):
        add("inverseErrorFunction", [y], special.erfinv(y))
    for a, b in ((0.1, 0.2), (3, 4), (12, 0.5), (1e3, 2), (50, 70), (1e6, 3e6), (1e10, 0.5)):
        add("logBeta", [a, b], special.betaln(a, b))
    for a in (1e-3, 0.05, 0.5, 1, 3.3, 50, 1000, 1e6):
        for factor in (1e-6, 0.1, 0.7, 0.99, 1, 1.01, 1.5, 4):
            x = a * factor
            if a == 1e6 and factor == 0.99:
                continue  # SciPy has ten digits there; the test compares with R instead
            add("gammaLower", [a, x], special.gammainc(a, x))
            add("gammaUpper", [a, x], special.gammaincc(a, x))
    for x in (0.3, 0.9, 2):
        add("gammaUpper", [1e-3, x], special.gammaincc(1e-3, x))
    for a, b in ((0.01, 2), (0.5, 0.5), (2, 3), (10, 0.3), (100, 140), (3e4, 1e4), (0.5, 5e5)):
        for x in (1e-6, 0.01, 0.2, 0.416, 0.5, 0.75, 0.99):
            add("betaLower", [a, b, x], special.betainc(a, b, x))
            add("betaUpper", [a, b, x], special.betaincc(a, b, x))
    write("special.json", cases)


def tests():
    rng = np.random.default_rng(7)
    cases = []
    alternatives = {"twoSided": "two-sided", "less": "less", "greater": "greater"}
    samples = {
        "a": [5.1, 4.9, 6.2, 5.8, 6.0, 5.5, 5.3, 6.7, 5.9],
        "b": [4.6, 5.0, 5.9, 4.4, 5.2, 5.6, 4.1, 5.4, 6.1],
        "small": [0.3, 1.7, 2.2],
        "ties": [1, 2, 2, 3, 3, 3, 4, 7, 7],
        "ties2": [2, 2, 3, 5, 5, 6, 7, 7, 9],
        "large": [round(float(v), 4) for v in rng.normal(0.2, 1, 60)],
        "large2": [round(float(v), 4) for v in rng.normal(0.0, 1.5, 60)],
    }

    def add(test, arguments, result, alternative, **extra):
        entry = {"test": test, "first": arguments[0], "alternative": alternative,
                 "statistic": number(result.statistic), "pValue": number(result.pvalue)}
        if len(arguments) > 1:
            entry["second"] = arguments[1]
        entry.update(extra)
        cases.append(entry)

    for key, alternative in alternatives.items():
        for name in ("a", "small", "large"):
            r = stats.ttest_1samp(samples[name], 0.5, alternative=alternative)
            ci = stats.ttest_1samp(samples[name], 0.5).confidence_interval(0.9)
            add("oneSampleT", [samples[name]], r, key, freedom=float(r.df), lower=float(ci.low), upper=float(ci.high))
        for x, y in (("a", "b"), ("small", "large"), ("large", "large2"), ("a", "large")):
            for test, equal in (("twoSampleT", True), ("welch", False)):
                r = stats.ttest_ind(samples[x], samples[y], equal_var=equal, alternative=alternative)
                ci = stats.ttest_ind(samples[x], samples[y], equal_var=equal).confidence_interval(0.9)
                add(test, [samples[x], samples[y]], r, key, freedom=float(r.df), lower=float(ci.low), upper=float(ci.high))
            for test, method, correct in (("mannWhitneyExact", "exact", True), ("mannWhitneyCorrected", "asymptotic", True),
                                          ("mannWhitneyPlain", "asymptotic", False)):
                if test == "mannWhitneyExact" and max(len(samples[x]), len(samples[y])) >= 50:
                    continue
                r = stats.mannwhitneyu(samples[x], samples[y], alternative=alternative, method=method, use_continuity=correct)
                add(test, [samples[x], samples[y]], r, key)
        for correct in (True, False):
            r = stats.mannwhitneyu(samples["ties"], samples["ties2"], alternative=alternative, method="asymptotic",
                                   use_continuity=correct)
            add("mannWhitneyCorrected" if correct else "mannWhitneyPlain", [samples["ties"], samples["ties2"]], r, key)
        for x, y in (("a", "b"), ("large", "large2"), ("ties", "ties2")):
            r = stats.ttest_rel(samples[x], samples[y], alternative=alternative)
            ci = stats.ttest_rel(samples[x], samples[y]).confidence_interval(0.9)
            add("pairedT", [samples[x], samples[y]], r, key, freedom=float(r.df), lower=float(ci.low), upper=float(ci.high))
            difference = np.array(samples[x]) - np.array(samples[y])
            kept = difference[np.abs(difference) > 0]
            positive = float(stats.rankdata(np.abs(kept))[kept > 0].sum())
            for correct in (True, False):
                r = stats.wilcoxon(difference, alternative=alternative, method="asymptotic", correction=correct)
                r = type("R", (), {"statistic": positive, "pvalue": r.pvalue})
                add("signedRankCorrected" if correct else "signedRankPlain", [list(map(float, difference))], r, key)
        distinct = [round(v, 3) for v in (0.31, -0.42, 1.05, 2.2, -0.07, 0.9, 1.77, -1.3, 0.66, 3.1, 0.15)]
        r = stats.wilcoxon(distinct, alternative=alternative, method="exact")
        kept = np.array(distinct)
        positive = float(stats.rankdata(np.abs(kept))[kept > 0].sum())
        add("signedRankExact", [distinct], type("R", (), {"statistic": positive, "pvalue": r.pvalue}), key)
        for table in ([8, 2, 1, 5], [3, 3, 3, 3], [0, 10, 7, 2], [120, 80, 95, 130], [1, 0, 0, 0]):
            r = stats.fisher_exact([table[:2], table[2:]], alternative=alternative)
            add("fisherExact", [[float(v) for v in table]], r, key)
    for table in ([[10, 20], [30, 25]], [[5, 9, 12], [7, 3, 20], [11, 2, 2]], [[1, 4], [3, 2], [9, 9]]):
        for correct in (True, False):
            r = stats.chi2_contingency(table, correction=correct)
            cases.append({"test": "chiSquared" + ("Corrected" if correct else "Plain"), "table": table, "alternative": "twoSided",
                          "first": [], "statistic": float(r.statistic), "pValue": float(r.pvalue), "freedom": float(r.dof)})
    r = stats.chisquare([16, 18, 16, 14, 12, 12])
    add("goodnessOfFit", [[16, 18, 16, 14, 12, 12]], r, "twoSided")
    for x, y in (("a", "b"), ("large", "large2"), ("ties", "ties2")):
        r = stats.pearsonr(samples[x], samples[y])
        ci = r.confidence_interval(0.9)
        add("pearson", [samples[x], samples[y]], r, "twoSided", lower=float(ci.low), upper=float(ci.high))
        add("spearman", [samples[x], samples[y]], stats.spearmanr(samples[x], samples[y]), "twoSided")
        add("kendall", [samples[x], samples[y]], stats.kendalltau(samples[x], samples[y], method="asymptotic"), "twoSided")
    # Nadeau and Bengio written out, independent of the Swift code.
    differences = np.array([0.02, -0.01, 0.03, 0.015, 0.04, 0.0, 0.01, 0.022, -0.005, 0.018])
    t = differences.mean() / math.sqrt(differences.var(ddof=1) * (1 / 10 + 25 / 230))
    cases.append({"test": "correctedResampled", "first": differences.tolist(), "alternative": "twoSided",
                  "statistic": float(t), "pValue": float(2 * stats.t.sf(abs(t), 9)), "freedom": 9.0})
    write("tests.json", cases)


def intervals():
    cases = []
    for k, n in ((0, 10), (10, 10), (3, 17), (50, 100), (1, 1000), (999, 1000), (7, 9)):
        for level in (0.8, 0.95, 0.999):
            for method, name in (("wilson", "wilson"), ("exact", "clopperPearson")):
                ci = stats.binomtest(k, n).proportion_ci(level, method=method)
                cases.append({"method": name, "successes": k, "trials": n, "level": level, "lower": float(ci.low),
                              "upper": float(ci.high)})
    write("intervals.json", cases)


def resampling():
    rng = np.random.default_rng(3)
    sample = np.round(rng.exponential(2.0, 25), 4)
    cases = []
    for name, statistic in (("mean", np.mean), ("standardDeviation", lambda v: np.std(v, ddof=1))):
        for method in ("percentile", "BCa"):
            r = stats.bootstrap((sample,), statistic, n_resamples=400, method=method, vectorized=False,
                                confidence_level=0.9, rng=np.random.default_rng(1))
            cases.append({
                "statistic": name, "method": method, "observed": float(statistic(sample)),
                "replicates": [round(float(v), 15) for v in r.bootstrap_distribution],
                "jackknife": [float(statistic(np.delete(sample, i))) for i in range(len(sample))],
                "lower": float(r.confidence_interval.low), "upper": float(r.confidence_interval.high),
            })
    write("bootstrap.json", cases)
    p = [0.01, 0.04, 0.03, 0.005, 0.55, 0.04, 1.0, 0.0]
    order = np.argsort(p, kind="stable")
    holm = np.empty(len(p))
    running = 0.0
    for i, j in enumerate(order):
        running = max(running, min(1, p[j] * (len(p) - i)))
        holm[j] = running
    write("adjustments.json", {"pValues": p, "holm": holm.tolist(),
                               "benjaminiHochberg": stats.false_discovery_control(p, method="bh").tolist()})


continuous()
discrete()
special_functions()
tests()
intervals()
resampling()
