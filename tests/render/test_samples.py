from router.render.samples import REASONS, samples


def test_there_are_complete_and_bare_samples_of_every_reason():
    given = list(samples("mail"))
    assert {sample.facts.reason for sample in given if not sample.lacking} == set(REASONS) - {"fault"}
    assert {sample.facts.reason for sample in given if sample.lacking == "everything"} == set(REASONS)
    assert any(sample.facts.gathered for sample in given)


def test_the_samples_agree_with_themselves():
    for sample in samples("mail"):
        alert = sample.facts.alert
        assert (alert.status == "resolved") == (sample.facts.reason == "resolved") == (alert.resolved_at is not None)
