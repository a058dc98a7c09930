"""Sends one request through the queue and prints the passage: no Discord needed.

docker compose --profile cpu exec -T worker python - < docs/examples/request.py
"""

from __future__ import annotations

import asyncio
import sys

from greenbeard.settings import load_settings
from worker.client import Client
from worker.contract import GenerateRequest, new_job_id
from worker.errors import RedisDown

PATIENCE_S = 60


async def main() -> None:
    """Ask for sixty words and wait for them."""
    settings = load_settings()
    if settings.redis_url is None:
        sys.exit("REDIS_URL is not set.")
    client = Client(settings.redis_url, settings.versions())
    job = new_job_id()
    request = GenerateRequest(
        job=job, story="example", prompt="The door opened, and", words=60, seed=1, reply_to="example", member="0"
    )
    try:
        await client.submit(request)
        async with asyncio.timeout(PATIENCE_S):
            async for received in client.events("example"):
                await client.acknowledge("example", received)
                if received.event.job == job and received.event.kind in ("ended", "failed"):
                    break
        passage = await client.passage(job)
        sys.stdout.write(f"{(passage or received.event).model_dump_json(indent=2)}\n")
    except RedisDown as error:
        sys.exit(f"The request did not reach the queue: {error}")
    except TimeoutError:
        sys.exit(f"No worker answered within {PATIENCE_S} s; the request waits in the queue.")
    finally:
        await client.close()


asyncio.run(main())
