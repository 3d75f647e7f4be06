# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments of a module against its ``$spec``, with the rules, the texts and the masking of Ansible.Basic.

Source: ansible-core, ``module_utils/csharp/Ansible.Basic.cs`` (order of the checks, conversions, what ``no_log`` masks: ``invocation`` and ``msg``,
nothing else).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..winrm.payload import ModuleCall

__all__ = ["ArgumentsRefused", "CheckedArguments", "SkippedInCheckMode", "check_arguments"]

OMITTED = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
TRUE = {"y", "yes", "on", "1", "true", "t", "1.0"}
FALSE = {"n", "no", "off", "0", "false", "f", "0.0"}
SPEC_KEYS = {
    "options",
    "supports_check_mode",
    "no_log",
    "mutually_exclusive",
    "required_together",
    "required_one_of",
    "required_if",
    "required_by",
}
OPTION_KEYS = SPEC_KEYS - {"supports_check_mode"} | {"type", "required", "default", "choices", "aliases", "elements", "apply_defaults"}


class ArgumentsRefused(Exception):
    """The module ends before it begins; ``result`` is its answer."""

    def __init__(self, result: Mapping[str, Any]) -> None:
        super().__init__(result["msg"])
        self.result = dict(result)


class SkippedInCheckMode(Exception):
    """The module says that it does not support check mode."""


class _Invalid(ValueError):
    """One check failed; the text is Ansible.Basic's."""


