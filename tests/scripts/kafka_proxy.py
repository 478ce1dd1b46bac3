"""A proxy before a broker that knows requests from answers: it can lose the answer to a request that the broker has carried out, or hold up either, and
break the connection, as happens when a network or a broker fails at the wrong moment."""
import asyncio
import collections
import struct
import threading

# Kinds of requests, by their number in the protocol (kafka.apache.org/protocol).
API_KEYS = {"Produce": 0, "OffsetCommit": 8, "JoinGroup": 11, "Heartbeat": 12, "SyncGroup": 14, "InitProducerId": 22, "AddPartitionsToTxn": 24, "AddOffsetsToTxn": 25,
            "EndTxn": 26, "TxnOffsetCommit": 28}
NAMES = {number: name for name, number in API_KEYS.items()}


class Proxy:
    """Started by `with`. `passes(name, number, frame)` gives what goes on of the answer to each request of the kinds above, `number` counting from 1
    by kind: the frame, another, or None, which loses it and breaks the connection; or a coroutine that gives one of these, and holds up what comes
    behind on its connection meanwhile. `asks` is the same for the requests. Both may be set at any time, and `broker_port` before the first client
    comes. `requests`, `answers` and `lost` count by kind."""

    def __init__(self, port):
        self.port, self.broker_port = port, None
        self.passes = self.asks = pass_all
        self.requests, self.answers, self.lost = collections.Counter(), collections.Counter(), collections.Counter()
        self.loop = asyncio.new_event_loop()

    def __enter__(self):
        started = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(started,), daemon=True)
        self.thread.start()
        started.wait()
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    def run(self, started):
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(asyncio.start_server(self.serve, "127.0.0.1", self.port))
        started.set()
        self.loop.run_forever()
        serving = asyncio.all_tasks(self.loop)
        for task in serving:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*serving, return_exceptions=True))

    async def serve(self, client, to_client):
        try:
            broker, to_broker = await asyncio.open_connection("127.0.0.1", self.broker_port)
        except OSError:
            to_client.close()
            return
        kinds = {}  # by correlation id: requests that wait for their answer
        pumps = [asyncio.ensure_future(self.pass_requests(client, to_broker, kinds)), asyncio.ensure_future(self.pass_answers(broker, to_client, kinds))]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:  # the proxy ends
            pass
        for pump in pumps:
            pump.cancel()
        for writer in (to_client, to_broker):
            writer.close()

    async def pass_requests(self, client, to_broker, kinds):
        while frame := await read_frame(client):
            kind, _, correlation = struct.unpack(">hhi", frame[:8])
            if kind in NAMES:
                name = kinds[correlation] = NAMES[kind]
                self.requests[name] += 1
                frame = await decided(self.asks(name, self.requests[name], frame))
                if frame is None:
                    self.lost[name] += 1
                    return
            await write_frame(to_broker, frame)

    async def pass_answers(self, broker, to_client, kinds):
        while frame := await read_frame(broker):
            name = kinds.pop(struct.unpack(">i", frame[:4])[0], None)
            if name is not None:
                self.answers[name] += 1
                frame = await decided(self.passes(name, self.answers[name], frame))
                if frame is None:
                    self.lost[name] += 1
                    return
            await write_frame(to_client, frame)

    async def send_by_itself(self, frame):
        """A request through a connection of its own, up to its answer: as one that was under way for long comes to a broker at last."""
        answers, to_broker = await asyncio.open_connection("127.0.0.1", self.broker_port)
        await write_frame(to_broker, frame)
        answer = await read_frame(answers)
        to_broker.close()
        return answer

    def send(self, frame):
        """The same, for who is not in the proxy's loop."""
        return asyncio.run_coroutine_threadsafe(self.send_by_itself(frame), self.loop).result()


def pass_all(name, number, frame):
    return frame


async def decided(frame):
    return await frame if asyncio.iscoroutine(frame) else frame


def transactional_id(request):
    """Of those kinds whose body begins with it, behind the client's name: all of a transaction but TxnOffsetCommit."""
    begin = 10 + struct.unpack(">h", request[8:10])[0]
    length = struct.unpack(">h", request[begin:begin + 2])[0]
    return request[begin + 2:begin + 2 + max(length, 0)].decode()


async def read_frame(reader):
    try:
        size = struct.unpack(">i", await reader.readexactly(4))[0]
        return await reader.readexactly(size)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


async def write_frame(writer, frame):
    try:
        writer.write(struct.pack(">i", len(frame)) + frame)
        await writer.drain()
    except ConnectionError:
        pass
