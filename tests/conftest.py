"""What holds for every test: property tests look at the same examples every time, and wait for no clock.

`pytest --hypothesis-profile=search` looks at other, and more, examples; what it finds becomes an example of its test.
"""

from hypothesis import HealthCheck, settings

settings.register_profile("house", derandomize=True, deadline=None, database=None, print_blob=True)
settings.register_profile(
    "search",
    max_examples=2000,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")
