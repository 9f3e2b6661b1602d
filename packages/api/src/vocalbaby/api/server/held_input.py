"""Flow control that keeps the bytes of the next request until the one before is answered."""

import asyncio

from uvicorn.protocols.http.flow_control import FlowControl

from vocalbaby.api.limits.limiters import MemoryBudget

__all__ = ["HeldInput"]


class HeldInput(FlowControl):
    """uvicorn's flow control, which does not resume reading while bytes are held.

    Args:
        transport: The connection.
        memory: Budget for bytes from clients in memory.
    """

    def __init__(self, transport: asyncio.Transport, memory: MemoryBudget) -> None:
        super().__init__(transport)
        self._memory = memory
        self._held = b""

    def hold(self, data: bytes) -> None:
        """Keep bytes and stop reading, which leaves all further ones in the kernel.

        Raises:
            OverloadedError: The budget is used up.
        """
        self._memory.take(len(data))
        self._held += data
        self.pause_reading()

    def release(self) -> bytes:
        """Return the bytes that were held, and read again."""
        held = self._held
        if held:
            self._held = b""
            self._memory.give_back(len(held))
        self.resume_reading()
        return held

    def resume_reading(self) -> None:
        """Read again, unless bytes are held: uvicorn does so whenever a request is received."""
        if not self._held:
            super().resume_reading()
