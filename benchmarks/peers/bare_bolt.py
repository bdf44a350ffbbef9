"""A bare slack-bolt app on aiohttp that acknowledges and does nothing else: ``python -m benchmarks.peers.bare_bolt``.

Prints its port. It verifies signatures as Bolt does by default, and writes nothing anywhere.
"""

from __future__ import annotations

import asyncio
import re
import sys

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult


def build(secret: str) -> web.Application:
    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=None, bot_token="xoxb-bench")

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    bolt = AsyncApp(process_before_response=True, signing_secret=secret, authorize=authorize)
    bolt.action(re.compile(".*"))(acknowledge)

    async def events(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await bolt.async_dispatch(await to_bolt_request(request)))

    app = web.Application()
    app.router.add_post("/slack/events", events)
    return app


async def serve(app: web.Application) -> None:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(build(sys.argv[1])))
