"""The original's loop: httpx in asyncio, a semaphore, and a thread for each save.

usage: original.py LIST FOLDER CONCURRENCY
"""

import asyncio
import sys
from pathlib import Path

import httpx


async def get_flag(client, url):
    response = await client.get(url, timeout=6.1, follow_redirects=True)
    response.raise_for_status()
    return response.content


async def download_one(client, url, folder, semaphore):
    async with semaphore:
        image = await get_flag(client, url)
    await asyncio.to_thread((folder / url.rsplit('/', 1)[1]).write_bytes, image)


async def supervisor(urls, folder, concurrency):
    semaphore = asyncio.Semaphore(concurrency)
    async with httpx.AsyncClient() as client:
        to_do = [download_one(client, url, folder, semaphore) for url in urls]
        for coroutine in asyncio.as_completed(to_do):
            await coroutine


asyncio.run(
    supervisor(Path(sys.argv[1]).read_text().split(), Path(sys.argv[2]), int(sys.argv[3]))
)