@dataclass(frozen=True)
class CheckedArguments:
    """The arguments as a module sees them: complete, converted; and what must not be shown of them."""

    values: Mapping[str, Any] = field(repr=False)
    secrets: frozenset[str] = field(repr=False)

    @property
    def invocation(self) -> dict[str, Any]:
        """What Ansible.Basic tells about the call."""
        return {"module_args": masked(dict(self.values), self.secrets)}

    def failed(self, message: str, result: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The result of FailJson."""
        message = masked(message, self.secrets)
        return {"changed": False, **(result or {}), "failed": True, "msg": message, "invocation": self.invocation}


def masked(value: Any, secrets: frozenset[str]) -> Any:
    """The value without the secrets: a string that is one is replaced, one that contains one gets eight asterisks there."""
    if isinstance(value, Mapping):
        return {name: masked(item, secrets) for name, item in value.items()}
    if isinstance(value, list):
        return [masked(item, secrets) for item in value]
    if value is None:
        return None
    text = str(value)
    if text in secrets:
        return OMITTED
    if isinstance(value, bool | int | float):
        return OMITTED if any(secret in text for secret in secrets) else value
    for secret in secrets:
        if secret in text:
            return text.replace(secret, "********")
    return text


def check_arguments(spec: Mapping[str, Any], call: ModuleCall) -> CheckedArguments:
    """The call's arguments, checked; raises ``ArgumentsRefused`` or ``SkippedInCheckMode``."""
    values = dict(call.arguments)
    secrets: set[str] = set()
    try:
        _known_keys(spec, SPEC_KEYS)
        _note_aliases_and_secrets(spec, values, secrets)
        _unsupported(spec, values, call.name, [])
        if call.check_mode and not spec.get("supports_check_mode"):
            raise SkippedInCheckMode(f"remote module ({call.name}) does not support check mode")
        _check(spec, values, secrets, call.name, [])
    except _Invalid as error:
        raise ArgumentsRefused(CheckedArguments(values, frozenset(secrets)).failed(str(error))) from None
    return CheckedArguments(values, frozenset(secrets))


def _known_keys(spec: Mapping[str, Any], known: set[str]) -> None:
    unknown = set(spec) - known
    if unknown:
        raise _Invalid(
            f"internal error: argument spec entry contains an invalid key '{min(unknown)}', valid keys: {', '.join(sorted(known))}"
        )
    for option in (spec.get("options") or {}).values():
        _known_keys(option, OPTION_KEYS)


def _note_aliases_and_secrets(spec: Mapping[str, Any], values: dict[str, Any], secrets: set[str]) -> None:
    for name, option in (spec.get("options") or {}).items():
        for alias in _listed(option.get("aliases")):
            if alias in values:
                values[name] = values[alias]
        if option.get("no_log") and values.get(name) not in (None, ""):
            secrets.add(str(values[name]))


def _legal(spec: Mapping[str, Any]) -> list[str]:
    options = spec.get("options") or {}
    return [*options, *(alias for option in options.values() for alias in _listed(option.get("aliases")))]


def _unsupported(spec: Mapping[str, Any], values: Mapping[str, Any], module: str, context: list[str]) -> None:
    legal = _legal(spec)
    unknown = [name for name in values if name.lower() not in {known.lower() for known in legal}]
    if unknown:
        message = _in(f"Unsupported parameters for ({module}) module: {', '.join(unknown)}", context)
        raise _Invalid(f"{message}. Supported parameters include: {', '.join(legal)}")


def _check(spec: Mapping[str, Any], values: dict[str, Any], secrets: set[str], module: str, context: list[str]) -> None:
    options: Mapping[str, Any] = spec.get("options") or {}
    for together in spec.get("mutually_exclusive") or ():
        if sum(name in values for name in together) > 1:
            raise _Invalid(_in(f"parameters are mutually exclusive: {', '.join(together)}", context))
    for name, option in options.items():
        if option.get("default") is not None:
            values.setdefault(name, option["default"])
    missing = [name for name, option in options.items() if option.get("required") and name not in values]
    if missing:
        raise _Invalid(_in(f"missing required arguments: {', '.join(missing)}", context))
    for name, option in options.items():
        if values.get(name) is not None:
            values[name] = _converted(name, values[name], option, context)
    _requirements(spec, values, context)
    for name, option in options.items():
        values[name] = _with_sub_options(name, values.get(name), option, secrets, module, context)


def _requirements(spec: Mapping[str, Any], values: Mapping[str, Any], context: list[str]) -> None:
    for names in spec.get("required_together") or ():
        if len({name in values for name in names}) == 2:
            raise _Invalid(_in(f"parameters are required together: {', '.join(names)}", context))
    for names in spec.get("required_one_of") or ():
        if not any(name in values for name in names):
            raise _Invalid(_in(f"one of the following is required: {', '.join(names)}", context))
    for key, value, names, *any_of in spec.get("required_if") or ():
        missing = [name for name in names if name not in values]
        enough = len(names) if any_of and any_of[0] else 1
        if values.get(key) is not None and str(values[key]) == str(value) and len(missing) >= enough:
            term = "any" if any_of and any_of[0] else "all"
            raise _Invalid(_in(f"{key} is {value} but {term} of the following are missing: {', '.join(missing)}", context))
    for key, names in (spec.get("required_by") or {}).items():
        missing = [name for name in _listed(names) if name not in values]
        if key in values and missing:
            raise _Invalid(_in(f"missing parameter(s) required by '{key}': {', '.join(missing)}", context))


def _converted(name: str, value: Any, option: Mapping[str, Any], context: list[str]) -> Any:
    kind = option.get("type") or "str"
    try:
        value = CONVERSIONS[kind](value)
    except KeyError:
        raise _Invalid(f"internal error: type '{kind}' is unsupported") from None
    except ValueError as error:
        message = f"argument for {name} is of type {type(value).__name__} and we were unable to convert to {kind}: {error}"
        raise _Invalid(_in(message, context)) from None
    choices = [str(choice) for choice in _listed(option.get("choices"))]
    if choices:
        given = [str(item) for item in value] if kind == "list" else [str(value)]
        wrong = [item for item in given if item.lower() not in {choice.lower() for choice in choices}]
        if wrong:
            wanted = "one or more of" if kind == "list" else "one of"
            raise _Invalid(_in(f"value of {name} must be {wanted}: {', '.join(choices)}. Got no match for: {', '.join(wrong)}", context))
    return value


def _with_sub_options(name: str, value: Any, option: Mapping[str, Any], secrets: set[str], module: str, context: list[str]) -> Any:
    elements = option.get("elements")
    if option.get("type") == "list" and elements and value is not None:
        if elements == "dict":
            return [_sub_spec(name, item, option, secrets, module, context) for item in value]
        return [_converted(name, item, {"type": elements}, context) for item in value]
    return _sub_spec(name, value, option, secrets, module, context) if option.get("type") == "dict" else value


def _sub_spec(name: str, value: Any, option: Mapping[str, Any], secrets: set[str], module: str, context: list[str]) -> Any:
    if not option.get("options") or (value is None and not option.get("apply_defaults")):
        return value
    values, inner = _to_dict(value or {}), [*context, name]
    _note_aliases_and_secrets(option, values, secrets)
    _unsupported(option, values, module, inner)
    _check(option, values, secrets, module, inner)
    return values


def _in(message: str, context: list[str]) -> str:
    return f"{message} found in {' -> '.join(context)}" if context else message


def _listed(value: Any) -> Iterable[Any]:
    return () if value is None else value if isinstance(value, list) else (value,)


def _to_bool(value: Any) -> bool:
    text = str(value).strip().lower()
    if text in TRUE or text in FALSE:
        return text in TRUE
    raise ValueError(f"The value '{text}' is not a valid boolean. Valid booleans include: {', '.join([*sorted(TRUE), *sorted(FALSE)])}")


def _to_dict(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, str) and value.startswith("{"):
        return dict(json.loads(value))
    if isinstance(value, str) and "=" in value:
        return dict(pair.split("=", 1) for pair in value.replace(",", " ").split())
    raise ValueError("string cannot be converted to a dict, must either be a JSON string or in the key=value form")


def _to_list(value: Any) -> list[Any]:
    if isinstance(value, str):
        return [item.strip() for item in value.split(",")]
    if isinstance(value, list):
        return value
    if isinstance(value, int):
        return [value]
    raise ValueError(f"{type(value).__name__} cannot be converted to a list")


def _to_json(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return json.dumps(value)
    raise ValueError(f"{type(value).__name__} cannot be converted to json")


CONVERSIONS: Mapping[str, Callable[[Any], Any]] = {
    "bool": _to_bool,
    "dict": _to_dict,
    "float": float,
    "int": lambda value: int(str(value)),
    "json": _to_json,
    "list": _to_list,
    "path": str,
    "raw": lambda value: value,
    "str": lambda value: value if isinstance(value, str) else str(value),
}
