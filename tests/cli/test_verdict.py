import numpy as np
import pytest
from scipy import stats

from skdeepnn.cli.compare import METRICS, summarize
from skdeepnn.cli.verdict import paired_difference, verdict

OURS = "DeepNNClassifier"


def record(model, fold, **values):
    base = dict.fromkeys(METRICS, 0.5) | {"n_train": 80, "n_test": 20}
    base |= {"error": None, "converged": True}
    return base | {"model": model, "fold": fold} | values


def folds(model, metric, values):
    return [record(model, k, **{metric: v}) for k, v in enumerate(values, start=1)]


def said(records):
    return verdict(summarize(records), records)


def test_noise_is_that_of_the_corrected_t_test():
    rng = np.random.RandomState(0)
    for shift in (0.01, 0.05, 0.2):
        ours, other = rng.normal(0.8, 0.02, 5), rng.normal(0.8 + shift, 0.02, 5)
        records = folds(OURS, "accuracy", ours) + folds("A", "accuracy", other)
        difference, is_more = paired_difference(records, "accuracy", "A", OURS)
        # The t statistic of the plain paired test, and the factor of the correction
        t = stats.ttest_rel(other, ours).statistic
        t *= np.sqrt((1 / 5) / (1 / 5 + 20 / 80))
        p = 2 * stats.t.sf(abs(t), 4)
        assert difference == pytest.approx(np.mean(other - ours))
        assert is_more == (p < 0.05)


def test_order_of_records_and_missing_folds_do_not_matter():
    records = folds(OURS, "accuracy", [0.7, 0.8, 0.9])
    records = folds("A", "accuracy", [0.8, 0.9])[::-1] + records
    difference, is_more = paired_difference(records, "accuracy", "A", OURS)
    assert difference == pytest.approx(0.1)
    assert is_more
    failed = record("A", 3, **dict.fromkeys(METRICS))
    assert paired_difference([failed, *records], "accuracy", "A", OURS)[1]


def test_beaten_by_several_the_best_first():
    records = (
        folds("A", "accuracy", [0.81, 0.83, 0.9])
        + folds(OURS, "accuracy", [0.8, 0.8, 0.8])
        + folds("B", "accuracy", [0.9, 0.901, 0.899])
        + folds("C", "accuracy", [0.7, 0.7, 0.7])
    )
    assert said(records)[0] == (
        "Accuracy: DeepNNClassifier is beaten by B (by 0.1000, more than the noise) "
        "and A (by 0.0467, within the noise)."
    )


def test_lower_losses_are_better():
    records = folds("A", "log_loss", [0.2, 0.2]) + folds(OURS, "log_loss", [0.3, 0.3])
    assert said(records)[1] == (
        "Log loss: DeepNNClassifier is beaten by A (by 0.1000, more than the noise)."
    )


def test_a_lead_is_told_with_its_noise():
    records = folds("A", "roc_auc", [0.8, 0.9]) + folds(OURS, "roc_auc", [0.9, 0.92])
    assert said(records)[2] == (
        "ROC AUC: DeepNNClassifier is not beaten. Next behind it: A (by 0.0600, within "
        "the noise)."
    )


def test_equals_and_single_folds():
    records = folds("A", "accuracy", [0.8]) + folds(OURS, "accuracy", [0.8])
    records[0]["log_loss"] = 0.4
    accuracy, loss, *_ = said(records)
    assert accuracy.endswith("is equal to A, to four decimals.")
    assert loss.endswith("(by 0.1000, in one fold, which tells nothing of the noise).")


def test_times():
    records = [
        record("A", 1, fit_seconds=0.01, predict_us_per_row=3.0),
        record("B", 1, fit_seconds=2.0, predict_us_per_row=2.0),
        record("C", 1, fit_seconds=4.0, predict_us_per_row=2.0),
        record(OURS, 1, fit_seconds=4.04, predict_us_per_row=2.0),
    ]
    *_, fit, predict = said(records)
    assert fit == (
        "Time to fit: DeepNNClassifier takes 400 times as long as A and 2 times as "
        "long as B."
    )
    assert predict == "Time to predict: none is faster than DeepNNClassifier."


def test_many_are_counted():
    names = [f"M{i}" for i in range(9)]
    records = [record(n, 1, accuracy=0.9, fit_seconds=0.1) for n in names]
    sentences = said([*records, record(OURS, 1)])
    assert "and 5 more." in sentences[0]
    assert "and longer than 5 more." in sentences[-2]


def test_scores_that_a_model_has_not():
    records = [
        record("A", 1, log_loss=None, roc_auc=None, accuracy=0.6),
        record(OURS, 1),
    ]
    sentences = said(records)
    assert [text.split(":")[0] for text in sentences] == [
        "Accuracy",
        "Time to fit",
        "Time to predict",
    ]


def test_nothing_to_say():
    assert said([record("A", 1), record("B", 1)]) == []
    assert said([record(OURS, 1)]) == []
    failed = record("A", 1, **dict.fromkeys(METRICS), error="no")
    assert said([record(OURS, 1), failed]) == []
    assert said([]) == []
