"""What objects of ours offer on a bus: interfaces, declared as methods, properties and signals."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from airhail.ipc.dbus.limits import CALL_SERVED
from airhail.ipc.dbus.variants import TypedValue, check_fits, complete_types


@dataclass(frozen=True, slots=True)
class Method:
    """A method: the signatures of what it takes and gives, and what does it.

    `handler(*arguments)` gets plain values. It returns the results as a tuple, or raises Refusal. It runs in a
    task of its own and is cancelled after `within` seconds.
    """

    name: str
    handler: Callable[..., Awaitable[tuple[Any, ...]]]
    takes: str = ""
    gives: str = ""
    within: float = CALL_SERVED


@dataclass(frozen=True, slots=True)
class Property:
    """A property: its type, its first value, and who may change it.

    Without `write` it is read-only to others. `write(value)` carries the wish out and raises Refusal if it cannot;
    the value is then changed and announced.
    """

    name: str
    signature: str
    value: Any
    write: Callable[[Any], Awaitable[None]] | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal: the signature of what it carries."""

    name: str
    carries: str = ""


class Interface:
    """One interface of one object, with the present values of its properties.

    Raises ValueError when a signature is none or a property's value does not fit its own.
    """

    def __init__(
        self,
        name: str,
        *,
        methods: Sequence[Method] = (),
        properties: Sequence[Property] = (),
        signals: Sequence[Signal] = (),
    ) -> None:
        self.name = name
        self.methods = {method.name: method for method in methods}
        self.properties = {each.name: each for each in properties}
        self.signals = {signal.name: signal for signal in signals}
        for signature in (
            *(part for each in methods for part in (each.takes, each.gives)),
            *(s.carries for s in signals),
        ):
            complete_types(signature)
        self._values: dict[str, Any] = {}
        for each in properties:
            self.set(each.name, each.value)

    def get(self, name: str) -> TypedValue:
        """Return a property as a variant; KeyError when there is no such."""
        return self.properties[name].signature, self._values[name]

    def get_all(self) -> dict[str, TypedValue]:
        """Return every property as a variant."""
        return {name: self.get(name) for name in self.properties}

    def set(self, name: str, value: Any) -> bool:
        """Change a property; tell whether it differs now. ValueError when the value does not fit."""
        check_fits(value, self.properties[name].signature, f"{self.name}.{name}")
        differs = name not in self._values or self._values[name] != value
        self._values[name] = value
        return differs
