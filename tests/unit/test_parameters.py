from __future__ import annotations

import pytest

from ssm_agent_monitor import parameters


def test_no_parameters_are_fine() -> None:
    parameters.check({})


def test_an_unknown_parameter_is_named() -> None:
    with pytest.raises(
        parameters.InvalidParameterError, match="unknown rule parameters: graceMinuts, x; allowed: none"
    ):
        parameters.check({"x": "1", "graceMinuts": "5"})
